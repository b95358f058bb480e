"""Credit: money that a buyer has here and nowhere else."""

from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.market.ledger.domain.credits import CreditOrigin


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """One grant of credit, and what is left of it, in minor units of its currency."""

    id: UUID
    account_id: UUID
    currency: str
    origin: CreditOrigin
    granted_minor: int
    left_minor: int
    reason: str
    granted_at: datetime
    expires_at: datetime | None
