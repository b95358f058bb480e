"""How many of each option are held, sold and left.

Every change is one conditional statement, so that it is right whoever else is at it; rows are locked in the order of
the options' ids.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """`remaining` is None where there is no end to it."""

    option_id: UUID
    deal_id: UUID
    cap: int | None
    held: int
    sold: int
    remaining: int | None


class Untold(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogue has not been told of an option: so many more sold, or fewer."""

    option_id: UUID
    deal_id: UUID
    more: int


async def known(tx: Transaction, option_ids: Sequence[UUID]) -> dict[UUID, Stock]:
    rows = await tx.fetch_all(
        Stock,
        """
        SELECT option_id, deal_id, cap, held, sold, remaining FROM orders.stock WHERE option_id = ANY(%s)
        """,
        [list(option_ids)],
    )
    return {row.option_id: row for row in rows}


async def begin(tx: Transaction, option_id: UUID, deal_id: UUID, cap: int | None) -> None:
    """A row for an option of which nothing was sold yet; one that is there already stays as it is."""
    await tx.execute(
        """
        INSERT INTO orders.stock (option_id, deal_id, cap, held, sold, remaining, told, changed_at)
        VALUES (%(option)s, %(deal)s, %(cap)s, 0, 0, %(cap)s, 0, %(now)s)
        ON CONFLICT DO NOTHING
        """,
        {"option": option_id, "deal": deal_id, "cap": cap, "now": tx.now},
    )


async def recap(tx: Transaction, option_id: UUID, cap: int | None) -> None:
    """Let so many be sold in all. What is held and sold already stays, even where it is more."""
    await tx.execute(
        """
        UPDATE orders.stock SET
            cap = %(cap)s,
            remaining = CASE WHEN %(cap)s::integer IS NOT NULL THEN greatest(%(cap)s - held - sold, 0) END,
            changed_at = %(now)s
        WHERE option_id = %(option)s AND cap IS DISTINCT FROM %(cap)s::integer
        """,
        {"option": option_id, "cap": cap, "now": tx.now},
    )


async def take(tx: Transaction, option_id: UUID, quantity: int) -> bool:
    """Hold units, all of them or none; whether there were enough."""
    taken = await tx.execute(
        """
        UPDATE orders.stock SET held = held + %(n)s, remaining = remaining - %(n)s, changed_at = %(now)s
        WHERE option_id = %(option)s AND (remaining IS NULL OR remaining >= %(n)s)
        """,
        {"option": option_id, "n": quantity, "now": tx.now},
    )
    return taken == 1


async def lock(tx: Transaction, option_ids: Sequence[UUID]) -> dict[UUID, Stock]:
    """Stock that nobody else changes until the transaction ends."""
    rows = await tx.fetch_all(
        Stock,
        """
        SELECT option_id, deal_id, cap, held, sold, remaining FROM orders.stock
        WHERE option_id = ANY(%s) ORDER BY option_id FOR NO KEY UPDATE
        """,
        [list(option_ids)],
    )
    return {row.option_id: row for row in rows}


async def release(tx: Transaction, by_option: Mapping[UUID, int]) -> None:
    """Let units go that were held."""
    await tx.execute_many(
        """
        UPDATE orders.stock SET
            held = held - %(n)s,
            remaining = CASE WHEN cap IS NOT NULL THEN greatest(cap - held - sold + %(n)s, 0) END,
            changed_at = %(now)s
        WHERE option_id = %(option)s
        """,
        _each(tx, by_option),
    )


async def claim(tx: Transaction, by_option: Mapping[UUID, int]) -> None:
    """Units that were held are sold."""
    await tx.execute_many(
        """
        UPDATE orders.stock SET held = held - %(n)s, sold = sold + %(n)s, changed_at = %(now)s
        WHERE option_id = %(option)s
        """,
        _each(tx, by_option),
    )


async def give_back(tx: Transaction, by_option: Mapping[UUID, int]) -> None:
    """Units that were sold can be sold again."""
    await tx.execute_many(
        """
        UPDATE orders.stock SET
            sold = sold - %(n)s,
            remaining = CASE WHEN cap IS NOT NULL THEN greatest(cap - held - sold + %(n)s, 0) END,
            changed_at = %(now)s
        WHERE option_id = %(option)s
        """,
        _each(tx, by_option),
    )


async def tell(tx: Transaction, limit: int) -> list[Untold]:
    """What the catalogue has not been told, of up to `limit` options; it counts as told now."""
    return await tx.fetch_all(
        Untold,
        """
        WITH untold AS (
            SELECT option_id, deal_id, sold - told AS more FROM orders.stock
            WHERE told <> sold ORDER BY option_id LIMIT %s FOR UPDATE
        )
        UPDATE orders.stock SET told = stock.sold FROM untold WHERE stock.option_id = untold.option_id
        RETURNING untold.option_id, untold.deal_id, untold.more
        """,
        [limit],
    )


async def of_deals(tx: Transaction, deal_ids: Sequence[UUID]) -> dict[UUID, Stock]:
    """The stock of deals by option; an option of which nothing was ever held has none."""
    rows = await tx.fetch_all(
        Stock,
        "SELECT option_id, deal_id, cap, held, sold, remaining FROM orders.stock WHERE deal_id = ANY(%s)",
        [list(deal_ids)],
    )
    return {row.option_id: row for row in rows}


def _each(tx: Transaction, by_option: Mapping[UUID, int]) -> list[dict[str, object]]:
    return [{"option": option_id, "n": quantity, "now": tx.now} for option_id, quantity in sorted(by_option.items())]
