"""A voucher on its way to somebody else."""

from datetime import datetime
from uuid import UUID

import msgspec


class Gift(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever follows its link first gets the voucher, with new codes; until then it is the giver's."""

    id: UUID
    voucher_id: UUID
    giver_account_id: UUID
    recipient_name: str | None
    recipient_email: str | None
    message: str | None
    deliver_at: datetime
    """When the link may be sent."""
    offered_at: datetime
    expires_at: datetime
    claimed_at: datetime | None = None
    claimed_by: UUID | None = None
    withdrawn_at: datetime | None = None
