"""Our own pay page: it leads to the provider's page, and says afterwards what became of the order."""

from uuid import UUID

from highstreet.kit.errors import NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.domain.states import OrderState
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Payment
from highstreet.web.answers import Answer
from highstreet.web.redirects import see_other
from highstreet.web.storefront.visit import Head, Visit, page


async def pay_page(visit: Visit, order_id: UUID) -> Answer:
    """Whoever has the address is led on to pay, as long as the order waits for that; else its state is shown."""
    order = await _order(visit, order_id)
    if order.state is not OrderState.HELD or visit.now >= order.expires_at:
        return await _shown(visit, order)
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


async def back_page(visit: Visit, order_id: UUID) -> Answer:
    """Where the provider sends the shopper afterwards. The provider is asked, in case its word has not come yet."""
    order = await _order(visit, order_id)
    runtime = visit.runtime
    if order.state is OrderState.HELD and runtime.payments is not None:
        payment = await _payment(visit, order)
        await payments.refresh(runtime.database, runtime.payments, payment.id, runtime.after_payment)
        order = await _order(visit, order_id)
    return await _shown(visit, order)


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


async def _shown(visit: Visit, order: Order) -> Answer:
    _ = visit.language.translate
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
        params=visit.params,
        indexed=False,
    )
    context = {
        "order": order,
        "what": await _title(visit, order),
        "open": order.state is OrderState.HELD and visit.now < order.expires_at,
        "pay_path": visit.localized(visit.runtime.selling.pay_path(order.id)),
        "minutes": max(1, int((order.expires_at - visit.now).total_seconds()) // 60),
    }
    return page(visit, "pay.html", head, context)
