"""All places of one name, for whoever has to choose between them."""

from collections.abc import Sequence
from typing import Final

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.places import MAIN_NAME_WEIGHT, OTHER_NAME_WEIGHT, Place


class NamedPlace(Place, frozen=True, kw_only=True):
    """A place with the folded name that it was found by."""

    folded: str


_NAMESAKES: Final = """
    SELECT
        wanted.folded, places.id, places.geoname_id, places.slug, places.name, places.region_code, places.region_name,
        places.country_code, places.country_name, places.latitude, places.longitude, places.population,
        places.time_zone, places.currency
    FROM unnest(%(folded)s::text[]) AS wanted (folded)
    CROSS JOIN LATERAL (
        SELECT
            place_names.geoname_id,
            max((population + 1) * CASE WHEN main THEN %(main)s ELSE %(other)s END) AS weight
        FROM catalog.place_names
        WHERE place_names.folded = wanted.folded
        GROUP BY place_names.geoname_id
        ORDER BY weight DESC, place_names.geoname_id
        LIMIT %(limit)s
    ) AS named
    INNER JOIN catalog.places ON named.geoname_id = places.geoname_id
    ORDER BY wanted.folded, named.weight DESC, named.geoname_id
"""


async def namesakes(tx: Transaction, folded: Sequence[str], limit: int) -> list[NamedPlace]:
    """Of each name at most `limit` places that are called exactly so, the weightiest first."""
    params = {"folded": list(folded), "main": MAIN_NAME_WEIGHT, "other": OTHER_NAME_WEIGHT, "limit": limit}
    return await tx.fetch_all(NamedPlace, _NAMESAKES, params)
