"""More buyers than units walk through a whole checkout at the same time, here and in Vendure, an open-source cart.

A buyer asks for the price, orders, pays over the provider's page, and sees that it is paid. Ours are guests who came
before, since one address may not make hundreds of accounts at once; Vendure's say who they are on the way. What is
counted is how many journeys ended in a paid order a second, and how many of those sold what was not there. Vendure
runs as its own documentation has it, with its payment handler for tests, in a schema of its own in the same
PostgreSQL; it is installed for the run by its locked names, versions and hashes, and is gone afterwards.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from benchmarks.marketplace import Marketplace
from benchmarks.report import Result, percentiles
from highstreet.kit.database import SYSTEM_ROLE

UNITS: Final = 300
BUYERS: Final = 400
_AT_ONCE: Final = 64
_OURS: Final = "highstreet, whole checkout"
_VENDURE: Final = "Vendure 3.7.3, whole checkout"
_HOME: Final = Path(__file__).parent / "vendure"
_INSTALL: Final = ("npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")

Journey = Callable[[HTTPConnection, int], bool]
"""One buyer's way over one connection, by their number; whether it ended in a paid order. Raises RuntimeError."""


def whole_checkouts(market: Marketplace, option_id: UUID, buyers: Sequence[bytes]) -> tuple[list[Result], list[str]]:
    """Figures of both, and what could not run. The option gets a cap; nothing of it was sold before.

    `buyers` are the headers by which guests are known, who come again and again.

    Raises RuntimeError where a buyer of ours was told anything but the truth.
    """
    with psycopg.connect(market.databases.database) as connection:
        connection.execute(f"SET ROLE {SYSTEM_ROLE}")
        connection.execute("UPDATE catalog.options SET cap = %s WHERE id = %s", [UNITS, option_id])
    results = _walked(_OURS, market.connect, _ours(option_id, buyers))
    if missing := next((program for program in ("node", "npm") if shutil.which(program) is None), None):
        return results, [f"Vendure: {missing} is not installed"]
    try:
        with _vendure(market) as connect:
            results += _walked(_VENDURE, connect, _theirs)
    except (OSError, RuntimeError, subprocess.SubprocessError, psycopg.Error) as problem:
        return results, [f"Vendure: {problem}"]
    return results, []


def _walked(name: str, connect: Callable[[], HTTPConnection], journey: Journey) -> list[Result]:
    """All buyers, `_AT_ONCE` at a time, each over a connection of their own."""

    def walk(number: int) -> tuple[bool, float]:
        began, connection = perf_counter(), connect()
        try:
            return journey(connection, number), (perf_counter() - began) * 1000
        finally:
            connection.close()

    began = perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        walked = list(pool.map(walk, range(BUYERS)))
    seconds, paid = perf_counter() - began, Counter(each for each, _ in walked)[True]
    return [
        Result(name, "buyers", BUYERS, ""),
        Result(name, "units", UNITS, ""),
        Result(name, "paid", paid, "orders"),
        Result(name, "sold that was not there", max(0, paid - UNITS), "orders"),
        Result(name, "rate", round(paid / seconds, 1), "orders/s"),
        *percentiles(name, [milliseconds for is_paid, milliseconds in walked if is_paid]),
    ]


def _ours(option_id: UUID, buyers: Sequence[bytes]) -> Journey:
    def walk(connection: HTTPConnection, number: int) -> bool:
        origin = f"http://{connection.host}:{connection.port}"
        known = dict(line.split(": ", 1) for line in buyers[number % len(buyers)].decode("ascii").splitlines())
        headers = {"origin": origin, "content-type": "application/json"} | known

        def post(path: str, body: object, *expected: int, **more: str) -> tuple[int, Any]:
            connection.request("POST", path, json.dumps(body), headers | more)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status not in expected:
                raise RuntimeError(f"{path} answered {answer.status}: {content[:200]!r}")
            return answer.status, json.loads(content)

        lines = [{"option_id": str(option_id), "quantity": 1}]
        status, quote = post("/api/v1/quotes", {"lines": lines}, 201, 409)
        if status == 409:
            return False
        status, order = post("/api/v1/orders", {"quote": quote["token"]}, 201, 409, **{"idempotency-key": str(uuid4())})
        return status == 201 and _pay(connection, order, headers["cookie"])

    return walk


