"""Vouchers and their histories. Many rows go to the server as one JSON array: one statement, whatever their number."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Parameters, Transaction
from highstreet.market.vouchers.domain.vouchers import OpenCount, Passage, Step, Value, Voucher, VoucherState

_COLUMNS: Final[LiteralString] = """
    id, order_id, line_id, owner_account_id, deal_id, terms_version, option_id, merchant_id, title, currency,
    price_minor, paid_minor, promotion_minor, commission_minor, commission_tax_minor, voucher_tax, voucher_tax_minor,
    expiry, units, in_money, units_left, paid_left_minor, promotion_left_minor, commission_left_minor,
    commission_tax_left_minor, voucher_tax_left_minor, fine_print, location_ids, time_zone, redeem_from,
    redeem_until, paid_value_until, generation, state, issued_at, changed_at
"""
_VOUCHERS: Final[LiteralString] = f"SELECT {_COLUMNS} FROM vouchers.vouchers "  # noqa: S608 -- ours
_ALL_COLUMNS: Final[LiteralString] = f"{_COLUMNS}, code_fingerprint, short_code_tag, sealed_codes, step, due_at"


class KeptCodes(msgspec.Struct, frozen=True):
    """What is stored of codes: enough to recognise them, and to show them again to whoever holds the secret key."""

    code_fingerprint: bytes
    short_code_tag: bytes
    sealed_codes: bytes


class KeptColumns(msgspec.Struct, frozen=True):
    """What a row holds beside the voucher itself. Bytes are in PostgreSQL's hexadecimal form."""

    code_fingerprint: str
    short_code_tag: str
    sealed_codes: str
    step: Step
    due_at: datetime | None


class NextState(msgspec.Struct, frozen=True, kw_only=True):
    """What a step leads to. `due_at` is when time alone brings the next one."""

    state: VoucherState
    left: Value
    step: Step
    due_at: datetime | None
    by_id: UUID | None = None
    reason: str | None = None


async def insert(tx: Transaction, vouchers: Sequence[tuple[Voucher, KeptColumns]]) -> set[UUID]:
    """Add vouchers; the ids of those that were added. A short code that the merchant has already leaves its one out."""
    rows = [b"%b,%b" % (msgspec.json.encode(voucher)[:-1], msgspec.json.encode(kept)[1:]) for voucher, kept in vouchers]
    added = await tx.fetch_all(
        dict[str, UUID],
        f"""
        INSERT INTO vouchers.vouchers ({_ALL_COLUMNS})
        SELECT {_ALL_COLUMNS} FROM json_populate_recordset(NULL::vouchers.vouchers, %s::json)
        ON CONFLICT (merchant_id, short_code_tag) DO NOTHING
        RETURNING id
        """,  # noqa: S608 -- ours
        [(b"[%b]" % b",".join(rows)).decode()],
    )
    return {row["id"] for row in added}


async def find(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Voucher]:
    """Vouchers that the actor may see, by id."""
    rows = await tx.fetch_all(dict[str, Any], _VOUCHERS + "WHERE id = ANY(%s)", [list(ids)])
    return {row["id"]: msgspec.convert(row, Voucher) for row in rows}


