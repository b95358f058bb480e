"""A hot deal is sold: how many orders a second, within the service and over HTTP, beside other ways to keep stock.

Everything happens in a demonstration with its whole catalogue, on a PostgreSQL that waits for the disk. An order is all
that one is before it is paid: stock, order, line, hold, payment, kept answer and fact. Afterwards everything that was
acknowledged is counted in the database.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from random import SystemRandom
from time import perf_counter
from typing import Final
from uuid import UUID

import msgspec
import psycopg

from benchmarks.checkout_carts import whole_checkouts
from benchmarks.checkout_peers import SLOTS, WAYS, Way, order_alone
from benchmarks.load import figures, load, load_requests
from benchmarks.marketplace import Marketplace, demonstration
from benchmarks.report import Ratio, Report, Result, at_least, below, percentiles, report, value
from highstreet.kit import crypto, idempotency
from highstreet.kit.clock import FileClock
from highstreet.kit.crypto import Signer
from highstreet.kit.database import SYSTEM_ROLE, VISITOR, Actor, ActorKind, Database, open_database
from highstreet.kit.ids import uuid7
from highstreet.kit.secret_key import secret_key
from highstreet.kit.settings import Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.logins import Visitor
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain import quotes
from highstreet.market.orders.domain.cart import Cart, CartLine
from highstreet.market.orders.domain.orders import Order, SaleRules
from highstreet.market.orders.domain.quotes import Quote
from highstreet.market.orders.service import Placed, Purchase, Till
from highstreet.market.vouchers.service import VoucherKeys
from highstreet.web.actors import csrf_token
from highstreet.web.cookies import login_cookie_name

OURS: Final = "highstreet"
CLIENTS: Final = (64, 512)
_CONNECTIONS: Final = 16
_WARM: Final = 200
_RULES: Final = SaleRules(commission_rate=2_500, commission_tax_rate=2_000, sells_invented=True)
_SEARCHES: Final = [f"/api/v1/deals?lat={41 + step / 1000}&lng=-87.63&radius_km=10" for step in range(1_000)]
_RNG: Final = SystemRandom()


@dataclass(frozen=True, slots=True)
class _Shop:
    """What everybody buys from, and somebody's logins.

    `hot` has no end to it, of `scarce` nothing is left, `warm` are many deals that are asked for in turn, and `whole`
    is the option that is bought by whole checkouts.
    """

    database: Database
    settings: Settings
    clock: FileClock
    hot: Quote
    scarce: Quote
    warm: list[Quote]
    whole: UUID
    buyers: list[tuple[UUID, bytes]]
    """Accounts, each with the headers by which it is known."""


def run(*, quick: bool) -> Report:
    """Takes about four minutes."""
    seconds, requests = (2.0, 800) if quick else (10.0, 8_000)
    with demonstration() as market:
        results = [_durable(market), *asyncio.run(_in_service(market, seconds))]
        over_http, skipped = _over_http(market, requests)
        results += over_http
    best = max(value(results, f"{way}, 64 clients", "rate") for way in WAYS)
    ours = value(results, f"{OURS}, 64 clients", "rate")
    ratios = [
        Ratio(OURS, way, f"orders a second, {clients} clients", round(_rate(results, OURS, clients) / theirs, 1))
        for clients in CLIENTS
        for way in WAYS
        if (theirs := _rate(results, way, clients))
    ]
    hot, out = "order over HTTP, 64 connections", "sold out over HTTP, 64 connections"
    targets = [
        at_least("orders in the service, 64 clients, a second", ours, 6_000),
        at_least("orders in the service, 512 clients, a second", _rate(results, OURS, 512), 10_000),
        at_least("of the best one-order way's rate, 64 clients, times", round(ours / best, 1), 4),
        at_least("orders over HTTP, a second", value(results, hot, "rate"), 1_000),
        below("an order over HTTP, p99, ms", value(results, hot, "p99"), 250),
        at_least("answers that it is sold out, a second", value(results, out, "rate"), 2_500),
        below("a search meanwhile, p99, ms", value(results, "search meanwhile, 1 connection", "p99"), 30),
    ]
    return report("checkout", results, ratios, targets, skipped)


def _rate(results: list[Result], way: str, clients: int) -> float:
    return value(results, f"{way}, {clients} clients", "rate")


def _durable(market: Marketplace) -> Result:
    """Raises AssertionError where PostgreSQL would answer before the disk has what it answers for."""
    with psycopg.connect(market.databases.database) as connection:
        for name in ("fsync", "synchronous_commit"):
            row = connection.execute(f"SHOW {name}").fetchone()
            assert row == ("on",), f"{name} is {row}"
        count = connection.execute("SHOW max_connections").fetchone()
    assert count is not None
    return Result("PostgreSQL", "fsync and synchronous_commit on; connections at most", float(count[0]), "")


async def _open(market: Marketplace, database: Database) -> _Shop:
    settings = market.settings
    signer = Signer(secret_key(settings), "quote")
    async with database.system() as tx:
        found = await tx.fetch_all(
            dict[str, UUID],
            """
            SELECT options.id FROM catalog.options INNER JOIN catalog.deals ON options.deal_id = deals.id
            WHERE deals.state = 'live' AND options.cap IS NULL AND options.per_buyer_limit IS NULL
                AND options.price_minor > 0 AND deals.origin = 'invented'
            ORDER BY options.id LIMIT %s
            """,
            [_WARM + 3],
        )
    whole, *others = [row["id"] for row in found]
    hot, scarce, *warm = [await _quoted(database, signer, option_id) for option_id in others]
    buyers = await _buyers(market, database)
    return _Shop(database, settings, FileClock(settings.data_dir / "clock"), hot, scarce, warm, whole, buyers)


async def _quoted(database: Database, signer: Signer, option_id: UUID) -> Quote:
    async with database.transaction(VISITOR) as tx:
        cart = Cart(lines=(CartLine(option_id=option_id, quantity=1),))
        return (await orders.quote(tx, signer, _RULES, cart)).quote


async def _buyers(market: Marketplace, database: Database) -> list[tuple[UUID, bytes]]:
    settings, found = market.settings, list[tuple[UUID, bytes]]()
    for number in range(64):
        visitor = Visitor("a browser", f"192.0.2.{number}")
        account, begun = await identity.begin_as_guest(database, "somebody@example.com", "en", visitor)
        token = csrf_token(secret_key(settings), begun.login)
        headers = f"cookie: {login_cookie_name(settings)}={begun.token}\r\nx-csrf-token: {token}\r\n"
        found.append((account.id, headers.encode("ascii")))
    return found


def _again(shop: _Shop, quote: Quote) -> Quote:
    """The same quote for somebody else, made just now."""
    now = shop.clock.now()
    return msgspec.structs.replace(quote, id=uuid7(now, _RNG), made_at=now)


async def _in_service(market: Marketplace, seconds: float) -> list[Result]:
    results: list[Result] = []
    with psycopg.connect(market.databases.migrations) as owner:
        owner.execute(SLOTS)
    clock = FileClock(market.settings.data_dir / "clock")
    async with open_database(market.databases.database, clock, _RNG, max_connections=_CONNECTIONS) as database:
        shop = await _open(market, database)
        keys = VoucherKeys(secret_key(market.settings))
        till = Till(database, keys)
        first = await till.buy(_purchase(shop, 0))
        assert isinstance(first, Placed)
        units = 10_000 if seconds < 5 else 60_000
        with psycopg.connect(market.databases.migrations) as owner:
            owner.execute(
                "INSERT INTO bench.slots (option_id) SELECT %s FROM generate_series(1, %s)",
                [shop.hot.lines[0].option_id, units],
            )
        for clients in CLIENTS:
            _tell(f"buying with {clients} clients")
            ours = await _bought(market, shop, clients, seconds, lambda number: till.buy(_purchase(shop, number)))
            results += _figures(OURS, clients, ours, seconds)
            for name, way in WAYS.items():
                alone = _alone(shop, first.order, way)
                results += _figures(name, clients, await _bought(market, shop, clients, seconds, alone), seconds)
        await till.close()
    return results


def _purchase(shop: _Shop, number: int) -> Purchase:
    account_id, _ = shop.buyers[number % len(shop.buyers)]
    actor = Actor(ActorKind.SHOPPER, account_id)
    keyed = idempotency.keyed(actor, "POST /orders", crypto.new_token(), b"")
    return Purchase(account_id=account_id, quote=_again(shop, shop.hot), keyed=keyed, render=_render)


def _render(order: Order) -> idempotency.Answer:
    return idempotency.Answer(201, msgspec.json.encode(order))


def _alone(shop: _Shop, order: Order, way: Way) -> Callable[[int], Awaitable[object]]:
    def buy(number: int) -> Awaitable[object]:
        wanted = _purchase(shop, number)
        assert wanted.keyed is not None
        made = msgspec.structs.replace(order, account_id=wanted.account_id)
        return order_alone(shop.database, way, made, wanted.quote.id, wanted.keyed)

    return buy


async def _bought(
    market: Marketplace, shop: _Shop, clients: int, seconds: float, buy: Callable[[int], Awaitable[object]]
) -> list[float]:
    """Milliseconds of each order, by clients that buy again as soon as they have bought; all of them are there."""
    option_id = shop.hot.lines[0].option_id
    before, times = _sold(market, option_id), list[float]()
    until = perf_counter() + seconds

    async def client(number: int) -> None:
        while perf_counter() < until:
            began = perf_counter()
            await buy(number)
            times.append((perf_counter() - began) * 1000)

    await asyncio.gather(*(client(number) for number in range(clients)))
    assert _sold(market, option_id) - before == len(times), "an order is missing, or there is one too many"
    return times


def _figures(way: str, clients: int, times: list[float], seconds: float) -> list[Result]:
    name = f"{way}, {clients} clients"
    return [Result(name, "rate", round(len(times) / seconds), "orders/s"), *percentiles(name, times)]


def _over_http(market: Marketplace, requests: int) -> tuple[list[Result], list[str]]:
    _tell("writing requests")
    made = asyncio.run(_requests(market, requests))
    load_requests(market.url, made.scarce[:1], 1, 1, status=201)  # the one that there was
    before, results = _sold(market, *made.options), list[Result]()
    for connections in CLIENTS:
        _tell(f"buying over HTTP, {connections} connections")
        asked = made.hot[connections]
        results += figures(
            "order over HTTP", connections, load_requests(market.url, asked, connections, requests, status=201)
        )
    _tell("buying many deals over HTTP")
    results += figures(
        f"order over HTTP among {_WARM} deals", 64, load_requests(market.url, made.warm, 64, requests, status=201)
    )
    _tell("asking for what is sold out")
    refused = load_requests(market.url, made.scarce[1:], 64, len(made.scarce) - 1, status=409)
    results += figures("sold out over HTTP", 64, refused)
    _tell("searching while others buy")
    with ThreadPoolExecutor(1) as pool:
        buying = pool.submit(load_requests, market.url, made.meanwhile, 64, requests, status=201)
        results += figures("search meanwhile", 1, load(market.url, _SEARCHES, 1, max(100, requests // 20), warm_up=20))
        buying.result()
    assert _sold(market, *made.options) - before == 4 * requests, "an order is missing, or there is one too many"
    _tell("walking through whole checkouts")
    whole, skipped = whole_checkouts(market, made.whole, made.buyers)
    return results + whole, skipped


@dataclass(frozen=True, slots=True)
class _Requests:
    """Whole requests, each with a quote and a key of its own: of the hot deal by connections, and of the others.

    `options` are those of which there is no end.
    """

    options: tuple[UUID, ...]
    hot: dict[int, list[bytes]]
    meanwhile: list[bytes]
    warm: list[bytes]
    scarce: list[bytes]
    whole: UUID
    buyers: list[bytes]


async def _requests(market: Marketplace, requests: int) -> _Requests:
    clock = FileClock(market.settings.data_dir / "clock")
    async with open_database(market.databases.database, clock, _RNG, max_connections=2) as database:
        shop = await _open(market, database)
        async with database.system() as tx:
            await tx.execute("UPDATE catalog.options SET cap = 1 WHERE id = %s", [shop.scarce.lines[0].option_id])
    host, signer = market.url.partition("//")[2], Signer(secret_key(market.settings), "quote")

    def of(*quoted: Quote) -> list[bytes]:
        in_turn = islice(cycle(quoted), requests)
        return [_request(host, shop, signer, _again(shop, quote), number) for number, quote in enumerate(in_turn)]

    return _Requests(
        options=tuple(quote.lines[0].option_id for quote in (shop.hot, *shop.warm)),
        hot={each: of(shop.hot) for each in CLIENTS},
        meanwhile=of(shop.hot),
        warm=of(*shop.warm),
        scarce=of(shop.scarce),
        whole=shop.whole,
        buyers=[headers for _, headers in shop.buyers],
    )


def _request(host: str, shop: _Shop, signer: Signer, quote: Quote, number: int) -> bytes:
    _, buyer = shop.buyers[number % len(shop.buyers)]
    body = msgspec.json.encode({"quote": signer.sign(quotes.encode(quote), quote.expires_at)})
    head = (
        f"POST /api/v1/orders HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nidempotency-key: {crypto.new_token()}\r\n"
    )
    return head.encode("ascii") + buyer + b"\r\n" + body


def _sold(market: Marketplace, *option_ids: UUID) -> int:
    """How many orders there are of the options together."""
    with psycopg.connect(market.databases.database) as connection:
        connection.execute(f"SET ROLE {SYSTEM_ROLE}")
        row = connection.execute(
            "SELECT count(*) FROM orders.lines WHERE option_id = ANY(%s)", [list(option_ids)]
        ).fetchone()
    assert row is not None
    return int(row[0])


def _tell(what: str) -> None:
    sys.stderr.write(f"bench: {what}\n")
