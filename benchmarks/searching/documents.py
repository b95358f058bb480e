"""The same deals as every peer takes them: each word a number for its stem, each point a few cells of H3.

A circle is asked for as the fewest cells that cover it, of three sizes; a deal names, for each of its points, the cell
of each size. That is how H3's documentation searches by cells, and it lets an index of words answer about places.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, Protocol, cast

import numpy as np
from h3.api import basic_int
from numpy.typing import NDArray
from Stemmer import Stemmer  # pyright: ignore[reportUnknownVariableType] -- comes without types

from benchmarks.searching.questions import Asked
from benchmarks.searching.reading import IN_DIVISION, IN_PLACES, ONLINE, Read, words_of
from benchmarks.searching.vocabulary import FUNCTION_WORDS
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.places import Division
from highstreet.science.geo import EARTH_RADIUS_M

h3: Any = basic_int  # states no types

FINEST: Final = 7
"""Cells of 5 square kilometres; the others are of 36 and 253."""
SIZES: Final = (5, 6, 7)
EVERYWHERE: Final = "online"
TOP: Final = 24
_CORNERS: Final = 48

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Answer:
    """What engines have to agree on. `deals` are the first 24, by `Document.rank`, in the order of price."""

    total: int
    categories: Mapping[str, int]
    deals: Sequence[int]


class Peer(Protocol):
    """An engine that holds the documents."""

    name: str

    def ask(self, question: "Prepared") -> Answer: ...


@dataclass(frozen=True, slots=True)
class Document:
    """A deal. `rank` orders deals as their ids do; `points` has a line of x, y, z on the unit sphere a point."""

    rank: int
    price: int
    discount: int
    currency: int
    category: int
    starts_us: int
    ends_us: int
    words: list[int]
    cells: list[int]
    areas: list[str]
    """What stands for a division, or for everywhere, in deals that are not tied to points."""
    points: Floats


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question in the terms of the documents, made before the time of an answer is taken."""

    words: list[int]
    cells: list[int]
    areas: list[str]
    latitude: float
    longitude: float
    radius_m: float
    at_us: int
    currency: int
    least_price: int
    most_price: int
    least_discount: int

    @property
    def centre(self) -> tuple[float, float, float]:
        x, y, z = vectors(np.array([self.latitude]), np.array([self.longitude]))[0].tolist()
        return x, y, z

    @property
    def least_cosine(self) -> float:
        """Points whose dot product with the centre is at least this are within the radius, in whole metres."""
        return float(np.cos((self.radius_m + 0.5) / EARTH_RADIUS_M))


