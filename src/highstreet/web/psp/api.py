"""The sandbox's API, for our own side and for nobody without its key."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from highstreet.kit.crypto import fingerprint
from highstreet.kit.errors import InvalidInput, Unauthenticated
from highstreet.kit.sandbox_keys import api_key
from highstreet.sandbox import accounts, service
from highstreet.sandbox.accounts import AccountIn, TransferIn
from highstreet.sandbox.domain import AccountOut, PaymentOut, RecordOut, RefundOut, TransferOut
from highstreet.sandbox.service import PaymentIn, RefundIn
from highstreet.web.headers import header
from highstreet.web.parameters import Connection, Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime, runtime_of
from highstreet.web.security import origin_of

_LONGEST_KEY: Final = 255


class Link(msgspec.Struct, frozen=True):
    url: str


class Records(msgspec.Struct, frozen=True):
    """A page of records; `more` says that others follow after the last id."""

    records: list[RecordOut]
    more: bool


class RecordsWanted(Parameters, frozen=True, kw_only=True):
    since: Annotated[datetime, Meta(tz=True)]
    until: Annotated[datetime, Meta(tz=True)]
    after: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 1000


async def ours_alone(connection: Connection, _handler: BaseRouteHandler) -> None:
    """A guard: whoever asks shows the key."""
    runtime: Runtime = connection.app.state["runtime"]
    shown = connection.headers.get("authorization", "")
    if fingerprint(shown) != fingerprint(f"Bearer {api_key(runtime.secret)}"):
        raise Unauthenticated("The sandbox's API needs its key")


@post("/payments", include_in_schema=False, guards=[only_json])
async def create_payment(request: HttpRequest, data: JSONBody[PaymentIn]) -> Response[PaymentOut]:
    runtime = runtime_of(request)
    key = _key(request)
    async with runtime.database.system() as tx:
        made = await service.create(tx, data, key)
    return _told(request, runtime, made)


@get("/payments/{payment_id:str}", include_in_schema=False)
async def show_payment(request: HttpRequest, payment_id: FromPath[str]) -> Response[PaymentOut]:
    runtime = runtime_of(request)
    async with runtime.database.system() as tx:
        found = await service.find(tx, payment_id)
    return _told(request, runtime, found)


@post("/payments/{payment_id:str}/capture", include_in_schema=False, status_code=200, guards=[only_json])
async def capture_payment(request: HttpRequest, payment_id: FromPath[str]) -> Response[PaymentOut]:
    runtime = runtime_of(request)
    async with runtime.database.system() as tx:
        captured = await service.capture(tx, payment_id)
    return _told(request, runtime, captured)


@post("/payments/{payment_id:str}/void", include_in_schema=False, status_code=200, guards=[only_json])
async def void_payment(request: HttpRequest, payment_id: FromPath[str]) -> Response[PaymentOut]:
    runtime = runtime_of(request)
    async with runtime.database.system() as tx:
        voided = await service.void(tx, payment_id)
    return _told(request, runtime, voided)


@post("/refunds", include_in_schema=False, guards=[only_json])
async def create_refund(request: HttpRequest, data: JSONBody[RefundIn]) -> RefundOut:
    runtime = runtime_of(request)
    key = _key(request)
    async with runtime.database.system() as tx:
        return await service.refund(tx, data, key)


@get("/records", include_in_schema=False)
async def list_records(request: HttpRequest) -> Records:
    """The movements of the balance from `since` to before `until`, by id."""
    runtime = runtime_of(request)
    wanted = read_parameters(query_pairs(request), RecordsWanted)
    async with runtime.database.system() as tx:
        found = await service.records(tx, wanted.since, wanted.until, wanted.after, wanted.limit + 1)
    return Records(found[: wanted.limit], more=len(found) > wanted.limit)


@post("/accounts", include_in_schema=False, guards=[only_json])
async def create_account(request: HttpRequest, data: JSONBody[AccountIn]) -> AccountOut:
    runtime = runtime_of(request)
    key = _key(request)
    async with runtime.database.system() as tx:
        return await accounts.create(tx, data, key)


@get("/accounts/{account_id:str}", include_in_schema=False)
async def show_account(request: HttpRequest, account_id: FromPath[str]) -> AccountOut:
    runtime = runtime_of(request)
    async with runtime.database.system() as tx:
        return await accounts.find(tx, account_id)


@post("/accounts/{account_id:str}/link", include_in_schema=False, guards=[only_json])
async def link_account(request: HttpRequest, account_id: FromPath[str]) -> Link:
    """Where the account's owner shows who they are."""
    runtime = runtime_of(request)
    async with runtime.database.system() as tx:
        found = await accounts.find(tx, account_id)
    return Link(f"{origin_of(request, runtime.settings)}/_psp/onboarding/{found.id}")


@post("/transfers", include_in_schema=False, guards=[only_json])
async def create_transfer(request: HttpRequest, data: JSONBody[TransferIn]) -> TransferOut:
    runtime = runtime_of(request)
    key = _key(request)
    async with runtime.database.system() as tx:
        return await accounts.transfer(tx, data, key)


def _key(request: HttpRequest) -> str:
    key = header(request, b"idempotency-key")
    if not 0 < len(key) <= _LONGEST_KEY:
        raise InvalidInput.at("Idempotency-Key", "is a header that has to be there, of 255 characters at most")
    return key


def _told(request: HttpRequest, runtime: Runtime, payment: PaymentOut) -> Response[PaymentOut]:
    url = f"{origin_of(request, runtime.settings)}/_psp/pay/{payment.id}"
    return Response(msgspec.structs.replace(payment, url=url), headers={"cache-control": "no-store"})
