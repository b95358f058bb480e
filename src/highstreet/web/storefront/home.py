"""The first page: where are you, and what is on offer there."""

from collections.abc import Sequence
from itertools import zip_longest

import msgspec

from highstreet.discovery.search import service as search
from highstreet.discovery.search.service import Hit, Point, SearchQuery
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.web import i18n
from highstreet.web.addresses import category_path, place_path
from highstreet.web.answers import Answer
from highstreet.web.storefront.cards import cards, category_name
from highstreet.web.storefront.filters import DEFAULT_RADIUS
from highstreet.web.storefront.towns import busiest_towns, named_apart
from highstreet.web.storefront.visit import Head, Visit, page

_CARDS = 8
_LOOKED_AT = 96
"""The best matches among which the home page looks for different kinds of deals."""
_TOWNS = 24


class KindLink(msgspec.Struct, frozen=True):
    name: str
    path: str
    count: int


async def home_page(visit: Visit) -> Answer:
    _ = visit.language.translate
    place = visit.chosen_place
    unit = i18n.distance_unit(place.country_code if place else None)
    result = search.find(
        visit.index,
        SearchQuery(
            at=visit.now,
            centre=Point(place.latitude, place.longitude) if place else None,
            radius_km=i18n.to_km(DEFAULT_RADIUS[unit], unit),
            limit=_LOOKED_AT,
        ),
    )
    shown = cards(visit, _varied(visit.index.categories, result.hits), unit)
    counts = {facet.value: facet.count for facet in result.facets.get("category", ())}
    kinds = [
        KindLink(
            category_name(visit.language, visit.index, root.slug) or root.slug,
            place_path(place.slug, root.slug) if place else category_path(root.slug),
            counts[root.slug],
        )
        for root in visit.index.categories.roots()
        if root.slug in counts
    ]
    head = Head(
        title=_("Deals from businesses near you"),
        description=_(
            "Choose a town and see what its businesses offer: prices, savings and fine print in plain words."
        ),
        path="/",
    )
    context = {
        "cards": shown.markup,
        "total": result.total,
        "kinds": kinds,
        "towns": await named_apart(visit, busiest_towns(visit.runtime.follower, visit.index, visit.now)[:_TOWNS]),
        "states_values": shown.states_values,
    }
    return page(visit, "home.html", head, context, shown.html)


def _varied(categories: CategoryTree, hits: Sequence[Hit]) -> list[Hit]:
    """The best hits in rounds: in each round at most one of each kind at the top of the tree."""
    rounds: dict[str, list[Hit]] = {}
    for hit in hits:
        path = categories.path(hit.deal.category_slug) if hit.deal.category_slug else ()
        rounds.setdefault(path[0].slug if path else str(hit.deal.id), []).append(hit)
    found = [hit for together in zip_longest(*rounds.values()) for hit in together if hit]
    return found[:_CARDS]
