"""One's orders: a list, one with its facts in time, and giving back what was not used."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.orders import REFUNDABLE_FOR, Order
from highstreet.market.orders.domain.states import REFUNDABLE, OrderState
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import OPEN
from highstreet.web.actors import caller_of
from highstreet.web.answers import Answer
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other
from highstreet.web.storefront.account.forms import fields_of
from highstreet.web.storefront.shopping.whose import check_form, form_token, order_of, reader_of, shown, to_sign_in
from highstreet.web.storefront.shopping.words import moment, voucher_cards
from highstreet.web.storefront.shopping.words import order_state as in_a_word
from highstreet.web.storefront.visit import Visit

_PAGE: Final = 24
_CHOSEN: Final = "voucher-"


async def orders_page(request: HttpRequest, visit: Visit) -> Answer:
    if await caller_of(request) is None:
        return to_sign_in(visit)
    actor = await reader_of(request)
    assert actor.id is not None, "whoever is signed in has an account"
    before = visit.params.get("before", "")
    async with visit.runtime.database.transaction(actor) as tx:
        last = UUID(before) if _is_id(before) else None
        found = await orders.orders_of(tx, actor.id, before=last, limit=_PAGE)
        titles = await _titles(tx, found)
    context = {
        "orders": [(each, titles[each.id], in_a_word(visit.language, each.state)) for each in found],
        "older": visit.localized(f"/orders?before={found[-1].id}") if len(found) == _PAGE else None,
    }
    return shown(visit, "orders.html", visit.language.translate("Your orders"), context)


async def order_page(request: HttpRequest, visit: Visit, order_id: UUID) -> Answer:
    key = visit.params.get("key", "")
    if not key and await caller_of(request) is None:
        return to_sign_in(visit)
    return await _laid_out(request, visit, order_id, key)


async def refund(request: HttpRequest, visit: Visit, order_id: UUID) -> Answer:
    """Give back the vouchers that were ticked."""
    fields = await fields_of(request)
    key = fields.get("key", "")
    order, holder = await order_of(request, visit, order_id, key)
    await check_form(request, holder, fields)
    _ = visit.language.translate
    wanted = _ticked(fields)
    if not wanted:
        told = _("Please tick what you want to give back.")
        return await _laid_out(request, visit, order_id, key, told=told, status=422)
    try:
        async with visit.runtime.database.system() as tx:
            issued = await vouchers.vouchers_of_order(tx, order.id)
            own = {each.id for each in issued if each.owner_account_id == order.account_id}
            if not own.issuperset(wanted):
                raise Conflict("A voucher is not the buyer's any more.")
            await orders.refund(tx, order.id, wanted, by_id=holder.account_id, by_buyer=True)
    except (Conflict, InvalidInput) as problem:
        told = _(
            "Something of it was used or given back meanwhile, or the time for it is over. Nothing was changed now."
        )
        return await _laid_out(request, visit, order_id, key, told=told, status=describe(problem).status)
    return see_other(visit.localized(holder.path(f"/orders/{order.id}")))


async def cancel(request: HttpRequest, visit: Visit, order_id: UUID) -> Answer:
    """Give up an order that is not paid."""
    fields = await fields_of(request)
    key = fields.get("key", "")
    order, holder = await order_of(request, visit, order_id, key)
    await check_form(request, holder, fields)
    try:
        async with visit.runtime.database.system() as tx:
            await orders.cancel(tx, order.id)
    except Conflict as problem:
        told = visit.language.translate("It was paid or is over already, so there is nothing to give up.")
        return await _laid_out(request, visit, order_id, key, told=told, status=describe(problem).status)
    return see_other(visit.localized(holder.path(f"/orders/{order.id}")))


async def _laid_out(
    request: HttpRequest, visit: Visit, order_id: UUID, key: str, *, told: str = "", status: int = 200
) -> Answer:
    order, holder = await order_of(request, visit, order_id, key)
    _, language = visit.language.translate, visit.language
    async with visit.runtime.database.system() as tx:
        issued = await vouchers.vouchers_of_order(tx, order.id)
        steps = await orders.history(tx, order.id)
        offers = await catalog.offers(tx, [line.option_id for line in order.lines])
    own = [each for each in issued if each.owner_account_id == order.account_id]
    zone = own[0].time_zone if own else offers[order.lines[0].option_id].time_zone or "UTC"
    until = order.paid_at + REFUNDABLE_FOR if order.paid_at else None
    may_return = order.state in REFUNDABLE and until is not None and visit.now < until
    waits = order.state is OrderState.HELD and visit.now < order.expires_at
    context = {
        "order": order,
        "state": in_a_word(language, order.state),
        "lines": [(line, offers[line.option_id]) for line in order.lines],
        "cards": voucher_cards(language, own, holder),
        "given_away": len(issued) - len(own),
        "steps": _steps(visit, order, [(each.after, moment(language, each.at, zone)) for each in steps], zone),
        "returnable": [each for each in own if each.state in OPEN] if may_return else [],
        "return_until": moment(language, until, zone) if until else None,
        "may_return": may_return,
        "pay_path": visit.localized(visit.runtime.selling.pay_path(order.id)) if waits else None,
        "csrf": await form_token(request, holder),
        "key": holder.key or "",
        "told": told,
    }
    title = _("Your order of {day}").format(day=moment(language, order.placed_at, zone).rpartition(", ")[0])
    params = {"key": holder.key} if holder.key else {}
    return shown(visit, "order.html", title, context, status, path=f"/orders/{order.id}", params=params)


def _steps(
    visit: Visit, order: Order, moved: Sequence[tuple[OrderState, str]], time_zone: str
) -> list[tuple[str, str]]:
    """What happened to an order and when, from the first to the last."""
    _ = visit.language.translate
    placed = moment(visit.language, order.placed_at, time_zone)
    later = [(in_a_word(visit.language, state), at) for state, at in moved if state is not OrderState.HELD]
    return [(_("Ordered"), placed), *later]


async def _titles(tx: Transaction, found: Sequence[Order]) -> Mapping[UUID, str]:
    """What each order is of, by the words of its first line."""
    offers = await catalog.offers(tx, sorted({order.lines[0].option_id for order in found}))
    return {
        order.id: offer.deal_title if (offer := offers.get(order.lines[0].option_id)) else str(order.id)
        for order in found
    }


def _ticked(fields: Mapping[str, str]) -> list[UUID]:
    names = [name.removeprefix(_CHOSEN) for name in fields if name.startswith(_CHOSEN)]
    return [UUID(name) for name in names if _is_id(name)]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
