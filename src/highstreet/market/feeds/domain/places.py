"""What a feed means by a place, as far as its own words and a person's aliases say; nothing is matched by likeness."""

import re
from functools import lru_cache
from typing import Final

import msgspec

from highstreet.market.catalog.domain.deals import Precision, Reach
from highstreet.market.feeds.domain.mapping import PlacesTable
from highstreet.market.feeds.domain.prefectures import PREFECTURES
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.spelling import fold

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_REMEMBERED: Final = 4_096


class Town(msgspec.Struct, frozen=True):
    """A town by name, still to be looked up among the places of the catalogue."""

    name: str
    region_code: str
    country_code: str


class Spot(msgspec.Struct, frozen=True):
    """A town, or an area that the town only stands for."""

    town: Town
    precision: Precision = Precision.TOWN


class Whereabouts(msgspec.Struct, frozen=True):
    """Where a deal can be used. There are spots exactly when `reach` is `locations`."""

    reach: Reach
    spots: tuple[Spot, ...] = ()


class PlaceReader:
    """The [places] table of a mapping, ready for one look-up a row."""

    def __init__(self, places: PlacesTable, separator: str | None = None) -> None:
        self._places = places
        self._separator = separator
        self._reaches = {
            fold(spelling): Whereabouts(reach)
            for reach, spellings in (
                (Reach.DIVISION, places.division),
                (Reach.ONLINE, places.online),
                (Reach.UNSTATED, places.unstated),
            )
            for spelling in spellings
        }
        self._aliases = {fold(spelling): meant for spelling, meant in places.aliases.items()}
        self._regions = {
            fold(spelling): meant
            for table in (PREFECTURES[places.prefectures] if places.prefectures else {}, places.regions)
            for spelling, meant in table.items()
        }
        self._refused = {fold(spelling): reason for spelling, reason in places.refused.items()}
        self.area = None if places.area is None else Spot(town(places.area, places), Precision.AREA)
        """What stands for a text that is no place we know."""
        self.read = lru_cache(_REMEMBERED)(self._where)  # feeds name few towns, each of them often

    def _where(self, text: str | None) -> Whereabouts:
        """Where `text` says; a place that is not stated is not made up. Raises Unusable."""
        parts = (text or "").split(self._separator) if self._separator else [text or ""]
        found = [self._read(part) for part in parts if part.strip()]
        reaches = {one.reach for one in found} - {Reach.UNSTATED}
        if len(reaches) > 1 and Reach.DIVISION in reaches and Reach.ONLINE not in reaches:
            reaches = {Reach.DIVISION}  # the division is around the places that it is named with
        if len(reaches) > 1:
            raise Unusable("names a place and says that it is online")
        reach = next(iter(reaches), Reach.UNSTATED)
        spots = (spot for one in found for spot in one.spots) if reach is Reach.LOCATIONS else ()
        return Whereabouts(reach, tuple(dict.fromkeys(spots)))

    def _read(self, text: str) -> Whereabouts:
        folded = fold(text)
        if folded in self._refused:
            raise Unusable(self._refused[folded])
        if folded in self._reaches:
            return self._reaches[folded]
        return Whereabouts(Reach.LOCATIONS, (self._spot(folded, text),))

    def _spot(self, folded: str, text: str) -> Spot:
        if folded in self._regions:
            return Spot(town(self._regions[folded], self._places), Precision.AREA)
        try:
            return Spot(town(self._aliases.get(folded, text), self._places))
        except Unusable:
            if self.area is None:
                raise
            return self.area


def town(text: str, places: PlacesTable) -> Town:
    """`Schaumburg, IL` as a town of the mapping's country; without a comma, of its `region`. Raises Unusable.

    A third part names another country: `London, ENG, GB`.
    """
    parts = [" ".join(part.split()) for part in text.split(",")]
    country = parts.pop() if len(parts) > 2 and _COUNTRY.fullmatch(parts[-1]) else places.country
    *name, region = parts if len(parts) > 1 else [*parts, places.region or ""]
    if not (any(name) and region):
        raise Unusable("names no region; write a place like `Schaumburg, IL`, or set places.region")
    return Town(", ".join(name), region.upper(), country)
