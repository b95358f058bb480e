"""One deal: what one gets, what it costs, where, until when, what the catch is, and how we know."""

import unicodedata
from dataclasses import replace

from highstreet.discovery.search import service as search
from highstreet.discovery.search.service import Point, SearchQuery
from highstreet.kit.database import VISITOR, Actor, ActorKind
from highstreet.kit.errors import NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, PublishedDeal, Reach
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.web import i18n, seo
from highstreet.web.addresses import category_path, deal_id, deal_path, place_path, with_query
from highstreet.web.answers import Answer
from highstreet.web.person import Person, person_at, to_sign_in
from highstreet.web.pictures import deal_markup, linked
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import moved
from highstreet.web.runtime import runtime_of
from highstreet.web.storefront.cards import Cards, alternative, cards, category_name, where
from highstreet.web.storefront.deal_facts import fine_print, option_facts, point_facts, seen_at
from highstreet.web.storefront.shopping.asked import MAX_QUANTITY
from highstreet.web.storefront.visit import Head, HeadImage, Visit, page, provide_visit

_SIMILAR = 4
_SIMILAR_WITHIN_KM = 40.0
_DESCRIPTION_LENGTH = 155
_LONG_TITLE = 90
"""Wider titles, in Latin letters, are set in smaller type."""


async def deal_page(visit: Visit, reference: str) -> Answer:
    """Ended deals keep their page, since people have kept its address; killed and unknown ones have none.

    The address of a deal that was merged into another one leads there.
    """
    wanted = deal_id(reference)
    if wanted is None:
        raise NotFound(visit.language.translate("We know no such deal"))
    async with visit.runtime.database.transaction(VISITOR) as tx:
        deal = await catalog.published_deal(tx, wanted) or await catalog.surviving_deal(tx, wanted)
    if deal is None:
        raise NotFound(visit.language.translate("We know no such deal"))
    path = deal_path(deal)
    if path != visit.path:
        return moved(visit.localized(with_query(path, visit.params)))
    similar = _similar(visit, deal)
    context = {**_context(visit, deal), "similar": similar.markup}
    return page(visit, "deal.html", _head(visit, deal, path), context, similar.html)


async def preview_page(request: HttpRequest) -> Answer:
    """A deal in whatever state as shoppers would see it, for its merchant's staff and for those who review it."""
    wanted, runtime = deal_id(request.path_params["reference"]), runtime_of(request)
    person = await person_at(request, ActorKind.STAFF)
    if person is None:
        return to_sign_in(request)
    async with runtime.database.system() as tx:
        deal = await catalog.written_deal(tx, wanted) if wanted else None
    if deal is None or not _can_be_shown(deal) or not await _works_on(person, deal):
        raise NotFound(person.language.translate("We know no such deal"))
    visit = await provide_visit(request, runtime)
    context = {**_context(visit, deal), "similar": "", "is_sold": False, "is_preview": True}
    head = Head(title=deal.title, description=deal.title, path=visit.path, indexed=False)
    shown = page(visit, "deal.html", head, context)
    kept = tuple((name, value) for name, value in shown.headers if name != b"cache-control")
    return replace(shown, headers=(*kept, (b"cache-control", b"no-store")))


def _can_be_shown(deal: PublishedDeal) -> bool:
    """Whether there is enough of it to make a page."""
    return bool(deal.options) and (deal.reach is not Reach.LOCATIONS or bool(deal.points))


async def _works_on(person: Person, deal: PublishedDeal) -> bool:
    database = person.runtime.database
    async with database.transaction(person.actor) as tx:
        if deal.merchant_id and await identity.may(tx, Permission.DEALS_EDIT, deal.merchant_id):
            return True
    async with database.transaction(Actor(ActorKind.OPERATOR, person.login.account_id)) as tx:
        return await identity.may(tx, Permission.DEALS_REVIEW)


def _head(visit: Visit, deal: PublishedDeal, path: str) -> Head:
    _ = visit.language.translate
    kind = category_name(visit.language, visit.index, deal.category_slug)
    names = {
        "title": deal.title,
        "place": where(visit.language, visit.index, deal, None),
        "price": i18n.money(visit.language, search.lead_option(deal).price_minor, deal.currency),
    }
    image = _head_image(visit, deal)
    summary = deal.description or _("%(title)s. From %(price)s. %(place)s.") % names
    return Head(
        title=_("%(title)s, %(place)s") % names,
        description=_shortened(summary),
        path=path,
        json_ld=seo.deal_json_ld(deal, visit.origin + visit.localized(path), kind, image.address if image else None),
        image=image,
    )