def _pay(connection: HTTPConnection, order: dict[str, Any], cookie: str) -> bool:
    """Over the provider's page and back, as a browser is led; whether the order is paid then."""

    def follow(method: str, address: str, body: str | None = None) -> str:
        path = urlsplit(address)._replace(scheme="", netloc="").geturl()
        headers = {"cookie": cookie} | ({"content-type": "application/x-www-form-urlencoded"} if body else {})
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status not in {200, 303}:
            raise RuntimeError(f"{path} answered {answer.status}")
        return answer.getheader("location") or ""

    page = follow("GET", order["payment"]["redirect_url"])
    back = follow("POST", page, urlencode({"answer": "approve"}))
    while back:
        back = follow("GET", back)
    connection.request("GET", f"/api/v1/orders/{order['id']}", headers={"cookie": cookie})
    return bool(json.loads(connection.getresponse().read())["state"] == "paid")


_STEPS: Final = (
    'addItemToOrder(productVariantId: "1", quantity: 1)',
    'setCustomerForOrder(input: {firstName: "A", lastName: "Buyer", emailAddress: "buyer%d@example.com"})',
    'setOrderShippingAddress(input: {streetLine1: "1 Street", city: "Chicago", countryCode: "US"})',
    'setOrderShippingMethod(shippingMethodId: ["1"])',
    'transitionOrderToState(state: "ArrangingPayment")',
    'addPaymentToOrder(input: {method: "pays", metadata: {}})',
)


def _theirs(connection: HTTPConnection, number: int) -> bool:
    headers, state = {"content-type": "application/json"}, ""
    for step in _STEPS:
        asked = step % number if "%d" in step else step
        query = f"mutation {{ {asked} {{ __typename ... on Order {{ state }} }} }}"
        connection.request("POST", "/shop-api", json.dumps({"query": query}), headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if token := answer.getheader("vendure-auth-token"):
            headers["authorization"] = f"Bearer {token}"
        if answer.status != 200 or "errors" in told:
            return False
        (found,) = told["data"].values()
        if found["__typename"] != "Order":
            return False
        state = found["state"]
    return state == "PaymentSettled"


@contextmanager
def _vendure(market: Marketplace) -> Generator[Callable[[], HTTPConnection]]:
    """A way to connect to a shop with `UNITS` of its one product. Raises RuntimeError where it does not start."""
    with tempfile.TemporaryDirectory(prefix="highstreet-vendure-") as directory, _schema(market) as environ:
        home = Path(directory) / "shop"
        shutil.copytree(_HOME, home)
        installed = subprocess.run(_INSTALL, cwd=home, capture_output=True, text=True, timeout=600, check=False)
        if installed.returncode:
            raise RuntimeError(f"npm could not install it: {installed.stderr.strip()[-300:]}")
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        server = subprocess.Popen(
            ["node", "serve.cjs", str(port)], cwd=home, env=environ, stdout=subprocess.PIPE, text=True
        )
        try:
            _wait(iter(server.stdout or ()))
            yield lambda: HTTPConnection("127.0.0.1", port, timeout=60)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait(lines: Iterator[str]) -> None:
    if not any(line.strip() == "ready" for line in lines):
        raise RuntimeError("it ended before it was ready")


@contextmanager
def _schema(market: Marketplace) -> Generator[dict[str, str]]:
    """A schema of its own in the same database, as the environment that names it."""
    with psycopg.connect(market.databases.migrations, autocommit=True) as owner:
        name, at = "vendure", owner.info
        owner.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        yield dict(os.environ) | {
            "PGHOST": at.host,
            "PGPORT": str(at.port),
            "PGUSER": at.user,
            "PGPASSWORD": at.password,
            "PGDATABASE": at.dbname,
            "SHOP_SCHEMA": name,
        }
        owner.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
