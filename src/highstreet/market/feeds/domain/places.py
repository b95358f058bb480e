"""What a feed means by a place, as far as its own words and a person's aliases say; nothing is matched by likeness."""

import msgspec

from highstreet.market.catalog.domain.deals import Reach
from highstreet.market.feeds.domain.mapping import PlacesTable, fold
from highstreet.market.feeds.domain.rows import Unusable


class Town(msgspec.Struct, frozen=True):
    """A town by name, still to be looked up among the places of the catalogue."""

    name: str
    region_code: str
    country_code: str


class Whereabouts(msgspec.Struct, frozen=True):
    """Where a deal can be used. `town` is set exactly when `reach` is `locations`."""

    reach: Reach
    town: Town | None = None


class PlaceReader:
    """The [places] table of a mapping, ready for one look-up a row."""

    def __init__(self, places: PlacesTable) -> None:
        self._places = places
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
        self._refused = {fold(spelling): reason for spelling, reason in places.refused.items()}

    def read(self, text: str | None) -> Whereabouts:
        """Where `text` says; a place that is not stated is not made up. Raises Unusable."""
        if text is None or not text.strip():
            return Whereabouts(Reach.UNSTATED)
        folded = fold(text)
        if folded in self._refused:
            raise Unusable(self._refused[folded])
        if folded in self._reaches:
            return self._reaches[folded]
        return Whereabouts(Reach.LOCATIONS, town(self._aliases.get(folded, text), self._places))


def town(text: str, places: PlacesTable) -> Town:
    """`Schaumburg, IL` as a town of the mapping's country; without a comma, of its `region`. Raises Unusable."""
    name, comma, region = (part.strip() for part in text.rpartition(","))
    if not comma:
        name, region = region, places.region or ""
    if not name or not region:
        raise Unusable("names no region; write a place like `Schaumburg, IL`, or set places.region")
    return Town(" ".join(name.split()), region.upper(), places.country)
