"""Fine print as rules that a machine can check and a person can read in their own language."""

from datetime import time

import msgspec


class Days(msgspec.Struct, frozen=True, tag="days"):
    """Valid on these weekdays only; ISO numbers, Monday is 1."""

    weekdays: tuple[int, ...]


class Hours(msgspec.Struct, frozen=True, tag="hours"):
    """Valid between two times of day, local to the location; an `until` before `start` runs past midnight."""

    start: time
    until: time


class NewCustomersOnly(msgspec.Struct, frozen=True, tag="new_customers_only"):
    """For people who have not been the merchant's customer within `months` (None: ever)."""

    months: int | None = None


class BookingNeeded(msgspec.Struct, frozen=True, tag="booking_needed"):
    """Has to be booked at least `hours_ahead` hours before."""

    hours_ahead: int = 0


class MinimumAge(msgspec.Struct, frozen=True, tag="minimum_age"):
    """The person who redeems is at least `years` old."""

    years: int


class Note(msgspec.Struct, frozen=True, tag="note"):
    """A condition in the merchant's own words, which no machine checks."""

    text: str


Rule = Days | Hours | NewCustomersOnly | BookingNeeded | MinimumAge | Note
