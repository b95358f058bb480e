"""From evidence to a draft of a mapping: each field with its column, its transforms, the reasons and the doubts."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from highstreet.market.feeds.domain.suggestion import dates, fields, keys, prices
from highstreet.market.feeds.domain.suggestion.fields import Evidence, Match
from highstreet.market.feeds.domain.suggestion.names import WEEKDAYS, weekday_of
from highstreet.market.feeds.domain.suggestion.profiles import MOSTLY, Profile, Sample

_FEWEST_WEEKDAYS: Final = 5
_SAME_TITLES: Final = 0.3
"""Below this share of different titles, a title needs something beside it to tell deals apart."""

_TEXT_STEPS: Final = ("entities", "repair_mojibake", "collapse")
_LINK_STEPS: Final = ("strip",)


class FieldDraft(msgspec.Struct, frozen=True, kw_only=True):
    """One field as the mapping would have it. `likelihood` is from 0 to 1."""

    name: str
    column: str | None = None
    template: str | None = None
    otherwise: str | None = None
    transforms: tuple[str, ...] = ()
    date_format: str | None = None
    decimal: str = "."
    path_separator: str | None = None
    likelihood: float = 1.0
    reason: str = ""
    doubts: tuple[str, ...] = ()


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a mapping, and what is to be said about the columns that are not in it."""

    fields: tuple[FieldDraft, ...]
    weekdays: Mapping[str, str] = {}
    """The columns of weekday flags, by day."""
    unclear: tuple[str, ...] = ()
    """Flags that are neither yes nor no."""
    left_out: Mapping[str, str] = {}
    """Columns that are not mapped, and why."""
    doubts: tuple[str, ...] = ()
    """About the feed as a whole, the price first."""
    value_withheld: bool = False
    """Whether a usual price seems to be stated, but is not mapped, because nothing tells it from the price."""

    def field(self, name: str) -> FieldDraft | None:
        return next((each for each in self.fields if each.name == name), None)


def with_path(draft: Draft, separator: str | None) -> Draft:
    """The draft with what separates the steps of its category's paths."""
    changed = [
        msgspec.structs.replace(field, path_separator=separator) if field.name == "category" else field
        for field in draft.fields
    ]
    return msgspec.structs.replace(draft, fields=tuple(changed))


def without(draft: Draft, name: str, why: str) -> Draft:
    """The draft without a field, for a reason that is told."""
    dropped = draft.field(name)
    column = "" if dropped is None else dropped.column or ""
    return msgspec.structs.replace(
        draft,
        fields=tuple(field for field in draft.fields if field.name != name),
        left_out={**draft.left_out, column: why},
    )


def draft(sample: Sample, evidence: Evidence) -> Draft:
    """The likeliest mapping of the sample's columns. Fields that nothing speaks for are left out."""
    days, unclear = _weekdays(sample)
    amounts = prices.decide(sample)
    money = {each.name for each in (amounts.price, amounts.value) if each} | set(amounts.derived)
    period = dates.decide(sample, {*days.values(), *money})
    dated = {each.name for each in period.fields.values()} | set(period.derived)
    taken = {*days.values(), *money, *dated}
    weak = amounts.price if not amounts.price_certain and _nameless(amounts.price) else None
    matches = fields.match(sample, taken - ({weak.name} if weak else set()), evidence)
    options = fields.priced_text(sample, evidence) if amounts.price is None or weak else None
    if options or any(each.column is weak for each in matches.values()):
        amounts = prices.Amounts(derived=amounts.derived)
    drafted = [
        *_priced(amounts, options, matches.get("title")),
        *(_from_match(name, each) for name, each in matches.items()),
        *(_dated(name, column, period.unsure.get(name)) for name, column in period.fields.items()),
    ]
    drafted = [
        _with_doubts(each, _rivals(sample, matches, evidence)) if each.name == "place" else each for each in drafted
    ]
    drafted = [_title(sample, amounts, matches, period), *(each for each in drafted if each.name != "title")]
    key = _key(sample, amounts, matches, period)
    found = tuple(sorted([*key, *drafted], key=lambda each: _ORDER.index(each.name)))
    return Draft(
        fields=found,
        weekdays=days,
        unclear=unclear,
        left_out=_left_out(sample, found, days, {**amounts.derived, **period.derived}),
        doubts=(*amounts.doubts, *_period_doubts(period)),
        value_withheld=amounts.value is None and bool(amounts.doubts),
    )


def _with_doubts(field: FieldDraft, doubts: Sequence[str]) -> FieldDraft:
    return msgspec.structs.replace(field, doubts=(*field.doubts, *doubts))


def _nameless(price: Profile | None) -> bool:
    """Whether a price was taken for one by its values alone, so that it may as well be something else."""
    return price is not None and prices.says(price) is prices.Says.NOTHING


