"""The questions that search is asked: seeded, no two alike, in shapes that people's questions have.

`text+geo` and `browse` are what shoppers do most. Warm questions are asked before they are timed; cold ones are about
centres and words that no warm one has, and are timed when they are asked for the first time.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, cast
from urllib.parse import urlencode

import numpy as np
import Stemmer

from benchmarks.searching import catalogue
from benchmarks.searching.geography import around, densest, world
from benchmarks.searching.reading import words_of
from benchmarks.searching.vocabulary import COMMONPLACE, FUNCTION_WORDS, vocabulary
from highstreet.market.catalog.domain.categories import CATEGORIES
from highstreet.market.catalog.domain.deals import PublishedDeal, Reach

TEXT_GEO, BROWSE, FILTERS, NO_LOCATION = "text+geo", "browse", "filters", "no location"
DENSE, PREFIX, TYPO = "dense metro", "prefix", "typo"

COUNTS: Final = {TEXT_GEO: 300, BROWSE: 300, FILTERS: 150, NO_LOCATION: 100, DENSE: 100, PREFIX: 100, TYPO: 100}
"""How many of each shape are asked, warm; cold again as many, but none of the dense metro, which everybody asks for."""

MIX: Final = {TEXT_GEO: 45, BROWSE: 25, FILTERS: 12, NO_LOCATION: 5, DENSE: 5, PREFIX: 5, TYPO: 3}
"""The mix of shapes, in percent, that is asked over HTTP: `a street's mix`."""

DENSE_RADIUS_KM: Final = 25.0
_RADII_KM: Final = {TEXT_GEO: (5.0, 10.0, 10.0), BROWSE: (5.0, 10.0, 10.0)}
"""How far around them people look. Half of them have more than 1,000 deals within 10 km, one in ten more than 5,000."""
_OTHER_RADII_KM: Final = (5.0, 10.0, 10.0, 25.0)
_SOURCE_CHUNKS: Final = 4
_FUNCTION_WORDS: Final = frozenset(word for words in FUNCTION_WORDS.values() for word in words)
_LETTERS: Final = "abcdefghijklmnoprstuvw"
_LEAST_PREFIX: Final = 4
_CATEGORY_SHARE: Final = 0.1
_SECOND_WORD_SHARE: Final = 0.5
_NAMES: Final = {category.slug: category.names["en"] for category in CATEGORIES}
_NAME_WORDS: Final = frozenset(word for name in _NAMES.values() for word in words_of(name))
_PARENTS: Final = {category.slug: category.parent for category in CATEGORIES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question. Its fields are called as those of the search's own question."""

    shape: str
    text: str = ""
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float = 25.0
    category: str | None = None
    min_price_minor: int | None = None
    max_price_minor: int | None = None
    currency: str | None = None
    min_discount: int | None = None
    days: tuple[int, ...] = ()
    usable_today: bool = False
    new_merchant: bool = False
    sort: str = "relevance"

    @property
    def path(self) -> str:
        """The same question to the API."""
        named = {
            "q": self.text or None,
            "lat": self.latitude,
            "lng": self.longitude,
            "radius_km": self.radius_km if self.latitude is not None else None,
            "category": self.category,
            "max_price": self.max_price_minor,
            "min_discount": self.min_discount,
            "sort": self.sort if self.sort != "relevance" else None,
        }
        return "/api/v1/deals?" + urlencode({name: value for name, value in named.items() if value is not None})


def warm(number: int, share: float = 1.0) -> list[Asked]:
    """Questions to a catalogue of `number` deals; of each shape this share of what is asked in full."""
    return _asked(number, share, 1, ())


def cold(number: int, share: float = 1.0) -> list[Asked]:
    """Questions whose words and centres no warm one has."""
    return [asked for asked in _asked(number, share, 2, warm(number, share)) if asked.shape != DENSE]


def mixed(asked: Sequence[Asked], number: int, seed: int = catalogue.SEED) -> list[Asked]:
    """`number` of them, drawn so that the shapes come as `MIX` says."""
    rng = np.random.Generator(np.random.PCG64([seed, 99]))
    by_shape = {shape: [each for each in asked if each.shape == shape] for shape in MIX}
    shapes: list[str] = rng.choice(np.array(list(MIX)), number, p=np.array(list(MIX.values())) / 100).tolist()
    return [by_shape[shape][int(rng.integers(len(by_shape[shape])))] for shape in shapes]


def for_peers(asked: Sequence[Asked], number: int) -> list[Asked]:
    """Those about text and place, and those that browse, as every engine can answer them.

    With whole words, none of which names a category or is a town's in another form; one currency; and in the order of
    price.
    """
    return [
        replace(
            each,
            text=each.text + " " if each.text else "",  # the last word is whole: nothing may begin with it
            category=None,
            currency=each.currency or _currency_around(each, number),
            max_price_minor=each.max_price_minor or 100_000_000,
            sort="price",
        )
        for each in asked
        if each.shape in {TEXT_GEO, BROWSE}
        and _NAME_WORDS.isdisjoint(each.text.split())
        and _stems_of_towns(number).isdisjoint(_stems(each.text.split()))
    ]


