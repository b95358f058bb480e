"""A deal as a form: from the deal to the texts of its fields, and back, with every problem beside its field.

A form is a mapping of names to texts, as browsers send it. What it cannot show of a deal stays as it stands.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.kit.money import is_currency
from highstreet.kit.spreadsheets import plain
from highstreet.market.catalog.domain.adoption import MerchantLocation
from highstreet.market.catalog.domain.deals import Reach, ValueEvidence
from highstreet.market.catalog.domain.drafts import MAX_OPTIONS, DealDraft, OptionDraft, check_deal
from highstreet.market.catalog.domain.fine_print import (
    BookingNeeded,
    Days,
    Hours,
    MinimumAge,
    NewCustomersOnly,
    Note,
    NotOnHolidays,
    Rule,
)
from highstreet.web.merchant import fields as read

T = TypeVar("T")
Fields = Mapping[str, str]

ON: Final = "on"
WEEKDAYS: Final = range(1, 8)
_OPTION: Final = re.compile(r"option-(\d{1,4})-\w+", re.ASCII)
_OPTION_FIELDS: Final = {
    "title": "title",
    "price_minor": "price",
    "value_minor": "value",
    "value_evidence": "value",
    "cap": "cap",
    "per_buyer_limit": "limit",
    "redeem_from": "first",
    "redeem_until": "last",
    "redeem_within_days": "days",
}
_RULE_FIELDS: Final[dict[type[Rule], str]] = {
    Days: "weekdays",
    Hours: "hours",
    BookingNeeded: "booking-hours",
    MinimumAge: "age",
    NewCustomersOnly: "new-months",
    NotOnHolidays: "holidays",
    Note: "notes",
}


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What a form is read against: whose deal it is, where it can be, and the deal that it changes."""

    merchant_id: UUID
    locations: tuple[MerchantLocation, ...]
    standing: DealDraft | None = None

    def zone(self, ids: Sequence[str]) -> str:
        """The clock by which days and times are meant: that of the first location named, else of the merchant's."""
        here = [each for each in self.locations if str(each.id) in ids] or self.locations
        return here[0].time_zone if here else "UTC"

    def currency(self, ids: Sequence[str], stated: str) -> str:
        """A deal stays in its currency; a new one takes that of its locations, unless one has to be stated."""
        if self.standing:
            return self.standing.currency
        kinds = {each.currency for each in self.locations}
        here = next((each.currency for each in self.locations if str(each.id) in ids), "")
        return next(iter(kinds)) if len(kinds) == 1 else here or stated.strip().upper()


def option_rows(fields: Fields) -> list[int]:
    """Which rows of options a form has, in their order."""
    found = {int(match[1]) for name in fields if (match := _OPTION.fullmatch(name))}
    return sorted(found)[: MAX_OPTIONS + 1]


def chosen_locations(fields: Fields) -> list[str]:
    return [name.removeprefix("location-") for name in fields if name.startswith("location-")]


def blank(around: Around, language: str) -> dict[str, str]:
    """A form for a new deal: sold everywhere where the merchant is, if that is in one currency."""
    alike = len({each.currency for each in around.locations}) == 1
    return {
        "language": language,
        "reach": Reach.LOCATIONS,
        **{f"location-{each.id}": ON for each in around.locations if alike},
        **{f"day-{day}": ON for day in WEEKDAYS},
        "option-0-title": "",
    }


def filled(draft: DealDraft, around: Around) -> dict[str, str]:
    """The form that shows a deal."""
    ids = [str(each) for each in draft.locations]
    zone = around.zone(ids)
    shown: dict[str, str] = {
        "title": draft.title,
        "description": draft.description or "",
        "category": draft.category or "",
        "language": draft.language,
        "reach": draft.reach,
        "currency": draft.currency,
        "starts": read.moment_text(draft.starts_at, zone),
        "ends": read.moment_text(draft.ends_at, zone),
        **{f"location-{each}": ON for each in ids},
    }
    for row, option in enumerate(draft.options):
        shown |= {f"option-{row}-{name}": text for name, text in _option_texts(option, draft.currency, zone).items()}
    return shown | _rule_texts(draft.fine_print)


def _option_texts(option: OptionDraft, currency: str, zone: str) -> dict[str, str]:
    value = option.value_minor
    return {
        "id": str(option.id or ""),
        "title": option.title,
        "price": plain(option.price_minor, currency),
        "value": "" if value is None else plain(value, currency),
        "cap": read.number_text(option.cap),
        "limit": read.number_text(option.per_buyer_limit),
        "first": read.day_text(option.redeem_from, zone),
        "last": read.last_day_text(option.redeem_until, zone),
        "days": read.number_text(option.redeem_within_days),
    }


