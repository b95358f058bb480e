"""Deals that run only once enough of them are sold."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput

LONGEST: Final = timedelta(days=6)
"""How long money can be set aside before a bank lets go of it by itself."""


class TippingState(StrEnum):
    OPEN = "open"
    TIPPED = "tipped"
    FAILED = "failed"


class Tipping(msgspec.Struct, frozen=True, kw_only=True):
    """A deal that runs once `needed` units are paid for, at the latest at `due_at`."""

    deal_id: UUID
    needed: int
    due_at: datetime
    state: TippingState


def check_tipping(needed: int, due_at: datetime, now: datetime) -> None:
    """Raise InvalidInput for what cannot be waited for."""
    problems: list[FieldProblem] = []
    if not 1 <= needed <= 1_000_000:
        problems.append(FieldProblem("needed", "is 1 or more"))
    if due_at.tzinfo is None or not now < due_at <= now + LONGEST:
        message = f"is within {LONGEST.days} days from now, because banks set money aside for no longer"
        problems.append(FieldProblem("due_at", message))
    if problems:
        raise InvalidInput(tuple(problems))
