"""A till or a telephone that redeems for a merchant."""

from datetime import datetime
from uuid import UUID

import msgspec


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device as its merchant's staff see it."""

    id: UUID
    merchant_id: UUID
    name: str
    registered_by: UUID
    registered_at: datetime
    synced_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: UUID | None = None
