"""Promotions, how often each was used, and by whom. What is limited is taken by conditional statements."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.promotions.domain.promotions import Draft, Promotion, fold

_PROMOTIONS: Final = """
    SELECT
        id, code, title, currency, rate, amount_minor, most_minor, least_price_minor, budget_minor, given_minor,
        uses_limit, uses, person_limit, first_order_only, combines, deal_ids, merchant_ids, category_ids, valid_from,
        valid_until, paused
    FROM promotions.promotions
"""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What an order takes off by a promotion."""

    promotion_id: UUID
    order_id: UUID
    account_id: UUID
    amount_minor: int


class _Count(msgspec.Struct, frozen=True):
    promotion_id: UUID
    uses: int


async def insert(tx: Transaction, draft: Draft) -> UUID | None:
    """The new promotion's id; None where its code is taken."""
    new_id = tx.new_id()
    row: dict[str, Any] = {**msgspec.structs.asdict(draft), "code": fold(draft.code), "id": new_id, "now": tx.now}
    for name in ("deal_ids", "merchant_ids", "category_ids"):
        row[name] = list(row[name])
    written = await tx.execute(
        """
        INSERT INTO promotions.promotions (
            id, code, title, currency, rate, amount_minor, most_minor, least_price_minor, budget_minor, given_minor,
            uses_limit, uses, person_limit, first_order_only, combines, deal_ids, merchant_ids, category_ids,
            valid_from, valid_until, paused, created_at
        )
        VALUES (
            %(id)s, %(code)s, %(title)s, %(currency)s, %(rate)s, %(amount_minor)s, %(most_minor)s,
            %(least_price_minor)s, %(budget_minor)s, 0, %(uses_limit)s, 0, %(person_limit)s, %(first_order_only)s,
            %(combines)s, %(deal_ids)s::uuid[], %(merchant_ids)s::uuid[], %(category_ids)s::uuid[], %(valid_from)s,
            %(valid_until)s, false, %(now)s
        )
        ON CONFLICT (code) DO NOTHING
        """,
        row,
    )
    return new_id if written else None


async def set_paused(tx: Transaction, promotion_id: UUID, *, paused: bool) -> bool:
    changed = await tx.execute("UPDATE promotions.promotions SET paused = %s WHERE id = %s", [paused, promotion_id])
    return changed == 1


async def by_codes(tx: Transaction, codes: Sequence[str]) -> list[Promotion]:
    rows = await tx.fetch_all(dict[str, Any], _PROMOTIONS + "WHERE code = ANY(%s) ORDER BY code", [list(codes)])
    return msgspec.convert(rows, list[Promotion])


async def newest(tx: Transaction, limit: int) -> list[Promotion]:
    rows = await tx.fetch_all(dict[str, Any], _PROMOTIONS + "ORDER BY id DESC LIMIT %s", [limit])
    return msgspec.convert(rows, list[Promotion])


async def uses_of(tx: Transaction, account_id: UUID, promotion_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How often an account holds or has used promotions."""
    counts = await tx.fetch_all(
        _Count,
        "SELECT promotion_id, uses FROM promotions.persons WHERE account_id = %s AND promotion_id = ANY(%s)",
        [account_id, list(promotion_ids)],
    )
    return {count.promotion_id: count.uses for count in counts}


async def hold(tx: Transaction, use: Use) -> bool:
    """Count a use as long as budget, number and time allow it, and the person's limit; whether they did."""
    counted = await tx.execute(
        """
        UPDATE promotions.promotions SET uses = uses + 1, given_minor = given_minor + %(amount)s
        WHERE id = %(promotion)s AND NOT paused AND %(now)s >= valid_from AND %(now)s < valid_until
            AND (uses_limit IS NULL OR uses < uses_limit)
            AND (budget_minor IS NULL OR given_minor + %(amount)s <= budget_minor)
        """,
        {"promotion": use.promotion_id, "amount": use.amount_minor, "now": tx.now},
    )
    if not counted:
        return False
    # The promotion's row is held now, so whoever counts the same person waits for it.
    by_person = await tx.execute(
        """
        INSERT INTO promotions.persons AS persons (promotion_id, account_id, uses)
        VALUES (%(promotion)s, %(account)s, 1)
        ON CONFLICT (promotion_id, account_id) DO UPDATE SET uses = persons.uses + 1
        WHERE persons.uses < coalesce(
            (SELECT person_limit FROM promotions.promotions WHERE id = %(promotion)s), 2147483647
        )
        """,
        {"promotion": use.promotion_id, "account": use.account_id},
    )
    if not by_person:
        return False
    await tx.execute(
        """
        INSERT INTO promotions.uses (promotion_id, order_id, account_id, amount_minor, state, at)
        VALUES (%s, %s, %s, %s, 'held', %s)
        """,
        [use.promotion_id, use.order_id, use.account_id, use.amount_minor, tx.now],
    )
    return True


async def keep(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """What these orders hold is used."""
    await tx.execute(
        "UPDATE promotions.uses SET state = 'used', at = %s WHERE order_id = ANY(%s) AND state = 'held'",
        [tx.now, list(order_ids)],
    )


async def release(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """What these orders hold can be used by others."""
    released = await tx.fetch_all(
        Use,
        """
        UPDATE promotions.uses SET state = 'released', at = %s WHERE order_id = ANY(%s) AND state = 'held'
        RETURNING promotion_id, order_id, account_id, amount_minor
        """,
        [tx.now, list(order_ids)],
    )
    for use in sorted(released, key=lambda each: (each.promotion_id, each.account_id)):
        await tx.execute(
            "UPDATE promotions.promotions SET uses = uses - 1, given_minor = given_minor - %s WHERE id = %s",
            [use.amount_minor, use.promotion_id],
        )
        await tx.execute(
            "UPDATE promotions.persons SET uses = uses - 1 WHERE promotion_id = %s AND account_id = %s",
            [use.promotion_id, use.account_id],
        )


async def hand_over(tx: Transaction, from_id: UUID, into_id: UUID) -> None:
    """What one account used counts as another's."""
    await tx.execute("UPDATE promotions.uses SET account_id = %s WHERE account_id = %s", [into_id, from_id])
    await tx.execute(
        """
        WITH gone AS (DELETE FROM promotions.persons WHERE account_id = %(from)s RETURNING promotion_id, uses)
        INSERT INTO promotions.persons AS persons (promotion_id, account_id, uses)
        SELECT promotion_id, %(into)s, uses FROM gone ORDER BY promotion_id
        ON CONFLICT (promotion_id, account_id) DO UPDATE SET uses = persons.uses + excluded.uses
        """,
        {"from": from_id, "into": into_id},
    )