def _head_image(visit: Visit, deal: PublishedDeal) -> HeadImage | None:
    if deal.picture is None:
        return None
    found = linked(deal.picture)
    return HeadImage(
        address=visit.origin + found.path,
        width=found.width,
        height=found.height,
        alt=alternative(visit.language, deal),
    )


def _context(visit: Visit, deal: PublishedDeal) -> dict[str, object]:
    options = option_facts(visit.language, deal)
    kind = category_name(visit.language, visit.index, deal.category_slug)
    return {
        "deal": deal,
        "is_preview": False,
        "markup": deal_markup(deal.picture) if deal.picture else None,
        "alt": alternative(visit.language, deal),
        "is_long": _width(deal.title) > _LONG_TITLE,
        "kind": kind,
        "kind_path": category_path(deal.category_slug) if kind and deal.category_slug else None,
        "where": where(visit.language, visit.index, deal, None),
        "options": options,
        "evidence": list(dict.fromkeys(facts.evidence for facts in options if facts.evidence)),
        "fine_print": fine_print(visit.language, deal),
        "points": point_facts(deal, visit.chosen_place),
        "unit": _unit(visit),
        "time_zone": deal.points[0].time_zone if deal.points else None,
        "has_begun": deal.starts_at <= visit.now,
        "has_ended": deal.state is DealState.ENDED or (deal.ends_at is not None and deal.ends_at <= visit.now),
        "is_sold_out": deal.state is DealState.SOLD_OUT,
        "seen_at": seen_at(deal),
        "is_sold": _is_sold(visit, deal),
        "most": MAX_QUANTITY,
        "trail": _trail(visit, deal, kind),
    }


def _is_sold(visit: Visit, deal: PublishedDeal) -> bool:
    """Whether it can be ordered here now, as far as the deal itself goes; what is left is told at the checkout."""
    checkout = visit.runtime.checkout
    if checkout is None or deal.source is not None or (deal.invented and not checkout.rules.sells_invented):
        return False
    over = deal.ends_at is not None and deal.ends_at <= visit.now
    return deal.state is DealState.LIVE and not over and deal.merchant_id is not None


def _unit(visit: Visit) -> str:
    return i18n.distance_unit(visit.chosen_place.country_code if visit.chosen_place else None)


def _trail(visit: Visit, deal: PublishedDeal, kind: str | None) -> list[tuple[str, str]]:
    """Home, the deal's town, and its category there, as far as they are known."""
    trail = [(visit.language.translate("Home"), "/")]
    point = next((point for point in deal.points if point.place_slug and point.place_name), None)
    if point and point.place_slug and point.place_name:
        trail.append((point.place_name, place_path(point.place_slug)))
        if kind and deal.category_slug:
            trail.append((kind, place_path(point.place_slug, deal.category_slug)))
    elif kind and deal.category_slug:
        trail.append((kind, category_path(deal.category_slug)))
    return trail


def _similar(visit: Visit, deal: PublishedDeal) -> Cards:
    """Cards of live deals of the same kind near the same place; of any kind there when there are none."""
    unit = _unit(visit)
    point = deal.points[0] if deal.points else None
    centre = Point(point.latitude, point.longitude) if point else None
    for category in dict.fromkeys((deal.category_slug, None)):
        query = SearchQuery(
            at=visit.now, centre=centre, radius_km=_SIMILAR_WITHIN_KM, category=category, limit=_SIMILAR + 1
        )
        hits = [hit for hit in search.find(visit.index, query).hits if hit.deal.id != deal.id]
        if hits:
            return cards(visit, hits[:_SIMILAR], unit, at_top=False)
    return Cards(b"", states_values=False)


def _shortened(text: str) -> str:
    """Cut between two words; anywhere in a script that puts no spaces between them."""
    words = " ".join(text.split())
    if len(words) <= _DESCRIPTION_LENGTH:
        return words
    cut = words[:_DESCRIPTION_LENGTH]
    whole = cut.rpartition(" ")[0]
    return (whole if len(whole) > _DESCRIPTION_LENGTH // 2 else cut) + "…"


def _width(text: str) -> int:
    """How wide a text is, in Latin letters: a letter of Chinese, Japanese or Korean is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
