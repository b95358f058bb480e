"""How many of an option that has a limit each buyer holds or has bought."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction


class Wish(msgspec.Struct, frozen=True, order=True):
    """`quantity` more of an option for an account that may have at most `limit`."""

    account_id: UUID
    option_id: UUID
    quantity: int
    limit: int


class _Pair(msgspec.Struct, frozen=True):
    account_id: UUID
    option_id: UUID


async def take(tx: Transaction, wishes: Sequence[Wish]) -> set[tuple[UUID, UUID]]:
    """Count wishes, each as long as it stays within its limit; the pairs of account and option that did.

    The pairs must be distinct. What was bought before the option had a limit counts, too.
    """
    ordered = sorted(wishes)
    given = {
        "accounts": [wish.account_id for wish in ordered],
        "options": [wish.option_id for wish in ordered],
        "quantities": [wish.quantity for wish in ordered],
        "limits": [wish.limit for wish in ordered],
    }
    await tx.execute(
        """
        WITH given AS (
            SELECT wanted.account_id, wanted.option_id
            FROM unnest(%(accounts)s::uuid[], %(options)s::uuid[]) AS wanted (account_id, option_id)
            WHERE NOT EXISTS (
                SELECT FROM orders.taken
                WHERE taken.account_id = wanted.account_id AND taken.option_id = wanted.option_id
            )
        ), earlier AS (
            UPDATE orders.lines SET limited = true
            FROM orders.orders, given
            WHERE lines.order_id = orders.id AND lines.option_id = given.option_id AND NOT lines.limited
                AND orders.account_id = given.account_id
                AND orders.state IN ('held', 'authorised', 'paid', 'partly_refunded')
            RETURNING given.account_id, given.option_id, lines.quantity - lines.refunded AS quantity
        )
        INSERT INTO orders.taken (account_id, option_id, quantity)
        SELECT given.account_id, given.option_id, coalesce(sum(earlier.quantity), 0)
        FROM given LEFT JOIN earlier USING (account_id, option_id)
        GROUP BY given.account_id, given.option_id
        ORDER BY given.account_id, given.option_id
        ON CONFLICT DO NOTHING
        """,
        given,
    )
    pairs = await tx.fetch_all(
        _Pair,
        """
        WITH locked AS (
            SELECT taken.account_id, taken.option_id, given.quantity, given.most
            FROM orders.taken INNER JOIN
                unnest(%(accounts)s::uuid[], %(options)s::uuid[], %(quantities)s::integer[], %(limits)s::integer[])
                    AS given (account_id, option_id, quantity, most)
                ON taken.account_id = given.account_id AND taken.option_id = given.option_id
            ORDER BY taken.account_id, taken.option_id
            FOR UPDATE OF taken
        )
        UPDATE orders.taken SET quantity = taken.quantity + locked.quantity
        FROM locked
        WHERE taken.account_id = locked.account_id AND taken.option_id = locked.option_id
            AND taken.quantity + locked.quantity <= locked.most
        RETURNING taken.account_id, taken.option_id
        """,
        given,
    )
    return {(pair.account_id, pair.option_id) for pair in pairs}


async def release(tx: Transaction, quantities: Mapping[tuple[UUID, UUID], int]) -> None:
    """Count units no longer, by account and option."""
    await tx.execute_many(
        """
        UPDATE orders.taken SET quantity = quantity - %s WHERE account_id = %s AND option_id = %s
        """,
        [(quantity, account_id, option_id) for (account_id, option_id), quantity in sorted(quantities.items())],
    )


async def move(tx: Transaction, before: UUID, after: UUID) -> None:
    """What one account took is another's now."""
    await tx.execute(
        """
        WITH gone AS (DELETE FROM orders.taken WHERE account_id = %(before)s RETURNING option_id, quantity)
        INSERT INTO orders.taken (account_id, option_id, quantity)
        SELECT %(after)s, option_id, quantity FROM gone ORDER BY option_id
        ON CONFLICT (account_id, option_id) DO UPDATE SET quantity = taken.quantity + excluded.quantity
        """,
        {"before": before, "after": after},
    )
