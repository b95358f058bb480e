"""Our own pay page: it leads to the provider's page, and says afterwards what became of the order."""

import contextlib
from typing import Final
from uuid import UUID

from highstreet.kit.errors import NotFound, Unavailable
from highstreet.market.catalog import service as catalog
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.domain.states import OrderState
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Payment
from highstreet.market.vouchers import service as vouchers
from highstreet.web.actors import caller_of
from highstreet.web.answers import Answer
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import see_other
from highstreet.web.storefront.shopping.whose import Holder, with_headers
from highstreet.web.storefront.shopping.words import VoucherCard, voucher_cards
from highstreet.web.storefront.visit import Head, Visit, page

_LOOK_EVERY_S: Final = 5
_MOST_LOOKS: Final = 24
"""Two minutes; word of a payment comes within seconds."""


async def pay_page(request: HttpRequest, visit: Visit, order_id: UUID) -> Answer:
    """Whoever has the address is led on to pay, as long as the order waits for that; else its state is shown."""
    order = await _order(visit, order_id)
    if order.state is not OrderState.HELD or visit.now >= order.expires_at:
        return await _shown(request, visit, order)
    provider = visit.runtime.payments
    assert provider is not None, "only where somebody takes payments there is something to sell"
    payment = await _payment(visit, order)
    back = visit.origin + visit.localized(visit.runtime.selling.pay_path(order.id).replace("?", "/back?"))
    page_url = await payments.open_page(
        visit.runtime.database,
        provider,
        payment.id,
        back,
        title=await _title(visit, order),
        language=visit.language.code,
    )
    return see_other(page_url)


async def back_page(request: HttpRequest, visit: Visit, order_id: UUID) -> Answer:
    """Where the provider sends the shopper afterwards. The provider is asked, in case its word has not come yet.

    As long as nothing is known the page loads itself again, a limited number of times; `look` counts them.
    """
    order = await _order(visit, order_id)
    runtime = visit.runtime
    if order.state is OrderState.HELD and runtime.payments is not None:
        payment = await _payment(visit, order)
        with contextlib.suppress(Unavailable):
            await payments.refresh(runtime.database, runtime.payments, payment.id, runtime.after_payment)
        order = await _order(visit, order_id)
    if order.state is not OrderState.HELD or visit.now >= order.expires_at:
        return await _shown(request, visit, order)
    looks = _looks(visit) + 1
    waiting = looks <= _MOST_LOOKS
    answer = await _shown(request, visit, order, waiting=waiting)
    if not waiting:
        return answer
    again = visit.localized(runtime.selling.pay_path(order.id).replace("?", "/back?")) + f"&look={looks}"
    return with_headers(answer, (b"refresh", f"{_LOOK_EVERY_S}; url={again}".encode("ascii")))


def _looks(visit: Visit) -> int:
    text = visit.params.get("look", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


async def _order(visit: Visit, order_id: UUID) -> Order:
    if not visit.runtime.selling.is_pay_key(order_id, visit.params.get("key", "")):
        raise NotFound(visit.language.translate("There is nothing to pay at this address"))
    async with visit.runtime.database.system() as tx:
        return await orders.order(tx, order_id)


async def _payment(visit: Visit, order: Order) -> Payment:
    """The order's payment; a new one where the last has ended without money."""
    async with visit.runtime.database.system() as tx:
        return await payments.request(
            tx,
            order.id,
            order.due_minor,
            order.currency,
            order.capture,
            account_id=order.account_id,
            expires_at=order.expires_at,
        )


async def _title(visit: Visit, order: Order) -> str:
    """What is bought, by the deals' own words."""
    async with visit.runtime.database.system() as tx:
        offers = await catalog.offers(tx, [line.option_id for line in order.lines])
    first = offers[order.lines[0].option_id].deal_title
    several = len({line.deal_id for line in order.lines}) > 1
    return visit.language.translate("{title} and more").format(title=first) if several else first


async def _own_vouchers(request: HttpRequest, visit: Visit, order: Order) -> list[VoucherCard]:
    """The vouchers, for who bought them and sits at the same browser; whoever only paid the bill sees none."""
    caller = await caller_of(request)
    if caller is None or caller.account_id != order.account_id:
        return []
    async with visit.runtime.database.system() as tx:
        issued = await vouchers.vouchers_of_order(tx, order.id)
    return voucher_cards(visit.language, issued, Holder(order.account_id, None))


async def _shown(request: HttpRequest, visit: Visit, order: Order, *, waiting: bool = False) -> Answer:
    _ = visit.language.translate
    cards = await _own_vouchers(request, visit, order) if order.paid_at else []
    title = {
        OrderState.HELD: _("Not paid yet"),
        OrderState.AUTHORISED: _("Your order is in"),
        OrderState.PAID: _("Thank you, it is paid"),
        OrderState.PARTLY_REFUNDED: _("Thank you, it is paid"),
        OrderState.REFUNDED: _("Given back"),
        OrderState.EXPIRED: _("Too late for this order"),
        OrderState.CANCELLED: _("This order was given up"),
        OrderState.VOIDED: _("The deal did not run"),
    }[order.state]
    head = Head(
        title=title,
        description=_("What became of an order."),
        path=f"/pay/{order.id}",
        params={"key": visit.params.get("key", "")},
        indexed=False,
    )
    context = {
        "order": order,
        "waiting": waiting,
        "cards": cards,
        "what": await _title(visit, order),
        "open": order.state is OrderState.HELD and visit.now < order.expires_at,
        "pay_path": visit.localized(visit.runtime.selling.pay_path(order.id)),
        "minutes": max(1, int((order.expires_at - visit.now).total_seconds()) // 60),
    }
    return page(visit, "pay.html", head, context)
