"""The first page: where are you, and what is on offer there."""

from typing import Any

import msgspec
from litestar import Response
from litestar.di import NamedDependency

from highstreet.discovery.search import service as search
from highstreet.discovery.search.service import Point, SearchQuery
from highstreet.web import i18n
from highstreet.web.storefront.addresses import category_path, place_path
from highstreet.web.storefront.cards import cards, category_name
from highstreet.web.storefront.filters import DEFAULT_RADIUS
from highstreet.web.storefront.towns import busiest_towns, named_apart
from highstreet.web.storefront.visit import Head, Visit, page

_CARDS = 8
_TOWNS = 24


class KindLink(msgspec.Struct, frozen=True):
    name: str
    path: str
    count: int


async def home_page(visit: NamedDependency[Visit]) -> Response[Any]:
    _ = visit.language.translate
    place = visit.chosen_place
    unit = i18n.distance_unit(place.country_code if place else None)
    result = search.find(
        visit.index,
        SearchQuery(
            at=visit.now,
            centre=Point(place.latitude, place.longitude) if place else None,
            radius_km=i18n.to_km(DEFAULT_RADIUS[unit], unit),
            limit=_CARDS,
        ),
    )
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
        "cards": cards(visit.language, visit.index, result.hits, unit),
        "total": result.total,
        "kinds": kinds,
        "towns": await named_apart(visit, busiest_towns(visit.runtime.follower, visit.index, visit.now)[:_TOWNS]),
        "states_values": any(search.lead_discount(hit.deal) for hit in result.hits),
    }
    return page(visit, "home.html", head, context)
