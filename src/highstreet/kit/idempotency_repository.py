"""The SQL of kept answers."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from highstreet.kit.database import Transaction


class Name(msgspec.Struct, frozen=True, order=True):
    """Which request: of whom, where, under which key."""

    principal: str
    route: str
    key: str


class Answer(msgspec.Struct, frozen=True):
    """What was answered, as it goes out."""

    status: int
    body: bytes


class Kept(msgspec.Struct, frozen=True):
    name: Name
    digest: bytes
    answer: Answer


class _Turn(msgspec.Struct, frozen=True):
    mine: bool


async def take_turn(tx: Transaction, name: Name) -> bool:
    """Whether this transaction is the one that works on the request, until it ends."""
    turn = await tx.fetch_one(
        _Turn,
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1)) AS mine",
        [f"{name.principal}\n{name.route}\n{name.key}"],
    )
    assert turn is not None
    return turn.mine


async def keep(tx: Transaction, rows: Sequence[Kept]) -> bool:
    """Write answers in the order of their names, which is the same for everybody; whether all of them were new.

    Of a name that was there before, the answer stays as it is.
    """
    ordered = sorted(rows, key=lambda row: row.name)
    written = await tx.execute(
        """
        INSERT INTO kit.kept_answers (principal, route, key, request, status, body, kept_at)
        SELECT principal, route, key, request, status, body, %s
        FROM unnest(%s::text[], %s::text[], %s::text[], %b::bytea[], %s::smallint[], %b::bytea[])
            AS given (principal, route, key, request, status, body)
        ON CONFLICT DO NOTHING
        """,
        [
            tx.now,
            [row.name.principal for row in ordered],
            [row.name.route for row in ordered],
            [row.name.key for row in ordered],
            [row.digest for row in ordered],
            [row.answer.status for row in ordered],
            [row.answer.body for row in ordered],
        ],
    )
    return written == len(rows)


class _Row(msgspec.Struct, frozen=True):
    principal: str
    route: str
    key: str
    request: bytes
    status: int
    body: bytes


async def answers(tx: Transaction, names: Sequence[Name], *, of_others: bool = False) -> dict[Name, Kept]:
    """What is kept under these names; with `of_others`, without what this transaction itself has written."""
    rows = await tx.fetch_all(
        _Row,
        """
        SELECT principal, route, key, request, status, body FROM kit.kept_answers
        WHERE (principal, route, key) IN (
            SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])
        ) AND (NOT %s OR xmin <> pg_current_xact_id()::xid)
        """,
        [
            [name.principal for name in names],
            [name.route for name in names],
            [name.key for name in names],
            of_others,
        ],
    )
    found = [
        Kept(Name(row.principal, row.route, row.key), bytes(row.request), Answer(row.status, bytes(row.body)))
        for row in rows
    ]
    return {row.name: row for row in found}


async def forget(tx: Transaction, names: Sequence[Name]) -> None:
    await tx.execute(
        """
        DELETE FROM kit.kept_answers
        WHERE (principal, route, key) IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))
        """,
        [[name.principal for name in names], [name.route for name in names], [name.key for name in names]],
    )


async def drop_older(tx: Transaction, than: datetime, limit: int) -> int:
    """Drop up to `limit` answers that were kept before `than`."""
    return await tx.execute(
        """
        DELETE FROM kit.kept_answers
        WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM kit.kept_answers WHERE kept_at < %s ORDER BY kept_at LIMIT %s
        ))
        """,
        [than, limit],
    )
