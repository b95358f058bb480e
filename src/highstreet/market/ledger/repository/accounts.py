"""What accounts hold: sums over their lines, and the lines themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.entries import (
    AccountLine,
    Balance,
    EntryKind,
    LinesWanted,
    RunningLine,
    StatedLine,
    Total,
)
from highstreet.market.ledger.repository.rows import row_of

_SUM: Final[LiteralString] = """
    SELECT coalesce(sum(amount_minor), 0)::bigint AS debit_minor, count(*) AS lines FROM ledger.lines WHERE
"""
_LINES: Final[LiteralString] = """
    SELECT lines.entry_id, lines.position, lines.amount_minor, entries.key, entries.kind, entries.posted_at,
        entries.reverses, entries.order_id, entries.voucher_id, entries.payment_id, entries.refund_id,
        entries.payout_id, entries.terms_version, entries.memo
    FROM ledger.lines INNER JOIN ledger.entries ON lines.entry_id = entries.id
    WHERE (%(after)s::uuid IS NULL OR (lines.entry_id, lines.position) > (%(after)s, %(position)s::smallint)) AND
"""


_CLAIM: Final[LiteralString] = """
    WITH fresh AS (
        SELECT lines.entry_id, lines.position FROM ledger.lines
        WHERE OF_ACCOUNT AND NOT EXISTS (
            SELECT FROM ledger.claims WHERE claims.entry_id = lines.entry_id AND claims.position = lines.position
        )
            AND (
                %(keys)s::text[] IS NULL
                OR lines.entry_id IN (SELECT entries.id FROM ledger.entries WHERE entries.key = ANY(%(keys)s))
            )
        ORDER BY lines.entry_id, lines.position
        LIMIT %(limit)s
    ), claimed AS (
        INSERT INTO ledger.claims (entry_id, position, claimed_by)
        SELECT entry_id, position, %(claimed_by)s FROM fresh
        RETURNING entry_id, position
    )
    SELECT lines.entry_id, lines.position, lines.amount_minor, entries.key, entries.kind, entries.posted_at,
        entries.reverses, entries.order_id, entries.voucher_id, entries.payment_id, entries.refund_id,
        entries.payout_id, entries.terms_version, entries.memo, beside.commission_minor, beside.tax_minor
    FROM claimed
    INNER JOIN ledger.lines ON lines.entry_id = claimed.entry_id AND lines.position = claimed.position
    INNER JOIN ledger.entries ON entries.id = claimed.entry_id
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(others.amount_minor) FILTER (WHERE others.account_code = 'commission'), 0)::bigint
                AS commission_minor,
            coalesce(sum(others.amount_minor) FILTER (WHERE others.account_code IN ('tax', 'prepaid_tax')), 0)::bigint
                AS tax_minor
        FROM ledger.lines AS others WHERE others.entry_id = claimed.entry_id
    ) AS beside
    ORDER BY entries.posted_at, entries.id, lines.position
"""


_RUNNING: Final[LiteralString] = """
    WITH wanted AS (
        SELECT lines.entry_id, lines.position, lines.amount_minor, entries.key, entries.kind, entries.posted_at,
            entries.reverses, entries.order_id, entries.voucher_id, entries.payment_id, entries.refund_id,
            entries.payout_id, entries.terms_version, entries.memo
        FROM ledger.lines INNER JOIN ledger.entries ON lines.entry_id = entries.id
        WHERE OF_ACCOUNT
            AND (%(before)s::uuid IS NULL OR lines.entry_id < %(before)s)
            AND (%(since)s::timestamptz IS NULL OR entries.posted_at >= %(since)s)
            AND (%(until)s::timestamptz IS NULL OR entries.posted_at < %(until)s)
            AND (%(kind)s::text IS NULL OR entries.kind = %(kind)s)
        ORDER BY lines.entry_id DESC LIMIT %(limit)s
    ), placed AS (
        SELECT wanted.*, lag(wanted.entry_id) OVER (ORDER BY wanted.entry_id) AS behind FROM wanted
    )
    SELECT placed.entry_id, placed.position, placed.amount_minor, placed.key, placed.kind, placed.posted_at,
        placed.reverses, placed.order_id, placed.voucher_id, placed.payment_id, placed.refund_id, placed.payout_id,
        placed.terms_version, placed.memo, (
            SELECT sum(lines.amount_minor)::bigint FROM ledger.lines
            WHERE OF_ACCOUNT AND lines.entry_id <= placed.entry_id
                AND (placed.behind IS NULL OR lines.entry_id > placed.behind)
        ) AS moved_minor
    FROM placed ORDER BY placed.entry_id
