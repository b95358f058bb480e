"""Lists of deals: around a place, of a category, and what a search finds."""

from unicodedata import bidirectional

from highstreet.discovery.search.service import Point
from highstreet.kit.database import VISITOR
from highstreet.kit.errors import NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.categories import Category
from highstreet.market.catalog.domain.places import Place
from highstreet.web.addresses import place_path, with_query
from highstreet.web.answers import Answer
from highstreet.web.redirects import see_other
from highstreet.web.storefront.cards import category_name
from highstreet.web.storefront.listing import Listing, find_listing, list_page
from highstreet.web.storefront.named_town import with_town
from highstreet.web.storefront.narrowing import Kind, Scope
from highstreet.web.storefront.near_me import NAMES, called, point_params, read_point
from highstreet.web.storefront.towns import Town, busiest_towns, named_apart
from highstreet.web.storefront.visit import Head, Visit, page
from highstreet.web.storefront.whereabouts import Whereabouts, find_whereabouts, full_name, short_name

_TOWNS_OFFERED = 18


async def place_page(visit: Visit, place_slug: str) -> Answer:
    return _place_page(visit, await _place(visit, place_slug), None)


async def place_category_page(visit: Visit, place_slug: str, category_slug: str) -> Answer:
    place = await _place(visit, place_slug)
    return _place_page(visit, place, _category(visit, category_slug))


def _place_page(visit: Visit, place: Place, category: Category | None) -> Answer:
    _ = visit.language.translate
    listing = find_listing(visit, Scope(kind=Kind.PLACE, place=place, category=category.slug if category else None))
    kind = category_name(visit.language, visit.index, category.slug) if category else None
    names = {"place": place.name, "town": full_name(visit.language, place), "kind": kind}
    head = Head(
        title=(_("%(kind)s near %(place)s") if kind else _("Deals near %(place)s")) % names,
        description=(
            _("%(kind)s near %(town)s: prices, savings, distances and fine print in plain words.")
            if kind
            else _("What businesses near %(town)s offer: prices, savings, distances and fine print in plain words.")
        )
        % names,
        path=listing.path,
        params=listing.params,
        indexed=listing.is_plain,
    )
    trail = [(_("Home"), "/"), (place.name, place_path(place.slug))]
    context = {
        "place": place,
        "kind": kind,
        "trail": trail if kind else trail[:1],
        "town": full_name(visit.language, place),
    }
    return list_page(visit, "place.html", head, listing, context)


async def category_page(visit: Visit, category_slug: str) -> Answer:
    _ = visit.language.translate
    category = _category(visit, category_slug)
    listing = find_listing(visit, Scope(kind=Kind.CATEGORY, category=category.slug))
    kind = category_name(visit.language, visit.index, category.slug) or category.slug
    head = Head(
        title=_("%(kind)s: deals") % {"kind": kind},
        description=_("%(kind)s: what local businesses offer. Choose a town to see what is near you.") % {"kind": kind},
        path=listing.path,
        params=listing.params,
        indexed=listing.is_plain,
    )
    context = {"kind": kind, "trail": [(_("Home"), "/")], "towns": await _towns(visit)}
    return list_page(visit, "category.html", head, listing, context)


async def search_page(visit: Visit) -> Answer:
    """Words and a place. A place in the visitor's own words (`near`) is first made one that we know (`place`)."""
    near = visit.params.get("near", "").strip()
    point = read_point(visit.params)
    if point and near == called(visit.language):
        return see_other(visit.localized(_near_point(visit, point)))
    if near:
        at = visit.params.get("at")
        shown = await visit.runtime.follower.place(at) if at else None
        if shown and near == short_name(visit.language, shown):
            return see_other(visit.localized(_with_place(visit, shown)))
        async with visit.runtime.database.transaction(VISITOR) as tx:
            whereabouts = await find_whereabouts(tx, near)
        if whereabouts.place is None:
            return await _which_place(visit, whereabouts)
        return see_other(visit.localized(_with_place(visit, whereabouts.place)))
    # Whoever empties the field that says `near you` means everywhere.
    point = None if "near" in visit.params else point
    wanted = visit.params.get("category")
    category = _category(visit, wanted) if wanted else None
    place = await _around(visit, point)
    scope = Scope(kind=Kind.SEARCH, place=place, point=point, category=category.slug if category else None)
    listing = await with_town(visit, find_listing(visit, scope))
    context = {
        "place": place,
        "town": full_name(visit.language, place) if place and point else None,
        "near_point": point_params(point) if point else None,
        "towns": await _towns(visit),
    }
    return list_page(visit, "search.html", _search_head(visit, listing), listing, context)