_ORDER: Final = (
    "key", "title", "price", "value", "options", "currency", "url", "image", "description", "merchant", "category",
    "place", "starts_at", "ends_at", "redeem_from", "redeem_until", "redeem_within_days", "sold", "ratings",
)  # fmt: skip


def _weekdays(sample: Sample) -> tuple[dict[str, str], tuple[str, ...]]:
    """A group of flags of which most are named for different weekdays, with what is named for holidays beside them."""
    found: dict[str, Profile] = {}
    for column in sample.columns:
        day = weekday_of(column.name)
        if day and column.filled and column.flag_share == 1.0 and column.distinct <= 4:
            found.setdefault(day, column)
    if len(found) < _FEWEST_WEEKDAYS:
        return {}, ()
    days = {day: found[day].name for day in WEEKDAYS if day in found}
    stem = next(iter(found.values())).words[:-1]
    for column in sample.columns:
        if column.words[: len(stem)] == stem and "holiday" in column.words and column.flag_share == 1.0:
            days["before_holidays" if {"before", "eve"} & set(column.words) else "holidays"] = column.name
    flags = {flag for name in days.values() for flag in sample.column(name).counts}
    return days, tuple(sorted(flag for flag in flags if flag in {"2", "x", "X"}))


def _priced(amounts: prices.Amounts, options: Match | None, title: Match | None) -> list[FieldDraft]:
    if options is not None:
        also = title is not None and title.column is not options.column and title.column.priced_share > 0
        reason = f"{options.column.priced_share:.0%} of its texts hold priced choices"
        doubt = "rows whose text prices nothing are refused"
        return [
            FieldDraft(
                name="options",
                column=options.column.name,
                otherwise=title.column.name if also and title else None,
                transforms=("priced_options",),
                likelihood=options.likelihood,
                reason=reason,
                doubts=(doubt,) if options.column.priced_share < MOSTLY else (),
            )
        ]
    price, value = amounts.price, amounts.value
    if price is None:
        return []
    reason = "; ".join(amounts.reasons) or "it looks most like a price"
    falls_back = value is not None and price.filled_share < 1.0 and prices.says(value) is prices.Says.PLAIN
    missing = len(price.cells) - len(price.filled)
    doubts = list(amounts.doubts)
    if falls_back and value:
        doubts.append(f"{missing:,} rows state no {price.name}; {value.name} is their price")
    elif missing:
        doubts.append(f"{missing:,} of the rows that were looked at state no {price.name}, and are refused")
    found = [
        FieldDraft(
            name="price",
            column=price.name,
            otherwise=value.name if falls_back and value else None,
            transforms=("money",),
            decimal=price.decimal,
            likelihood=1.0 if amounts.price_certain else 0.5,
            reason=reason,
            doubts=tuple(doubts),
        )
    ]
    if value is not None:
        found.append(
            FieldDraft(name="value", column=value.name, transforms=("money",), decimal=value.decimal, reason=reason)
        )
    return found


def _rivals(sample: Sample, matches: Mapping[str, Match], evidence: Evidence) -> list[str]:
    """Columns beside the place that name places as well."""
    place = matches.get("place")
    return [
        f"{column.name} names places too, in {len(column.filled):,} of the rows that were looked at; "
        f"{place.column.name} is taken"
        for column in sample.columns
        if place and column is not place.column and "town" in column.concepts
        if evidence.places.get(column.name, 0.0) >= 0.8 and column.cells != place.column.cells
    ]


def _from_match(name: str, found: Match) -> FieldDraft:
    steps = {
        "url": _LINK_STEPS,
        "image": _LINK_STEPS,
        "sold": ("count",),
        "ratings": ("count",),
        "currency": ("currency_code",),
        "place": ("collapse",),
        "category": ("entities", "collapse"),
    }.get(name, _TEXT_STEPS)
    doubts = () if found.sure else (f"{found.column.name} is only likely: {found.reason}",)
    return FieldDraft(
        name=name,
        column=found.column.name,
        transforms=steps,
        likelihood=round(found.likelihood, 2),
        reason=found.reason,
        doubts=doubts,
    )


def _dated(name: str, column: Profile, doubt: str | None) -> FieldDraft:
    if name == "redeem_within_days":
        return FieldDraft(name=name, column=column.name, transforms=("days",), reason="it is a length of time")
    ends = name in {"ends_at", "redeem_until"}
    step = "instant" if column.timed else "end_of_day" if ends else "start_of_day"
    pattern = column.date_format
    return FieldDraft(
        name=name,
        column=column.name,
        transforms=(step,),
        date_format=None if pattern == "iso" else pattern,
        likelihood=0.6 if doubt else 0.95,
        reason="it is a date, and its name fits" if doubt is None else "it is a date",
        doubts=(doubt,) if doubt else (),
    )


