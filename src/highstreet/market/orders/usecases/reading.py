"""Orders as their buyers, merchants and operators see them, and whose they are."""

from typing import Final
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.market.orders.domain.orders import Order, Passage
from highstreet.market.orders.repository import limits as limit_rows
from highstreet.market.orders.repository import orders as rows
from highstreet.market.orders.repository import stock as stock_rows

MAX_PAGE: Final = 100


async def order(tx: Transaction, order_id: UUID) -> Order:
    """Raises NotFound where there is none that the actor may see."""
    found = await rows.find(tx, order_id)
    if found is None:
        raise NotFound(f"There is no order {order_id}.")
    return found


async def orders_of(tx: Transaction, account_id: UUID, *, before: UUID | None = None, limit: int = 24) -> list[Order]:
    """An account's orders, newest first, older than the order `before`."""
    return await rows.of_account(tx, account_id, before, min(limit, MAX_PAGE))


async def history(tx: Transaction, order_id: UUID) -> list[Passage]:
    """Every step of an order since it was placed, with when, by whom and why."""
    return await rows.passages(tx, order_id)


async def held_of(tx: Transaction, deal_id: UUID) -> dict[UUID, int]:
    """How many units of each option of a deal are kept for those who have yet to pay."""
    return {stock.option_id: stock.held for stock in (await stock_rows.of_deals(tx, [deal_id])).values()}


async def hand_over(tx: Transaction, from_id: UUID, into_id: UUID) -> None:
    """What was ordered by one account is another's, which has become the same person's. The system's transaction."""
    await rows.hand_over(tx, from_id, into_id)
    await limit_rows.move(tx, from_id, into_id)
