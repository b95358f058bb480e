"""The provider's books beside ours, and what is found to differ."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.payments.domain.reconciliation import Difference, Moved, Reconciliation
from highstreet.market.payments.domain.records import Record

_DIFFERENCES: Final[LiteralString] = """
    SELECT
        id, provider, day, kind, subject, payment_id, ours_minor, theirs_minor, currency, found_at, settled_at, note
    FROM payments.differences
"""


class _Id(msgspec.Struct, frozen=True):
    id: UUID


class _Day(msgspec.Struct, frozen=True):
    day: date | None


async def keep(tx: Transaction, provider: str, records: Sequence[Record]) -> None:
    """Keep what is new among records, each with the payment of ours that it names."""
    await tx.execute_many(
        """
        INSERT INTO payments.records (
            provider, id, kind, amount_minor, fee_minor, currency, subject, payment_ref, payment_id, at
        )
        VALUES (
            %(provider)s, %(id)s, %(kind)s, %(amount_minor)s, %(fee_minor)s, %(currency)s, %(subject)s,
            %(payment_ref)s,
            (
                SELECT payments.id FROM payments.payments
                WHERE
                    payments.provider = %(provider)s
                    AND (payments.provider_ref = %(payment_ref)s OR payments.charge_ref = %(payment_ref)s)
                LIMIT 1
            ),
            %(at)s
        )
        ON CONFLICT (provider, id) DO UPDATE SET payment_id = excluded.payment_id
        WHERE records.payment_id IS NULL AND excluded.payment_id IS NOT NULL
        """,
        [{**msgspec.structs.asdict(each), "kind": each.kind.value, "provider": provider} for each in records],
    )


async def behind(tx: Transaction, provider: str, ids: Sequence[str]) -> list[UUID]:
    """Payments of which the provider's records tell something that we have not heard of."""
    rows = await tx.fetch_all(
        _Id,
        """
        SELECT DISTINCT payments.id
        FROM payments.records INNER JOIN payments.payments ON records.payment_id = payments.id
        WHERE records.provider = %s AND records.id = ANY(%s) AND CASE records.kind
            WHEN 'charge' THEN payments.captured_at IS NULL OR payments.fee_minor IS NULL
            WHEN 'refund' THEN NOT EXISTS (
                SELECT FROM payments.refunds
                WHERE refunds.payment_id = payments.id AND refunds.provider_ref = records.subject
                AND refunds.state IN ('succeeded', 'failed')
            )
            WHEN 'refund_failure' THEN EXISTS (
                SELECT FROM payments.refunds WHERE refunds.payment_id = payments.id AND refunds.state <> 'failed'
            )
            WHEN 'dispute' THEN NOT EXISTS (
                SELECT FROM payments.disputes
                WHERE disputes.payment_id = payments.id AND disputes.provider_ref = records.subject
            )
            WHEN 'dispute_reversal' THEN EXISTS (
                SELECT FROM payments.disputes
                WHERE disputes.payment_id = payments.id AND disputes.state NOT IN ('won', 'lost')
            )
            ELSE false
        END
        """,
        [provider, list(ids)],
    )
    return [row.id for row in rows]


