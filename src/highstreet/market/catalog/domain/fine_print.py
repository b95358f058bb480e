"""Fine print as rules that a machine can check and a person can read in their own language."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec

from highstreet.kit.errors import FieldProblem

_WEEKDAYS = range(1, 8)
_MAX_MONTHS = 120
_MAX_HOURS_AHEAD = 24 * 60
_MAX_AGE = 99
_MAX_NOTE_LENGTH = 2000


class Days(msgspec.Struct, frozen=True, gc=False, tag="days"):
    """Valid on these weekdays only; ISO numbers, Monday is 1."""

    weekdays: tuple[int, ...]


class Hours(msgspec.Struct, frozen=True, gc=False, tag="hours"):
    """Valid between two times of day, local to the location; an `until` before `start` runs past midnight.

    `start` is inside, `until` is not.
    """

    start: time
    until: time


class NewCustomersOnly(msgspec.Struct, frozen=True, gc=False, tag="new_customers_only"):
    """For people who have not been the merchant's customer within `months` (None: ever)."""

    months: int | None = None


class BookingNeeded(msgspec.Struct, frozen=True, gc=False, tag="booking_needed"):
    """Has to be booked at least `hours_ahead` hours before."""

    hours_ahead: int = 0


class MinimumAge(msgspec.Struct, frozen=True, gc=False, tag="minimum_age"):
    """The person who redeems is at least `years` old."""

    years: int


class NotOnHolidays(msgspec.Struct, frozen=True, gc=False, tag="not_on_holidays"):
    """Not valid on public holidays, or on the days before them (`eves`). No machine checks it: calendars differ."""

    holidays: bool = True
    eves: bool = False


class AskFirst(msgspec.Struct, frozen=True, gc=False, tag="ask_first"):
    """Days that the source marks without saying what that means; ISO numbers, Monday is 1. Nobody is refused for it."""

    weekdays: tuple[int, ...] = ()
    holidays: bool = False
    eves: bool = False


class Note(msgspec.Struct, frozen=True, gc=False, tag="note"):
    """A condition in the merchant's own words, which no machine checks."""

    text: str


