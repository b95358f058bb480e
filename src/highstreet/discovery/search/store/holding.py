"""Which deals an index holds that is not to hold all."""

from collections.abc import Callable, Sequence

import numpy as np

from highstreet.market.catalog.domain.deals import PublishedDeal, Reach
from highstreet.market.catalog.domain.places import Division
from highstreet.science import geo


def holder(held: Sequence[str], divisions: Sequence[Division]) -> Callable[[PublishedDeal], bool]:
    """Tells of a deal whether it belongs to one of the divisions with these slugs; without slugs every deal does.

    It belongs by its own word, by a point within their reach, or because it is online.
    """
    if not held:
        return lambda _: True
    slugs = frozenset(held)
    areas = [division for division in divisions if division.slug in slugs]
    latitudes = np.array([area.latitude for area in areas])
    longitudes = np.array([area.longitude for area in areas])
    reaches_m = np.array([area.radius_km for area in areas]) * 1000

    def holds(deal: PublishedDeal) -> bool:
        if deal.reach is Reach.ONLINE or deal.division_slug in slugs:
            return True
        return any(
            (geo.distance_m(point.latitude, point.longitude, latitudes, longitudes) <= reaches_m).any()
            for point in deal.points
        )

    return holds