class Corpus:
    """All documents of what was read."""

    def __init__(self, read: Read, tree: CategoryTree, divisions: Sequence[Division]) -> None:
        self.read, self.tree, self.divisions = read, tree, divisions
        self.ranks = np.empty(len(read), dtype=np.int64)
        self.ranks[np.lexsort((read.id_low, read.id_high))] = np.arange(len(read))

    def __len__(self) -> int:
        return len(self.read)

    @cached_property
    def stems(self) -> dict[str, int]:
        """By word that means something, the number of its stem; words that share one share the number."""
        skipped = {word for words in FUNCTION_WORDS.values() for word in words}
        words = [word for word in self.read.words if word not in skipped and word[0] != "\x01"]
        stems = cast("Any", Stemmer)("english").stemWords(words)
        numbers: dict[str, int] = {}
        return {word: numbers.setdefault(stem, len(numbers)) for word, stem in zip(words, stems, strict=True)}

    def rank(self, deal_id: int) -> int:
        """The rank of a deal by its id."""
        return self._rank_of[deal_id]

    @cached_property
    def _rank_of(self) -> dict[int, int]:
        halves = zip(self.read.id_high.tolist(), self.read.id_low.tolist(), self.ranks.tolist(), strict=True)
        return {high << 64 | low: rank for high, low, rank in halves}

    def words_of(self, stem: int) -> list[int]:
        """The words that share a stem."""
        return self._by_stem[stem]

    @cached_property
    def _by_stem(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in range(max(self.stems.values(), default=-1) + 1)]
        for word, stem in self.stems.items():
            found[stem].append(self.read.words[word])
        return found

    def documents(self) -> Iterator[Document]:
        """Every deal, in the order of reading."""
        read = self.read
        stem_of = np.array([self.stems.get(word, -1) for word in read.words], dtype=np.int64)
        word_of = np.repeat(np.arange(len(read.words)), np.diff(read.word_starts))
        order = np.argsort(read.posting_deals, kind="stable")
        stems = stem_of[word_of[order]]
        word_ends = np.cumsum(np.bincount(read.posting_deals, minlength=len(read)))
        point_ends = np.cumsum(np.bincount(read.point_deals, minlength=len(read)))
        points = vectors(read.point_latitudes, read.point_longitudes)
        names = ("price", "discount", "currency", "category", "starts_us", "ends_us", "reach", "division")
        columns = [read.columns[name].tolist() for name in names]
        first_word = first_point = 0
        for deal, values in enumerate(zip(*columns, strict=True)):
            *plain, reach, division = values
            words, places = slice(first_word, int(word_ends[deal])), slice(first_point, int(point_ends[deal]))
            first_word, first_point = words.stop, places.stop
            yield Document(
                int(self.ranks[deal]),
                *plain,
                words=[stem for stem in np.unique(stems[words]).tolist() if stem >= 0],
                cells=_cells(read.point_latitudes[places], read.point_longitudes[places]),
                areas=self._areas(reach, division),
                points=points[places],
            )

    def _areas(self, reach: int, division: int) -> list[str]:
        if reach == IN_DIVISION:
            return [self.read.tables["divisions"][division]]
        assert reach in {IN_PLACES, ONLINE}
        return [EVERYWHERE] if reach == ONLINE else []

    def prepared(self, asked: Asked, at_us: int) -> Prepared:
        """Raises KeyError for a word that no deal has."""
        assert asked.latitude is not None
        assert asked.longitude is not None
        radius_m = asked.radius_km * 1000
        return Prepared(
            words=sorted({self.stems[word] for word in words_of(asked.text)}),
            cells=circle(asked.latitude, asked.longitude, radius_m),
            areas=[EVERYWHERE, *self._divisions_around(asked.latitude, asked.longitude)],
            latitude=asked.latitude,
            longitude=asked.longitude,
            radius_m=radius_m,
            at_us=at_us,
            currency=self.read.tables["currencies"].index(asked.currency or ""),
            least_price=asked.min_price_minor or 0,
            most_price=asked.max_price_minor or 2**62,
            least_discount=-1 if asked.min_discount is None else asked.min_discount,
        )

    def _divisions_around(self, latitude: float, longitude: float) -> list[str]:
        here = vectors(np.array([latitude]), np.array([longitude]))[0]
        centres = vectors(
            np.array([division.latitude for division in self.divisions]),
            np.array([division.longitude for division in self.divisions]),
        )
        radii = np.array([division.radius_km * 1000 for division in self.divisions])
        within = np.flatnonzero(centres @ here >= np.cos((radii + 0.5) / EARTH_RADIUS_M))
        return [self.divisions[place].slug for place in within.tolist()]

    def counted(self, leaves: Mapping[int, int]) -> dict[str, int]:
        """Counts of categories by slug, those above them included, from counts by number."""
        found: dict[str, int] = {}
        for number, count in leaves.items():
            for category in self.tree.path(self.read.tables["categories"][number]):
                found[category.slug] = found.get(category.slug, 0) + count
        return found


def vectors(latitudes: Floats, longitudes: Floats) -> Floats:
    """Shape (points, 3): on the unit sphere."""
    up, along = np.radians(latitudes), np.radians(longitudes)
    return np.stack((np.cos(up) * np.cos(along), np.cos(up) * np.sin(along), np.sin(up)), axis=1)


def circle(latitude: float, longitude: float, radius_m: float) -> list[int]:
    """The fewest cells of three sizes that hold every point within the radius, and some beyond it."""
    shape = h3.LatLngPoly(ring(latitude, longitude, radius_m))
    compact = h3.compact_cells(h3.h3shape_to_cells_experimental(shape, FINEST, contain="overlap"))
    small = [cell for cell in compact if h3.get_resolution(cell) >= SIZES[0]]
    large = [cell for cell in compact if h3.get_resolution(cell) < SIZES[0]]
    return sorted([*small, *(h3.uncompact_cells(large, SIZES[0]) if large else [])])


def ring(latitude: float, longitude: float, radius_m: float) -> list[tuple[float, float]]:
    """The corners of a polygon around a circle."""
    angle = (radius_m + 1) / EARTH_RADIUS_M / np.cos(np.pi / _CORNERS)
    bearings = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
    here = np.radians(latitude)
    ups = np.arcsin(np.sin(here) * np.cos(angle) + np.cos(here) * np.sin(angle) * np.cos(bearings))
    across = np.arctan2(np.sin(bearings) * np.sin(angle) * np.cos(here), np.cos(angle) - np.sin(here) * np.sin(ups))
    around = (longitude + np.degrees(across) + 180) % 360 - 180
    return [(float(up), float(along)) for up, along in zip(np.degrees(ups), around, strict=True)]


def cells_of(latitude: float, longitude: float) -> tuple[int, ...]:
    """The cell of each size that holds a point."""
    return _with_larger(h3.latlng_to_cell(latitude, longitude, FINEST))


def _cells(latitudes: Floats, longitudes: Floats) -> list[int]:
    points = zip(latitudes.tolist(), longitudes.tolist(), strict=True)
    return sorted({cell for latitude, longitude in points for cell in cells_of(latitude, longitude)})


@cache
def _with_larger(cell: int) -> tuple[int, ...]:
    return tuple(h3.cell_to_parent(cell, size) for size in SIZES)
