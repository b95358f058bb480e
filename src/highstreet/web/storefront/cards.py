"""A deal as a ticket in a list. Rendering one is most of a page's work, so each is kept by version and language."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache

from markupsafe import Markup, escape

from highstreet.discovery.search.service import Hit, SearchIndex, lead_discount, lead_option
from highstreet.market.catalog.domain.deals import DealPoint, Precision, PublishedDeal, Reach
from highstreet.web import i18n, templating
from highstreet.web.addresses import deal_path
from highstreet.web.i18n import Language
from highstreet.web.pictures import card_markup

_KEPT = 8192
"""Cards kept in memory, at about 1.5 KB each."""

_WHERE = "\x00"
"""Stands in a kept card for where the deal is, which differs with the place that one asks from."""

_LOADING = "\x01"
"""Stands in a kept card for when its picture is loaded, which differs with the card's place on the page."""

_AT_ONCE = 4
"""Cards whose pictures are loaded before anybody scrolls: what a phone shows at first, and a desktop's first row."""
_FIRST = 2
"""Those of them that come before everything else."""

_YEAR_UNDERSTOOD = timedelta(days=300)
"""A card is drawn when its deal changes and read until it ends; within this time a day and month are enough."""

_TOWN_IS_HERE_KM = 3.0
"""Where only a deal's town is known, a distance below this says no more than the town's name."""


class _Version:
    """A deal as a cache key: equal as long as it is the same deal, unchanged."""

    __slots__ = ("deal", "key")

    def __init__(self, deal: PublishedDeal) -> None:
        self.deal = deal
        self.key = (deal.id, deal.changed_at, deal.picture)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and other.key == self.key


def cards(
    language: Language, index: SearchIndex, hits: Sequence[Hit], unit: str, *, at_top: bool = True
) -> list[Markup]:
    """Each hit as a list item, in the same order. Distances are in `unit`, `mile` or `kilometer`.

    Cards that are not `at_top` stand below a page's own content: they show no distance, and load pictures late.
    """
    return [
        _card(language, index, hit, unit if at_top else None, _loading(number if at_top else _AT_ONCE))
        for number, hit in enumerate(hits)
    ]


def alternative(language: Language, deal: PublishedDeal) -> str:
    """What is said instead of a deal's picture."""
    stated = deal.picture.alt if deal.picture else None
    return stated or language.translate("Picture: %(title)s") % {"title": deal.title}


def _loading(number: int) -> str:
    if number >= _AT_ONCE:
        return 'loading="lazy"'
    return 'fetchpriority="high"' if number < _FIRST else 'loading="eager"'


def category_name(language: Language, index: SearchIndex, slug: str | None) -> str | None:
    """The category's name in the language; None where the deal's source stated none."""
    found = index.categories.by_slug(slug) if slug else None
    return found.name(language.code) if found else None


def where(language: Language, index: SearchIndex, deal: PublishedDeal, nearest: DealPoint | None) -> str:
    """Where a deal can be used, in a few words."""
    _ = language.translations.gettext
    match deal.reach:
        case Reach.ONLINE:
            return _("Online")
        case Reach.UNSTATED:
            return _("Place not stated")
        case Reach.DIVISION:
            names = {division.slug: division.name for division in index.divisions}
            return _("All over %(area)s") % {"area": names.get(deal.division_slug or "", deal.division_slug)}
        case Reach.LOCATIONS:
            return _towns(language, deal.points, nearest or deal.points[0])


def _towns(language: Language, points: Sequence[DealPoint], nearest: DealPoint) -> str:
    name = nearest.place_name or language.translate("Place not stated")
    if nearest.precision is Precision.AREA:
        name = language.translate("Area of %(place)s") % {"place": name}
    ngettext = language.translations.ngettext
    others = len({point.place_slug for point in points} - {nearest.place_slug})
    if others:
        message = ngettext("%(place)s and %(num)d other town", "%(place)s and %(num)d other towns", others)
        return message % {"place": name, "num": others}
    if len(points) > 1:
        message = ngettext("%(place)s, %(num)d address", "%(place)s, %(num)d addresses", len(points))
        return message % {"place": name, "num": len(points)}
    return name


def _card(language: Language, index: SearchIndex, hit: Hit, unit: str | None, loading: str) -> Markup:
    deal = hit.deal
    before, between, after = _drawn(language, _Version(deal), category_name(language, index, deal.category_slug))
    place = str(escape(where(language, index, deal, hit.nearest)))
    far = _far(language, hit, unit) if unit else None
    if far:
        place += f' <span class="far">{escape(far)}</span>'
    return Markup(before + loading + between + place + after)  # noqa: S704 -- rendered with autoescape, and escaped in between


def _far(language: Language, hit: Hit, unit: str) -> str | None:
    """The distance as exactly as it is known."""
    if hit.distance_km is None or hit.nearest is None:
        return None
    length = i18n.distance(language, hit.distance_km, unit)
    if hit.nearest.precision is Precision.ADDRESS:
        return length
    return (
        language.translate("about %(distance)s") % {"distance": length} if hit.distance_km > _TOWN_IS_HERE_KM else None
    )


@lru_cache(maxsize=_KEPT)
def _drawn(language: Language, version: _Version, category: str | None) -> tuple[str, str, str]:
    """The card's markup before when its picture is loaded, between that and where it is, and after."""
    deal = version.deal
    option = lead_option(deal)
    markup = templating.render(
        language,
        "card.html",
        {
            "deal": deal,
            "option": option,
            "discount": lead_discount(deal) if option.value_evidence else None,
            "several_prices": len({other.price_minor for other in deal.options}) > 1,
            "category": category,
            "path": deal_path(deal),
            "ends": _ends(language, deal),
            "where": _WHERE,
            "loading": _LOADING,
            "markup": card_markup(deal.picture) if deal.picture else None,
            "alt": alternative(language, deal) if deal.picture else None,
        },
    )
    before, _, rest = markup.partition(_LOADING)
    between, _, after = rest.partition(_WHERE)
    return before, between, after


def _ends(language: Language, deal: PublishedDeal) -> str | None:
    """The last day, without its year where no reader of this card can mistake it."""
    if deal.ends_at is None:
        return None
    time_zone = deal.points[0].time_zone if deal.points else None
    is_near = deal.ends_at - deal.changed_at < _YEAR_UNDERSTOOD
    return (i18n.short_date if is_near else i18n.date)(language, deal.ends_at, time_zone)