async def of_owner(tx: Transaction, account_id: UUID, before: UUID | None, limit: int) -> list[Voucher]:
    """The vouchers of an account, the latest first, so many behind the id `before`."""
    rows = await tx.fetch_all(
        dict[str, Any],
        _VOUCHERS
        + """
        WHERE owner_account_id = %(owner)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"owner": account_id, "before": before, "limit": limit},
    )
    return msgspec.convert(rows, list[Voucher])


async def of_order(tx: Transaction, order_id: UUID) -> list[Voucher]:
    """The vouchers of an order, in the order of their ids."""
    rows = await tx.fetch_all(dict[str, Any], _VOUCHERS + "WHERE order_id = %s ORDER BY id", [order_id])
    return msgspec.convert(rows, list[Voucher])


async def of_code(tx: Transaction, voucher_id: UUID, code_fingerprint: bytes) -> Voucher | None:
    """The voucher of this id, if this is the fingerprint of its present code."""
    return await _one(tx, _VOUCHERS + "WHERE id = %s AND code_fingerprint = %s", [voucher_id, code_fingerprint])


async def of_short_code(tx: Transaction, merchant_id: UUID, tag: bytes) -> Voucher | None:
    """The voucher of a merchant that a short code is of."""
    return await _one(tx, _VOUCHERS + "WHERE merchant_id = %s AND short_code_tag = %s", [merchant_id, tag])


async def merchants(tx: Transaction) -> list[UUID]:
    """Whose vouchers the actor may see. Steps from one to the next along the index."""
    rows = await tx.fetch_all(
        dict[str, UUID],
        """
        WITH RECURSIVE known AS (
            (SELECT merchant_id FROM vouchers.vouchers ORDER BY merchant_id LIMIT 1)
            UNION ALL
            SELECT following.merchant_id FROM known CROSS JOIN LATERAL (
                SELECT merchant_id FROM vouchers.vouchers
                WHERE merchant_id > known.merchant_id ORDER BY merchant_id LIMIT 1
            ) AS following
        )
        SELECT merchant_id FROM known
        """,
    )
    return [row["merchant_id"] for row in rows]


async def of_short_codes(tx: Transaction, tags: Mapping[UUID, bytes]) -> list[Voucher]:
    """The vouchers that a short code is of, by its tag at each merchant."""
    rows = await tx.fetch_all(
        dict[str, Any],
        f"""
        {_VOUCHERS} INNER JOIN unnest(%s::uuid[], %s::bytea[]) AS given (merchant, tag)
        ON merchant_id = given.merchant AND short_code_tag = given.tag
        ORDER BY id
        """,
        [list(tags), list(tags.values())],
    )
    return msgspec.convert(rows, list[Voucher])


async def hold(tx: Transaction, voucher_id: UUID) -> Voucher | None:
    """A voucher that nobody else changes until the transaction ends."""
    return await _one(tx, _VOUCHERS + "WHERE id = %s FOR NO KEY UPDATE", [voucher_id])


async def due(tx: Transaction, limit: int) -> list[Voucher]:
    """Open vouchers for which time alone brings a step, the longest due first; held until the transaction ends."""
    rows = await tx.fetch_all(
        dict[str, Any],
        _VOUCHERS + "WHERE due_at <= %s AND units_left > 0 ORDER BY due_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
        [tx.now, limit],
    )
    return msgspec.convert(rows, list[Voucher])


async def sealed_codes(tx: Transaction, voucher_id: UUID, owner_account_id: UUID) -> bytes | None:
    """The sealed codes of a voucher of this owner."""
    row = await tx.fetch_one(
        dict[str, bytes],
        "SELECT sealed_codes FROM vouchers.vouchers WHERE id = %s AND owner_account_id = %s",
        [voucher_id, owner_account_id],
    )
    return row["sealed_codes"] if row else None


async def refund(
    tx: Transaction, vouchers: Sequence[UUID], by_id: UUID | None, reason: str | None
) -> dict[UUID, Value]:
    """Close those of these vouchers that are open and not over; what each was still worth."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        WITH open AS (
            SELECT
                id, units_left, paid_left_minor, promotion_left_minor, commission_left_minor,
                commission_tax_left_minor, voucher_tax_left_minor
            FROM vouchers.vouchers
            WHERE
                id = ANY(%(ids)s) AND state IN ('issued', 'promo_expired')
                AND coalesce(redeem_until <= %(now)s AND (paid_left_minor = 0 OR paid_value_until <= %(now)s), false)
                    IS FALSE
            ORDER BY id FOR NO KEY UPDATE
        )
        UPDATE vouchers.vouchers SET
            state = 'refunded', units_left = 0, paid_left_minor = 0, promotion_left_minor = 0,
            commission_left_minor = 0, commission_tax_left_minor = 0, voucher_tax_left_minor = 0, step = 'refunded',
            changed_at = %(now)s, changed_by = %(by)s, reason = %(reason)s, due_at = NULL
        FROM open WHERE vouchers.id = open.id AND vouchers.state IN ('issued', 'promo_expired')
        RETURNING
            vouchers.id, open.units_left AS units, open.paid_left_minor AS paid_minor,
            open.promotion_left_minor AS promotion_minor, open.commission_left_minor AS commission_minor,
            open.commission_tax_left_minor AS commission_tax_minor, open.voucher_tax_left_minor AS voucher_tax_minor
        """,
        {"ids": list(vouchers), "now": tx.now, "by": by_id, "reason": reason},
    )
    return {row.pop("id"): msgspec.convert(row, Value) for row in rows}


async def advance(tx: Transaction, seen: Voucher, after: NextState) -> bool:
    """Take a step from what was seen of a voucher; False when somebody else was quicker, and nothing was done."""
    changed = await tx.execute(
        """
        UPDATE vouchers.vouchers SET
            state = %(state)s, units_left = %(units)s, paid_left_minor = %(paid_minor)s,
            promotion_left_minor = %(promotion_minor)s, commission_left_minor = %(commission_minor)s,
            commission_tax_left_minor = %(commission_tax_minor)s, voucher_tax_left_minor = %(voucher_tax_minor)s,
            step = %(step)s, changed_at = %(now)s, changed_by = %(by)s, reason = %(reason)s, due_at = %(due_at)s
        WHERE id = %(id)s AND state = %(seen_state)s AND units_left = %(seen_units)s AND generation = %(generation)s
        """,
        {
            "id": seen.id,
            "seen_state": seen.state,
            "seen_units": seen.units_left,
            "generation": seen.generation,
            "now": tx.now,
            "by": after.by_id,
            **_columns(after),
        },
    )
    return changed == 1


async def transfer(tx: Transaction, seen: Voucher, account_id: UUID, codes: KeptCodes) -> Voucher:
    """Make a voucher, which is held, another owner's, with other codes."""
    row = await _one(
        tx,
        f"""
        UPDATE vouchers.vouchers SET
            owner_account_id = %(owner)s, generation = generation + 1, code_fingerprint = %(fingerprint)s,
            short_code_tag = %(tag)s, sealed_codes = %(sealed)s, step = 'transferred', changed_at = %(now)s,
            changed_by = %(owner)s, reason = NULL
        WHERE id = %(id)s AND generation = %(generation)s AND units_left > 0
        RETURNING {_COLUMNS}
        """,  # noqa: S608 -- ours
        {
            "id": seen.id,
            "generation": seen.generation,
            "owner": account_id,
            "fingerprint": codes.code_fingerprint,
            "tag": codes.short_code_tag,
            "sealed": codes.sealed_codes,
            "now": tx.now,
        },
    )
    assert row is not None, "nobody else changes a voucher that is held"
    return row


