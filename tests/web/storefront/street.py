"""A small town's worth of deals, served over real HTTP by a thread, for tests that read pages as a visitor does."""

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import uvicorn
from psycopg import sql

from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, SYSTEM, Actor, Database, Transaction, open_database
from highstreet.kit.postgres.server import LOGIN, OWNER, EmbeddedPostgres
from highstreet.kit.secret_key import secret_key
from highstreet.kit.settings import Environment, Settings
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import Reach, ValueEvidence
from highstreet.market.catalog.domain.drafts import NewDeal, NewMerchant, OptionDraft
from highstreet.market.catalog.domain.fine_print import (
    AskFirst,
    BookingNeeded,
    Days,
    Hours,
    MinimumAge,
    NewCustomersOnly,
    Note,
    NotOnHolidays,
)
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption
from highstreet.market.catalog.domain.merchants import LocationDraft, MerchantDraft
from highstreet.market.catalog.domain.places import DivisionDraft, Place, PlaceRecord
from highstreet.market.orders.jobs import after_payment
from highstreet.market.payments import service as payments
from highstreet.market.vouchers.service import VoucherKeys
from highstreet.web.app import create_app
from highstreet.web.checkout import open_checkout
from highstreet.web.runtime import Runtime
from tests.discovery.search.store.running import ready
from tests.scratch import scratch_directory

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LONG_TITLE = ("Piano lessons for people who always wanted to play and never dared to touch a key, " * 3)[:200].strip()
JAPANESE_TITLE = "新宿の居酒屋で飲み放題2時間コース"
LONG_JAPANESE_TITLE = ("特選会席料理付露天風呂付客室一泊二食宿泊券で心ゆくまで楽しむアロマ・マッサージ" * 8)[:200]
IN_CHICAGO = 40
"""Deals in the town itself: more than one page holds."""

Arrange = Callable[[Database, Settings], Awaitable[None]]
"""Adds to a street before it opens."""


class CountingDatabase:
    """The database of the pages, which counts the transactions that they open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.transactions = 0

    @asynccontextmanager
    async def transaction(self, actor: Actor) -> AsyncGenerator[Transaction]:
        self.transactions += 1
        async with self._database.transaction(actor) as tx:
            yield tx

    @asynccontextmanager
    async def system(self, by: Actor = SYSTEM) -> AsyncGenerator[Transaction]:
        async with self._database.system(by) as tx:
            yield tx


@dataclass
class Street:
    """Where the pages are, and the paths of the deals that tests speak of, without a language's prefix."""

    url: str = ""
    deals: dict[str, str] = field(default_factory=dict[str, str])
    database: Any = None


def town(geoname_id: int, name: str, latitude: float, longitude: float, **stated: Any) -> PlaceRecord:  # noqa: ANN401 -- any field of a place
    usual = PlaceRecord(
        geoname_id=geoname_id,
        name=name,
        region_code="IL",
        region_name="Illinois",
        country_code="US",
        country_name="United States",
        latitude=latitude,
        longitude=longitude,
        population=74_000,
        time_zone="America/Chicago",
        currency="USD",
    )
    return msgspec.structs.replace(usual, **stated)


TOWNS = (
    town(1, "Chicago", 41.88, -87.63, population=2_664_452, alternate_names=("Ventosa",)),
    town(6, "Ventosa", 40.10, -90.12, population=500),
    town(2, "Evanston", 42.04, -87.69),
    town(3, "Springfield", 39.80, -89.65, population=116_000),
    town(4, "Springfield", 37.21, -93.29, population=166_000, region_code="MO", region_name="Missouri"),
    town(
        5,
        "Madrid",
        40.42,
        -3.70,
        population=3_255_944,
        region_code="29",
        region_name=None,
        country_code="ES",
        country_name="Spain",
        time_zone="Europe/Madrid",
        currency="EUR",
    ),
    town(
        7,
        "Tokyo",
        35.69,
        139.69,
        population=9_733_276,
        region_code="40",
        region_name="Tokyo",
        country_code="JP",
        country_name="Japan",
        time_zone="Asia/Tokyo",
        currency="JPY",
        alternate_names=("東京", "東京都"),
    ),
)
SLUGS = ("chicago-il-us", "evanston-il-us", "springfield-il-us", "springfield-mo-us", "madrid-29-es", "tokyo-40-jp")


@contextmanager
def open_street(
    name: str,
    postgres: EmbeddedPostgres,
    administrator: psycopg.Connection,
    template: str,
    arrange: Arrange | None = None,
    *,
    selling: bool = False,
) -> Generator[Street]:
    """A street on a database of that name, which is dropped at the end."""
    administrator.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
            sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER)
        )
    )
    with serve_street(postgres.url(LOGIN, name), arrange=arrange, selling=selling) as street:
        yield street
    administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def serve_street(
    database_url: str,
    environment: Environment = Environment.DEMO,
    arrange: Arrange | None = None,
    *,
    selling: bool = False,
) -> Generator[Street]:
    """A filled database behind the real application, on a free port, until the block ends.

    `arrange` adds to the database before the application opens. A `selling` street takes payments in the sandbox.
    """
    street, standing, stop = Street(), threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with scratch_directory() as directory:
                settings = Settings(env=environment, data_dir=directory)
                asyncio.run(_serve(database_url, settings, street, standing, stop, arrange, selling=selling))
        except BaseException as failure:  # noqa: BLE001 -- told to the test that waits
            failures.append(failure)
            standing.set()

    thread = threading.Thread(target=run, name="street")
    thread.start()
    try:
        assert standing.wait(300), "the street did not open"
        if failures:
            raise failures[0]
        yield street
    finally:
        stop.set()
        thread.join(30)


