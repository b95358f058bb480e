"""Devices that redeem: registered by staff, told apart by a token, revoked at any time."""

from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.crypto import fingerprint, new_token
from highstreet.kit.database import Transaction
from highstreet.kit.errors import InvalidInput, NotFound, Unauthenticated
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.vouchers.domain.devices import Device
from highstreet.market.vouchers.domain.redemptions import Redeemer
from highstreet.market.vouchers.repository import devices as rows

_BEGINS: Final = "hsd_"
_MAX_NAME_LENGTH: Final = 200


class RegisteredDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A new device, and the token that is shown this once."""

    device: Device
    token: str


async def register_device(tx: Transaction, merchant_id: UUID, name: str) -> RegisteredDevice:
    """Let a device redeem for a merchant. In the actor's own transaction; Forbidden without `vouchers.redeem` there."""
    await identity.require(tx, Permission.VOUCHERS_REDEEM, merchant_id)
    if tx.actor.id is None:
        raise Unauthenticated("A device is registered by somebody who is signed in")
    if not name.strip() or len(name) > _MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidInput.at("name", f"is 1 to {_MAX_NAME_LENGTH} characters")
    device = Device(id=tx.new_id(), merchant_id=merchant_id, name=name, registered_by=tx.actor.id, registered_at=tx.now)
    token = _BEGINS + new_token()
    await rows.insert(tx, device, fingerprint(token))
    return RegisteredDevice(device=device, token=token)


async def devices_of(tx: Transaction, merchant_id: UUID) -> list[Device]:
    """The devices of a merchant. Forbidden without `vouchers.redeem` there."""
    await identity.require(tx, Permission.VOUCHERS_REDEEM, merchant_id)
    return await rows.of_merchant(tx, merchant_id)


async def revoke_device(tx: Transaction, device_id: UUID) -> Device:
    """Let a device redeem no more. Raises NotFound for one that the actor may not see; once more, nothing happens."""
    await rows.revoke(tx, device_id)
    found = await rows.by_id(tx, device_id)
    if found is None:
        raise NotFound(f"There is no device {device_id}.")
    return found


async def recognise_device(tx: Transaction, token: str) -> Redeemer:
    """The device of a token as one that redeems. Needs the system role. Raises Unauthenticated for every other text."""
    device = await rows.of_token(tx, fingerprint(token)) if token.startswith(_BEGINS) else None
    if device is None:
        raise Unauthenticated("This device is not registered, or it was revoked; register it again")
    return Redeemer(merchant_id=device.merchant_id, device_id=device.id)