async def _around(visit: Visit, point: Point | None) -> Place | None:
    """The place that a search names, or the one whose prices, roads and clocks a position has."""
    if point is None:
        slug = visit.params.get("place")
        return await _place(visit, slug) if slug else None
    async with visit.runtime.database.transaction(VISITOR) as tx:
        return await catalog.nearest_place(tx, point.latitude, point.longitude)


def _search_head(visit: Visit, listing: Listing) -> Head:
    _ = visit.language.translate
    words, place = listing.filters.text, listing.scope.place
    names = {"words": _isolated(words), "place": place.name if place else ""}
    if words and listing.scope.point:
        title = _("“%(words)s” near you") % names
    elif listing.scope.point:
        title = _("Deals near you")
    elif words and place:
        title = _("“%(words)s” near %(place)s") % names
    elif words:
        title = _("“%(words)s”") % names
    elif place:
        title = _("Deals near %(place)s") % names
    else:
        title = _("All deals")
    description = _("Deals from local businesses, found by words, place, price and saving.")
    return Head(title=title, description=description, path="/search", params=listing.params, indexed=False)


def _isolated(words: str) -> str:
    """The words so that those written from right to left do not turn a title around that they stand in."""
    turns = any(bidirectional(letter) in {"R", "AL"} for letter in words)
    return f"\u2068{words}\u2069" if turns else words


def _with_place(visit: Visit, place: Place) -> str:
    """The address of the same search once its place is known; without words, that is the place's own page."""
    # A radius is dropped as well: it was chosen in the unit of another place.
    dropped = {"near", "at", "place", "radius", "cursor", *NAMES}
    rest = {name: value for name, value in visit.params.items() if name not in dropped and value}
    if "q" in rest or "category" in rest:
        return with_query("/search", {"place": place.slug, **rest})
    return with_query(place_path(place.slug), rest)


def _near_point(visit: Visit, point: Point) -> str:
    """The address of the same search around the position that the form passed on."""
    dropped = {"near", "at", "cursor"}
    rest = {name: value for name, value in visit.params.items() if name not in dropped and value}
    return with_query("/search", {**rest, **point_params(point)})


async def _which_place(visit: Visit, whereabouts: Whereabouts) -> Answer:
    """Several places fit, or none: let the visitor say which."""
    _ = visit.language.translate
    head = Head(
        title=_("Which place?"),
        description=_("Choose the place that you mean."),
        path="/search",
        params={"near": whereabouts.text},
        indexed=False,
    )
    options = [(full_name(visit.language, place), _with_place(visit, place)) for place in whereabouts.candidates]
    context = {"near": whereabouts.text, "options": options, "towns": await _towns(visit)}
    return page(visit, "which_place.html", head, context)


async def _towns(visit: Visit) -> list[Town]:
    return await named_apart(visit, busiest_towns(visit.runtime.follower, visit.index, visit.now)[:_TOWNS_OFFERED])


async def _place(visit: Visit, slug: str) -> Place:
    place = await visit.runtime.follower.place(slug)
    if place is None:
        raise NotFound(visit.language.translate("We know no place of this name"))
    return place


def _category(visit: Visit, slug: str) -> Category:
    category = visit.index.categories.by_slug(slug)
    if category is None:
        raise NotFound(visit.language.translate("We know no such kind of deal"))
    return category
