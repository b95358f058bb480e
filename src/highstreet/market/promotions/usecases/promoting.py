"""Promotion codes: made by operators, priced into quotes, held with orders."""

from collections.abc import Sequence
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.market.promotions.domain.promotions import (
    Buyer,
    Combined,
    Draft,
    Item,
    Promotion,
    check_draft,
    combine,
    fold,
)
from highstreet.market.promotions.repository import credits as credit_rows
from highstreet.market.promotions.repository import promotions as rows
from highstreet.market.promotions.repository.promotions import Use


async def create(tx: Transaction, draft: Draft) -> UUID:
    """A new promotion. Raises InvalidInput, and Conflict for a code that there is already."""
    check_draft(draft, tx.now)
    promotion_id = await rows.insert(tx, draft)
    if promotion_id is None:
        raise Conflict(f"There is a promotion with the code {fold(draft.code)} already.")
    return promotion_id


async def pause(tx: Transaction, promotion_id: UUID) -> None:
    """Take nothing off by it from now on. Raises NotFound."""
    if not await rows.set_paused(tx, promotion_id, paused=True):
        raise NotFound(f"There is no promotion {promotion_id}.")


async def resume(tx: Transaction, promotion_id: UUID) -> None:
    """Let it be used again. Raises NotFound."""
    if not await rows.set_paused(tx, promotion_id, paused=False):
        raise NotFound(f"There is no promotion {promotion_id}.")


async def promotions(tx: Transaction, *, limit: int = 100) -> list[Promotion]:
    """The newest promotions that the actor may see, with what was given of them."""
    return await rows.newest(tx, limit)


async def price(
    tx: Transaction,
    codes: Sequence[str],
    items: Sequence[Item],
    currency: str,
    *,
    account_id: UUID | None,
    has_ordered: bool,
) -> Combined:
    """What codes take off a cart, and of each that does not why.

    Needs the system's transaction: a code is worth money, so nobody looks through them.
    """
    typed = list(dict.fromkeys(fold(code) for code in codes))
    found = await rows.by_codes(tx, typed)
    uses = {} if account_id is None else await rows.uses_of(tx, account_id, [each.id for each in found])
    buyer = Buyer(known=account_id is not None, has_ordered=has_ordered, uses=uses)
    unknown = [code for code in typed if code not in {each.code for each in found}]
    return combine(found, unknown, items, currency, buyer, tx.now)


async def hold(tx: Transaction, order_id: UUID, account_id: UUID, taken: Sequence[tuple[UUID, str, int]]) -> None:
    """Count what an order takes off, by promotion, code and amount. Raises Conflict where one is used up meanwhile.

    The transaction must be given up then.
    """
    for promotion_id, code, amount_minor in sorted(taken):
        use = Use(promotion_id=promotion_id, order_id=order_id, account_id=account_id, amount_minor=amount_minor)
        if not await rows.hold(tx, use):
            raise Conflict(f"The code {code} has been used up, or is over, since it was quoted; ask for a new quote.")


async def keep(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """What these orders hold, of promotions and of credit, is used: they are paid."""
    await rows.keep(tx, order_ids)
    await credit_rows.keep(tx, order_ids)


async def release(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """What these orders hold goes back: to the promotions, and to their buyers' credit."""
    await rows.release(tx, order_ids)
    await credit_rows.release(tx, order_ids)
