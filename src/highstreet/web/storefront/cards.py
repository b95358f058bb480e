"""A deal as a ticket in a list. Rendering one is most of a page's work, so each is kept by its content and language."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

import msgspec
from markupsafe import Markup, escape

from highstreet.discovery.search.service import Generation, Hit, lead_discount, lead_option
from highstreet.market.catalog.domain.deals import DealPoint, Precision, PublishedDeal, Reach
from highstreet.web import i18n, templating
from highstreet.web.addresses import deal_path
from highstreet.web.i18n import Language
from highstreet.web.kept import Pieces, key_of
from highstreet.web.pictures import card_markup
from highstreet.web.storefront.visit import CARDS, Visit

_FAR = "\x00"
"""Stands in a kept card for how far away the deal is, which differs with the place that one asks from."""

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


class Cards(NamedTuple):
    """A list of cards."""

    html: bytes
    """Empty where there are none."""
    states_values: bool
    """Some card shows a usual price, so that the page explains what that is."""

    @property
    def markup(self) -> Markup:
        """What stands for them in a template."""
        return CARDS if self.html else Markup()


class _Drawn(msgspec.Struct, frozen=True, gc=False):
    """A card without what differs each time: before when its picture is loaded, up to how far away it is, and after."""

    before: bytes
    between: bytes
    after: bytes
    is_exact: bool
    """The point that it is seen at is an address."""
    states_value: bool


def cards(visit: Visit, hits: Sequence[Hit], unit: str, *, at_top: bool = True) -> Cards:
    """Each hit as a list item, in the same order. Distances are in `unit`, `mile` or `kilometer`.

    Cards that are not `at_top` stand below a page's own content: they show no distance, and load pictures late.
    """
    pieces, language = visit.runtime.shelf.pieces(visit.index), visit.language
    kind = f"card {language.code}"
    parts: list[bytes] = []
    states_values = False
    for number, hit in enumerate(hits):
        card = _drawn(pieces, kind, language, visit.index, hit)
        far = _far(language, hit.distance_km, unit, is_exact=card.is_exact) if at_top else b""
        parts += (card.before, _loading(number if at_top else _AT_ONCE), card.between, far, card.after)
        states_values = states_values or card.states_value
    return Cards(b"".join(parts), states_values)


def alternative(language: Language, deal: PublishedDeal) -> str:
    """What is said instead of a deal's picture."""
    stated = deal.picture.alt if deal.picture else None
    return stated or language.translate("Picture: %(title)s") % {"title": deal.title}


def _loading(number: int) -> bytes:
    if number >= _AT_ONCE:
        return b'loading="lazy"'
    return b'fetchpriority="high"' if number < _FIRST else b'loading="eager"'


def category_name(language: Language, index: Generation, slug: str | None) -> str | None:
    """The category's name in the language; None where the deal's source stated none."""
    found = index.categories.by_slug(slug) if slug else None
    return found.name(language.code) if found else None


def where(language: Language, index: Generation, deal: PublishedDeal, nearest: DealPoint | None) -> str:
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


def _far(language: Language, distance_km: float | None, unit: str, *, is_exact: bool) -> bytes:
    """The distance as exactly as it is known."""
    if distance_km is None or not (is_exact or distance_km > _TOWN_IS_HERE_KM):
        return b""
    return _told(language, i18n.distance(language, distance_km, unit), is_exact)


@lru_cache(maxsize=4096)
def _told(language: Language, length: str, is_exact: bool) -> bytes:  # noqa: FBT001 -- what a cache is asked by
    told = length if is_exact else language.translate("about %(distance)s") % {"distance": length}
    return f' <span class="far">{escape(told)}</span>'.encode()


def _drawn(pieces: Pieces, kind: str, language: Language, index: Generation, hit: Hit) -> _Drawn:
    key = key_of(kind, hit)
    known: _Drawn | None = pieces.get(key)
    if known is None:
        known = _draw(language, index, hit.deal, hit.nearest)
        pieces.put(key, known, len(known.before) + len(known.between) + len(known.after))
    return known


def _draw(language: Language, index: Generation, deal: PublishedDeal, nearest: DealPoint | None) -> _Drawn:
    option = lead_option(deal)
    discount = lead_discount(deal)
    markup = templating.render(
        language,
        "card.html",
        {
            "deal": deal,
            "option": option,
            "discount": discount if option.value_evidence else None,
            "several_prices": len({other.price_minor for other in deal.options}) > 1,
            "category": category_name(language, index, deal.category_slug),
            "path": deal_path(deal),
            "ends": _ends(language, deal),
            "where": where(language, index, deal, nearest),
            "far": _FAR,
            "loading": _LOADING,
            "markup": card_markup(deal.picture) if deal.picture else None,
            "alt": alternative(language, deal) if deal.picture else None,
        },
    )
    before, _, rest = markup.partition(_LOADING)
    between, _, after = rest.partition(_FAR)
    is_exact = nearest is not None and nearest.precision is Precision.ADDRESS
    return _Drawn(before.encode(), between.encode(), f"{after}\n".encode(), is_exact, bool(discount))


def _ends(language: Language, deal: PublishedDeal) -> str | None:
    """The last day, without its year where no reader of this card can mistake it."""
    if deal.ends_at is None:
        return None
    time_zone = deal.points[0].time_zone if deal.points else None
    is_near = deal.ends_at - deal.changed_at < _YEAR_UNDERSTOOD
    return (i18n.short_date if is_near else i18n.date)(language, deal.ends_at, time_zone)