async def moved(tx: Transaction, provider: str, ids: Sequence[str]) -> list[Moved]:
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT id, kind, subject, amount_minor, fee_minor, currency, payment_id
        FROM payments.records WHERE provider = %s AND id = ANY(%s) ORDER BY at, id
        """,
        [provider, list(ids)],
    )
    return msgspec.convert(rows, list[Moved])


async def compare(tx: Transaction, provider: str, day: date, since: datetime, until: datetime) -> int:
    """Write down where the books of a day differ, settle what differs no more; how many are open.

    A payment without a record is one whose record would have been kept by now: the caller has asked for all of them.
    """
    given = {"provider": provider, "day": day, "since": since, "until": until, "now": tx.now}
    found = await tx.fetch_all(dict[str, Any], _COMPARED, given)
    new_ids = tx.new_ids()
    await tx.execute_many(
        """
        INSERT INTO payments.differences (
            id, provider, day, kind, subject, payment_id, ours_minor, theirs_minor, currency, found_at
        )
        VALUES (
            %(id)s, %(provider)s, %(day)s, %(kind)s, %(subject)s, %(payment_id)s, %(ours_minor)s, %(theirs_minor)s,
            %(currency)s, %(now)s
        )
        ON CONFLICT (provider, kind, subject) DO UPDATE SET
            ours_minor = excluded.ours_minor, theirs_minor = excluded.theirs_minor, payment_id = excluded.payment_id
        """,
        [{**row, **given, "id": next(new_ids)} for row in found],
    )
    standing = [f"{row['kind']} {row['subject']}" for row in found]
    await tx.execute(
        """
        UPDATE payments.differences SET settled_at = %(now)s, note = 'it was gone the next time'
        WHERE provider = %(provider)s AND day = %(day)s AND settled_at IS NULL
        AND NOT (kind || ' ' || subject = ANY(%(standing)s))
        """,
        {**given, "standing": standing},
    )
    return await count_open(tx, provider, day)


_COMPARED: Final[LiteralString] = """
    WITH taken AS (
        SELECT * FROM payments.records WHERE provider = %(provider)s AND at >= %(since)s AND at < %(until)s
    )
    SELECT
        'unknown_here' AS kind, subject, NULL::uuid AS payment_id, NULL::bigint AS ours_minor,
        amount_minor AS theirs_minor, currency
    FROM taken
    WHERE payment_id IS NULL AND kind IN ('charge', 'refund', 'refund_failure', 'dispute', 'dispute_reversal')
    UNION ALL
    SELECT 'state', taken.subject, payments.id, 0, taken.amount_minor, taken.currency
    FROM taken INNER JOIN payments.payments ON taken.payment_id = payments.id
    WHERE taken.kind = 'charge' AND payments.captured_at IS NULL
    UNION ALL
    SELECT 'amount', taken.subject, payments.id, payments.amount_minor, taken.amount_minor, taken.currency
    FROM taken INNER JOIN payments.payments ON taken.payment_id = payments.id
    WHERE
        taken.kind = 'charge'
        AND (taken.amount_minor <> payments.amount_minor OR taken.currency <> payments.currency)
    UNION ALL
    SELECT 'amount', taken.subject, refunds.payment_id, -refunds.amount_minor, taken.amount_minor, taken.currency
    FROM taken INNER JOIN payments.refunds
        ON taken.payment_id = refunds.payment_id AND taken.subject = refunds.provider_ref
    WHERE taken.kind = 'refund' AND taken.amount_minor <> -refunds.amount_minor
    UNION ALL
    SELECT 'unknown_there', payments.id::text, payments.id, payments.amount_minor, NULL, payments.currency
    FROM payments.payments
    WHERE
        payments.provider = %(provider)s
        AND payments.captured_at >= %(since)s AND payments.captured_at < %(until)s
        AND NOT EXISTS (
            SELECT FROM payments.records WHERE records.payment_id = payments.id AND records.kind = 'charge'
        )
    UNION ALL
    SELECT 'unknown_there', refunds.id::text, payments.id, -refunds.amount_minor, NULL, payments.currency
    FROM payments.refunds INNER JOIN payments.payments ON refunds.payment_id = payments.id
    WHERE
        payments.provider = %(provider)s AND refunds.state = 'succeeded'
        AND refunds.changed_at >= %(since)s AND refunds.changed_at < %(until)s
        AND NOT EXISTS (
            SELECT FROM payments.records
            WHERE records.provider = %(provider)s AND records.subject = refunds.provider_ref
        )
    UNION ALL
    SELECT 'past_us', taken.subject, refunds.payment_id, NULL, taken.amount_minor, taken.currency
    FROM taken INNER JOIN payments.refunds
        ON taken.payment_id = refunds.payment_id AND taken.subject = refunds.provider_ref
    WHERE taken.kind = 'refund' AND NOT refunds.own AND refunds.state <> 'failed'
    UNION ALL
    SELECT 'contradiction', events.provider_event_id, events.payment_id, NULL, NULL, NULL
    FROM payments.events
    WHERE
        events.provider = %(provider)s AND events.outcome = 'mismatch'
        AND events.received_at >= %(since)s AND events.received_at < %(until)s
"""


async def finish(tx: Transaction, provider: str, day: date, records: int, differences: int) -> None:
    await tx.execute(
        """
        INSERT INTO payments.reconciliations (provider, day, records, differences, finished_at)
        VALUES (%(provider)s, %(day)s, %(records)s, %(differences)s, %(now)s)
        ON CONFLICT (provider, day) DO UPDATE SET
            records = excluded.records, differences = excluded.differences, finished_at = excluded.finished_at
        """,
        {"provider": provider, "day": day, "records": records, "differences": differences, "now": tx.now},
    )


async def count_open(tx: Transaction, provider: str, day: date) -> int:
    rows = await tx.fetch_all(
        _Id,
        "SELECT id FROM payments.differences WHERE provider = %s AND day = %s AND settled_at IS NULL",
        [provider, day],
    )
    return len(rows)


async def last_day(tx: Transaction, provider: str) -> date | None:
    row = await tx.fetch_one(
        _Day, "SELECT max(day) AS day FROM payments.reconciliations WHERE provider = %s", [provider]
    )
    return row.day if row else None


async def first_payment_day(tx: Transaction, provider: str) -> date | None:
    """The day, by UTC, of the first payment that was opened at a provider."""
    row = await tx.fetch_one(
        _Day,
        "SELECT min(created_at AT TIME ZONE 'UTC')::date AS day FROM payments.payments WHERE provider = %s",
        [provider],
    )
    return row.day if row else None


async def reconciliations(tx: Transaction, limit: int) -> list[Reconciliation]:
    return await tx.fetch_all(
        Reconciliation,
        """
        SELECT provider, day, records, differences, finished_at
        FROM payments.reconciliations ORDER BY day DESC, provider LIMIT %s
        """,
        [limit],
    )


async def differences(tx: Transaction, *, settled: bool, limit: int) -> list[Difference]:
    """Newest first; the settled ones too, or only the open ones."""
    return await tx.fetch_all(
        _difference,
        f"{_DIFFERENCES} WHERE settled_at IS NULL OR %s ORDER BY day DESC, kind, subject LIMIT %s",
        [settled, limit],
    )


async def of_payment(tx: Transaction, payment_id: UUID) -> list[Difference]:
    return await tx.fetch_all(_difference, f"{_DIFFERENCES} WHERE payment_id = %s ORDER BY day, kind", [payment_id])


async def settle(tx: Transaction, difference_id: UUID, note: str) -> bool:
    """False where there is no such open one."""
    return bool(
        await tx.execute(
            "UPDATE payments.differences SET settled_at = %s, note = %s WHERE id = %s AND settled_at IS NULL",
            [tx.now, note, difference_id],
        )
    )


def _difference(**columns: object) -> Difference:
    return msgspec.convert(columns, Difference)
