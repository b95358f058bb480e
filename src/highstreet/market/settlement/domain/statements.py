"""A statement: what moved on a merchant's account between two balances, line by line."""

from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.market.settlement.domain.settling import Carried


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One movement, in minor units, positive in the merchant's favour: `gross - commission - tax == amount`.

    The ids and the version of the terms say what it stands for, as far as it stands for one.
    """

    number: int
    entry_id: UUID
    position: int
    kind: str
    posted_at: datetime
    order_id: UUID | None
    voucher_id: UUID | None
    refund_id: UUID | None
    payout_id: UUID | None
    terms_version: int | None
    gross_minor: int
    commission_minor: int
    tax_minor: int
    amount_minor: int


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Without its lines. Reserve and debt are what the merchant had beside the account when it was made."""

    id: UUID
    merchant_id: UUID
    currency: str
    number: int
    opening_minor: int
    closing_minor: int
    line_count: int
    reserve_minor: int
    debt_minor: int
    payout_minor: int
    carried_because: Carried | None
    made_at: datetime