async def _serve(
    database_url: str,
    settings: Settings,
    street: Street,
    standing: threading.Event,
    stop: threading.Event,
    arrange: Arrange | None,
    *,
    selling: bool,
) -> None:
    clock = FixedClock(NOW)
    async with open_database(database_url, clock, Random(7)) as database:
        street.deals = await fill(database)
        if arrange is not None:
            await arrange(database, settings)
        street.database = CountingDatabase(database)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            street.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with AsyncExitStack() as stack:
                follower = await stack.enter_async_context(
                    ready(database, settings.data_dir / "search", poll_seconds=60, reading=street.database)
                )
                runtime = Runtime(
                    settings=settings,
                    database=street.database,
                    clock=clock,
                    follower=follower,
                    rng=Random(7),
                    blobs=open_blobs(settings),
                )
                if selling:
                    runtime = await stack.enter_async_context(_selling(runtime, database, street.url))
                server = uvicorn.Server(uvicorn.Config(create_app(runtime), log_config=None, lifespan="off"))
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                while not server.started:  # noqa: ASYNC110 -- it offers no event to wait for
                    await asyncio.sleep(0.02)
                standing.set()
                await asyncio.to_thread(stop.wait)
                server.should_exit = True
                await serving


@asynccontextmanager
async def _selling(runtime: Runtime, database: Database, url: str) -> AsyncGenerator[Runtime]:
    """The same with the sandbox, which asks for payments at this very address."""
    settings = msgspec.structs.replace(runtime.settings, public_url=url)
    async with payments.open_provider(settings, runtime.clock) as provider:
        yield replace(
            runtime,
            settings=settings,
            payments=provider,
            after_payment=after_payment(VoucherKeys(secret_key(settings))),
            checkout=open_checkout(settings, database),
        )


async def fill(database: Database) -> dict[str, str]:
    """Towns, merchants, invented and imported deals; the paths of the ones that tests speak of."""
    async with database.system() as tx:
        await catalog.store_places(tx, TOWNS)
        await catalog.seed_categories(tx)
        found = [await catalog.place_by_slug(tx, slug) for slug in SLUGS]
        places = {place.slug: place for place in found if place}
        await catalog.create_division(
            tx,
            DivisionDraft(slug="chicago-area", name="Chicago Area", place_id=places[SLUGS[0]].id, radius_km=60),
        )
        ids = await catalog.create_many(tx, _merchants(places), _invented())
        await catalog.import_deals(tx, _imported(places))
        await catalog.end(tx, ids[-3])
        await catalog.sell_out(tx, ids[-2])
        await catalog.kill(tx, ids[-1], reason="a test")
        live = (await catalog.changed_deals(tx, None)).published
        kept = [deal for deal_id in ids[-3:-1] if (deal := await catalog.published_deal(tx, deal_id))]
    named = {
        LONG_TITLE: "long",
        "Tasting menu for two": "full",
        "Hot stone massage": "massage",
        "Menú degustación de seis platos": "spanish",
        JAPANESE_TITLE: "japanese",
        LONG_JAPANESE_TITLE: "long_japanese",
        "Sailing cruise & fireworks": "imported",
        "Kayak rental": "bare",
        "Canal tour": "area",
        "An afternoon that is over": "ended",
        "A show that is sold out": "sold_out",
    }
    paths = {named[deal.title]: f"/deals/{deal.slug}-{deal.id}" for deal in [*live, *kept] if deal.title in named}
    return {**paths, "killed": f"/deals/a-deal-that-was-killed-{ids[-1]}", "merged": await _merged(database, places)}


async def _merged(database: Database, places: dict[str, Place]) -> str:
    """The path of a deal of another feed that was merged into the imported one."""
    async with database.system() as tx:
        twin = msgspec.structs.replace(_imported(places)[0], feed="herald", title="Fireworks & sailing cruise")
        await catalog.import_deals(tx, [twin])
    await catalog.find_duplicates(database)
    async with database.transaction(OPERATOR) as tx:
        (pair,) = await catalog.duplicate_pairs(tx)
        _, gone = await catalog.merge_duplicates(tx, pair.id)
    return f"/deals/fireworks-sailing-cruise-{gone}"