def page_of(asked: Asked, number: int) -> str:
    """The page that answers about as much: pages are asked about towns, and know three of the filters."""
    town = None
    if asked.latitude is not None and asked.longitude is not None:
        places = world(number)
        town = places.cities[int(np.argmin(around(places, asked.latitude, asked.longitude)))].slug
    named = {
        "q": asked.text or None,
        "place": town,
        "category": asked.category,
        "price": None if asked.max_price_minor is None else f"0-{asked.max_price_minor}",
        "discount": asked.min_discount,
        "sort": asked.sort if asked.sort != "relevance" else None,
    }
    return "/search?" + urlencode({name: value for name, value in named.items() if value is not None})


def _asked(number: int, share: float, salt: int, others: Sequence[Asked]) -> list[Asked]:
    known = {word for asked in others for word in asked.text.split()}
    centres = {(asked.latitude, asked.longitude) for asked in others} - {(None, None)}
    rng = np.random.Generator(np.random.PCG64([catalogue.SEED, number, salt]))
    sources = _sources(number, salt)
    found: dict[Asked, None] = {}
    for shape, count in COUNTS.items():
        wanted = len(found) + max(2, round(count * share))
        while len(found) < wanted:
            deal = sources[int(rng.integers(len(sources)))]
            asked = _SHAPES[shape](rng, deal, number)
            if known.isdisjoint(asked.text.split()) and (asked.latitude, asked.longitude) not in centres:
                found[asked] = None
    return list(found)


