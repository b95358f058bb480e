"""The sandbox's SQL, on its own schema."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, LiteralString

import msgspec

from highstreet.kit.database import Transaction
from highstreet.sandbox.domain import DisputeOut, Fault, PageState, PaymentOut, RecordOut, RefundOut

_SELECT: Final[LiteralString] = """
    SELECT
        id, reference, amount_minor, currency, capture, title, return_url, language, state, charge, fee_minor, declined,
        expires_at, created_at
    FROM sandbox.payments
"""


class Keyed(msgspec.Struct, frozen=True):
    """What a key of idempotency stands for, and the digest of what was asked with it."""

    id: str
    asked_sha256: bytes


class Order(msgspec.Struct, frozen=True):
    action: str
    seconds: int


class Due(msgspec.Struct, frozen=True):
    """A webhook that is to be sent now."""

    id: str
    body: bytes
    fault: Fault | None
    attempts: int


class _Name(msgspec.Struct, frozen=True):
    id: str


async def keyed(tx: Transaction, key: str) -> Keyed | None:
    return await tx.fetch_one(Keyed, "SELECT id, asked_sha256 FROM sandbox.payments WHERE key = %s", [key])


async def insert_payment(tx: Transaction, payment: PaymentOut, key: str, asked_sha256: bytes) -> bool:
    """False when the key is taken."""
    return bool(
        await tx.execute(
            """
            INSERT INTO sandbox.payments (
                id, key, asked_sha256, reference, amount_minor, currency, capture, title, return_url, language, state,
                declined, expires_at, created_at
            )
            VALUES (
                %(id)s, %(key)s, %(digest)s, %(reference)s, %(amount_minor)s, %(currency)s, %(capture)s, %(title)s,
                %(return_url)s, %(language)s, 'open', 0, %(expires_at)s, %(created_at)s
            )
            ON CONFLICT (key) DO NOTHING
            """,
            {**msgspec.structs.asdict(payment), "key": key, "digest": asked_sha256},
        )
    )


async def lock(tx: Transaction, payment_id: str) -> PaymentOut | None:
    """The payment with its refunds and disputes, held until the transaction ends."""
    found = await tx.fetch_one(_payment, f"{_SELECT} WHERE id = %s FOR UPDATE", [payment_id])
    if found is None:
        return None
    refunds = await tx.fetch_all(
        RefundOut,
        """
        SELECT id, payment_id AS payment, reference, amount_minor, %s::text AS currency, state, problem
        FROM sandbox.refunds WHERE payment_id = %s ORDER BY created_at, id
        """,
        [found.currency, payment_id],
    )
    disputes = await tx.fetch_all(
        DisputeOut,
        """
        SELECT id, amount_minor, %s::text AS currency, reason, state, evidence_due_at
        FROM sandbox.disputes WHERE payment_id = %s ORDER BY created_at, id
        """,
        [found.currency, payment_id],
    )
    return msgspec.structs.replace(found, refunds=tuple(refunds), disputes=tuple(disputes))


async def latest_captured(tx: Transaction) -> str | None:
    row = await tx.fetch_one(
        _Name,
        "SELECT id FROM sandbox.payments WHERE state = 'captured' ORDER BY created_at DESC, id DESC LIMIT 1",
    )
    return row.id if row else None


async def expired(tx: Transaction, limit: int) -> list[str]:
    """Payments whose page is to be closed."""
    rows = await tx.fetch_all(
        _Name,
        """
        SELECT id FROM sandbox.payments
        WHERE state IN ('open', 'challenged') AND expires_at <= %s ORDER BY expires_at LIMIT %s
        """,
        [tx.now, limit],
    )
    return [row.id for row in rows]


async def move(
    tx: Transaction, payment_id: str, state: PageState, *, charge: str | None = None, fee_minor: int | None = None
) -> None:
    await tx.execute(
        "UPDATE sandbox.payments SET state = %s, charge = coalesce(charge, %s), fee_minor = %s WHERE id = %s",
        [state.value, charge, fee_minor, payment_id],
    )


async def count_decline(tx: Transaction, payment_id: str) -> None:
    await tx.execute("UPDATE sandbox.payments SET declined = declined + 1, state = 'open' WHERE id = %s", [payment_id])


async def refund_of_key(tx: Transaction, key: str) -> RefundOut | None:
    return await tx.fetch_one(
        RefundOut,
        """
        SELECT
            refunds.id, refunds.payment_id AS payment, refunds.reference, refunds.amount_minor, payments.currency,
            refunds.state, refunds.problem
        FROM sandbox.refunds INNER JOIN sandbox.payments ON refunds.payment_id = payments.id
        WHERE refunds.key = %s
        """,
        [key],
    )


async def insert_refund(tx: Transaction, refund: RefundOut, key: str | None) -> None:
    await tx.execute(
        """
        INSERT INTO sandbox.refunds (id, payment_id, key, reference, amount_minor, state, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        [refund.id, refund.payment, key, refund.reference, refund.amount_minor, refund.state, tx.now],
    )


async def fail_refund(tx: Transaction, refund_id: str, problem: str) -> None:
    await tx.execute("UPDATE sandbox.refunds SET state = 'failed', problem = %s WHERE id = %s", [problem, refund_id])


