"""The sandbox provider asked in process: its own adapter and its own service, with a bad line in between."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from random import Random
from typing import Any, Final
from urllib.parse import parse_qs

import httpx
import msgspec

from highstreet.kit.clock import Clock
from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.kit.settings import Secret
from highstreet.market.payments.providers.sandbox import SandboxProvider
from highstreet.sandbox import accounts, service
from highstreet.sandbox.accounts import AccountIn, TransferIn
from highstreet.sandbox.service import PaymentIn, RefundIn
from tests.simulation.mortal import Fate

ORIGIN: Final = "http://market.example"
_STATUS: Final = {NotFound: 404, Conflict: 409, InvalidInput: 422}
_LONGEST: Final = 1_000

Meanwhile = Callable[[], Awaitable[None]]


class Line(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox's service. `lossy` is how many of them in a hundred, or their answers, get lost.

    `meanwhile` is what others do before the sandbox is reached and before its answer is.
    """

    def __init__(self, database: Database, rng: Random, fate: Fate, meanwhile: Meanwhile) -> None:
        self._database = database
        self._rng = rng
        self._fate = fate
        self._meanwhile = meanwhile
        self.lossy = 5

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert not self._fate.open_transactions, "the provider is asked inside a transaction"
        await self._meanwhile()
        if self._is_lost():
            raise httpx.ConnectError("the line is dead", request=request)
        response = await self._answer(request)
        if self._is_lost():
            raise httpx.ReadError("the answer was lost", request=request)
        await self._meanwhile()
        return response

    def _is_lost(self) -> bool:
        return self._rng.randrange(100) < self.lossy

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            async with self._database.system() as tx:
                told = await _route(tx, request, await request.aread())
        except (NotFound, Conflict, InvalidInput) as problem:
            body = msgspec.json.encode({"detail": str(problem)})
            return httpx.Response(_STATUS[type(problem)], content=body)
        return httpx.Response(200, content=msgspec.json.encode(told))


async def _route(  # noqa: PLR0911 -- a table of addresses
    tx: Transaction, request: httpx.Request, body: bytes
) -> Any:  # noqa: ANN401 -- what JSON is made of
    key = request.headers.get("idempotency-key", "")
    match request.method, *request.url.path.removeprefix("/_psp/v1/").split("/"):
        case "POST", "payments":
            return _with_page(await service.create(tx, msgspec.json.decode(body, type=PaymentIn), key))
        case "GET", "payments", payment_id:
            return _with_page(await service.find(tx, payment_id))
        case "POST", "payments", payment_id, "capture":
            return await service.capture(tx, payment_id)
        case "POST", "payments", payment_id, "void":
            return await service.void(tx, payment_id)
        case "POST", "refunds":
            return await service.refund(tx, msgspec.json.decode(body, type=RefundIn), key)
        case "POST", "accounts":
            return await accounts.create(tx, msgspec.json.decode(body, type=AccountIn), key)
        case "POST", "transfers":
            return await accounts.transfer(tx, msgspec.json.decode(body, type=TransferIn), key)
        case "GET", "records":
            return await _records(tx, request)
        case other:
            raise AssertionError(f"nothing of the sandbox is at {other}")


async def _records(tx: Transaction, request: httpx.Request) -> dict[str, object]:
    asked = parse_qs(request.url.query.decode())
    since, until = (msgspec.convert(asked[name][0], type=datetime) for name in ("since", "until"))
    found = await service.records(tx, since, until, asked.get("after", [""])[0], _LONGEST)
    return {"records": found, "more": len(found) == _LONGEST}


def _with_page(payment: service.PaymentOut) -> service.PaymentOut:
    return msgspec.structs.replace(payment, url=f"{ORIGIN}/_psp/pay/{payment.id}")


class LocalSandbox(SandboxProvider):
    """The adapter as it is, on another line."""

    def __init__(self, secret: Secret, clock: Clock, line: Line) -> None:
        super().__init__(ORIGIN, secret, clock)
        self._http = httpx.AsyncClient(base_url=f"{ORIGIN}/_psp/v1/", transport=line, trust_env=False)
