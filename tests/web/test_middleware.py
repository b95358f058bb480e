"""What holds for every request: who asks, what is logged, which hosts are answered, which headers are sent."""

import json
import logging
from collections.abc import Generator
from dataclasses import replace
from io import StringIO
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from litestar import Request, get

from highstreet.kit.logs import configure_logs
from highstreet.kit.settings import Environment, LogFormat, Settings
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from tests.web.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")


@get("/echo/{secret:str}")
async def echo(request: Request[Any, Any, Any]) -> dict[str, Any]:
    client = request.client
    return {
        "client": client.host if client else None,
        "scheme": request.url.scheme,
        "host": request.headers.get("host"),
        "forwarded": [name for name in request.headers if "forwarded" in name],
    }


def house_with(house: Runtime, **changes: object) -> Runtime:
    settings: Settings = msgspec.structs.replace(house.settings, **changes)
    return replace(house, settings=settings)


async def ask(
    house: Runtime, path: str = "/echo/x", *, method: str = "GET", headers: dict[str, str] | None = None
) -> httpx.Response:
    app = create_app(house, faces=[echo])
    async with served(app) as url, httpx.AsyncClient(base_url=url) as visitor:
        return await visitor.request(method, path, headers=headers)


@pytest.fixture
def log() -> Generator[StringIO]:
    """What the process would log in production."""
    root = logging.getLogger()
    before, stream = root.handlers[:], StringIO()
    configure_logs(LogFormat.JSON, stream)
    yield stream
    root.handlers[:] = before


def lines_of(log: StringIO) -> list[dict[str, Any]]:
    """What was logged, apart from what the client of the tests says of itself."""
    return [line for line in map(json.loads, log.getvalue().splitlines()) if line["logger"] != "httpx"]


FORGED = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", "x-forwarded-host": "evil.example"}


async def test_nobody_but_a_trusted_proxy_says_for_whom_it_asks(house: Runtime) -> None:
    told = (await ask(house, headers={**FORGED, "x-request-id": "chosen-by-a-stranger"})).json()
    assert (told["client"], told["scheme"], told["forwarded"]) == ("127.0.0.1", "http", [])
    assert told["host"].startswith("127.0.0.1:")


async def test_a_trusted_proxy_is_believed(house: Runtime) -> None:
    trusting = house_with(house, trusted_proxies=("127.0.0.0/8",))
    response = await ask(trusting, headers={**FORGED, "x-request-id": "from-our-proxy-1"})
    assert response.json() == {"client": "203.0.113.9", "scheme": "https", "host": "evil.example", "forwarded": []}
    assert response.headers["x-request-id"] == "from-our-proxy-1"


async def test_what_stands_left_of_a_stranger_in_the_chain_is_not_believed(house: Runtime) -> None:
    trusting = house_with(house, trusted_proxies=("127.0.0.1", "10.0.0.0/8"))
    chain = "198.51.100.1, 203.0.113.9, 10.1.2.3"
    assert (await ask(trusting, headers={"x-forwarded-for": chain})).json()["client"] == "203.0.113.9"


@pytest.mark.parametrize("given", ["short", "has spaces in it", "a" * 65, "semi;colon;injection"])
async def test_a_request_id_that_is_not_sane_is_replaced(house: Runtime, given: str) -> None:
    trusting = house_with(house, trusted_proxies=("127.0.0.1",))
    assert (await ask(trusting, headers={"x-request-id": given})).headers["x-request-id"] != given


async def test_one_line_a_request_tells_what_an_operator_needs_and_nothing_personal(
    house: Runtime, log: StringIO
) -> None:
    secret = uuid4().hex
    response = await ask(house, f"/echo/{secret}?email={secret}", headers={"authorization": f"Bearer {secret}"})
    (line,) = lines_of(log)
    assert line["request_id"] == response.headers["x-request-id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/echo/{secret}", 200)
    assert (line["bytes"], line["actor"]) == (len(response.content), "visitor")
    assert 0 < line["duration_ms"] < 10_000
    assert secret not in str(line)
    assert "127.0.0.1" not in str(line)


async def test_what_matched_no_address_is_logged_without_its_path(house: Runtime, log: StringIO) -> None:
    await ask(house, "/no/such/secret")
    (line,) = lines_of(log)
    assert (line["route"], line["status"]) == ("unmatched", 404)
    assert "secret" not in str(line)


async def test_production_answers_only_to_its_own_name(house: Runtime) -> None:
    production = house_with(house, env=Environment.PRODUCTION, public_url="https://deals.example")
    refused = await ask(production, headers={"host": "evil.example"})
    assert refused.status_code == 421
    assert refused.headers["content-type"] == "application/problem+json"
    for host in ("deals.example", "DEALS.example:443"):
        assert (await ask(production, headers={"host": host})).status_code == 200
    assert (await ask(production, "/health/live", headers={"host": "10.0.0.7:8000"})).status_code == 200


async def test_every_answer_carries_the_security_headers(house: Runtime) -> None:
    for path in ("/echo/x", "/nothing"):
        headers = (await ask(house, path)).headers
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert "strict-transport-security" not in headers
        assert "server" not in headers
    production = house_with(house, env=Environment.PRODUCTION)
    assert "max-age=" in (await ask(production)).headers["strict-transport-security"]


async def test_head_is_answered_as_get_without_its_body(house: Runtime) -> None:
    got, head = await ask(house), await ask(house, method="HEAD")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await ask(house, "/nothing", method="HEAD")).status_code == 404
