"""What runs did to the catalogue, kept to be taken back."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.former import Kept, Written
from highstreet.market.feeds.domain.runs import KeptSince


class Kind(StrEnum):
    """What was done. The first three are to deals, the others to what was made for them."""

    NEW = "new"
    CHANGED = "changed"
    VANISHED = "vanished"
    MERCHANT = "merchant"
    DIVISION = "division"


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    run_id: UUID
    subject_id: UUID
    kind: str
    former: msgspec.Raw | None = None
    passage: int | None = None


async def add(
    tx: Transaction,
    run_id: UUID,
    written: Iterable[Written],
    *,
    merchants: Iterable[UUID] = (),
    divisions: Iterable[UUID] = (),
) -> None:
    """Remember what a run did."""
    rows = [
        *(
            _Row(
                run_id=run_id,
                subject_id=one.deal_id,
                kind=one.wrought,
                former=None if one.former is None else msgspec.Raw(one.former.encode()),
                passage=one.passage,
            )
            for one in written
        ),
        *(_Row(run_id=run_id, subject_id=own_id, kind=Kind.MERCHANT) for own_id in merchants),
        *(_Row(run_id=run_id, subject_id=own_id, kind=Kind.DIVISION) for own_id in divisions),
    ]
    if rows:
        await tx.execute(
            """
            INSERT INTO feeds.changes (run_id, subject_id, kind, former, passage)
            SELECT run_id, subject_id, kind, former, passage
            FROM json_populate_recordset(NULL::feeds.changes, %s::json)
            """,
            [msgspec.json.encode(rows).decode()],
        )


async def made_new(tx: Transaction, run_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Those of these deals that the run made."""
    rows = await tx.fetch_all(
        dict[str, UUID],
        "SELECT subject_id FROM feeds.changes WHERE run_id = %s AND kind = 'new' AND subject_id = ANY(%s)",
        [run_id, list(ids)],
    )
    return {row["subject_id"] for row in rows}


async def deals_written(tx: Transaction, run_id: UUID) -> list[UUID]:
    """The deals that a run made or changed, unless that was taken back."""
    rows = await tx.fetch_all(
        dict[str, UUID],
        "SELECT subject_id FROM feeds.changes WHERE run_id = %s AND kind IN ('new', 'changed')",
        [run_id],
    )
    return [row["subject_id"] for row in rows]


async def deals_to_undo(tx: Transaction, run_id: UUID, after: UUID | None, limit: int) -> list[Written]:
    """What a run did to deals and nobody has looked at yet, by the ids of the deals, behind `after`."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT subject_id AS deal_id, kind AS wrought, former::text AS former, passage FROM feeds.changes
        WHERE
            run_id = %(run)s AND kind IN ('new', 'changed', 'vanished') AND kept IS NULL
            AND (%(after)s::uuid IS NULL OR subject_id > %(after)s)
        ORDER BY subject_id LIMIT %(limit)s
        """,
        {"run": run_id, "after": after, "limit": limit},
    )
    return msgspec.convert(rows, list[Written])


async def others_to_undo(tx: Transaction, run_id: UUID, kind: Kind, after: UUID | None, limit: int) -> list[UUID]:
    """The merchants or divisions that a run made and nobody has looked at yet, by their ids, behind `after`."""
    rows = await tx.fetch_all(
        dict[str, UUID],
        """
        SELECT subject_id FROM feeds.changes
        WHERE
            run_id = %(run)s AND kind = %(kind)s AND kept IS NULL
            AND (%(after)s::uuid IS NULL OR subject_id > %(after)s)
        ORDER BY subject_id LIMIT %(limit)s
        """,
        {"run": run_id, "kind": kind, "after": after, "limit": limit},
    )
    return [row["subject_id"] for row in rows]


async def settle(tx: Transaction, run_id: UUID, ids: Sequence[UUID], kept: Sequence[Kept]) -> None:
    """Forget what was taken back, and remember why the rest was not."""
    await tx.execute(
        """
        UPDATE feeds.changes SET kept = given.reason FROM unnest(%s::uuid[], %s::text[]) AS given (id, reason)
        WHERE changes.run_id = %s AND changes.subject_id = given.id
        """,
        [[one.subject_id for one in kept], [one.reason for one in kept], run_id],
    )
    await tx.execute(
        "DELETE FROM feeds.changes WHERE run_id = %s AND subject_id = ANY(%s) AND kept IS NULL", [run_id, list(ids)]
    )


async def kept(tx: Transaction, run_id: UUID) -> list[KeptSince]:
    """What undoing the run left as it is."""
    return await tx.fetch_all(
        KeptSince,
        "SELECT subject_id, kept AS reason FROM feeds.changes WHERE run_id = %s AND kept IS NOT NULL ORDER BY kept",
        [run_id],
    )
