"""What tells a feed's deals apart from one export to the next: a column, a part of a link, or several columns together.

A combination is the smallest that is different in every row; which counts are left out, since they change while a deal
is the same. A number that only counts rows may be counted anew in the next export: it is taken last of the single
columns, only where its name says that it is an identity, and never without a doubt.
"""

from collections.abc import Sequence
from datetime import UTC
from itertools import combinations
from typing import Final

import msgspec

from highstreet.market.feeds.domain.deals import LONGEST
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.steps import Settings
from highstreet.market.feeds.domain.suggestion.profiles import Profile, Sample
from highstreet.market.feeds.domain.transforms import TRANSFORMS

_NO_SETTINGS: Final = Settings(currency="USD", zone=UTC)
"""What the steps of a link do needs neither."""

_MOST_TOGETHER: Final = 4
_CONSIDERED: Final = 10
_LONGEST_TOGETHER: Final = 60
"""Longer texts are content, which is corrected, and no part of an identity."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What the key is made of: one column and its transforms, or the columns of a template."""

    columns: tuple[str, ...]
    transforms: tuple[str, ...] = ()
    reason: str
    doubt: str | None = None


def decide(sample: Sample, changing: Sequence[str], stated: Sequence[str] = ()) -> Key | None:
    """The best identity that the sample shows, None for a sample without rows.

    `changing` are columns that change while a deal stays the same, such as how many were sold. `stated` are prices and
    dates: by themselves they are no identity, however different they are in every row; together they may be.
    """
    full = [column for column in sample.columns if column.filled_share == 1.0]
    unique = [column for column in full if column.unique_share == 1.0 and _fits(column)]
    named = [column for column in unique if "identity" in column.concepts and column.link_share < 0.5]
    for column in named:
        if not column.counter:
            return Key(columns=(column.name,), reason="its name says so, and no two rows have the same")
    for column in full:
        if column.link_share >= 0.99 and (key := _of_link(column)):
            return key
    for column in unique:
        spaces = any(" " in cell.strip() for cell in column.filled[:200])
        excluded = column.counter or spaces or column.is_date or "picture" in column.concepts
        if not excluded and column.name not in {*changing, *stated}:
            named_so = not column.is_number or "number" in column.concepts
            doubt = None if named_so else "its name does not say that it is an identity"
            return Key(columns=(column.name,), reason="no two rows have the same", doubt=doubt)
    if named:
        return Key(
            columns=(named[0].name,),
            reason="its name says so, and no two rows have the same",
            doubt="it counts the rows: if the next file counts anew, deals are taken for other deals",
        )
    return _together(full, changing) or _closest(sample, full)


def _fits(column: Profile) -> bool:
    return max(map(len, column.filled), default=0) <= LONGEST["key"]


def _of_link(column: Profile) -> Key | None:
    """The part of a link that differs in every row: the number that begins its last part, that part, or all of it."""
    ways: tuple[tuple[tuple[str, ...], str], ...] = (
        (("last_segment", "leading_number"), "the number in its link is different in every row"),
        (("last_segment",), "the last part of its link is different in every row"),
        (("strip",), "no two rows have the same link"),
    )
    for steps, reason in ways:
        found: set[str] = set()
        try:
            for cell in column.filled:
                text = cell
                for step in steps:
                    text = str(TRANSFORMS[step].apply(text, _NO_SETTINGS))
                found.add(text)
        except Unusable:
            continue
        if len(found) == len(column.filled) and max(map(len, found)) <= LONGEST["key"]:
            return Key(columns=(column.name,), transforms=steps, reason=reason)
    return None


def _together(full: Sequence[Profile], changing: Sequence[str]) -> Key | None:
    """The fewest columns that are different in every row when taken together."""
    usable = [
        column
        for column in full
        if column.name not in changing
        and column.distinct > 1
        and not column.counter
        and "{" not in column.name
        and "}" not in column.name
        and max(map(len, column.filled)) <= _LONGEST_TOGETHER
    ]
    usable = sorted(usable, key=lambda column: (-column.distinct, column.position))[:_CONSIDERED]
    for size in range(2, _MOST_TOGETHER + 1):
        for chosen in combinations(sorted(usable, key=lambda column: column.position), size):
            if len(set(zip(*(column.filled for column in chosen), strict=True))) == len(chosen[0].filled):
                names = tuple(column.name for column in chosen)
                return Key(
                    columns=names,
                    reason="no single column is an identity; these together are different in every row",
                    doubt="a deal of which one of these changes is taken for a new deal",
                )
    return None


def _closest(sample: Sample, full: Sequence[Profile]) -> Key | None:
    fallback = max([*full] or [*sample.columns], key=lambda column: column.distinct, default=None)
    if fallback is None or not fallback.filled:
        return None
    return Key(
        columns=(fallback.name,),
        reason="it comes closest",
        doubt=f"{len(fallback.cells) - fallback.distinct:,} rows repeat it or state none, and are refused",
    )
