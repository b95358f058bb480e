"""Slots and bookings, and what a day's plan is by the clock of its place."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput

MAX_DAYS: Final = 366
MAX_SLOTS: Final = 5_000
_MAX_CAPACITY: Final = 10_000


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Slots to be: on these weekdays (Monday is 1) between two days, each day at these times, local to the location."""

    location_id: UUID
    option_id: UUID
    first_day: date
    last_day: date
    weekdays: tuple[int, ...]
    times: tuple[time, ...]
    length_minutes: int
    capacity: int
    """How many people it takes."""


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A time at which a location takes people for an option of a deal."""

    id: UUID
    merchant_id: UUID
    location_id: UUID
    option_id: UUID
    starts_at: datetime
    length_minutes: int
    capacity: int
    taken: int
    withdrawn_at: datetime | None = None

    @property
    def left(self) -> int:
        return self.capacity - self.taken


class Day(msgspec.Struct, frozen=True, order=True):
    """A day at a location, by its clock, as far as one deal brings people there."""

    deal_id: UUID
    location_id: UUID
    day: date


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody comes at a slot with a voucher. `booked_at` is when they chose it, also when they moved to it."""

    id: UUID
    slot_id: UUID
    merchant_id: UUID
    voucher_id: UUID
    account_id: UUID
    seats: int
    booked_at: datetime
    cancelled_at: datetime | None = None


def check_plan(plan: Plan) -> None:
    """Raise InvalidInput, with every problem, for a plan that cannot be."""
    problems: list[FieldProblem] = []
    if not timedelta() <= plan.last_day - plan.first_day < timedelta(days=MAX_DAYS):
        problems.append(FieldProblem("last_day", f"is not before the first day, and within {MAX_DAYS} days of it"))
    if not plan.weekdays or list(plan.weekdays) != sorted(set(plan.weekdays) & set(range(1, 8))):
        problems.append(
            FieldProblem("weekdays", "name one to seven weekdays from 1 (Monday) to 7, each once, in order")
        )
    if not plan.times or list(plan.times) != sorted(set(plan.times)) or any(each.tzinfo for each in plan.times):
        problems.append(FieldProblem("times", "name local times of day, each once, in order"))
    if not 5 <= plan.length_minutes <= 24 * 60:
        problems.append(FieldProblem("length_minutes", "is 5 to 1440"))
    if not 1 <= plan.capacity <= _MAX_CAPACITY:
        problems.append(FieldProblem("capacity", f"is 1 to {_MAX_CAPACITY}"))
    if problems:
        raise InvalidInput(tuple(problems))


def moments(plan: Plan, time_zone: str) -> Iterator[datetime]:
    """When the slots of a plan begin, in UTC.

    A local time that does not exist, because clocks are put forward over it, has no slot; of one that comes twice the
    first is meant.
    """
    zone = ZoneInfo(time_zone)
    for days in range((plan.last_day - plan.first_day).days + 1):
        day = plan.first_day + timedelta(days=days)
        if day.isoweekday() in plan.weekdays:
            for at in plan.times:
                moment = datetime.combine(day, at, zone).astimezone(UTC)
                if moment.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, at):
                    yield moment
