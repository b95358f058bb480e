"""What goes wrong is told as a problem to programs and as a page to people, and never more than they should know."""

from collections.abc import AsyncGenerator
from typing import Annotated

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import get, post
from litestar.params import FromPath, JSONBody

from highstreet.kit import errors
from highstreet.kit.errors import FieldProblem, HighstreetError
from highstreet.web.app import MAX_BODY_BYTES, create_app
from highstreet.web.parameters import Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime
from tests.web.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

RAISED: dict[str, tuple[HighstreetError, int]] = {
    "invalid": (errors.InvalidInput((FieldProblem("a", "is no a"), FieldProblem("b", "is no b"))), 422),
    "unauthenticated": (errors.Unauthenticated("Sign in first"), 401),
    "forbidden": (errors.Forbidden("Not for you"), 403),
    "missing": (errors.NotFound("There is no such deal"), 404),
    "conflict": (errors.Conflict("It has ended"), 409),
    "often": (errors.TooManyRequests("Too often", 7), 429),
    "busy": (errors.Unavailable("Too much to do", 3), 503),
    "configuration": (errors.ConfigurationError("the password is swordfish"), 500),
}


class Order(msgspec.Struct, forbid_unknown_fields=True):
    quantity: Annotated[int, msgspec.Meta(ge=1)]


class Wanted(Parameters, frozen=True, kw_only=True):
    q: str
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 24


@get("/api/raise/{name:str}")
async def raise_it(name: FromPath[str]) -> None:
    raise RAISED[name][0]


@get(["/api/crash", "/crash"])
async def crash() -> None:
    raise RuntimeError("the password is swordfish")


@get("/api/deals")
async def find(request: HttpRequest) -> Wanted:
    return read_parameters(query_pairs(request), Wanted)


@post("/api/orders", guards=[only_json])
async def order(data: JSONBody[Order]) -> Order:
    return data


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(house: Runtime) -> AsyncGenerator[httpx.AsyncClient]:
    app = create_app(house, faces=[raise_it, crash, find, order])
    async with served(app) as url, httpx.AsyncClient(base_url=url) as visitor:
        yield visitor


class Problem(msgspec.Struct, forbid_unknown_fields=True):
    """The body, as a program reads it that knows nothing of ours."""

    status: int
    title: str
    detail: str
    request_id: str
    errors: list[dict[str, str]] = []


def problem(response: httpx.Response) -> Problem:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body = msgspec.json.decode(response.content, type=Problem)
    assert body.status == response.status_code
    assert body.request_id == response.headers["x-request-id"]
    return body


@pytest.mark.parametrize("name", RAISED)
async def test_each_error_of_the_tree_has_its_status(client: httpx.AsyncClient, name: str) -> None:
    error, status = RAISED[name]
    response = await client.get(f"/api/raise/{name}")
    assert response.status_code == status
    body = problem(response)
    if status == 500:
        assert "swordfish" not in response.text
    elif status != 422:
        assert body.detail == str(error)
    if isinstance(error, errors.Overloaded):
        assert response.headers["retry-after"] == str(error.retry_after)


async def test_every_field_that_is_wrong_is_named(client: httpx.AsyncClient) -> None:
    body = problem(await client.get("/api/raise/invalid"))
    assert body.errors == [{"field": "a", "message": "is no a"}, {"field": "b", "message": "is no b"}]


@pytest.mark.parametrize(
    ("query", "field"),
    [("", "q"), ("q=x&limit=many", "limit"), ("q=x&limit=1000", "limit"), ("q=x&limt=5", "limt"), ("q=x&z=", "z")],
)
async def test_a_wrong_missing_or_unknown_parameter_is_named(client: httpx.AsyncClient, query: str, field: str) -> None:
    response = await client.get(f"/api/deals?{query}")
    assert response.status_code == 422
    assert [found["field"] for found in problem(response).errors] == [field]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "field"),
    [
        ('{"quantity": 0}', "application/json", 422, "quantity"),
        ('{"quantity": 1, "price": 1}', "application/json", 422, "body"),
        ("[1]", "application/json", 422, "body"),
        ('{"quantity": ', "application/json", 400, None),
        ('{"quantity": 1}', "text/plain", 415, None),
        ("quantity=1", "application/x-www-form-urlencoded", 415, None),
        (" " * MAX_BODY_BYTES + "{}", "application/json", 413, None),
    ],
)
async def test_a_body_that_cannot_be_used_is_refused_for_its_reason(
    client: httpx.AsyncClient, body: str, content_type: str, status: int, field: str | None
) -> None:
    response = await client.post("/api/orders", content=body, headers={"content-type": content_type})
    assert response.status_code == status
    assert [found["field"] for found in problem(response).errors] == ([field] if field else [])


async def test_a_body_sent_without_its_length_is_limited_too(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        for _ in range(30):
            yield b" " * 100_000

    response = await client.post("/api/orders", content=endless(), headers={"content-type": "application/json"})
    assert response.status_code == 413


async def test_an_unknown_address_and_a_wrong_method_are_problems_too(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/nothing")
    assert (response.status_code, problem(response).title) == (404, "Not Found")
    response = await client.delete("/api/deals")
    assert (response.status_code, problem(response).title) == (405, "Method Not Allowed")
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


async def test_a_crash_tells_the_request_id_and_nothing_else(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/crash")
    assert response.status_code == 500
    assert "swordfish" not in response.text
    assert problem(response).title == "Internal Server Error"
    page = await client.get("/crash", headers={"accept": "text/html"})
    assert page.status_code == 500
    assert page.headers["content-type"].startswith("text/html")
    assert "swordfish" not in page.text
    assert page.headers["x-request-id"] in page.text


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/nothing", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("/nothing", "*/*", "text/html; charset=utf-8"),
        ("/nothing", "application/json", "application/problem+json"),
        ("/api/nothing", "text/html", "application/problem+json"),
        ("/api", "text/html", "application/problem+json"),
        ("/apiary", "text/html", "text/html; charset=utf-8"),
    ],
)
async def test_people_get_pages_and_programs_get_problems(
    client: httpx.AsyncClient, path: str, accept: str, expected: str
) -> None:
    response = await client.get(path, headers={"accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (404, expected)
