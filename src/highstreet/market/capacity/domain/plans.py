"""What a merchant states of a deal, and what follows from it."""

from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.kit.money import MAX_MINOR
from highstreet.market.capacity.domain.guard import Guard
from highstreet.market.capacity.domain.load import Squeeze, Week
from highstreet.market.capacity.domain.margin import Margin
from highstreet.market.catalog.domain.deals import DealState, PublishedDeal

MAX_GUESTS_A_DAY: Final = 10_000
_MAX_GUESTS_A_VOUCHER: Final = 100
_WEEK: Final = 7


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """How many guests with vouchers of the deal a location can take on each weekday, from Monday on."""

    location_id: UUID
    by_weekday: tuple[int, ...]


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """What one voucher of an option brings, and costs its merchant."""

    option_id: UUID
    guests: int = 1
    cost_minor: int = 0


class Brake(msgspec.Struct, frozen=True, kw_only=True):
    """From which load on the deal is paused by itself, and below which it is sold again; hundredths of the room."""

    pause_percent: int = 90
    resume_percent: int = 70


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`own_tax_rate`, in ten-thousandths, is the merchant's own where the market collects no tax for it.

    Without a `brake` nothing is paused.
    """

    rooms: tuple[Room, ...]
    served: tuple[Served, ...]
    own_tax_rate: int = 0
    brake: Brake | None = None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A deal as it is written, against what its merchant stated. `unbounded` options have no cap to reckon with."""

    deal: PublishedDeal
    plan: Plan | None
    weeks: tuple[Week, ...]
    margins: tuple[Margin, ...]
    tightest: Squeeze | None
    """If as many are sold as may be; its days are counted from `from_day`."""
    from_day: date
    unbounded: tuple[UUID, ...]
    guard: Guard | None

    @property
    def fits(self) -> bool:
        """Whether every guest can be served whatever is bought when, if they spread as well as they can."""
        return self.plan is not None and not self.unbounded and (self.tightest is None or self.tightest.fits)


OVER: Final = frozenset({DealState.ENDED, DealState.ARCHIVED, DealState.KILLED, DealState.MERGED})
"""Nothing is sold in these states, and nothing will be."""


def check_plan(plan: Plan, deal: PublishedDeal) -> None:
    """Raise InvalidInput, with every problem, for a plan that does not fit its deal."""
    problems = [*_room_problems(plan, deal), *_served_problems(plan, deal)]
    if not 0 <= plan.own_tax_rate <= 10_000:
        problems.append(FieldProblem("own_tax_rate", "is 0 to 10000 ten-thousandths"))
    if plan.brake and not 1 <= plan.brake.resume_percent < plan.brake.pause_percent <= 100:
        problems.append(
            FieldProblem("brake", "is resumed from 1 % on, below where it is paused, which is at most 100 %")
        )
    if problems:
        raise InvalidInput(tuple(problems))


def _room_problems(plan: Plan, deal: PublishedDeal) -> list[FieldProblem]:
    here = {point.location_id for point in deal.points if point.location_id}
    problems: list[FieldProblem] = []
    if {each.location_id for each in plan.rooms} != here or len(plan.rooms) != len(here):
        problems.append(FieldProblem("rooms", "name each location of the deal once"))
    for index, room in enumerate(plan.rooms):
        if len(room.by_weekday) != _WEEK or not all(0 <= each <= MAX_GUESTS_A_DAY for each in room.by_weekday):
            problems.append(
                FieldProblem(
                    f"rooms[{index}].by_weekday", f"is seven numbers from 0 to {MAX_GUESTS_A_DAY}, Monday first"
                )
            )
    return problems


def _served_problems(plan: Plan, deal: PublishedDeal) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    offered = {option.id for option in deal.options}
    if {each.option_id for each in plan.served} != offered or len(plan.served) != len(offered):
        problems.append(FieldProblem("served", "name each option of the deal once"))
    for index, each in enumerate(plan.served):
        if not 1 <= each.guests <= _MAX_GUESTS_A_VOUCHER:
            problems.append(FieldProblem(f"served[{index}].guests", f"is 1 to {_MAX_GUESTS_A_VOUCHER}"))
        if not 0 <= each.cost_minor <= MAX_MINOR:
            problems.append(FieldProblem(f"served[{index}].cost_minor", "is not negative and not beyond any amount"))
    return problems
