"""Suggesting: what somebody who is typing may be about to ask for."""

from collections.abc import Sequence
from functools import lru_cache
from math import cos, radians, sin
from typing import Final

import msgspec

from highstreet.discovery.search.completing import completions
from highstreet.discovery.search.domain import Hit, SearchQuery
from highstreet.discovery.search.finding import first
from highstreet.discovery.search.index import names
from highstreet.discovery.search.index.build import microseconds
from highstreet.discovery.search.index.generation import Generation
from highstreet.discovery.search.language import text
from highstreet.discovery.search.language.questions import STOP_WORDS
from highstreet.market.catalog.domain.categories import Category

_FOUND_BELOW: Final = 2
"""Letters of a merchant's or place's name from which on it is suggested."""


class Suggestions(msgspec.Struct, frozen=True, kw_only=True):
    """Of each kind the best first."""

    queries: tuple[str, ...]
    """What was typed, with its last word completed or its typing errors mended."""
    merchants: tuple[str, ...]
    """By their names."""
    categories: tuple[Category, ...]
    places: tuple[tuple[str, str], ...]
    """Name and slug of those that have deals."""
    deals: tuple[Hit, ...]
    """What is found for what was typed so far."""


def suggest(index: Generation, query: SearchQuery, *, language: str) -> Suggestions:
    """What `query.text` may become, at most `query.limit` of each kind; near its centre where it has one.

    Categories go by their names in `language`.
    """
    typed, most = query.text, query.limit
    return Suggestions(
        queries=_queries(index, typed, most),
        merchants=tuple(name for name, _ in _named(index, "merchant", query)),
        categories=_categories(index, typed, language)[:most],
        places=tuple(_named(index, "place", query)),
        deals=first(index, query) if _says_something(index, typed) else (),
    )


def _says_something(index: Generation, typed: str) -> bool:
    """Whether some deal has anything of what was typed; the beginning of a word says little."""
    return any(len(clauses.tokens) for clauses in index.plan(typed).clauses)


def _queries(index: Generation, typed: str, most: int) -> tuple[str, ...]:
    before, word = _parted(typed)
    if word is None:
        return ()
    others = [each for each in text.asked(before) if each not in STOP_WORDS]
    found = completions(index.segments, others, word, most)
    if found:
        return tuple(before + each for each in found)
    mended = typed
    for wrong, meant in index.plan(typed).corrected:
        mended = mended.replace(wrong, meant)
    return (mended,) if mended != typed else ()


def _parted(typed: str) -> tuple[str, str | None]:
    """What stands before the last word, with the space behind it, and the last word folded.

    None where no word is being typed: behind a space, and in scripts that have none.
    """
    last = typed.rsplit(" ", maxsplit=1)[-1]
    words = text.words(last)
    if len(words) != 1 or text.is_run(words[0]):
        return typed, None
    return typed[: len(typed) - len(last)], words[0]


def _named(index: Generation, kind: str, query: SearchQuery) -> list[tuple[str, str]]:
    """Names that begin as was typed, each with its slug, which is empty for merchants."""
    if len("".join(text.words(query.text))) < _FOUND_BELOW:
        return []
    best: dict[tuple[str, str], tuple[bool, bool, int]] = {}
    centre = None if query.centre is None else _vector(query.centre.latitude, query.centre.longitude)
    for live in index.segments:
        meta = live.sections.meta
        for one in names.beginning(
            kind, query.text, (live.sections, live.alive), microseconds(query.at), centre, 2 * query.limit
        ):
            if kind == "place":
                name = meta.place_names[one.number], meta.places[one.number]
            else:
                name = names.merchant(live.sections, one.number), ""
            near, at_once, deals = best.get(name, (False, False, 0))
            best[name] = near or one.near, at_once or one.at_once, deals + one.deals
    return sorted(best, key=lambda name: (*(-int(each) for each in best[name]), name[0]))[: query.limit]


def _vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The point on the unit sphere."""
    north, east = radians(latitude), radians(longitude)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


def _categories(index: Generation, typed: str, language: str) -> tuple[Category, ...]:
    """Those with a word in their name, or their whole name, that begins as was typed."""
    asked = " ".join(text.words(typed))
    if not asked:
        return ()
    tree = index.categories.categories
    spelled = _spelled(tuple(category.name(language) for category in tree))
    behind = " " + asked
    found = [(not name.startswith(behind), place) for place, name in enumerate(spelled) if behind in name]
    return tuple(tree[place] for _, place in sorted(found))


@lru_cache(maxsize=8)
def _spelled(given: Sequence[str]) -> tuple[str, ...]:
    """Folded names, with a space before each word."""
    return tuple(" " + " ".join(text.words(name)) for name in given)
