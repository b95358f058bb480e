"""Which dates are the sale's and which the voucher's, begun and ended: by names, and by which lies before which."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import permutations
from typing import Final

import msgspec

from highstreet.market.feeds.domain.suggestion.profiles import MOSTLY, Profile, Sample

_NEARLY_ALL: Final = 0.98
_SECONDS_A_DAY: Final = 86_400


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """The dates of the feed by their parts; each column is (nearly) always a date."""

    fields: dict[str, Profile] = {}
    """By starts_at, ends_at, redeem_from, redeem_until and redeem_within_days."""
    derived: dict[str, str] = {}
    """Columns that follow from the others or are no dates of a deal, and why."""
    unsure: dict[str, str] = {}
    """Fields of which somebody should make sure, and why."""


def decide(sample: Sample, taken: Collection[str]) -> Period:
    """What the dates are. A pair that ends before it begins in many rows is left out."""
    columns = [each for each in sample.columns if each.filled and each.is_date and each.name not in taken]
    derived = {each.name: "a date of the record, not of the deal" for each in columns if "record" in each.concepts}
    dated = [each for each in columns if each.name not in derived]
    fields: dict[str, Profile] = {}
    unsure: dict[str, str] = {}
    voucher = _pair([each for each in dated if "valid" in each.concepts])
    sale = _pair([each for each in dated if "valid" not in each.concepts])
    if voucher and not sale:
        voucher, sale = {}, voucher
        unsure |= {
            side: f"{column.name} may say until when a voucher is valid, rather than until when it is sold"
            for side, column in sale.items()
            if side == "ends_at"
        }
    fields |= sale
    renamed = {"starts_at": "redeem_from", "ends_at": "redeem_until"}
    fields |= {renamed[side]: column for side, column in voucher.items()}
    if not fields:
        fields, guessed = _unnamed(dated)
        unsure |= guessed
    for begin, end in (("starts_at", "ends_at"), ("redeem_from", "redeem_until")):
        if begin in fields and end in fields and _ordered(fields[begin], fields[end]) < _NEARLY_ALL:
            reason = f"{fields[end].name} lies before {fields[begin].name} in many rows, so neither is mapped"
            unsure |= {begin: reason, end: reason}
            del fields[begin], fields[end]
    unsure |= {
        field: f"{column.name} can be read as {column.date_format} or as {column.date_doubt}"
        for field, column in fields.items()
        if column.date_doubt is not None
    }
    fields, spans = _with_spans(sample, fields, {*taken, *(each.name for each in columns)})
    return Period(fields=fields, derived=derived | spans, unsure=unsure)


def _pair(columns: Sequence[Profile]) -> dict[str, Profile]:
    """The first columns whose names say that something begins or ends."""
    found: dict[str, Profile] = {}
    for column in columns:
        begins, ends = "begin" in column.concepts, "end" in column.concepts
        if begins != ends:
            found.setdefault("ends_at" if ends else "starts_at", column)
    return found


def _unnamed(columns: Sequence[Profile]) -> tuple[dict[str, Profile], dict[str, str]]:
    """Dates whose names do not say which they are: two of which one is never later, or the only one."""
    for early, late in permutations(columns, 2):
        if _ordered(early, late) >= _NEARLY_ALL and early.instants != late.instants:
            reason = f"{early.name} is never after {late.name}, but their names do not say what they are"
            return {"starts_at": early, "ends_at": late}, {"starts_at": reason, "ends_at": reason}
    if len(columns) == 1:
        only = columns[0]
        reason = f"{only.name} is the only date, and its name does not say whether the deal begins or ends then"
        return {"starts_at": only}, {"starts_at": reason}
    return {}, {}


def _ordered(early: Profile, late: Profile) -> float:
    both = _both(early, late)
    return sum(one <= other for one, other in both) / len(both) if both else 1.0


def _both(early: Profile, late: Profile) -> list[tuple[datetime, datetime]]:
    return [
        (one, other)
        for one, other in zip(early.instants, late.instants, strict=True)
        if one is not None and other is not None
    ]


def _with_spans(
    sample: Sample, fields: dict[str, Profile], taken: Collection[str]
) -> tuple[dict[str, Profile], dict[str, str]]:
    """Lengths of time: those that only repeat two dates are derived, one of the voucher's is a field."""
    found, derived = dict(fields), dict[str, str]()
    for column in sample.columns:
        spans = "span" in column.concepts and column.is_number and column.whole
        if column.name in taken or not column.filled or not (spans or column.span_share >= MOSTLY):
            continue
        for begin, end in (("redeem_from", "redeem_until"), ("starts_at", "ends_at")):
            if begin in fields and end in fields and _repeats(column, fields[begin], fields[end]):
                derived[column.name] = f"the days from {fields[begin].name} to {fields[end].name}"
        told = "valid" in column.concepts or column.span_share >= MOSTLY
        if told and column.name not in derived and "redeem_until" not in found:
            found.setdefault("redeem_within_days", column)
    return found, derived


def _repeats(column: Profile, begin: Profile, end: Profile) -> bool:
    told = [
        abs((last - first).total_seconds() / _SECONDS_A_DAY - days) <= 1.01
        for days, first, last in zip(column.numbers, begin.instants, end.instants, strict=True)
        if days is not None and first is not None and last is not None
    ]
    return bool(told) and sum(told) >= MOSTLY * len(told)
