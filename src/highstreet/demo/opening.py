"""Opening hours as businesses of a kind keep them."""

from datetime import time
from functools import cache
from random import Random

from highstreet.market.catalog.domain.merchants import Opening, OpeningHours

_Week = tuple[tuple[str, str, str], ...]

_WEEKS: dict[str, tuple[_Week, ...]] = {
    "dinner": (
        (("234567", "17:00", "22:00"),),
        (("2345", "11:30", "21:30"), ("67", "11:30", "23:00")),
        (("1234567", "11:00", "22:00"),),
        (("345", "17:30", "22:30"), ("67", "12:00", "23:30")),
    ),
    "cafe": (
        (("12345", "07:00", "16:00"), ("67", "08:00", "16:00")),
        (("1234567", "07:30", "17:00"),),
        (("34567", "08:00", "15:00"),),
    ),
    "bar": (
        (("234", "16:00", "23:00"), ("56", "16:00", "01:00"), ("7", "14:00", "22:00")),
        (("34567", "17:00", "00:30"),),
        (("1234567", "15:00", "00:00"),),
    ),
    "appointments": (
        (("23456", "10:00", "19:00"),),
        (("12345", "09:00", "20:00"), ("67", "10:00", "17:00")),
        (("1234567", "10:00", "20:00"),),
    ),
    "salon": (
        (("23456", "09:00", "18:30"),),
        (("2345", "10:00", "19:00"), ("6", "09:00", "17:00")),
        (("123456", "09:30", "19:00"), ("7", "11:00", "17:00")),
    ),
    "classes": (
        (("12345", "06:30", "20:30"), ("67", "08:00", "14:00")),
        (("1234", "07:00", "21:00"), ("5", "07:00", "19:00"), ("67", "09:00", "13:00")),
    ),
    "gym": (
        (("12345", "05:30", "22:00"), ("67", "07:00", "19:00")),
        (("1234567", "06:00", "23:00"),),
    ),
    "office": (
        (("12345", "08:00", "18:00"),),
        (("12345", "09:00", "17:30"), ("6", "09:00", "13:00")),
        (("1234", "08:00", "19:00"), ("5", "08:00", "15:00")),
    ),
    "evening": (
        (("345", "16:00", "22:00"), ("67", "11:00", "23:00")),
        (("2345", "15:00", "22:30"), ("67", "10:00", "23:30")),
        (("1234567", "12:00", "22:00"),),
    ),
    "daylight": (
        (("1234567", "09:00", "18:00"),),
        (("234567", "10:00", "17:30"),),
        (("34567", "09:30", "19:00"),),
    ),
    "museum": (
        (("234567", "10:00", "17:00"),),
        (("3457", "11:00", "18:00"), ("6", "10:00", "20:00")),
    ),
    "garage": (
        (("12345", "07:30", "18:00"),),
        (("12345", "08:00", "17:30"), ("6", "08:00", "14:00")),
    ),
    "shop": (
        (("23456", "10:00", "18:30"),),
        (("123456", "10:00", "19:00"), ("7", "11:00", "17:00")),
    ),
    "always": (),
}
"""For each kind the weeks that occur; a week is days (Monday is 1), opening and closing. `always` states no hours."""


def opening_hours(kind: str, rng: Random) -> OpeningHours | None:
    """A week for one business of a kind."""
    weeks = _WEEKS[kind]
    return _week(weeks[rng.randrange(len(weeks))]) if weeks else None


@cache
def _week(week: _Week) -> OpeningHours:
    openings = (
        Opening(weekday=int(day), opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
        for days, opens, closes in week
        for day in days
    )
    return tuple(sorted(openings, key=lambda opening: (opening.weekday, opening.opens)))