@cache
def _sources(number: int, salt: int) -> list[PublishedDeal]:
    """Deals that questions are made of: live, with a point, and with words to ask for."""
    last = catalogue.chunks(number)
    chosen = {(salt + step * last // _SOURCE_CHUNKS) % last for step in range(_SOURCE_CHUNKS)}
    return [
        deal
        for index in sorted(chosen)
        for deal in catalogue.chunk(number, index)
        if deal.reach is Reach.LOCATIONS
        and deal.starts_at <= catalogue.AT
        and (deal.ends_at is None or deal.ends_at > catalogue.AT)
        and any(len(word) > _LEAST_PREFIX for word in _content(deal))
    ]


def _content(deal: PublishedDeal) -> list[str]:
    """The words of a title that somebody may ask for."""
    return list(dict.fromkeys(word for word in deal.title.lower().split() if word not in _unasked()))


@cache
def _unasked() -> frozenset[str]:
    return _FUNCTION_WORDS.union(vocabulary().words["en"][:COMMONPLACE].tolist())


def _currency_around(asked: Asked, number: int) -> str:
    """That of the town which is nearest."""
    assert asked.latitude is not None
    assert asked.longitude is not None
    places = world(number)
    return places.cities[int(np.argmin(around(places, asked.latitude, asked.longitude)))].record.currency


def _text(rng: np.random.Generator, deal: PublishedDeal, number: int) -> str:
    words = _content(deal)
    wanted = min(len(words), int(rng.choice((1, 1, 1, 2, 2, 3))))
    chosen: list[int] = sorted(rng.choice(len(words), wanted, replace=False).tolist())
    return " ".join([*(words[place] for place in chosen), *_named_category(rng, deal, number)])


def _named_category(rng: np.random.Generator, deal: PublishedDeal, number: int) -> list[str]:
    """Now and then, a word of what its category is called."""
    if rng.random() >= _CATEGORY_SHARE:
        return []
    named = words_of(_NAMES[deal.category_slug or ""])[:1]
    return [word for word in named if not _is_of_two(word, number)]


def _place(rng: np.random.Generator, deal: PublishedDeal, number: int, shape: str) -> dict[str, Any]:
    """A town's centre, as one who chose it, or somewhere near the deal, as one whose browser said where they are."""
    point = deal.points[0]
    latitude, longitude = point.latitude, point.longitude
    if rng.random() < 0.5:
        latitude, longitude = (round(each + rng.normal(0, 0.01), 4) for each in (latitude, longitude))
    else:
        town = next(each for each in world(number).cities if each.slug == point.place_slug).record
        latitude, longitude = town.latitude, town.longitude
    return {
        "latitude": float(latitude),
        "longitude": float(longitude),
        "radius_km": float(rng.choice(_RADII_KM.get(shape, _OTHER_RADII_KM))),
        "currency": deal.currency if rng.random() < 0.5 else None,
    }


def _filters(rng: np.random.Generator, deal: PublishedDeal, chance: float) -> dict[str, Any]:
    """Some of what narrows a search, each with this chance."""
    slug = deal.category_slug or ""
    choices: dict[str, Any] = {
        "category": slug if rng.random() < 0.5 else _PARENTS[slug],
        "max_price_minor": int(rng.choice((1500, 2000, 3000, 5000, 10_000))),
        "min_discount": int(rng.choice((20, 50, 55, 60))),
    }
    return {name: value for name, value in choices.items() if rng.random() < chance}


def _text_geo(rng: np.random.Generator, deal: PublishedDeal, number: int) -> Asked:
    filters = _filters(rng, deal, 0.15)
    return Asked(shape=TEXT_GEO, text=_text(rng, deal, number), **_place(rng, deal, number, TEXT_GEO), **filters)


def _browse(rng: np.random.Generator, deal: PublishedDeal, number: int) -> Asked:
    sort = str(rng.choice(("relevance",) * 7 + ("distance", "price", "ending")))
    return Asked(shape=BROWSE, sort=sort, **_place(rng, deal, number, BROWSE), **_filters(rng, deal, 0.2))


def _filtered(rng: np.random.Generator, deal: PublishedDeal, number: int) -> Asked:
    days: list[int] = sorted(rng.choice(np.arange(1, 8), int(rng.integers(1, 4)), replace=False).tolist())
    return Asked(
        shape=FILTERS,
        text=_text(rng, deal, number) if rng.random() < 0.4 else "",
        days=tuple(days) if rng.random() < 0.5 else (),
        usable_today=bool(rng.random() < 0.3),
        new_merchant=bool(rng.random() < 0.2),
        min_price_minor=1000 if rng.random() < 0.2 else None,
        sort=str(rng.choice(("relevance", "relevance", "price", "discount", "popular"))),
        **_place(rng, deal, number, FILTERS),
        **(_filters(rng, deal, 0.6) or {"min_discount": 30}),
    )


def _no_location(rng: np.random.Generator, deal: PublishedDeal, number: int) -> Asked:
    return Asked(shape=NO_LOCATION, text=_text(rng, deal, number), **_filters(rng, deal, 0.15))


def _dense(rng: np.random.Generator, deal: PublishedDeal, number: int) -> Asked:
    latitude, longitude = (round(each + rng.normal(0, 0.01), 4) for each in densest(world(number), DENSE_RADIUS_KM))
    return Asked(
        shape=DENSE,
        text=_text(rng, deal, number) if rng.random() < 0.5 else "",
        latitude=float(latitude),
        longitude=float(longitude),
        radius_km=DENSE_RADIUS_KM,
        **_filters(rng, deal, 0.15),
    )


def _prefix(rng: np.random.Generator, deal: PublishedDeal, number: int) -> Asked:
    """The last word is not written to its end."""
    *before, last = _content(deal)
    if len(last) <= _LEAST_PREFIX:
        last = next(word for word in _content(deal) if len(word) > _LEAST_PREFIX)
    before = before if rng.random() < _SECOND_WORD_SHARE else []
    cut = last[: int(rng.integers(_LEAST_PREFIX, len(last)))]
    return Asked(shape=PREFIX, text=" ".join([*before[:1], cut]), **_place(rng, deal, number, PREFIX))


def _typo(rng: np.random.Generator, deal: PublishedDeal, number: int) -> Asked:
    """One word is mistyped, so that it is no word any more and begins none; never its first letter."""
    words = [word for word in _content(deal) if len(word) > _LEAST_PREFIX]
    wrong = (_mistyped(rng, word) for word in words * 50)
    text = next(each for each in wrong if not _known(each) and not _is_of_two(each, number))
    others = [word for word in _content(deal) if word not in text][:1] if rng.random() < 0.3 else []
    return Asked(shape=TYPO, text=" ".join([*others, text]), **_place(rng, deal, number, TYPO))


def _mistyped(rng: np.random.Generator, word: str) -> str:
    at = int(rng.integers(1, len(word) - 1))
    letter = _LETTERS[int(rng.integers(len(_LETTERS)))]
    choices = (
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )
    return choices[int(rng.integers(len(choices)))]


@cache
def _sorted_words() -> list[str]:
    return sorted(vocabulary().words["en"].tolist())


@cache
def _words_and_towns(number: int) -> frozenset[str]:
    towns = {word for city in world(number).cities for word in words_of(city.record.name)}
    return frozenset(towns.union(_sorted_words(), _FUNCTION_WORDS))


@cache
def _stems_of_towns(number: int) -> frozenset[str]:
    return frozenset(_stems(word for city in world(number).cities for word in words_of(city.record.name)))


def _stems(words: Iterable[str]) -> set[str]:
    """In the languages that invented deals are written in."""
    given = list(words)
    return {
        stem for language in ("english", "spanish") for stem in cast("Any", Stemmer).Stemmer(language).stemWords(given)
    }


def _is_of_two(text: str, number: int) -> bool:
    """Whether two words may have been written as one: those are another matter."""
    known = _words_and_towns(number)
    return any(text[:at] in known and text[at:] in known for at in range(1, len(text)))


def _known(text: str) -> bool:
    """Whether it is a word, or the beginning of one."""
    words = _sorted_words()
    place = bisect_left(words, text)
    return place < len(words) and words[place].startswith(text)


_SHAPES: Final[dict[str, Callable[[np.random.Generator, PublishedDeal, int], Asked]]] = {
    TEXT_GEO: _text_geo,
    BROWSE: _browse,
    FILTERS: _filtered,
    NO_LOCATION: _no_location,
    DENSE: _dense,
    PREFIX: _prefix,
    TYPO: _typo,
}
