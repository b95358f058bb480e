"""What settlement tells the rest of the market, as payloads of facts."""

from typing import Final
from uuid import UUID

from highstreet.kit.facts import FactPayload

STATEMENT: Final = "statement"
PAYOUT: Final = "payout"


class StatementMade(FactPayload, frozen=True, kw_only=True):
    """`statement.made`. A payout of nothing is none."""

    statement_id: UUID
    merchant_id: UUID
    currency: str
    number: int
    payout_minor: int


class PayoutMoved(FactPayload, frozen=True, kw_only=True):
    """`payout.proposed`, `.sent`, `.paid` or `.failed`."""

    payout_id: UUID
    merchant_id: UUID
    currency: str
    amount_minor: int
    problem: str | None = None


class PayeeChanged(FactPayload, frozen=True, kw_only=True):
    """`payee.changed`. `destination_changed` says that money would go elsewhere."""

    merchant_id: UUID
    currency: str
    destination_changed: bool
