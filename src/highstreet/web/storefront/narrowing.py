"""The ways to narrow a list or to widen it again: categories, selects with their counts, ways out of an empty list."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from typing import TypeAlias
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from highstreet.discovery.search.service import FacetCount, Generation, Point, SearchResult, Sort
from highstreet.market.catalog.domain.places import Place
from highstreet.web import i18n
from highstreet.web.addresses import category_path, place_path, with_query
from highstreet.web.i18n import Language
from highstreet.web.storefront.cards import category_name
from highstreet.web.storefront.controls import Chip, Choice, options
from highstreet.web.storefront.filters import DEFAULT_RADIUS, RADII, SORTS, TODAY, Ends, Filters, price_param
from highstreet.web.storefront.near_me import point_params
from highstreet.web.templating import escaped

Counts: TypeAlias = tuple[FacetCount, ...]

_SLUG = "\0"
"""Stands for a slug; of what stands before a slug in an address, nothing is in the visitor's own words."""


class Kind(StrEnum):
    """Which page a list stands on; it decides where category and place stand in the address."""

    PLACE = "place"
    CATEGORY = "category"
    SEARCH = "search"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is about before anything is filtered."""

    kind: Kind
    place: Place | None = None
    point: Point | None = None
    """The visitor's own position: what it is all around, and `place` is then the nearest that we know, if any."""
    category: str | None = None

    @property
    def unit(self) -> str:
        """The unit of distances: that of the place's roads."""
        return i18n.distance_unit(self.place.country_code if self.place else None)

    @property
    def has_centre(self) -> bool:
        return self.place is not None or self.point is not None

    @property
    def path(self) -> str:
        if self.kind is Kind.PLACE and self.place:
            return place_path(self.place.slug, self.category)
        if self.kind is Kind.CATEGORY and self.category:
            return category_path(self.category)
        return "/search"

    @property
    def fixed(self) -> dict[str, str]:
        """Parameters of the address that say what the list is about; only a search has any."""
        if self.kind is not Kind.SEARCH:
            return {}
        around = {"place": self.place.slug} if self.place else {}
        kind = {"category": self.category} if self.category else {}
        return {**(point_params(self.point) if self.point else around), **kind}

    def address(self, params: Mapping[str, str]) -> str:
        return with_query(self.path, {**self.fixed, **params})

    def beside(self, params: Mapping[str, str]) -> tuple[str, str]:
        """The addresses of the same list for other categories: what stands before the slug, and what behind it."""
        before, _, after = self.of_category(_SLUG).address(params).partition(quote(_SLUG))
        return before, after

    def of_category(self, slug: str | None) -> "Scope":
        """The same list for another category, or for all of them."""
        kind = Kind.SEARCH if self.kind is Kind.CATEGORY and slug is None else self.kind
        return Scope(kind=kind, place=self.place, point=self.point, category=slug)


class Select(msgspec.Struct, frozen=True):
    name: str
    label: str
    options: Markup


class Way(msgspec.Struct, frozen=True):
    """A link out of an empty list, and how many deals it leads to."""

    label: str
    path: str
    count: int


def kinds(language: Language, index: Generation, scope: Scope, filters: Filters, result: SearchResult) -> list[Chip]:
    """Links to all categories, to those above the chosen one and to those one step below or beside it."""
    tree = index.categories
    counts = {facet.value: facet.count for facet in result.facets.get("category", ())}
    chosen = tree.by_slug(scope.category) if scope.category else None
    beside = tree.children(chosen.slug) if chosen else tree.roots()
    if chosen and not beside:
        beside = tree.children(chosen.parent) if chosen.parent else tree.roots()
    slugs = [category.slug for category in beside]
    above = [category.slug for category in tree.path(chosen.slug)] if chosen else []
    offered = [*(slug for slug in above if slug not in slugs), *slugs]
    everything = escaped(language.localized(scope.of_category(None).address(filters.params)))
    before, after = scope.beside(filters.params)
    before, after = escaped(language.localized(before)), escaped(after)
    found = [Chip(everything, language.translate("All kinds"), chosen is None)]
    for slug in offered:
        if slug in counts or slug == scope.category:
            name = category_name(language, index, slug) or slug
            found.append(Chip(f"{before}{quote(slug)}{after}", name, slug == scope.category, counts.get(slug, 0)))
    return found


