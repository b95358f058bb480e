"""Health, metrics and the test clock, as machines of the operator use them."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Response, get
from prometheus_client.parser import text_string_to_metric_families

from highstreet.kit import outbox
from highstreet.kit.clock import FileClock
from highstreet.kit.database import VISITOR
from highstreet.kit.mail import queue
from highstreet.kit.mail.letters import Letter
from highstreet.kit.settings import Environment, Secret
from highstreet.web.app import create_app
from highstreet.web.conditional import tagged
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Lifecycle, Runtime
from tests.web.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ask(house: Runtime, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async with served(create_app(house, faces=[])) as url, httpx.AsyncClient(base_url=url) as visitor:
        return await visitor.get(path, headers=headers)


async def fine() -> str | None:
    return None


async def broken() -> str | None:
    return "the cellar is under water"


async def failing() -> str | None:
    raise RuntimeError("the password is swordfish")


async def test_a_process_lives_while_nothing_it_needs_does(house: Runtime) -> None:
    assert (await ask(replace(house, checks={"cellar": broken}), "/health/live")).status_code == 200


async def test_readiness_says_which_check_fails_and_why(house: Runtime) -> None:
    ready = await ask(replace(house, checks={"roof": fine}), "/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "checks": {"roof": "ok"}})
    unready = await ask(replace(house, checks={"roof": fine, "cellar": broken, "attic": failing}), "/health/ready")
    assert unready.status_code == 503
    assert unready.headers["cache-control"] == "no-store"
    checks = unready.json()["checks"]
    assert (checks["roof"], checks["cellar"]) == ("ok", "the cellar is under water")
    assert "swordfish" not in unready.text


async def test_a_process_that_ends_is_not_ready_and_closes_each_connection(house: Runtime) -> None:
    ending = replace(house, lifecycle=Lifecycle(draining=True))
    response = await ask(ending, "/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"] == {"lifecycle": "the process is ending"}
    assert response.headers["connection"] == "close"


def figures(response: httpx.Response) -> dict[tuple[str, str], float]:
    assert response.status_code == 200
    return {
        (sample.name, ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_metrics_tell_requests_connections_index_and_outbox(house: Runtime) -> None:
    async with house.database.system() as tx:
        await tx.execute("INSERT INTO kit.subscriptions VALUES ('listener', 'told') ON CONFLICT DO NOTHING")
    async with house.database.transaction(VISITOR) as tx:
        await outbox.record(tx, aggregate="ball", aggregate_id=tx.new_id(), name="told", payload={})
    await ask(house, "/health/live")
    found = figures(await ask(house, "/metrics"))
    assert found["highstreet_http_request_seconds_count", "method=GET,route=/health/live,status=2xx"] >= 1
    assert found["highstreet_database_connections", "pool=highstreet_app,state=idle"] >= 1
    assert 0 <= found["highstreet_index_age_seconds", ""] < 60
    assert found["highstreet_outbox_pending", "subscriber=listener"] >= 1
    assert found["highstreet_outbox_dead_letters", "subscriber=listener"] == 0
    assert found["highstreet_outbox_lag_seconds", "subscriber=listener"] >= 0


async def test_metrics_are_for_the_holder_of_the_token(house: Runtime) -> None:
    guarded = replace(house, settings=msgspec.structs.replace(house.settings, metrics_token=Secret("let me see")))
    assert (await ask(guarded, "/metrics")).status_code == 401
    assert (await ask(guarded, "/metrics", {"authorization": "Bearer let me sea"})).status_code == 401
    assert (await ask(guarded, "/metrics", {"authorization": "Bearer let me see"})).status_code == 200


async def test_production_has_no_metrics_without_a_token(house: Runtime) -> None:
    production = replace(house, settings=msgspec.structs.replace(house.settings, env=Environment.PRODUCTION))
    assert (await ask(production, "/metrics")).status_code == 404


@pytest_asyncio.fixture(loop_scope="session")
async def clock_client(house: Runtime, tmp_path: Path) -> AsyncGenerator[httpx.AsyncClient]:
    """A visitor of a house with a clock of its own."""
    app = create_app(replace(house, clock=FileClock(tmp_path / "clock")), faces=[])
    async with served(app) as url, httpx.AsyncClient(base_url=url) as visitor:
        yield visitor


def reading(response: httpx.Response) -> datetime:
    assert response.status_code == 200
    return datetime.fromisoformat(response.json()["now"])


async def test_mail_that_was_not_sent_can_be_read_with_what_it_says(house: Runtime) -> None:
    letter = Letter(subject="Sign in", language="en", paragraphs=("Here is your link.",), link="http://x/?token=t")
    async with house.database.transaction(VISITOR) as tx:
        await queue.send(tx, house.mail, "identity.sign_in", "ann@example.com", letter)
    (mail,) = (await ask(house, "/_test/mail")).json()["mails"]
    assert (mail["recipient"], mail["letter"]["link"]) == ("ann@example.com", "http://x/?token=t")


async def test_the_test_clock_is_read_set_and_advanced_for_every_process(
    clock_client: httpx.AsyncClient, tmp_path: Path
) -> None:
    at = datetime(2030, 5, 6, 7, tzinfo=UTC)
    assert reading(await clock_client.post("/_test/clock", json={"at": "2030-05-06T09:00:00+02:00"})) >= at
    moved = reading(await clock_client.post("/_test/clock", json={"advance_seconds": 3600}))
    assert timedelta(hours=1) <= moved - at < timedelta(hours=1, minutes=1)
    assert reading(await clock_client.get("/_test/clock")) >= moved
    other_process = FileClock(tmp_path / "clock").now()
    assert timedelta(0) <= other_process - moved < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "at"),
        ({"at": "2030-05-06T07:00:00Z", "advance_seconds": 1}, "at"),
        ({"at": "2030-05-06T07:00:00"}, "at"),
        ({"at": "tomorrow"}, "at"),
        ({"at": "0001-01-01T00:00:00+23:59"}, "at"),
        ({"advance_seconds": "soon"}, "advance_seconds"),
        ({"advance_seconds": 1e300}, "advance_seconds"),
        ({"forward": 1}, "body"),
    ],
)
async def test_an_order_that_the_test_clock_cannot_follow_names_the_field(
    clock_client: httpx.AsyncClient, body: dict[str, object], field: str
) -> None:
    response = await clock_client.post("/_test/clock", json=body)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("env", list(Environment))
async def test_the_test_controls_exist_in_test_and_demo_only(house: Runtime, env: Environment) -> None:
    assert isinstance(house.clock, FileClock)
    there = replace(house, settings=msgspec.structs.replace(house.settings, env=env))
    expected = 404 if env is Environment.PRODUCTION else 200
    assert (await ask(there, "/_test/clock")).status_code == expected
    assert (await ask(there, "/_test/mail")).status_code == expected
    async with served(create_app(there, faces=[])) as url, httpx.AsyncClient(base_url=url) as visitor:
        assert (await visitor.post("/_test/clock", json={"advance_seconds": 0})).status_code == expected


@get("/tagged")
async def tell_tagged(request: HttpRequest) -> Response[bytes]:
    return tagged(request, b"the same as ever", media_type="text/plain", cache_control="no-cache")


@pytest.mark.parametrize(
    ("given", "current"),
    [('"other"', False), ("*", True), ("TAG", True), ('"other", W/TAG', True), ("W/TAG", True)],
)
async def test_what_the_asker_has_is_not_sent_again(house: Runtime, given: str, *, current: bool) -> None:
    app = create_app(house, faces=[tell_tagged])
    async with served(app) as url, httpx.AsyncClient(base_url=url) as visitor:
        first = await visitor.get("/tagged")
        tag = first.headers["etag"]
        again = await visitor.get("/tagged", headers={"if-none-match": given.replace("TAG", tag)})
    assert (first.status_code, first.content) == (200, b"the same as ever")
    assert (again.status_code, again.content) == ((304, b"") if current else (200, first.content))
    assert (again.headers["etag"], again.headers["cache-control"]) == (tag, "no-cache")
