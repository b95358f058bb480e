"""The rows that runs refused."""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.feeds.domain.runs import KEPT_REJECTS, RefusedRow

_MAX_CELLS_CHARACTERS: Final = 2**16
"""A row that states more is kept without its cells."""


async def add(tx: Transaction, run_id: UUID, refused: Sequence[RefusedRow], refused_before: int) -> None:
    """Keep refused rows, as far as the run may keep more; `refused_before` is how many it had refused."""
    room = max(0, KEPT_REJECTS - refused_before)
    if refused[:room]:
        await tx.execute_many(
            "INSERT INTO feeds.rejects (run_id, row_number, content) VALUES (%s, %s, %s::json)",
            [(run_id, one.row, _encoded(one)) for one in refused[:room]],
        )


async def of_run(tx: Transaction, run_id: UUID, after_row: int = 0, limit: int = 1_000) -> list[RefusedRow]:
    """Kept rows in the order of the file, behind `after_row`."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT content FROM feeds.rejects WHERE run_id = %s AND row_number > %s ORDER BY row_number LIMIT %s
        """,
        [run_id, after_row, limit],
    )
    return [msgspec.convert(row["content"], RefusedRow) for row in rows]


def _encoded(refused: RefusedRow) -> str:
    """As ASCII, because a feed may hold what is no text: half of a character, or NUL."""
    encoded = json.dumps(msgspec.to_builtins(refused))
    if len(encoded) > _MAX_CELLS_CHARACTERS:
        return json.dumps(msgspec.to_builtins(msgspec.structs.replace(refused, cells=None)))
    return encoded