def _merchants(places: dict[str, Place]) -> list[NewMerchant]:
    def location(slug: str, number: int) -> LocationDraft:
        place = places[slug]
        latitude = place.latitude + number * 0.004
        return LocationDraft(
            address=f"{number} Lantern Street", place_id=place.id, latitude=latitude, longitude=place.longitude
        )

    return [
        NewMerchant(
            key="kettle",
            draft=MerchantDraft(name="The Copper Kettle"),
            locations=(location(SLUGS[0], 1), location(SLUGS[0], 2), location(SLUGS[1], 3)),
        ),
        NewMerchant(key="tanuki", draft=MerchantDraft(name="居酒屋たぬき"), locations=(location(SLUGS[5], 1),)),
        NewMerchant(
            key="farol", draft=MerchantDraft(name="El Farol <b>& Cía.</b>"), locations=(location(SLUGS[4], 1),)
        ),
    ]


def _invented() -> list[NewDeal]:
    usual = NewDeal(
        merchant="kettle",
        category="restaurants",
        title="Two-course lunch",
        currency="USD",
        reach=Reach.LOCATIONS,
        locations=(0,),
        options=(_option("For one", 2450, 4900),),
        starts_at=NOW - timedelta(days=1),
        ends_at=NOW + timedelta(days=20),
    )

    def like(title: str, **stated: Any) -> NewDeal:  # noqa: ANN401 -- any field of a deal
        return msgspec.structs.replace(usual, title=title, **stated)

    lunches = [
        like(f"Lunch number {number}", options=(_option("For one", 900 + 50 * number, 4900),))
        for number in range(IN_CHICAGO - 8)
    ]
    return [
        *lunches,
        like("Sixty-minute massage", category="massage", description="To celebrate the launch of our second room."),
        like("Hot stone massage", category="massage", locations=(0, 1, 2)),
        like(
            LONG_TITLE,
            options=tuple(_option(f"Course {number}", 1000 * number, 2500 * number) for number in range(1, 7)),
        ),
        like(
            "Tasting menu for two",
            description="Six small plates.\n\nBread and water are on the table.",
            options=(
                _option("For two", 6000, 12000),
                OptionDraft(title="For four", price_minor=11050, per_buyer_limit=2, redeem_within_days=90),
            ),
            fine_print=(
                Days(weekdays=(1, 2, 3)),
                Hours(start=time(10), until=time(18, 30)),
                NewCustomersOnly(months=12),
                BookingNeeded(hours_ahead=24),
                MinimumAge(years=18),
                Note(text="Not on public holidays."),
            ),
        ),
        like("Menú degustación de seis platos", merchant="farol", language="es", currency="EUR"),
        like(
            JAPANESE_TITLE,
            merchant="tanuki",
            description="海の幸と日本酒。" * 40,
            language="ja",
            currency="JPY",
            options=(_option("お一人様", 1500, 3000),),
            ends_at=datetime(2026, 3, 31, 15, tzinfo=UTC),
        ),
        like(
            LONG_JAPANESE_TITLE,
            merchant="tanuki",
            language="ja",
            currency="JPY",
            options=(_option("お二人様", 12000, 20000),),
        ),
        like("An afternoon that is over"),
        like("A show that is sold out"),
        like("A deal that was killed"),
    ]


def _option(title: str, price_minor: int, value_minor: int) -> OptionDraft:
    evidence = ValueEvidence.MERCHANT_STATED
    return OptionDraft(title=title, price_minor=price_minor, value_minor=value_minor, value_evidence=evidence)


def _imported(places: dict[str, Place]) -> list[ImportedDeal]:
    usual = ImportedDeal(
        feed="gazette",
        key="1",
        title="Sailing cruise & fireworks",
        url="https://www.gazette.example/deals/1",
        currency="USD",
        options=(ImportedOption(title="Sailing cruise & fireworks", price_minor=1700, value_minor=3500),),
        reach=Reach.LOCATIONS,
        places=(places[SLUGS[1]].id,),
        starts_at=NOW - timedelta(days=1),
        ends_at=NOW + timedelta(days=400),
        shifted_days=3920,
    )
    bare = msgspec.structs.replace(
        usual,
        key="2",
        title="Kayak rental",
        url=None,
        options=(ImportedOption(title="Kayak rental", price_minor=2000),),
        reach=Reach.DIVISION,
        places=(),
        division="chicago-area",
        ends_at=None,
        shifted_days=0,
    )
    area = msgspec.structs.replace(
        usual,
        key="3",
        title="Canal tour",
        options=(
            ImportedOption(
                title="For one",
                price_minor=1400,
                redeem_from=datetime(2026, 4, 1, 5, tzinfo=UTC),
                redeem_until=datetime(2026, 7, 1, 5, tzinfo=UTC),
            ),
        ),
        places=(),
        areas=(places[SLUGS[1]].id,),
        fine_print=(
            Days(weekdays=(1, 2, 3, 4, 5)),
            NotOnHolidays(holidays=True, eves=True),
            AskFirst(weekdays=(5,), eves=True),
        ),
        ratings=20195,
        shifted_days=0,
    )
    return [usual, bare, area]


def deal_id(path: str) -> UUID:
    return UUID(path[-36:])