async def hand_over(tx: Transaction, from_account_id: UUID, into_account_id: UUID) -> None:
    await tx.execute(
        "UPDATE vouchers.vouchers SET owner_account_id = %s WHERE owner_account_id = %s",
        [into_account_id, from_account_id],
    )


async def passages(tx: Transaction, voucher_id: UUID) -> list[Passage]:
    """Every step of a voucher, in order."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT step, before, after, units_left, paid_minor, at, by_id, reason FROM vouchers.passages
        WHERE voucher_id = %s ORDER BY position
        """,
        [voucher_id],
    )
    return msgspec.convert(rows, list[Passage])


async def open_by_end(tx: Transaction, deal_id: UUID) -> list[OpenCount]:
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT option_id, ((redeem_until - interval '1 microsecond') AT TIME ZONE time_zone)::date AS last_day, count(*)
        FROM vouchers.vouchers WHERE deal_id = %s AND units_left > 0
        GROUP BY option_id, last_day ORDER BY option_id, last_day
        """,
        [deal_id],
    )
    return msgspec.convert(rows, list[OpenCount])


async def open_paid_value(tx: Transaction) -> dict[str, int]:
    """The paid value of all open vouchers, in minor units, by currency."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT currency, sum(paid_left_minor)::bigint AS paid_minor FROM vouchers.vouchers
        WHERE units_left > 0 GROUP BY currency
        """,
    )
    return {row["currency"]: row["paid_minor"] for row in rows}


async def _one(tx: Transaction, sql: LiteralString, params: Parameters) -> Voucher | None:
    row = await tx.fetch_one(dict[str, Any], sql, params)
    return msgspec.convert(row, Voucher) if row else None


def _columns(after: NextState) -> Mapping[str, object]:
    return {
        "state": after.state,
        "step": after.step,
        "reason": after.reason,
        "due_at": after.due_at,
        **msgspec.structs.asdict(after.left),
    }
