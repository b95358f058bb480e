"""How many guests a deal may bring, against how many its merchant can take.

Days are counted from 0. A voucher is good for a guest or more, from one day to another. Which days those are may depend
on when it is bought; whoever plans has to reckon with the worst of them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import accumulate
from math import ceil
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from highstreet.market.catalog.domain.deals import Option

HORIZON_DAYS: Final = 731
"""How far we look ahead. What ends later is treated as if it did not end."""
_ONE_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta(microseconds=1)


class Window(msgspec.Struct, frozen=True, order=True):
    """From one day to another, both included."""

    first: int
    last: int


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """Guests who come once each, some day within one of `windows`.

    Windows are in order and none lies within another: those of who buys later begin no earlier and end no earlier.
    Where there is no end, nobody has to come by any day, and `windows` is empty. Nobody comes before `first` or after
    `last`, whenever they bought.
    """

    guests: int
    first: int
    last: int | None
    windows: tuple[Window, ...]


class Squeeze(msgspec.Struct, frozen=True, kw_only=True):
    """The days in which it may get tightest: so many guests may have to come within them, and there is so much room."""

    first: int
    last: int
    guests: int
    room: int

    @property
    def fits(self) -> bool:
        return self.guests <= self.room

    @property
    def percent(self) -> int | None:
        """The guests in hundredths of the room, rounded up; None where there is no room at all."""
        return -(-100 * self.guests // self.room) if self.room else None


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """One calendar week, or some that are alike, at one location."""

    location_id: UUID
    first_day: date
    last_day: date
    room: int
    """How many guests the merchant can take there, each week."""
    most: int
    """How many may come each week at worst: all whose vouchers are good then, all of them there."""
    evenly: int
    """How many come each week if every day of every location is chosen as often as any other, rounded up."""


def squeeze(demands: Sequence[Demand], room: Sequence[int]) -> Squeeze | None:
    """Where it may get tightest, if guests spread as well as they can; None where nobody has to come by any day.

    All guests can be served, whenever vouchers were bought and however they fall, exactly where this one fits: guests
    whose days are a span of time, and days that take so many each, can be matched unless some span has more guests who
    fit nowhere else than it has room (Hall's theorem for intervals). Every span is looked at: `must[a, b]` is how many
    may have to come between day a and day b. Those of a demand are the union of the spans that hold one of its
    windows, counted once by taking off where two neighbours overlap.
    """
    days = len(room)
    must = np.zeros((days, days), dtype=np.int64)
    for demand in demands:
        for window in demand.windows:
            must[window.first, window.last] += demand.guests
        for earlier, later in zip(demand.windows, demand.windows[1:], strict=False):
            must[earlier.first, later.last] -= demand.guests
    must = np.cumsum(np.cumsum(must[::-1], axis=0)[::-1], axis=1)
    if not must.any():
        return None
    before = np.concatenate(([0], np.cumsum(np.asarray(room, dtype=np.int64))))
    there = before[np.newaxis, 1:] - before[:-1, np.newaxis]
    # Of spans that are equally tight, the shortest; a span without room is the tightest there can be.
    lengths = np.arange(days)[np.newaxis, :] - np.arange(days)[:, np.newaxis]
    tight = np.where(must > 0, must / np.where(there > 0, there, 1e-9) - lengths * 1e-12, -1.0)
    first, last = (int(each) for each in np.unravel_index(np.argmax(tight), tight.shape))
    return Squeeze(first=first, last=last, guests=int(must[first, last]), room=int(there[first, last]))


def demand_of(
    option: Option, guests: int, day_zero: date, sales: tuple[datetime, datetime | None], time_zone: str
) -> Demand:
    """What so many guests of an option ask for who buy at any time between two moments, the second maybe never."""
    zone = ZoneInfo(time_zone)

    def day(moment: datetime) -> int:
        return (moment.astimezone(zone).date() - day_zero).days

    first_sale = max(day(sales[0]), 0)
    last_sale = HORIZON_DAYS - 1 if sales[1] is None else min(day(sales[1] - _INSTANT), HORIZON_DAYS - 1)
    opens = max(day(option.redeem_from), 0) if option.redeem_from else 0
    closes = None if option.redeem_until is None else day(option.redeem_until - _INSTANT)
    windows: list[Window] = []
    last: int | None = -1
    for sold in range(first_sale, max(last_sale, first_sale) + 1):
        ends = [] if option.redeem_within_days is None else [sold + option.redeem_within_days]
        end = min(ends if closes is None else [*ends, closes], default=HORIZON_DAYS)
        if end >= HORIZON_DAYS:
            last = None
        elif (window := Window(max(sold, opens), end)).first <= end:
            last = None if last is None else max(last, end)
            _add(windows, window)
    return Demand(guests=guests, first=max(first_sale, opens), last=last, windows=tuple(windows))


def weeks(demands: Sequence[Demand], rooms: Mapping[UUID, Sequence[int]], day_zero: date) -> list[Week]:
    """Each location's weeks, from Monday to Sunday, those in a row that are alike as one."""
    opened = {each: [0, *accumulate(int(some > 0) for some in room)] for each, room in rooms.items()}
    shown: list[Week] = []
    for location_id, room in rooms.items():
        start = 0
        while start < len(room):
            until = min(start + 7 - (day_zero + timedelta(days=start)).weekday(), len(room))
            week = Week(
                location_id=location_id,
                first_day=day_zero + timedelta(days=start),
                last_day=day_zero + timedelta(days=until - 1),
                room=sum(room[start:until]),
                most=sum(each.guests for each in demands if _overlaps(each, start, until)),
                evenly=ceil(sum(_share(each, opened, location_id, start, until) for each in demands)),
            )
            if shown and _alike(shown[-1], week):
                shown[-1] = msgspec.structs.replace(shown[-1], last_day=week.last_day)
            else:
                shown.append(week)
            start = until
    return shown


def _share(demand: Demand, opened: Mapping[UUID, Sequence[int]], location_id: UUID, start: int, until: int) -> Fraction:
    """The guests of a demand who come to a location in some days, by how many of their days these are."""
    end = len(opened[location_id]) - 1 if demand.last is None else demand.last + 1
    days = sum(each[end] - each[min(demand.first, end)] for each in opened.values())
    here = opened[location_id]
    some = here[max(min(until, end), start)] - here[min(max(start, demand.first), max(min(until, end), start))]
    return Fraction(demand.guests * some, days) if days else Fraction()


def _overlaps(demand: Demand, start: int, until: int) -> bool:
    return demand.first < until and (demand.last is None or demand.last >= start)


def _alike(one: Week, other: Week) -> bool:
    same = (one.location_id, one.room, one.most, one.evenly) == (
        other.location_id,
        other.room,
        other.most,
        other.evenly,
    )
    return same and one.last_day + _ONE_DAY == other.first_day


def _add(windows: list[Window], window: Window) -> None:
    """One that holds another asks for nothing more than that one, and is left out."""
    if windows and windows[-1].first >= window.first:
        return
    if windows and windows[-1].last >= window.last:
        windows.pop()
    windows.append(window)
