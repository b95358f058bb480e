"""`/devices`: what redeems for a merchant, and what it needs to check vouchers without network."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from highstreet.kit.database import ActorKind
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.devices import Device
from highstreet.web.actors import actor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import answer, done, private, reader_of
from highstreet.web.api.documented import (
    INVALID,
    KEY_OR_LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    NOT_MODIFIED,
    NOTHING,
    UNAVAILABLE,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.parameters import Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class DeviceView(Struct, frozen=True, kw_only=True):
    """A till or a telephone, without its token."""

    id: UUID
    merchant_id: UUID
    name: str
    registered_at: datetime
    synced_at: datetime | None
    revoked_at: datetime | None


class DeviceList(Struct, frozen=True):
    """A merchant's devices, in the order in which they were registered."""

    devices: tuple[DeviceView, ...]


class DeviceWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device to register."""

    merchant_id: UUID
    name: Annotated[str, Meta(min_length=1, max_length=200, examples=["Till by the door"])]


class DeviceMade(Struct, frozen=True, kw_only=True):
    """A new device with its token, which is shown this once."""

    token: Annotated[str, Meta(examples=["hsd_..."])]
    device: DeviceView


class VoucherKeyView(Struct, frozen=True, kw_only=True):
    """The public half of a key that signs vouchers for half a year: Ed25519, in base64."""

    number: int
    public_key: str


class VoucherKeyList(Struct, frozen=True):
    """The keys that a device should know."""

    keys: tuple[VoucherKeyView, ...]


class OfMerchant(Parameters, frozen=True, kw_only=True):
    """Whose devices to list."""

    merchant_id: Annotated[UUID, Meta(description="The `id` of a merchant.")]


@get(
    "/devices",
    operation_id="listDevices",
    summary="List a merchant's devices",
    description="For its staff who redeem; those that were revoked too.",
    parameters=OfMerchant,
    asks_who=KEY_OR_LOGIN,
    responses=answers(DeviceList, "The devices.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID),
)
async def list_devices(request: HttpRequest) -> Answer:
    wanted = read_parameters(query_pairs(request), OfMerchant)
    actor = await actor_of(request, ActorKind.STAFF)
    async with runtime_of(request).database.transaction(actor) as tx:
        return private(DeviceList(tuple(map(_view, await vouchers.devices_of(tx, wanted.merchant_id)))))


@post(
    "/devices",
    operation_id="registerDevice",
    summary="Register a device",
    description="It redeems for the merchant until it is revoked, by a token that is shown this once.",
    guards=[only_json],
    parameters=Parameters,
    sent=DeviceWanted,
    asks_who=KEY_OR_LOGIN,
    responses={
        201: answers(DeviceMade, "The device.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, INVALID]),
    },
)
async def register_device(request: HttpRequest, data: JSONBody[DeviceWanted]) -> Answer:
    actor = await actor_of(request, ActorKind.STAFF)
    async with runtime_of(request).database.transaction(actor) as tx:
        made = await vouchers.register_device(tx, data.merchant_id, data.name)
    return private(DeviceMade(token=made.token, device=_view(made.device)), 201)


@delete(
    "/devices/{device_id:uuid}",
    operation_id="revokeDevice",
    summary="Revoke a device",
    description="It redeems no more, and what it did without network and has not told yet is lost.",
    status_code=200,  # what the framework is told; the answer brings its own
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND]),
)
async def revoke_device(
    request: HttpRequest, device_id: Annotated[UUID, PathParameter(description="The `id` of a device.")]
) -> Answer:
    actor = await actor_of(request, ActorKind.STAFF)
    async with runtime_of(request).database.transaction(actor) as tx:
        await vouchers.revoke_device(tx, device_id)
    return done()


@get(
    "/voucher-keys",
    operation_id="listVoucherKeys",
    summary="List the keys that vouchers are signed with",
    description="Public halves: of ten years, and the next one. With them a device checks the text in a voucher's "
    "picture without network.",
    parameters=Parameters,
    responses=answers(VoucherKeyList, "The keys.", NOT_MODIFIED, INVALID, UNAVAILABLE),
)
async def list_voucher_keys(request: HttpRequest) -> Answer:
    read_parameters(query_pairs(request), Parameters)
    runtime = runtime_of(request)
    keys = runtime.voucher_keys.public_keys(runtime.clock.now())
    shown = VoucherKeyList(
        tuple(VoucherKeyView(number=key.number, public_key=base64.b64encode(key.public).decode()) for key in keys)
    )
    return answer(request, reader_of(request, runtime, "en"), msgspec.json.encode(shown))


OPERATIONS: Sequence[HTTPRouteHandler] = (
    list_devices,
    register_device,
    revoke_device,
    list_voucher_keys,
)


def _view(device: Device) -> DeviceView:
    return DeviceView(
        id=device.id,
        merchant_id=device.merchant_id,
        name=device.name,
        registered_at=device.registered_at,
        synced_at=device.synced_at,
        revoked_at=device.revoked_at,
    )
