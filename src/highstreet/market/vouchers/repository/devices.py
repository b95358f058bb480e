"""Devices that redeem."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.vouchers.domain.devices import Device

_DEVICES: Final[LiteralString] = """
    SELECT id, merchant_id, name, registered_by, registered_at, synced_at, revoked_at, revoked_by FROM vouchers.devices
"""


async def insert(tx: Transaction, device: Device, token_fingerprint: bytes) -> None:
    await tx.execute(
        """
        INSERT INTO vouchers.devices (id, merchant_id, name, token_fingerprint, registered_by, registered_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        [
            device.id,
            device.merchant_id,
            device.name,
            token_fingerprint,
            device.registered_by,
            device.registered_at,
        ],
    )


async def of_token(tx: Transaction, token_fingerprint: bytes) -> Device | None:
    """The device of a token, unless it was revoked."""
    return await _one(tx, _DEVICES + "WHERE token_fingerprint = %s AND revoked_at IS NULL", [token_fingerprint])


async def by_id(tx: Transaction, device_id: UUID) -> Device | None:
    """A device that the actor may see."""
    return await _one(tx, _DEVICES + "WHERE id = %s", [device_id])


async def of_merchant(tx: Transaction, merchant_id: UUID) -> list[Device]:
    """The devices of a merchant that the actor may see, in the order in which they were registered."""
    rows = await tx.fetch_all(dict[str, Any], _DEVICES + "WHERE merchant_id = %s ORDER BY id", [merchant_id])
    return msgspec.convert(rows, list[Device])


async def revoke(tx: Transaction, device_id: UUID) -> bool:
    """Whether there was such a device, not revoked yet."""
    changed = await tx.execute(
        "UPDATE vouchers.devices SET revoked_at = %s, revoked_by = %s WHERE id = %s AND revoked_at IS NULL",
        [tx.now, tx.actor.id, device_id],
    )
    return changed == 1


async def touch(tx: Transaction, device_id: UUID) -> None:
    """It synced just now."""
    await tx.execute("UPDATE vouchers.devices SET synced_at = %s WHERE id = %s", [tx.now, device_id])


async def _one(tx: Transaction, sql: LiteralString, params: Sequence[object]) -> Device | None:
    row = await tx.fetch_one(dict[str, Any], sql, params)
    return msgspec.convert(row, Device) if row else None