def _title(sample: Sample, amounts: prices.Amounts, matches: Mapping[str, Match], period: dates.Period) -> FieldDraft:
    """The title's column; with something beside it, where it is often the same; else what the row states at all."""
    match = matches.get("title")
    if match is not None and match.column.unique_share >= _SAME_TITLES:
        return _from_match("title", match)
    place = matches.get("place")
    if match is not None:
        beside = [match.column, *([place.column] if place else [])]
        usable = [column for column in beside if _in_template(column)]
        doubt = f"{match.column.name} is the same in many rows; perhaps another column says more"
        if len(usable) > 1:
            template = " - ".join(f"{{{column.name}}}" for column in usable)
            return FieldDraft(
                name="title", template=template, transforms=_TEXT_STEPS, likelihood=0.5, doubts=(doubt,),
                reason="it comes closest to a title",
            )  # fmt: skip
        return msgspec.structs.replace(_from_match("title", match), doubts=(doubt,))
    return _stated_title(sample, amounts, matches, period)


def _stated_title(
    sample: Sample, amounts: prices.Amounts, matches: Mapping[str, Match], period: dates.Period
) -> FieldDraft:
    """A title of nothing but what the row states: who, where, for how much, when."""
    doubt = "no column is a title; this one is made of what the row states"
    names = [matches[name].column for name in ("merchant", "category", "place") if name in matches]
    parts = [f"{{{column.name}}}" for column in names if _in_template(column)]
    mark = matches["currency"].column if "currency" in matches else None
    before = f"{{{mark.name}}}" if mark is not None and _in_template(mark) else ""
    if amounts.price is not None and _in_template(amounts.price):
        priced = f"{before}{{{amounts.price.name}}}"
        if amounts.value is not None and _in_template(amounts.value):
            priced += f" ({before}{{{amounts.value.name}}})"
        parts.append(priced)
    start = period.fields.get("starts_at") or period.fields.get("ends_at")
    if start is not None and _in_template(start):
        parts.append(f"{{{start.name}}}")
    if parts:
        return FieldDraft(
            name="title", template=", ".join(parts), transforms=("collapse",), likelihood=0.5,
            reason="it tells deals apart", doubts=(doubt,),
        )  # fmt: skip
    texts = [column for column in sample.columns if column.filled] or list(sample.columns)
    longest = max(texts, key=lambda column: (column.is_text, column.mean_length))
    doubt = "no column looks like a title; this one is the longest text"
    return FieldDraft(
        name="title", column=longest.name, transforms=_TEXT_STEPS, likelihood=0.2, reason="a title is required",
        doubts=(doubt,),
    )  # fmt: skip


def _in_template(column: Profile) -> bool:
    """Whether a column can stand in a template: every row states it, and its name holds no brace."""
    return column.filled_share == 1.0 and not set("{}") & set(column.name)


def _key(
    sample: Sample, amounts: prices.Amounts, matches: Mapping[str, Match], period: dates.Period
) -> list[FieldDraft]:
    changing = {
        name for field in ("sold", "ratings", "currency") if field in matches for name in [matches[field].column.name]
    }
    stated = [each.name for each in (amounts.price, amounts.value, *period.fields.values()) if each]
    found = keys.decide(sample, [*changing, *amounts.derived], stated)
    if found is None:
        return []
    several = len(found.columns) > 1
    return [
        FieldDraft(
            name="key",
            column=None if several else found.columns[0],
            template="/".join(f"{{{name}}}" for name in found.columns) if several else None,
            transforms=found.transforms or ("collapse",),
            likelihood=0.6 if found.doubt else 0.95,
            reason=found.reason,
            doubts=(found.doubt,) if found.doubt else (),
        )
    ]


def _period_doubts(period: dates.Period) -> Sequence[str]:
    return tuple(dict.fromkeys(why for name, why in period.unsure.items() if name not in period.fields))


def _left_out(
    sample: Sample, found: Sequence[FieldDraft], days: Mapping[str, str], derived: Mapping[str, str]
) -> dict[str, str]:
    """Every column that no field reads, and why. A template's columns are found by their braces."""
    templates = "".join(each.template or "" for each in found)
    used = {each.column for each in found} | {each.otherwise for each in found} | set(days.values())
    left: dict[str, str] = {}
    for column in sample.columns:
        if column.name in used or f"{{{column.name}}}" in templates:
            continue
        if not column.filled:
            left[column.name] = "is empty in all rows that were looked at"
        else:
            left[column.name] = derived.get(column.name) or "fits no field well enough"
    return left