"""


class _BalanceRow(msgspec.Struct, frozen=True, kw_only=True):
    account_code: AccountCode
    party_id: UUID | None
    currency: str
    debit_minor: int
    lines: int


class _Sum(msgspec.Struct, frozen=True):
    debit_minor: int
    lines: int


class _AccountLineRow(msgspec.Struct, frozen=True, kw_only=True):
    entry_id: UUID
    position: int
    amount_minor: int
    key: str
    kind: EntryKind
    posted_at: datetime
    reverses: str | None
    order_id: UUID | None
    voucher_id: UUID | None
    payment_id: UUID | None
    refund_id: UUID | None
    payout_id: UUID | None
    terms_version: int | None
    memo: str | None


class _StatedRow(_AccountLineRow, frozen=True, kw_only=True):
    commission_minor: int
    tax_minor: int


class _RunningRow(_AccountLineRow, frozen=True, kw_only=True):
    moved_minor: int
    """Since the line before it that is also wanted; since the account began for the first."""


class _PartyRow(msgspec.Struct, frozen=True):
    party_id: UUID
    currency: str


async def lock(tx: Transaction, account: Account, currency: str) -> None:
    """Wait until nobody else who asks for it holds this account, and hold it until the transaction ends."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
        [f"ledger {account.code} {account.party_id} {currency}"],
    )


async def sums(
    tx: Transaction, *, codes: Sequence[AccountCode], party_id: UUID | None = None, currency: str | None = None
) -> list[Balance]:
    """By account and currency; of all parties, or of all currencies, where none is named."""
    rows = await tx.fetch_all(
        row_of(_BalanceRow),
        """
        SELECT account_code, party_id, currency, sum(amount_minor)::bigint AS debit_minor, count(*) AS lines
        FROM ledger.lines
        WHERE account_code = ANY(%(codes)s)
            AND (%(party)s::uuid IS NULL OR party_id = %(party)s)
            AND (%(currency)s::text IS NULL OR currency = %(currency)s)
        GROUP BY account_code, party_id, currency
        ORDER BY currency, account_code, party_id
        """,
        {"codes": [str(code) for code in codes], "party": party_id, "currency": currency},
    )
    return [_balance(row) for row in rows]


async def totals(tx: Transaction) -> list[Total]:
    """By kind of account and currency, over all parties."""
    return await tx.fetch_all(
        row_of(Total),
        """
        SELECT account_code AS code, currency, sum(amount_minor)::bigint AS debit_minor, count(*) AS lines
        FROM ledger.lines GROUP BY account_code, currency ORDER BY currency, account_code
        """,
    )


async def one_sum(tx: Transaction, account: Account, currency: str) -> tuple[int, int]:
    """Debits less credits, and how many lines they are; zeros where there is none."""
    row = await tx.fetch_one(
        _Sum,
        _SUM + _of(account),
        {"code": str(account.code), "party": account.party_id, "currency": currency},
    )
    assert row is not None
    return row.debit_minor, row.lines


async def lines(
    tx: Transaction, account: Account, currency: str, *, after: tuple[UUID, int] | None, limit: int
) -> list[AccountLine]:
    """In the order of their entries' ids, behind the line `after`."""
    rows = await tx.fetch_all(
        row_of(_AccountLineRow),
        _LINES + _of(account) + " ORDER BY lines.entry_id, lines.position LIMIT %(limit)s",
        {
            "code": str(account.code),
            "party": account.party_id,
            "currency": currency,
            "after": after and after[0],
            "position": after and after[1],
            "limit": limit,
        },
    )
    return [AccountLine(**msgspec.structs.asdict(row), account=account, currency=currency) for row in rows]


