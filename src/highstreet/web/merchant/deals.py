"""A merchant's deals: the list by what is to be done with them, one of them, and its steps from state to state."""

from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, HighstreetError, InvalidInput
from highstreet.market.capacity import service as capacity
from highstreet.market.capacity.domain.guard import GuardState
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, PublishedDeal
from highstreet.market.catalog.domain.editing import AT_WORK, ON_SALE, PAST, OwnDeal, draft_of, missing
from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.merchant.desk import Desk, page
from highstreet.web.merchant.listing import before_of
from highstreet.web.parameters import fields_of
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other

_ON_A_PAGE: Final = 50
_GROUPS: Final = {"": AT_WORK, "sale": ON_SALE, "past": PAST}
_STEPS: Final = {
    DealState.DRAFT: ("archive",),
    DealState.IN_REVIEW: ("reopen",),
    DealState.REJECTED: ("reopen", "archive"),
    DealState.APPROVED: ("sell", "reopen"),
    DealState.SCHEDULED: ("pause", "reopen", "end"),
    DealState.LIVE: ("pause", "end"),
    DealState.PAUSED: ("resume", "end"),
    DealState.SOLD_OUT: ("end",),
    DealState.ENDED: ("archive",),
}
"""What a merchant's staff may do with a deal, besides changing a draft and sending it for approval."""
_BY_STAFF: Final = "By the merchant's staff"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One deal as the list shows it."""

    path: str
    title: str
    language: str
    state: str
    kind: DealState
    price: str
    when: str


async def deals_page(request: HttpRequest, desk: Desk) -> Answer:
    """Those made last first, in three groups: being written, on sale, over."""
    del request
    person = desk.person
    _ = person.language.translate
    group = person.params.get("group", "")
    if group not in _GROUPS:
        raise InvalidInput.at("group", "is not a group of deals")
    async with person.runtime.database.system() as tx:
        found = await catalog.own_deals(
            tx, desk.merchant_id, _GROUPS[group], before=before_of(desk), limit=_ON_A_PAGE + 1
        )
    shown, states = found[:_ON_A_PAGE], state_names(desk)
    rows = [
        Row(
            path=desk.path(f"/deals/{each.id}"),
            title=each.title,
            language=each.language,
            state=states[each.state],
            kind=each.state,
            price="" if each.from_minor is None else i18n.money(person.language, each.from_minor, each.currency),
            when=_when(desk, each),
        )
        for each in shown
    ]
    context = {
        "rows": rows,
        "group": group,
        "groups": [("", _("Being written")), ("sale", _("On sale")), ("past", _("Over"))],
        "first": "before" not in person.params,
        "start": desk.path("/deals", group=group),
        "earlier": desk.path("/deals", group=group, before=str(shown[-1].id)) if len(found) > _ON_A_PAGE else "",
    }
    return page(person, "merchant_deals.html", _("Deals"), context, desk=desk)


async def deal_page(request: HttpRequest, desk: Desk, deal_id: UUID) -> Answer:
    """Where one deal stands, and what can be done with it."""
    del request
    return await _shown(desk, deal_id)


async def move(request: HttpRequest, desk: Desk, deal_id: UUID) -> Answer:
    """One step of a deal that its merchant decides on."""
    fields = await fields_of(request)
    try:
        async with desk.person.runtime.database.system(by=desk.person.actor) as tx:
            deal = await catalog.own_deal(tx, desk.merchant_id, deal_id)
            await _step(tx, desk, deal, fields.get("do", ""))
    except (Conflict, InvalidInput) as problem:
        return await _shown(desk, deal_id, problem)
    return see_other(desk.path(f"/deals/{deal_id}"))


async def _step(tx: Transaction, desk: Desk, deal: PublishedDeal, step: str) -> None:
    if step not in _STEPS.get(deal.state, ()):
        raise Conflict(f"A deal that is {deal.state} cannot take this step.")
    match step:
        case "reopen":
            await catalog.reopen(tx, deal.id)
        case "pause":
            await catalog.pause(tx, deal.id, reason=_BY_STAFF)
        case "resume":
            check = await capacity.look(tx, deal.id, 0)
            if check.guard and check.guard.state is GuardState.PAUSED:
                await capacity.resume(tx, deal.id, desk.person.login.account_id)
            else:
                await catalog.resume(tx, deal.id)
        case "sell":
            sell = catalog.schedule if deal.starts_at > tx.now else catalog.publish
            await sell(tx, deal.id)
        case "end":
            await catalog.end(tx, deal.id, reason=_BY_STAFF)
        case _:
            await catalog.archive(tx, deal.id)


async def _shown(desk: Desk, deal_id: UUID, problem: HighstreetError | None = None) -> Answer:
    person = desk.person
    _ = person.language.translate
    async with person.runtime.database.system() as tx:
        deal = await catalog.own_deal(tx, desk.merchant_id, deal_id)
        history = await catalog.history(tx, deal_id)
        check = await capacity.look(tx, deal_id, 0)
    zone = next((point.time_zone for point in deal.points if point.time_zone), None)
    unsaid = missing(draft_of(deal))
    context = {
        "deal": deal,
        "group": next((name for name, states in _GROUPS.items() if deal.state in states), ""),
        "state": state_names(desk)[deal.state],
        "reason": history[-1].reason if history else None,
        "by_guard": deal.state is DealState.PAUSED and check.guard and check.guard.state is GuardState.PAUSED,
        "load": check.guard.load_percent if check.guard else None,
        "lacks": [_lacks(desk)[each] for each in unsaid] if deal.state is DealState.DRAFT else [],
        "can_be_shown": "options" not in unsaid and "locations" not in unsaid,
        "zone": zone,
        "steps": [(each, _step_names(desk)[each]) for each in _STEPS.get(deal.state, ())],
        "stated": check.plan is not None,
        "problem": _("This cannot be done with the deal as it is now.") if problem else "",
        "saved": "saved" in person.params,
        "sent": "sent" in person.params,
    }
    status = describe(problem).status if problem else 200
    return page(person, "merchant_deal.html", deal.title, context, desk=desk, status=status)


def _when(desk: Desk, deal: OwnDeal) -> str:
    language = desk.person.language
    first = i18n.date(language, deal.starts_at, deal.time_zone)
    if deal.ends_at is None:
        return language.translate("from %(first)s") % {"first": first}
    last = i18n.date(language, deal.ends_at, deal.time_zone)
    return language.translate("from %(first)s to %(last)s") % {"first": first, "last": last}


def state_names(desk: Desk) -> dict[DealState, str]:
    _ = desk.person.language.translate
    return {
        DealState.DRAFT: _("Draft"),
        DealState.IN_REVIEW: _("Waiting for approval"),
        DealState.APPROVED: _("Approved"),
        DealState.REJECTED: _("Not approved"),
        DealState.SCHEDULED: _("Starts by itself"),
        DealState.LIVE: _("On sale now"),
        DealState.PAUSED: _("Paused"),
        DealState.SOLD_OUT: _("Sold out"),
        DealState.ENDED: _("Ended"),
        DealState.ARCHIVED: _("Put away"),
        DealState.KILLED: _("Taken off"),
        DealState.MERGED: _("Merged"),
    }


def _step_names(desk: Desk) -> dict[str, str]:
    _ = desk.person.language.translate
    return {
        "reopen": _("Take it back to change it"),
        "pause": _("Pause it"),
        "resume": _("Sell on"),
        "sell": _("Put it on sale"),
        "end": _("End it for good"),
        "archive": _("Put it away for good"),
    }


def _lacks(desk: Desk) -> dict[str, str]:
    _ = desk.person.language.translate
    return {
        "category": _("what kind of deal it is"),
        "options": _("at least one option with a price"),
        "locations": _("where it is redeemed"),
    }