def selects(language: Language, scope: Scope, filters: Filters, result: SearchResult) -> list[Select]:
    """The selects of the filter form, each with its present choice."""
    _ = language.translate
    counts = result.facets
    found: list[Select] = []
    if scope.has_centre:
        found.append(
            Select("radius", _("Distance"), _radii(language, scope.unit, filters.radius, _within(scope, result)))
        )
    usable = _usable(language, filters.usable, counts.get("usable_today", ()), counts.get("day", ()))
    found += [
        Select("price", _("Price"), _prices(language, filters.price, result.currency, counts.get("price", ()))),
        Select("discount", _("Saving"), _discounts(language, filters.min_discount, counts.get("discount", ()))),
        Select("usable", _("Can be used"), usable),
        Select("new", _("Merchants"), _new_merchants(language, filters.new_merchant, counts.get("new_merchant", ()))),
        Select("ends", _("Ends"), _ends(language, filters.ends)),
        Select("sort", _("Order"), _sorts(language, filters.sort, scope.has_centre)),
    ]
    return [select for select in found if select.options]


def ways_on(language: Language, scope: Scope, filters: Filters, counts: Mapping[str, int]) -> list[Way]:
    """For an empty list: each filter that alone keeps deals away, the one that keeps away most first.

    `counts` are deals, by what is left out; before them stands the widest circle, `radius_km`, where it holds any.
    """
    _ = language.translate
    offers = {
        "text": (_("Without the words you typed"), scope.address(filters.without("q"))),
        "category": (_("Look in all kinds"), scope.of_category(None).address(filters.params)),
        "price": (_("At any price"), scope.address(filters.without("price"))),
        "discount": (_("With any saving"), scope.address(filters.without("discount"))),
        "days": (_("On any day"), scope.address(filters.without("usable"))),
        "usable_today": (_("On any day"), scope.address(filters.without("usable"))),
        "new_merchant": (_("By any merchant"), scope.address(filters.without("new"))),
        "dates": (_("Whenever it ends"), scope.address(filters.without("ends"))),
        "everywhere": (
            _("Look everywhere, at any price") if filters.price else _("Look everywhere"),
            _everywhere(scope, filters),
        ),
    }
    found = [Way(*offers[name], count) for name, count in counts.items() if count and name in offers]
    found.sort(key=lambda way: -way.count)
    if farther := counts.get("radius_km"):
        wide = RADII[scope.unit][-1]
        label = _("Look as far as %(distance)s") % {"distance": i18n.length_in(language, wide, scope.unit)}
        found.insert(0, Way(label, scope.address({**filters.params, "radius": str(wide)}), farther))
    return found


def _everywhere(scope: Scope, filters: Filters) -> str:
    kind = Kind.CATEGORY if scope.category and scope.kind is Kind.PLACE else Kind.SEARCH
    return Scope(kind=kind, category=scope.category).address(without_place(filters).params)


def without_place(filters: Filters) -> Filters:
    """The choices that mean the same everywhere: a circle and a price are those of one country."""
    sort = Sort.RELEVANCE if filters.sort is Sort.DISTANCE else filters.sort
    return msgspec.structs.replace(filters, radius=None, price=None, sort=sort, cursor=None)


_shown = lru_cache(maxsize=2048)
"""Keeps options by all that they are made of: counts repeat, since most questions were asked before."""


def _with_any(language: Language, choices: Sequence[Choice]) -> Markup:
    """The choices behind the one that leaves everything open; nothing where there is nothing to choose."""
    return options(language, (Choice("", language.translate("Any"), chosen=False), *choices)) if choices else Markup()


@cache
def _ends(language: Language, chosen: Ends | None) -> Markup:
    _ = language.translate
    week = Choice(Ends.WEEK, _("Within 7 days"), chosen is Ends.WEEK)
    return _with_any(language, (week, Choice(Ends.MONTH, _("Within 30 days"), chosen is Ends.MONTH)))


