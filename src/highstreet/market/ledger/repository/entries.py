"""Writing entries, and reading them back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec
import psycopg

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.entries import Entry, EntryKind, Line, PostedEntry
from highstreet.market.ledger.repository.rows import row_of

_SELECT: Final[LiteralString] = """
    SELECT id, key, kind, currency, posted_at, reverses, order_id, voucher_id, payment_id, refund_id, payout_id,
        terms_version, memo, line_count
    FROM ledger.entries WHERE
"""


_INSERT: Final[LiteralString] = """
    WITH written AS (
        INSERT INTO ledger.entries (
            id, key, kind, currency, line_count, posted_at, reverses, order_id, voucher_id, payment_id, refund_id,
            payout_id, terms_version, memo
        )
        SELECT given.*
        FROM json_to_recordset(%(entries)s::json) AS given (
            id uuid, key text, kind text, currency text, line_count smallint, posted_at timestamptz, reverses text,
            order_id uuid, voucher_id uuid, payment_id uuid, refund_id uuid, payout_id uuid, terms_version integer,
            memo text
        )
        ON CONFLICT (key) DO NOTHING
        RETURNING id, key
    ), lines AS (
        INSERT INTO ledger.lines (entry_id, position, account_code, party_id, currency, amount_minor)
        SELECT given.*
        FROM unnest(
            %(ids)s::uuid[], %(positions)s::smallint[], %(codes)s::text[], %(parties)s::uuid[],
            %(currencies)s::text[], %(amounts)s::bigint[]
        ) AS given (entry_id, position, account_code, party_id, currency, amount_minor)
        INNER JOIN written ON written.id = given.entry_id
    )
    SELECT key FROM written
"""


class _Written(msgspec.Struct, frozen=True):
    key: str


class _Reversal(msgspec.Struct, frozen=True):
    reverses: str
    key: str


class _EntryRow(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    key: str
    kind: EntryKind
    currency: str
    posted_at: datetime
    reverses: str | None
    order_id: UUID | None
    voucher_id: UUID | None
    payment_id: UUID | None
    refund_id: UUID | None
    payout_id: UUID | None
    terms_version: int | None
    memo: str | None
    line_count: int


class _LineRow(msgspec.Struct, frozen=True, kw_only=True):
    entry_id: UUID
    account_code: AccountCode
    party_id: UUID | None
    amount_minor: int


async def insert(tx: Transaction, entries: Sequence[Entry]) -> set[str]:
    """Write entries with their lines in one statement; the keys of those that were not there before.

    Keys are inserted in their order, so that two transactions that write the same ones wait and never deadlock.
    """
    try:
        written = await tx.fetch_all(_Written, _INSERT, _parameters(tx, entries))
    except psycopg.errors.UniqueViolation as taken:
        if taken.diag.constraint_name != "entries_reverses_key":
            raise
        raise Conflict("An entry is taken back once, and this one was taken back by another.") from taken
    return {row.key for row in written}


def _parameters(tx: Transaction, entries: Sequence[Entry]) -> dict[str, object]:
    new_ids = tx.new_ids()
    rows = [(next(new_ids), entry) for entry in sorted(entries, key=lambda entry: entry.key)]
    lines = [
        (entry_id, position, entry.currency, line)
        for entry_id, entry in rows
        for position, line in enumerate(entry.lines)
    ]
    return {
        "entries": msgspec.json.encode([_row(entry_id, entry, tx.now) for entry_id, entry in rows]).decode(),
        "ids": [entry_id for entry_id, _, _, _ in lines],
        "positions": [position for _, position, _, _ in lines],
        "currencies": [currency for _, _, currency, _ in lines],
        "codes": [str(line.account.code) for _, _, _, line in lines],
        "parties": [line.account.party_id for _, _, _, line in lines],
        "amounts": [line.amount_minor for _, _, _, line in lines],
    }


def _row(entry_id: UUID, entry: Entry, posted_at: datetime) -> dict[str, object]:
    row = msgspec.structs.asdict(entry)
    return {**row, "id": entry_id, "lines": None, "line_count": len(entry.lines), "posted_at": posted_at}


async def by_keys(tx: Transaction, keys: Iterable[str]) -> list[PostedEntry]:
    return await _read(tx, "key = ANY(%s)", list(keys))


async def by_id(tx: Transaction, entry_id: UUID) -> PostedEntry | None:
    found = await _read(tx, "id = %s", entry_id)
    return found[0] if found else None


async def of_order(tx: Transaction, order_id: UUID) -> list[PostedEntry]:
    return await _read(tx, "order_id = %s", order_id)


async def of_voucher(tx: Transaction, voucher_id: UUID) -> list[PostedEntry]:
    return await _read(tx, "voucher_id = %s", voucher_id)


async def reversals(tx: Transaction, keys: Sequence[str]) -> dict[str, str]:
    """Of those that were taken back, by which entry: keys by keys."""
    rows = await tx.fetch_all(
        _Reversal, "SELECT reverses, key FROM ledger.entries WHERE reverses = ANY(%s)", [list(keys)]
    )
    return {row.reverses: row.key for row in rows}


async def _read(tx: Transaction, condition: LiteralString, value: object) -> list[PostedEntry]:
    """Oldest first. An entry of which the reader may see only some lines is not among them."""
    rows = await tx.fetch_all(row_of(_EntryRow), _SELECT + condition + " ORDER BY id", [value])
    lines: dict[UUID, list[Line]] = {row.id: [] for row in rows}
    for each in await tx.fetch_all(
        row_of(_LineRow),
        """
        SELECT entry_id, account_code, party_id, amount_minor FROM ledger.lines WHERE entry_id = ANY(%s)
        ORDER BY entry_id, position
        """,
        [list(lines)],
    ):
        lines[each.entry_id].append(Line(Account(each.account_code, each.party_id), each.amount_minor))
    return [_posted(row, lines[row.id]) for row in rows if len(lines[row.id]) == row.line_count]


def _posted(row: _EntryRow, lines: Sequence[Line]) -> PostedEntry:
    columns = msgspec.structs.asdict(row)
    del columns["line_count"]
    return PostedEntry(**columns, lines=tuple(lines))