async def insert_dispute(tx: Transaction, payment_id: str, dispute: DisputeOut) -> None:
    await tx.execute(
        """
        INSERT INTO sandbox.disputes (id, payment_id, amount_minor, reason, state, evidence_due_at, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        [
            dispute.id,
            payment_id,
            dispute.amount_minor,
            dispute.reason,
            dispute.state,
            dispute.evidence_due_at,
            tx.now,
        ],
    )


async def close_dispute(tx: Transaction, dispute_id: str, state: str) -> None:
    await tx.execute("UPDATE sandbox.disputes SET state = %s WHERE id = %s", [state, dispute_id])


async def insert_record(tx: Transaction, record: RecordOut) -> None:
    await tx.execute(
        """
        INSERT INTO sandbox.records (id, kind, amount_minor, fee_minor, currency, subject, reference, payment_id, at)
        VALUES (
            %(id)s, %(kind)s, %(amount_minor)s, %(fee_minor)s, %(currency)s, %(subject)s, %(reference)s, %(payment)s,
            %(at)s
        )
        """,
        msgspec.structs.asdict(record),
    )


async def records(tx: Transaction, since: datetime, until: datetime, after: str, limit: int) -> list[RecordOut]:
    return await tx.fetch_all(
        RecordOut,
        """
        SELECT id, kind, amount_minor, fee_minor, currency, subject, reference, payment_id AS payment, at
        FROM sandbox.records WHERE at >= %s AND at < %s AND id > %s ORDER BY id LIMIT %s
        """,
        [since, until, after, limit],
    )


class Balance(msgspec.Struct, frozen=True):
    currency: str
    minor: int


async def balances(tx: Transaction) -> list[Balance]:
    """What the sandbox still owes us, by currency."""
    return await tx.fetch_all(
        Balance,
        """
        SELECT currency, sum(amount_minor - fee_minor)::bigint AS minor
        FROM sandbox.records GROUP BY currency ORDER BY currency
        """,
    )


async def take_order(tx: Transaction, actions: Sequence[str]) -> Order | None:
    """The oldest order among `actions`, which is used up by one."""
    return await tx.fetch_one(
        Order,
        """
        UPDATE sandbox.orders SET remaining = remaining - 1
        WHERE number = (
            SELECT number FROM sandbox.orders WHERE remaining > 0 AND action = ANY(%s) ORDER BY number LIMIT 1
            FOR UPDATE
        )
        RETURNING action, seconds
        """,
        [list(actions)],
    )


async def insert_order(tx: Transaction, action: str, times: int, seconds: int) -> None:
    await tx.execute(
        "INSERT INTO sandbox.orders (action, remaining, seconds) VALUES (%s, %s, %s)", [action, times, seconds]
    )


async def insert_webhook(
    tx: Transaction,
    name: str,
    kind: str,
    body: bytes,
    *,
    fault: Fault | None = None,
    copies: int = 1,
    due_at: datetime | None,
) -> None:
    await tx.execute(
        """
        INSERT INTO sandbox.webhooks (id, kind, body, fault, copies, due_at, attempts, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, 0, %s)
        """,
        [name, kind, body, fault.value if fault else None, copies, due_at, tx.now],
    )


async def release(tx: Transaction, due_at: datetime) -> None:
    """Let go of what waits to be overtaken, because something has come that overtakes it."""
    await tx.execute(
        """
        UPDATE sandbox.webhooks SET due_at = %(due)s
        WHERE fault = 'reorder' AND attempts = 0 AND due_at > %(due)s
        """,
        {"due": due_at},
    )


async def take_webhooks(tx: Transaction, taken_for: timedelta, limit: int) -> list[Due]:
    """What is to be sent now, oldest first; nobody else takes it for a while."""
    rows = await tx.fetch_all(
        dict[str, object],
        """
        WITH taken AS (
            UPDATE sandbox.webhooks SET due_at = %s, attempts = attempts + 1
            FROM (
                SELECT id AS due_id, due_at AS was_due FROM sandbox.webhooks
                WHERE due_at <= %s ORDER BY due_at, number LIMIT %s
                FOR UPDATE SKIP LOCKED
            ) AS due
            WHERE id = due_id
            RETURNING id, body, fault, attempts, was_due, number
        )
        SELECT id, body, fault, attempts FROM taken ORDER BY was_due, number
        """,
        [tx.now + taken_for, tx.now, limit],
    )
    return msgspec.convert(rows, list[Due])


async def settle_webhook(tx: Transaction, name: str, status: int, *, again_at: datetime | None) -> None:
    """Note what was answered, 0 for nothing. Sent again at `again_at`, or where copies are left."""
    await tx.execute(
        """
        UPDATE sandbox.webhooks SET
            status = %(status)s,
            copies = CASE WHEN %(again)s::timestamptz IS NULL THEN greatest(copies - 1, 0) ELSE copies END,
            due_at = CASE
                WHEN %(again)s::timestamptz IS NOT NULL THEN %(again)s
                WHEN copies > 1 THEN %(now)s::timestamptz
            END
        WHERE id = %(id)s
        """,
        {"id": name, "status": status, "again": again_at, "now": tx.now},
    )


def _payment(**columns: object) -> PaymentOut:
    return msgspec.convert(columns, PaymentOut)
