"""From a place in a visitor's own words to one that we know."""

from collections.abc import Iterator, Sequence
from functools import cache

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.names import fold
from highstreet.market.catalog.domain.places import Place
from highstreet.web import i18n
from highstreet.web.i18n import Language

_CANDIDATES = 12
_CLEARLY_LARGER = 4
"""Of two places with the same name, one is meant without asking when it has this many times the people."""


class Whereabouts(msgspec.Struct, frozen=True):
    """`place` is None when no place fits or several do; `candidates` then holds those that might."""

    text: str
    place: Place | None
    candidates: tuple[Place, ...]


async def find_whereabouts(tx: Transaction, text: str) -> Whereabouts:
    """Look a place up by its slug or by name, such as `Springfield` or `Springfield, IL`."""
    text = " ".join(text.replace("\0", " ").split())[:80]  # PostgreSQL takes no zero character
    exact = await catalog.place_by_slug(tx, text)
    if exact is not None:
        return Whereabouts(text, exact, ())
    for spelling, country in _readings(text):
        candidates = tuple(await catalog.find_places(tx, spelling, country=country, limit=_CANDIDATES))
        if candidates:
            meant = _clearly_meant(spelling, country, candidates)
            called = () if meant else await catalog.places_called(tx, spelling, country=country)
            return Whereabouts(text, meant or _by_another_name(spelling, called, candidates), candidates)
    return Whereabouts(text, None, ())


def _readings(text: str) -> Iterator[tuple[str, str | None]]:
    """What the words may mean, the likeliest first: a place and the country that it must be in, None for any.

    The catalogue knows `Chicago, Illinois`; visitors also leave the comma out, write `Washington, D.C.` and name
    countries in their own language.
    """
    yield text, None
    town, _comma, behind = text.rpartition(",")
    if town:
        yield text.replace(".", ""), None
        if country := _country_codes().get(fold(behind)):
            yield town, country
    words = text.split()
    for behind_words in range(1, min(len(words), 3)) if not town else ():
        yield f"{' '.join(words[:-behind_words])}, {' '.join(words[-behind_words:])}", None


@cache
def _country_codes() -> dict[str, str]:
    """The codes of countries by their folded names in every language of the pages."""
    return {
        fold(name): code
        for language in i18n.languages()
        for code, name in i18n.country_names(language).items()
        if len(code) == 2 and code.isalpha()
    }


def full_name(language: Language, place: Place) -> str:
    """The name with what tells it from others of the same name."""
    country = i18n.country_name(language, place.country_code) or place.country_name
    return ", ".join(part for part in (place.name, place.region_name, country) if part)


def short_name(language: Language, place: Place) -> str:
    """The name and the region, or the country where we know no region: enough to find the place again."""
    country = i18n.country_name(language, place.country_code) or place.country_name
    return ", ".join(part for part in (place.name, place.region_name or country) if part)


def _clearly_meant(text: str, country: str | None, candidates: tuple[Place, ...]) -> Place | None:
    """The only one, or the one that is far larger than all others that bear exactly this name.

    None where a far larger place bears it in another language: Londres is a village, and London to many.
    """
    if not candidates:
        return None
    name = fold(text.partition(",")[0])
    namesakes = sorted((place for place in candidates if fold(place.name) == name), key=lambda place: -place.population)
    if "," in text or country or len(candidates) == 1:
        return candidates[0]
    if not namesakes:
        return None
    largest, *others = namesakes
    called_otherwise = (place.population for place in candidates if not fold(place.name).startswith(name))
    if max(called_otherwise, default=0) >= _CLEARLY_LARGER * max(largest.population, 1):
        return None
    return largest if not others or _is_clearly_larger(largest, others[0]) else None


def _by_another_name(text: str, called: Sequence[Place], candidates: tuple[Place, ...]) -> Place | None:
    """The place that is far larger than all others of this name, where none bears it as its own: 大阪 is Osaka."""
    name = fold(text.partition(",")[0])
    if not called or any(fold(place.name) == name for place in candidates):
        return None
    largest, *others = called
    return largest if not others or _is_clearly_larger(largest, others[0]) else None


def _is_clearly_larger(one: Place, other: Place) -> bool:
    return one.population >= _CLEARLY_LARGER * max(other.population, 1)