Rule = Days | Hours | NewCustomersOnly | BookingNeeded | MinimumAge | NotOnHolidays | AskFirst | Note


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the person who wants to redeem. None: not known; for `last_visit`, never a customer."""

    age_years: int | None = None
    last_visit: date | None = None
    booked_at: datetime | None = None
    """When they booked, on the same local clock as the moment of redemption."""


class RefusalReason(StrEnum):
    """Why a rule does not let a customer redeem."""

    WRONG_DAY = "wrong_day"
    WRONG_HOUR = "wrong_hour"
    NOT_NEW = "not_new"
    NOT_BOOKED = "not_booked"
    BOOKED_TOO_LATE = "booked_too_late"
    AGE_UNKNOWN = "age_unknown"
    TOO_YOUNG = "too_young"


class Refusal(msgspec.Struct, frozen=True):
    """One rule that stands in the way, and why."""

    rule: Rule
    reason: RefusalReason


def allows(rules: Iterable[Rule], at: datetime, customer: Customer) -> list[Refusal]:
    """The rules that refuse a redemption at the local time `at`; none means that it is allowed.

    After midnight within hours that began the evening before, that evening's weekday counts.
    """
    rules = tuple(rules)
    late = any(isinstance(rule, Hours) and rule.until < rule.start and at.time() < rule.until for rule in rules)
    weekday = (at - timedelta(days=1) if late else at).isoweekday()
    reasons = ((rule, _refusal(rule, at, weekday, customer)) for rule in rules)
    return [Refusal(rule, reason) for rule, reason in reasons if reason is not None]


def _refusal(  # noqa: PLR0911 -- one return a kind of rule
    rule: Rule, at: datetime, weekday: int, customer: Customer
) -> RefusalReason | None:
    match rule:
        case Days(weekdays):
            return None if weekday in weekdays else RefusalReason.WRONG_DAY
        case Hours(start, until):
            inside = start <= at.time() < until if start < until else at.time() >= start or at.time() < until
            return None if inside else RefusalReason.WRONG_HOUR
        case NewCustomersOnly(months):
            return RefusalReason.NOT_NEW if _was_customer(customer.last_visit, at.date(), months) else None
        case BookingNeeded(hours_ahead):
            return _booking_refusal(customer.booked_at, at, hours_ahead)
        case MinimumAge(years):
            if customer.age_years is None:
                return RefusalReason.AGE_UNKNOWN
            return None if customer.age_years >= years else RefusalReason.TOO_YOUNG
        case NotOnHolidays() | AskFirst() | Note():
            return None


def _was_customer(last_visit: date | None, today: date, months: int | None) -> bool:
    if last_visit is None or months is None:
        return last_visit is not None
    passed = (today.year - last_visit.year) * 12 + today.month - last_visit.month - (today.day < last_visit.day)
    return passed < months


def _booking_refusal(booked_at: datetime | None, at: datetime, hours_ahead: int) -> RefusalReason | None:
    if booked_at is None:
        return RefusalReason.NOT_BOOKED
    return None if at - booked_at >= timedelta(hours=hours_ahead) else RefusalReason.BOOKED_TOO_LATE


def problems(rules: Iterable[Rule]) -> list[FieldProblem]:
    """What is wrong with the rules, each named as `fine_print[n]`; empty when they can stand."""
    found: list[FieldProblem] = []
    for index, rule in enumerate(rules):
        message = _problem(rule)
        if message is not None:
            found.append(FieldProblem(f"fine_print[{index}]", message))
    return found


def _problem(rule: Rule) -> str | None:  # noqa: PLR0911 -- one return a kind of rule
    match rule:
        case Days(weekdays):
            valid = weekdays and _are_weekdays(weekdays)
            return None if valid else "name one to seven weekdays from 1 (Monday) to 7, each once, in order"
        case Hours(start, until):
            return "hours need two different times of day" if start == until else None
        case NewCustomersOnly(months):
            return None if months is None or 1 <= months <= _MAX_MONTHS else f"months are 1 to {_MAX_MONTHS}"
        case BookingNeeded(hours_ahead):
            return None if 0 <= hours_ahead <= _MAX_HOURS_AHEAD else f"hours ahead are 0 to {_MAX_HOURS_AHEAD}"
        case MinimumAge(years):
            return None if 1 <= years <= _MAX_AGE else f"an age is 1 to {_MAX_AGE} years"
        case NotOnHolidays(holidays, eves):
            return None if holidays or eves else "name holidays, the days before them, or both"
        case AskFirst(weekdays, holidays, eves):
            valid = _are_weekdays(weekdays) and (weekdays or holidays or eves)
            return (
                None if valid else "name days: weekdays from 1 (Monday) to 7 in order, holidays, or those before them"
            )
        case Note(text):
            valid = text.strip() and len(text) <= _MAX_NOTE_LENGTH
            return None if valid else f"a note has 1 to {_MAX_NOTE_LENGTH} characters"


def _are_weekdays(weekdays: tuple[int, ...]) -> bool:
    return set(weekdays) <= set(_WEEKDAYS) and list(weekdays) == sorted(set(weekdays))


Gettext = Callable[[str], str]
Ngettext = Callable[[str, str, int], str]


def plural_english(singular: str, plural: str, number: int) -> str:
    """The plural rule of English, for callers that have no translations loaded."""
    return singular if number == 1 else plural


def clock_24(at: time) -> str:
    """A time of day as `18:30`."""
    return at.strftime("%H:%M")


def sentence(  # noqa: C901, PLR0911 -- one branch and one return a kind of rule
    rule: Rule, gettext: Gettext, ngettext: Ngettext = plural_english, format_time: Callable[[time], str] = clock_24
) -> str:
    """The rule as one sentence; a note stays in its own words.

    The parameters carry gettext's own names, so that the tools which collect messages find them here.
    """
    match rule:
        case Days(weekdays):
            return gettext("Valid on %(days)s only.") % {"days": _listed(_names(weekdays, gettext), gettext)}
        case Hours(start, until):
            span = {"start": format_time(start), "until": format_time(until)}
            return gettext("Valid between %(start)s and %(until)s only.") % span
        case NewCustomersOnly(months):
            if months is None:
                return gettext("For new customers only.")
            message = ngettext(
                "Only for people who have not been a customer in the past %(months)d month.",
                "Only for people who have not been a customer in the past %(months)d months.",
                months,
            )
            return message % {"months": months}
        case BookingNeeded(0):
            return gettext("Booking needed.")
        case BookingNeeded(hours):
            message = ngettext(
                "Booking needed at least %(hours)d hour ahead.",
                "Booking needed at least %(hours)d hours ahead.",
                hours,
            )
            return message % {"hours": hours}
        case MinimumAge(years):
            message = ngettext("From %(years)d year of age.", "From %(years)d years of age.", years)
            return message % {"years": years}
        case NotOnHolidays():
            return _not_on_holidays(rule, gettext)
        case AskFirst():
            return _ask_first(rule, gettext)
        case Note(text):
            return text


def _ask_first(rule: AskFirst, gettext: Gettext) -> str:
    days = [
        *_names(rule.weekdays, gettext),
        *([gettext("official holidays")] if rule.holidays else []),
        *([gettext("days before official holidays")] if rule.eves else []),
    ]
    message = gettext("Ask first about %(days)s: the source does not say plainly whether it is valid then.")
    return message % {"days": _listed(days, gettext)}


def _not_on_holidays(rule: NotOnHolidays, gettext: Gettext) -> str:
    if not rule.eves:
        return gettext("Not valid on public holidays.")
    if not rule.holidays:
        return gettext("Not valid on days before public holidays.")
    return gettext("Not valid on public holidays and the days before them.")


def _names(weekdays: tuple[int, ...], gettext: Gettext) -> list[str]:
    names = (
        gettext("Mondays"),
        gettext("Tuesdays"),
        gettext("Wednesdays"),
        gettext("Thursdays"),
        gettext("Fridays"),
        gettext("Saturdays"),
        gettext("Sundays"),
    )
    return [names[day - 1] for day in weekdays]


def _listed(names: list[str], gettext: Gettext) -> str:
    *rest, last = names
    if not rest:
        return last
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(rest), "last": last}
