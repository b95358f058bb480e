"""Payments as rows: what is asked, what is known, and when each is looked after next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.payments.domain.payments import Capture, Known, Payment, Wanted, Wish

_COLUMNS: Final[LiteralString] = """
    id, order_id, account_id, amount_minor, currency, capture, state, wish, ended, authorised_at, captured_at,
    refunding_minor, refunded_minor, fee_minor, provider, provider_ref, charge_ref, expires_at, created_at, changed_at
"""
_SELECT: Final[LiteralString] = f"SELECT {_COLUMNS} FROM payments.payments"  # noqa: S608 -- put together of constants


class _Id(msgspec.Struct, frozen=True):
    id: UUID


async def insert(
    tx: Transaction,
    *,
    order_id: UUID,
    account_id: UUID | None,
    amount_minor: int,
    currency: str,
    capture: Capture,
    expires_at: datetime | None,
) -> Payment | None:
    """A new payment; None when the order has one that has not ended."""
    return await tx.fetch_one(
        _payment,
        f"""
        INSERT INTO payments.payments (
            id, order_id, account_id, amount_minor, currency, capture, expires_at, refunding_minor, refunded_minor,
            attempts, created_at, changed_at
        )
        VALUES (
            %(id)s, %(order)s, %(account)s, %(amount)s, %(currency)s, %(capture)s, %(expires)s, 0, 0, 0, %(now)s,
            %(now)s
        )
        ON CONFLICT (order_id) WHERE ended IS NULL DO NOTHING
        RETURNING {_COLUMNS}
        """,  # noqa: S608 -- put together of constants
        {
            "id": tx.new_id(),
            "order": order_id,
            "account": account_id,
            "amount": amount_minor,
            "currency": currency,
            "capture": capture.value,
            "expires": expires_at,
            "now": tx.now,
        },
    )


async def insert_many(tx: Transaction, wanted: Sequence[Wanted]) -> None:
    """New payments for orders that have none."""
    new_ids = tx.new_ids()
    rows = [{"id": next(new_ids), **msgspec.structs.asdict(each)} for each in wanted]
    await tx.execute(
        """
        INSERT INTO payments.payments (
            id, order_id, account_id, amount_minor, currency, capture, expires_at, refunding_minor, refunded_minor,
            attempts, created_at, changed_at
        )
        SELECT
            id, order_id, account_id, amount_minor, currency, capture, expires_at, 0, 0, 0, %(now)s, %(now)s
        FROM json_populate_recordset(NULL::payments.payments, %(rows)s::json)
        """,
        {"now": tx.now, "rows": msgspec.json.encode(rows).decode()},
    )


async def of_order(tx: Transaction, order_id: UUID) -> list[Payment]:
    """Oldest first; the last is the one that may still lead to something."""
    return await tx.fetch_all(
        _payment,
        f"{_SELECT} WHERE order_id = %s ORDER BY ended IS NULL, created_at, id",
        [order_id],
    )


async def named(tx: Transaction, text: str) -> Payment | None:
    """The one that a provider calls so, by its page or by its charge."""
    return await tx.fetch_one(
        _payment,
        f"""
        {_SELECT} WHERE provider IN ('sandbox', 'stripe') AND (provider_ref = %(text)s OR charge_ref = %(text)s)
        ORDER BY created_at LIMIT 1
        """,
        {"text": text},
    )


async def by_id(tx: Transaction, payment_id: UUID) -> Payment | None:
    return await tx.fetch_one(_payment, f"{_SELECT} WHERE id = %s", [payment_id])


async def lock(tx: Transaction, payment_id: UUID) -> Payment | None:
    """The payment, held until the transaction ends."""
    return await tx.fetch_one(_payment, f"{_SELECT} WHERE id = %s FOR UPDATE", [payment_id])


async def lock_named(
    tx: Transaction, provider: str, reference: UUID | None, provider_ref: str | None, charge_ref: str | None
) -> Payment | None:
    """The payment that a provider means, held until the transaction ends.

    Our own id tells before the names that the provider gave, and only where nobody else's page bears it.
    """
    return await tx.fetch_one(
        _payment,
        f"""
        {_SELECT}
        WHERE
            (id = %(reference)s AND (provider = %(provider)s OR provider IS NULL))
            OR (provider = %(provider)s AND provider_ref = %(provider_ref)s)
            OR (provider = %(provider)s AND charge_ref = %(charge_ref)s)
            OR (provider IS NULL AND charge_ref = %(charge_ref)s)
        ORDER BY id = %(reference)s DESC
        LIMIT 1
        FOR UPDATE
        """,
        {"provider": provider, "reference": reference, "provider_ref": provider_ref, "charge_ref": charge_ref},
    )


async def learn(tx: Transaction, payment: Payment, known: Known, *, due_at: datetime | None) -> Payment:
    """Write what is now known of a payment that is held; what has been wished for and come true is wished no more."""
    written = await tx.fetch_one(
        _payment,
        f"""
        UPDATE payments.payments SET
            authorised_at = CASE WHEN %(authorised)s THEN coalesce(authorised_at, %(now)s) END,
            captured_at = CASE WHEN %(captured)s THEN coalesce(captured_at, %(now)s) END,
            ended = %(ended)s, charge_ref = %(charge)s, fee_minor = %(fee)s,
            wish = CASE WHEN %(captured)s OR %(ended)s::text IS NOT NULL THEN NULL ELSE wish END,
            due_at = %(due)s, attempts = 0, problem = NULL, changed_at = %(now)s
        WHERE id = %(id)s
        RETURNING {_COLUMNS}
        """,  # noqa: S608 -- put together of constants
        {
            "id": payment.id,
            "authorised": known.authorised,
            "captured": known.captured,
            "ended": known.ended.value if known.ended else None,
            "charge": known.charge_ref,
            "fee": known.fee_minor,
            "due": due_at,
            "now": tx.now,
        },
    )
    assert written is not None, "the caller holds the row"
    return written


async def address(tx: Transaction, payment_id: UUID, provider: str, provider_ref: str, due_at: datetime) -> bool:
    """Keep where a payment is at its provider; False when it is somewhere else already."""
    return bool(
        await tx.execute(
            """
            UPDATE payments.payments SET
                provider = %(provider)s, provider_ref = %(ref)s, due_at = least(due_at, %(due)s), changed_at = %(now)s
            WHERE id = %(id)s AND (provider IS NULL OR (provider, provider_ref) = (%(provider)s, %(ref)s))
            """,
            {"id": payment_id, "provider": provider, "ref": provider_ref, "due": due_at, "now": tx.now},
        )
    )


async def wish(tx: Transaction, payment_id: UUID, wanted: Wish) -> None:
    """Want something of the provider, as soon as a worker can ask."""
    await tx.execute(
        """
        UPDATE payments.payments SET
            wish = %(wish)s, due_at = %(now)s, attempts = 0, problem = NULL, changed_at = %(now)s
        WHERE id = %(id)s
        """,
        {"id": payment_id, "wish": wanted.value, "now": tx.now},
    )


async def claim_refund(tx: Transaction, payment_id: UUID, amount_minor: int) -> bool:
    """Set an amount aside to be paid back; False when so much is not left of what was taken."""
    return bool(
        await tx.execute(
            """
            UPDATE payments.payments SET refunding_minor = refunding_minor + %(amount)s, changed_at = %(now)s
            WHERE id = %(id)s AND captured_at IS NOT NULL AND refunding_minor + %(amount)s <= amount_minor
            """,
            {"id": payment_id, "amount": amount_minor, "now": tx.now},
        )
    )


async def total_refunds(tx: Transaction, payment_id: UUID) -> Payment:
    """Add up anew what was and is being paid back of a payment that is held.

    Word that one was turned away may come after word of another in its place: until then it looks like more than there
    was, and all of it counts as paid back.
    """
    totalled = await tx.fetch_one(
        _payment,
        f"""
        UPDATE payments.payments SET
            refunding_minor = totals.refunding, refunded_minor = least(totals.refunded, amount_minor),
            changed_at = %(now)s
        FROM (
            SELECT
                coalesce(sum(amount_minor) FILTER (WHERE state <> 'failed'), 0) AS refunding,
                coalesce(sum(amount_minor) FILTER (WHERE state = 'succeeded'), 0) AS refunded
            FROM payments.refunds WHERE payment_id = %(id)s
        ) AS totals
        WHERE id = %(id)s
        RETURNING {_COLUMNS}
        """,  # noqa: S608 -- put together of constants
        {"id": payment_id, "now": tx.now},
    )
    assert totalled is not None, "the caller holds the row"
    return totalled


async def take_due(tx: Transaction, until: datetime, limit: int) -> list[UUID]:
    """Payments that are to be looked after, longest due first; each is due again at `until` unless it is settled."""
    taken = await tx.fetch_all(
        _Id,
        """
        UPDATE payments.payments SET due_at = %(until)s
        WHERE id IN (
            SELECT id FROM payments.payments WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id
        """,
        {"until": until, "now": tx.now, "limit": limit},
    )
    return [each.id for each in taken]


async def postpone(tx: Transaction, payment_id: UUID, due_at: datetime | None, problem: str | None) -> None:
    """Look after a payment at another time; why, where something went wrong."""
    await tx.execute(
        "UPDATE payments.payments SET due_at = %s, attempts = attempts + 1, problem = %s WHERE id = %s",
        [due_at, problem, payment_id],
    )


async def leave(tx: Transaction, payment_id: UUID) -> None:
    """Look after a payment no more."""
    await tx.execute(
        "UPDATE payments.payments SET due_at = NULL, wish = NULL, attempts = 0, problem = NULL WHERE id = %s",
        [payment_id],
    )


async def attempts(tx: Transaction, payment_id: UUID) -> int:
    """How often in vain it was looked after since something new was known."""
    row = await tx.fetch_one(_Attempts, "SELECT attempts FROM payments.payments WHERE id = %s", [payment_id])
    return row.attempts if row else 0


class _Attempts(msgspec.Struct, frozen=True):
    attempts: int


def _payment(**columns: object) -> Payment:
    return msgspec.convert(columns, Payment)