async def running(
    tx: Transaction, account: Account, currency: str, wanted: LinesWanted, limit: int
) -> list[RunningLine]:
    """The newest that are wanted, newest first. What was held is summed once along the account, however many they are.

    An entry has one line of an account, so that its id alone tells where a line stands.
    """
    rows = await tx.fetch_all(
        row_of(_RunningRow),
        _RUNNING.replace("OF_ACCOUNT", _of(account)),
        {
            "code": str(account.code),
            "party": account.party_id,
            "currency": currency,
            "limit": limit,
            **msgspec.structs.asdict(wanted),
        },
    )
    found: list[RunningLine] = []
    held_minor = 0
    for row in rows:
        columns = msgspec.structs.asdict(row)
        held_minor += columns.pop("moved_minor")
        found.append(RunningLine(**columns, account=account, currency=currency, held_minor=held_minor))
    return found[::-1]


async def largest(tx: Transaction, code: AccountCode, currency: str, limit: int) -> list[Balance]:
    """Of the accounts of a kind those that hold most, on whichever side."""
    rows = await tx.fetch_all(
        row_of(_BalanceRow),
        """
        SELECT account_code, party_id, currency, sum(amount_minor)::bigint AS debit_minor, count(*) AS lines
        FROM ledger.lines WHERE account_code = %s AND currency = %s
        GROUP BY account_code, party_id, currency
        ORDER BY abs(sum(amount_minor)) DESC, party_id LIMIT %s
        """,
        [str(code), currency, limit],
    )
    return [_balance(row) for row in rows]


async def claim(
    tx: Transaction, account: Account, currency: str, claimed_by: UUID, *, keys: Sequence[str] | None, limit: int
) -> list[StatedLine]:
    """Lines of an account that nobody has claimed, oldest first; of the entries with these keys, or of all."""
    rows = await tx.fetch_all(
        row_of(_StatedRow),
        _CLAIM.replace("OF_ACCOUNT", _of(account)),
        {
            "code": str(account.code),
            "party": account.party_id,
            "currency": currency,
            "claimed_by": claimed_by,
            "keys": keys,
            "limit": limit,
        },
    )
    return [StatedLine(**msgspec.structs.asdict(row), account=account, currency=currency) for row in rows]


async def parties(tx: Transaction, code: AccountCode) -> list[tuple[UUID, str]]:
    """Of whom there are such accounts, and in which currencies. Steps from one to the next along the index."""
    rows = await tx.fetch_all(
        _PartyRow,
        """
        WITH RECURSIVE known AS (
            (
                SELECT party_id, currency FROM ledger.lines
                WHERE account_code = %(code)s ORDER BY party_id, currency LIMIT 1
            )
            UNION ALL
            SELECT following.party_id, following.currency
            FROM known CROSS JOIN LATERAL (
                SELECT party_id, currency FROM ledger.lines
                WHERE account_code = %(code)s AND (party_id, currency) > (known.party_id, known.currency)
                ORDER BY party_id, currency LIMIT 1
            ) AS following
        )
        SELECT party_id, currency FROM known
        """,
        {"code": str(code)},
    )
    return [(row.party_id, row.currency) for row in rows]


def _balance(row: _BalanceRow) -> Balance:
    return Balance(
        account=Account(row.account_code, row.party_id),
        currency=row.currency,
        debit_minor=row.debit_minor,
        lines=row.lines,
    )


def _of(account: Account) -> LiteralString:
    """Lines of one account in one currency, asked for as the index serves it, which IS NOT DISTINCT FROM is not."""
    party: LiteralString = "lines.party_id IS NULL" if account.party_id is None else "lines.party_id = %(party)s"
    return "lines.account_code = %(code)s AND lines.currency = %(currency)s AND " + party
