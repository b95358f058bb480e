"""Orders that are given up before they are paid: time ran out, or the buyer changed their mind."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.domain.states import HoldState, OrderState, check_transition
from highstreet.market.orders.repository import limits as limit_rows
from highstreet.market.orders.repository import orders as rows
from highstreet.market.orders.repository import stock as stock_rows
from highstreet.market.orders.usecases.telling import tell_moved
from highstreet.market.promotions import service as promotions

_AT_ONCE: Final = 500


async def expire(tx: Transaction) -> int:
    """Let go of what is held for longer than it may be, some hundreds of orders at a time; how many that were.

    An order that is being paid at this moment is passed over: whoever is first ends its hold, and it ends once.
    Everybody locks the order before its hold.
    """
    due = await rows.due_holds(tx, _AT_ONCE)
    released = await rows.release_holds(tx, due) if due else []
    if released:
        await rows.move(tx, released, OrderState.HELD, OrderState.EXPIRED)
        orders = await rows.several(tx, released)
        await let_go(tx, orders)
        await tell_moved(tx, orders, OrderState.HELD, OrderState.EXPIRED)
    return len(released)


async def cancel(tx: Transaction, order_id: UUID) -> Order:
    """Give up an order that is not paid. Raises NotFound, and Conflict where it is too late for that."""
    order = await rows.lock(tx, order_id)
    if order is None:
        raise NotFound(f"There is no order {order_id}.")
    check_transition(order.state, OrderState.CANCELLED)
    released = await rows.end_hold(tx, order_id, HoldState.RELEASED)
    assert released, "the order is locked, and its hold stands as long as it is held"
    await rows.move(tx, [order_id], OrderState.HELD, OrderState.CANCELLED)
    await let_go(tx, [order])
    await tell_moved(tx, [order], OrderState.HELD, OrderState.CANCELLED)
    (cancelled,) = await rows.several(tx, [order_id])
    return cancelled


async def let_go(tx: Transaction, orders: Sequence[Order]) -> None:
    """Give back what orders held: to promotions and credit, to the limits of their buyers, and to the stock."""
    await promotions.release(tx, [order.id for order in orders if order.promotion_minor or order.credit_minor])
    limited = Counter[tuple[UUID, UUID]]()
    held = Counter[UUID]()
    for order in orders:
        for line in order.lines:
            held[line.option_id] += line.quantity
            if line.limited:
                limited[order.account_id, line.option_id] += line.quantity
    await limit_rows.release(tx, limited)
    await stock_rows.release(tx, held)
