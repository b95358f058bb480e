"""Statements, their lines, and what is held in reserve."""

from collections.abc import Sequence
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.settlement.domain.settling import Reserve
from highstreet.market.settlement.domain.statements import Statement, StatementLine

_SELECT: Final[LiteralString] = """
    SELECT id, merchant_id, currency, number, opening_minor, closing_minor, line_count, reserve_minor, debt_minor,
        payout_minor, carried_because, made_at
    FROM settlement.statements
"""


async def insert(tx: Transaction, statement: Statement, lines: Sequence[StatementLine]) -> None:
    await tx.execute(
        """
        INSERT INTO settlement.statements (
            id, merchant_id, currency, number, opening_minor, closing_minor, line_count, reserve_minor, debt_minor,
            payout_minor, carried_because, made_at
        )
        VALUES (
            %(id)s, %(merchant_id)s, %(currency)s, %(number)s, %(opening_minor)s, %(closing_minor)s, %(line_count)s,
            %(reserve_minor)s, %(debt_minor)s, %(payout_minor)s, %(carried_because)s, %(made_at)s
        )
        """,
        {
            **msgspec.structs.asdict(statement),
            "carried_because": statement.carried_because and str(statement.carried_because),
        },
    )
    await tx.execute(
        """
        INSERT INTO settlement.statement_lines (
            statement_id, number, entry_id, position, kind, posted_at, order_id, voucher_id, refund_id, payout_id,
            terms_version, gross_minor, commission_minor, tax_minor, amount_minor
        )
        SELECT
            %s, number, entry_id, position, kind, posted_at, order_id, voucher_id, refund_id, payout_id, terms_version,
            gross_minor, commission_minor, tax_minor, amount_minor
        FROM json_populate_recordset(NULL::settlement.statement_lines, %s::json)
        """,
        [statement.id, msgspec.json.encode(lines).decode()],
    )


async def latest(tx: Transaction, merchant_id: UUID, currency: str) -> Statement | None:
    return await tx.fetch_one(
        _statement,
        _SELECT + "WHERE merchant_id = %s AND currency = %s ORDER BY number DESC LIMIT 1",
        [merchant_id, currency],
    )


async def of_merchant(tx: Transaction, merchant_id: UUID, before: UUID | None, limit: int) -> list[Statement]:
    """Newest first, behind the one with the id `before`."""
    return await tx.fetch_all(
        _statement,
        _SELECT
        + "WHERE merchant_id = %(merchant)s AND (%(before)s::uuid IS NULL OR id < %(before)s) "
        + "ORDER BY id DESC LIMIT %(limit)s",
        {"merchant": merchant_id, "before": before, "limit": limit},
    )


async def find(tx: Transaction, statement_id: UUID) -> Statement | None:
    return await tx.fetch_one(_statement, _SELECT + "WHERE id = %s", [statement_id])


async def lines(tx: Transaction, statement_id: UUID, after: int, limit: int | None) -> list[StatementLine]:
    """In their order, behind the number `after`."""
    return await tx.fetch_all(
        StatementLine,
        """
        SELECT number, entry_id, position, kind, posted_at, order_id, voucher_id, refund_id, payout_id, terms_version,
            gross_minor, commission_minor, tax_minor, amount_minor
        FROM settlement.statement_lines WHERE statement_id = %s AND number > %s ORDER BY number LIMIT %s
        """,
        [statement_id, after, limit],
    )


async def hold(tx: Transaction, merchant_id: UUID, currency: str, reserve: Reserve) -> None:
    await tx.execute(
        """
        INSERT INTO settlement.reserves (id, merchant_id, currency, amount_minor, held_at, release_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        [reserve.id, merchant_id, currency, reserve.amount_minor, tx.now, reserve.release_at],
    )


async def held(tx: Transaction, merchant_id: UUID, currency: str) -> list[Reserve]:
    """What is in reserve, what is due first."""
    return await tx.fetch_all(
        Reserve,
        """
        SELECT id, amount_minor, release_at FROM settlement.reserves
        WHERE merchant_id = %s AND currency = %s AND released_at IS NULL ORDER BY release_at, id
        """,
        [merchant_id, currency],
    )


async def release(tx: Transaction, reserve_ids: Sequence[UUID]) -> int:
    """How many of them were still held."""
    return await tx.execute(
        "UPDATE settlement.reserves SET released_at = %s WHERE id = ANY(%s) AND released_at IS NULL",
        [tx.now, list(reserve_ids)],
    )


def _statement(**columns: object) -> Statement:
    return msgspec.convert(columns, Statement)
