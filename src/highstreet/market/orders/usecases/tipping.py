"""Deals that run only once enough of them are sold: until then money is set aside, and not taken."""

from datetime import datetime
from typing import Final
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.orders.domain.states import OrderState
from highstreet.market.orders.domain.tipping import Tipping, TippingState, check_tipping
from highstreet.market.orders.repository import orders as rows
from highstreet.market.orders.repository import tipping as tipping_rows
from highstreet.market.orders.usecases.ending import let_go
from highstreet.market.orders.usecases.telling import tell_moved
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import PAID, Wish

_AT_ONCE: Final = 500
_TOO_FEW: Final = "Too few were sold for the deal to run."


async def set_tipping(tx: Transaction, deal_id: UUID, *, needed: int, due_at: datetime) -> None:
    """Let a deal run only once so many units are paid for. Whoever may edit the deal may.

    Raises InvalidInput, NotFound, and Conflict once it is decided.
    """
    check_tipping(needed, due_at, tx.now)
    offers = await catalog.offers_of_deals(tx, [deal_id])
    if not offers or offers[0].merchant_id is None:
        raise NotFound(f"There is no deal {deal_id}.")
    if not await tipping_rows.put(tx, deal_id, offers[0].merchant_id, needed, due_at):
        raise Conflict("Whether the deal runs has been decided already.")


async def tipping_of(tx: Transaction, deal_id: UUID) -> Tipping | None:
    """What a deal waits for, or waited for; None where it runs in any case."""
    return (await tipping_rows.of_deals(tx, [deal_id])).get(deal_id)


async def tip(tx: Transaction) -> int:
    """Decide about deals that have enough or no time left, and take or let go of the money; how much was done."""
    ready = await tipping_rows.ready(tx, _AT_ONCE)
    for deal in ready:
        await tipping_rows.end(tx, deal.deal_id, TippingState.TIPPED if deal.enough else TippingState.FAILED)
        if not deal.enough:
            await _end_deal(tx, deal.deal_id)
    done = 0
    for order in await tipping_rows.waiting(tx, _AT_ONCE):
        tipped = order.state == TippingState.TIPPED
        done += await (_take(tx, order) if tipped else _let_go(tx, order))
    return len(ready) + done


async def _end_deal(tx: Transaction, deal_id: UUID) -> None:
    offers = await catalog.offers_of_deals(tx, [deal_id])
    if offers[0].state in {DealState.LIVE, DealState.PAUSED, DealState.SOLD_OUT}:
        await catalog.end(tx, deal_id, reason=_TOO_FEW)


async def _take(tx: Transaction, waiting: tipping_rows.Waiting) -> bool:
    """Ask for the money; the order is paid when the provider has taken it. Whether anything was asked."""
    payment = await payments.standing(tx, waiting.payment_id)
    if payment.state in PAID or payment.wish is Wish.CAPTURE:
        return False
    if payment.ended is not None:
        return await _void(tx, waiting.order_id, "The bank let go of the money before the deal had tipped.")
    await payments.request_capture(tx, waiting.payment_id)
    return True


async def _let_go(tx: Transaction, waiting: tipping_rows.Waiting) -> bool:
    payment = await payments.standing(tx, waiting.payment_id)
    if payment.state not in PAID and payment.ended is None:
        await payments.request_void(tx, waiting.payment_id)
    return await _void(tx, waiting.order_id, _TOO_FEW)


async def _void(tx: Transaction, order_id: UUID, reason: str) -> bool:
    order = await rows.lock(tx, order_id)
    if order is None or not await rows.move(tx, [order_id], OrderState.AUTHORISED, OrderState.VOIDED, reason):
        return False
    await let_go(tx, [order])
    await tell_moved(tx, [order], OrderState.AUTHORISED, OrderState.VOIDED, reason=reason)
    return True