@cache
def _sorts(language: Language, chosen: Sort, has_centre: bool) -> Markup:  # noqa: FBT001 -- what a cache is asked by
    _ = language.translate
    labels = {
        Sort.RELEVANCE: _("Best match"),
        Sort.DISTANCE: _("Nearest"),
        Sort.PRICE: _("Cheapest"),
        Sort.DISCOUNT: _("Biggest saving"),
        Sort.ENDING: _("Ending first"),
    }
    offered = [sort for sort in SORTS if sort is not Sort.DISTANCE or has_centre]
    return options(
        language, [Choice("" if sort is Sort.RELEVANCE else sort, labels[sort], sort is chosen) for sort in offered]
    )


def _within(scope: Scope, result: SearchResult) -> tuple[int, Counts] | None:
    """All results, and how many are how near; None where that does not tell what a smaller circle would find.

    Fewer of several words may be asked for there; and search counts kilometres.
    """
    if scope.unit != "kilometer" or result.words > 1:
        return None
    return result.total, result.facets.get("distance", ())


@_shown
def _radii(language: Language, unit: str, chosen: int | None, within: tuple[int, Counts] | None) -> Markup:
    """Circles, with how many deals they hold as far as the list's own circle tells."""
    usual = DEFAULT_RADIUS[unit]
    present = chosen or usual
    total, facets = within or (0, ())
    steps = {int(facet.value): facet.count for facet in facets}
    # What is not tied to a point, such as a deal of a whole area, is found in a circle of any size.
    anywhere = total - steps.get(present, 0)

    def count(radius: int) -> int | None:
        if within is None or radius > present:
            return None
        return anywhere + max((steps[step] for step in steps if step <= radius), default=0)

    return options(
        language,
        [
            Choice(
                "" if radius == usual else str(radius),
                i18n.length_in(language, radius, unit),
                radius == present,
                count(radius),
            )
            for radius in RADII[unit]
        ],
    )


@_shown
def _prices(language: Language, band: tuple[int, int | None] | None, currency: str | None, facets: Counts) -> Markup:
    """The bands that search counted, and the chosen one even where it holds nothing."""
    chosen = price_param(band) if band else None
    counts = {facet.value: facet.count for facet in facets}
    if chosen and chosen not in counts:
        counts[chosen] = 0
    if currency is None:
        return _with_any(language, [Choice(value, value, chosen=True) for value in counts if value == chosen])
    labelled = ((value, _price_label(language, value, currency), count) for value, count in counts.items())
    return _with_any(language, [Choice(value, label, value == chosen, count) for value, label, count in labelled])


def _price_label(language: Language, band: str, currency: str) -> str:
    _ = language.translate
    low, _dash, high = band.partition("-")
    if not high:
        return _("%(price)s or more") % {"price": i18n.money(language, int(low), currency)}
    if not int(low):
        return _("Up to %(price)s") % {"price": i18n.money(language, int(high), currency)}
    span = {"low": i18n.money(language, int(low), currency), "high": i18n.money(language, int(high), currency)}
    return _("%(low)s to %(high)s") % span


@_shown
def _discounts(language: Language, chosen: int | None, facets: Counts) -> Markup:
    _ = language.translate
    counts = {int(facet.value): facet.count for facet in facets}
    if chosen and chosen not in counts:
        counts[chosen] = 0
    return _with_any(
        language,
        [
            Choice(
                str(percent),
                _("%(percent)s or more") % {"percent": i18n.percent(language, percent)},
                percent == chosen,
                count,
            )
            for percent, count in sorted(counts.items())
        ],
    )


@_shown
def _usable(language: Language, chosen: str | None, today: Counts, days: Counts) -> Markup:
    """Today and each day of the week, with what can be used then."""
    counts = {facet.value: facet.count for facet in days}
    names = i18n.weekday_names(language)
    found = [Choice(TODAY, language.translate("Today"), chosen == TODAY, sum(facet.count for facet in today))]
    found += [Choice(str(day), names[day - 1], chosen == str(day), counts.get(str(day), 0)) for day in range(1, 8)]
    return _with_any(language, [choice for choice in found if choice.count or choice.chosen])


def _new_merchants(language: Language, chosen: bool, facets: Counts) -> Markup:  # noqa: FBT001 -- as the others
    count = sum(facet.count for facet in facets)
    choice = Choice("1", language.translate("New here"), chosen, count)
    return _with_any(language, [choice] if count or chosen else [])