def _rule_texts(rules: Sequence[Rule]) -> dict[str, str]:
    shown: dict[str, str] = {}
    weekdays: Sequence[int] = WEEKDAYS
    notes: list[str] = []
    for rule in _shown(rules):
        match rule:
            case Days(weekdays=days):
                weekdays = days
            case Hours(start=start, until=until):
                shown |= {"hours-from": start.strftime("%H:%M"), "hours-until": until.strftime("%H:%M")}
            case BookingNeeded(hours_ahead=hours):
                shown |= {"booking": ON, "booking-hours": str(hours)}
            case MinimumAge(years=years):
                shown["age"] = str(years)
            case NewCustomersOnly(months=months):
                shown |= {"new": ON, "new-months": read.number_text(months)}
            case NotOnHolidays(holidays=holidays, eves=eves):
                shown |= {name: ON for name, meant in (("holidays", holidays), ("eves", eves)) if meant}
            case Note(text=text):
                notes.append(text)
            case _:
                raise AssertionError(rule)
    return {**shown, "notes": "\n".join(notes), **{f"day-{day}": ON for day in weekdays}}


def _shown(rules: Sequence[Rule]) -> list[Rule]:
    """The rules for which the form has fields: the first of each kind, and every note of one line."""
    found: list[Rule] = []
    for rule in rules:
        twice = not isinstance(rule, Note) and any(isinstance(each, type(rule)) for each in found)
        several = isinstance(rule, Note) and "\n" in rule.text
        if type(rule) in _RULE_FIELDS and not twice and not several:
            found.append(rule)
    return found


def beyond(rules: Sequence[Rule]) -> list[Rule]:
    """The rules that the form does not show; they stay."""
    shown = _shown(rules)
    return [rule for rule in rules if not any(rule is each for each in shown)]


def draft_from(fields: Fields, around: Around) -> DealDraft:
    """The deal that a form describes. Raises InvalidInput with every problem, by the names of the form's fields."""
    reading = _Reading(fields, around)
    draft = reading.draft()
    problems = list(reading.problems)
    if not is_currency(draft.currency):
        problems.append(FieldProblem("currency", "is none"))
    try:
        check_deal(draft)
    except InvalidInput as found:
        problems += in_form(found, draft, reading.rows)
    if problems:
        raise InvalidInput(tuple(problems))
    return draft


def in_form(found: InvalidInput, draft: DealDraft, rows: Sequence[int]) -> list[FieldProblem]:
    """Problems of a draft by the names of the form's fields; `rows` are those of its options."""
    return [FieldProblem(_form_name(each.field, draft, rows), each.message) for each in found.problems]


def _form_name(field: str, draft: DealDraft, rows: Sequence[int]) -> str:
    option = re.fullmatch(r"options\[(\d+)\]\.(\w+)", field)
    if option:
        return f"option-{rows[int(option[1])]}-{_OPTION_FIELDS.get(option[2], 'title')}"
    rule = re.fullmatch(r"fine_print\[(\d+)\]", field)
    if rule:
        return _RULE_FIELDS.get(type(draft.fine_print[int(rule[1])]), "notes")
    return {"starts_at": "starts", "ends_at": "ends"}.get(field, field.partition("[")[0])


