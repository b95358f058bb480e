"""What others are told of orders: facts, and to the catalogue what was sold."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.catalog.domain.offers import Offer
from highstreet.market.orders.domain import facts
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.domain.states import OrderState
from highstreet.market.orders.repository import stock as stock_rows

_AT_ONCE: Final = 500


def bought(order: Order) -> tuple[facts.Bought, ...]:
    """The lines of an order as facts carry them."""
    return tuple(
        facts.Bought(
            deal_id=line.deal_id,
            option_id=line.option_id,
            merchant_id=line.merchant_id,
            quantity=line.quantity,
            price_minor=line.unit_price_minor * line.quantity,
        )
        for line in order.lines
    )


async def tell_moved(
    tx: Transaction,
    orders: Sequence[Order],
    before: OrderState,
    after: OrderState,
    *,
    payment_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Record that orders have entered a state."""
    await outbox.record_many(
        tx,
        [
            outbox.Happening(
                facts.AGGREGATE,
                order.id,
                facts.MOVED[after],
                facts.OrderMoved(
                    order_id=order.id,
                    account_id=order.account_id,
                    before=before,
                    after=after,
                    reason=reason,
                    currency=order.currency,
                    due_minor=order.due_minor,
                    credit_minor=order.credit_minor,
                    promotion_minor=order.promotion_minor,
                    payment_id=payment_id or order.payment_id,
                    lines=bought(order),
                    attribution=order.attribution,
                ),
            )
            for order in orders
        ],
    )


async def tell_catalogue(tx: Transaction) -> int:
    """Tell the catalogue what was sold since it was last told, and which deals that leaves with nothing to sell.

    How many options it was about. It is done by the sweep and not by each order, so that a deal that sells a thousand
    a second changes in the catalogue, and in every index of it, once in that time.
    """
    untold = await stock_rows.tell(tx, _AT_ONCE)
    by_deal = Counter[UUID]()
    for each in untold:
        by_deal[each.deal_id] += each.more
    await catalog.add_sold(tx, by_deal)
    await show_stock(tx, list(by_deal))
    return len(untold)


async def show_stock(tx: Transaction, deal_ids: Sequence[UUID]) -> None:
    """Make deals sold out, of which every option is sold; put back on sale those of which one is not."""
    offers = await catalog.offers_of_deals(tx, deal_ids)
    stocks = await stock_rows.of_deals(tx, deal_ids)
    for deal_id in deal_ids:
        own = [offer for offer in offers if offer.deal_id == deal_id]
        gone = all(_is_gone(offer, stocks.get(offer.option_id)) for offer in own if not offer.withdrawn)
        state = own[0].state
        if gone and state is DealState.LIVE:
            await catalog.sell_out(tx, deal_id)
        elif not gone and state is DealState.SOLD_OUT and not _is_over(own[0], tx):
            await catalog.restock(tx, deal_id)


def _is_over(offer: Offer, tx: Transaction) -> bool:
    return offer.ends_at is not None and offer.ends_at <= tx.now


def _is_gone(offer: Offer, stock: stock_rows.Stock | None) -> bool:
    """Whether none is left, not even one that somebody holds and may give up."""
    return stock is not None and offer.cap is not None and stock.sold >= offer.cap


async def follow_caps(tx: Transaction, deal_id: UUID) -> None:
    """Bring the stock of a deal's options to the caps that it has now, and its state to what that leaves."""
    stocks = await stock_rows.of_deals(tx, [deal_id])
    offers = await catalog.offers_of_deals(tx, [deal_id])
    for offer in sorted(offers, key=lambda offer: offer.option_id):
        stock = stocks.get(offer.option_id)
        if stock is not None and stock.cap != offer.cap:
            await stock_rows.recap(tx, offer.option_id, offer.cap)
    if stocks:
        await show_stock(tx, [deal_id])