class _Reading:
    """One reading of a form: what was understood, and what was not."""

    def __init__(self, fields: Fields, around: Around) -> None:
        self.fields, self.around = fields, around
        self.problems: list[FieldProblem] = []
        self.rows: list[int] = []
        self.ids = chosen_locations(fields)
        self.zone = around.zone(self.ids)
        self.currency = around.currency(self.ids, self.text("currency"))

    def text(self, name: str) -> str:
        return self.fields.get(name, "").replace("\x00", "").strip()

    def value(self, name: str, understand: Callable[[str], T]) -> T | None:
        try:
            return understand(self.text(name))
        except (ValueError, OverflowError):
            self.problems.append(FieldProblem(name, "cannot be read"))
            return None

    def unless_touched(
        self, name: str, standing: datetime | None, shown: str, understand: Callable[[str], datetime | None]
    ) -> datetime | None:
        """What stands, as exactly as it stands, where its text is still the one that was shown."""
        return standing if standing and self.text(name) == shown else self.value(name, understand)

    def draft(self) -> DealDraft:
        standing, before = self.around.standing, len(self.problems)
        starts = self.unless_touched(
            "starts",
            standing and standing.starts_at,
            read.moment_text(standing and standing.starts_at, self.zone),
            lambda text: read.moment(text, self.zone),
        )
        if starts is None and len(self.problems) == before:
            self.problems.append(FieldProblem("starts", "is missing"))
        ends = self.unless_touched(
            "ends",
            standing and standing.ends_at,
            read.moment_text(standing and standing.ends_at, self.zone),
            lambda text: read.moment(text, self.zone),
        )
        reach = self.reach()
        options = tuple(self.options())
        return DealDraft(
            merchant_id=self.around.merchant_id,
            category=self.text("category") or None,
            division=standing.division if standing and reach is Reach.DIVISION else None,
            title=self.text("title"),
            description=self.text("description").replace("\r\n", "\n") or None,
            language=self.text("language"),
            currency=self.currency,
            reach=reach,
            locations=tuple(self.locations()) if reach is Reach.LOCATIONS else (),
            options=options,
            fine_print=tuple(self.rules()),
            starts_at=starts or _LONG_AGO,
            ends_at=ends,
        )

    def reach(self) -> Reach:
        allowed = {Reach.LOCATIONS, Reach.ONLINE}
        if self.around.standing:
            allowed.add(self.around.standing.reach)
        return next((each for each in allowed if each == self.text("reach")), Reach.LOCATIONS)

    def locations(self) -> list[UUID]:
        """In the merchant's order; what is not the merchant's is none of ours to name."""
        if set(self.ids) - {str(each.id) for each in self.around.locations}:
            self.problems.append(FieldProblem("locations", "is not the merchant's"))
        return [each.id for each in self.around.locations if str(each.id) in self.ids]

    def options(self) -> list[OptionDraft]:
        """Rows in which nothing is typed are none."""
        standing = {str(each.id): each for each in (self.around.standing.options if self.around.standing else ())}
        found: list[OptionDraft] = []
        for row in option_rows(self.fields):
            if any(self.text(f"option-{row}-{name}") for name in {"id", *_OPTION_FIELDS.values()}):
                self.rows.append(row)
                found.append(self.option(f"option-{row}-", standing))
        return found

    def option(self, row: str, standing: Mapping[str, OptionDraft]) -> OptionDraft:
        mine = standing.get(self.text(f"{row}id"))
        price = self.value(f"{row}price", self.amount)
        if price is None and not self.text(f"{row}price"):
            self.problems.append(FieldProblem(f"{row}price", "is missing"))
        value = self.value(f"{row}value", self.amount)
        evidence = mine.value_evidence if mine and mine.value_minor == value else ValueEvidence.MERCHANT_STATED
        return OptionDraft(
            id=mine.id if mine else None,
            title=self.text(f"{row}title"),
            price_minor=price or 0,
            value_minor=value,
            value_evidence=None if value is None else evidence,
            cap=self.value(f"{row}cap", read.whole),
            per_buyer_limit=self.value(f"{row}limit", read.whole),
            redeem_from=self.unless_touched(
                f"{row}first",
                mine and mine.redeem_from,
                read.day_text(mine and mine.redeem_from, self.zone),
                lambda text: read.first_moment(text, self.zone),
            ),
            redeem_until=self.unless_touched(
                f"{row}last",
                mine and mine.redeem_until,
                read.last_day_text(mine and mine.redeem_until, self.zone),
                lambda text: read.end_of(text, self.zone),
            ),
            redeem_within_days=self.value(f"{row}days", read.whole),
        )

    def amount(self, text: str) -> int | None:
        return read.amount(text, self.currency) if is_currency(self.currency) else None

    def rules(self) -> list[Rule]:
        found: list[Rule] = []
        days = tuple(day for day in WEEKDAYS if self.text(f"day-{day}"))
        if len(days) < len(WEEKDAYS):
            found.append(Days(days))
        start, until = (self.value(name, read.clock) for name in ("hours-from", "hours-until"))
        if start and until:
            found.append(Hours(start, until))
        elif self.text("hours-from") or self.text("hours-until"):
            self.problems.append(FieldProblem("hours", "needs both"))
        if self.text("booking"):
            found.append(BookingNeeded(self.value("booking-hours", read.whole) or 0))
        age = self.value("age", read.whole)
        if age is not None:
            found.append(MinimumAge(age))
        if self.text("new"):
            found.append(NewCustomersOnly(self.value("new-months", read.whole)))
        if self.text("holidays") or self.text("eves"):
            found.append(NotOnHolidays(bool(self.text("holidays")), bool(self.text("eves"))))
        found += [Note(line.strip()) for line in self.text("notes").splitlines() if line.strip()]
        return found + beyond(self.around.standing.fine_print if self.around.standing else ())


_LONG_AGO: Final = datetime.fromisoformat("2000-01-01T00:00+00:00")
"""Stands in for a start that could not be read, so that the rest can be checked beside it."""
