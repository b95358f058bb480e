"""Filling a database: complete, resumable, and fresh on a later day."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime, timedelta
from random import Random

import psycopg
import pytest
from psycopg import sql

from highstreet.demo import loading
from highstreet.demo.tables import cities
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database, open_database
from highstreet.kit.postgres.server import LOGIN, OWNER, EmbeddedPostgres
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import PublishedDeal

LIVE = 300
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""Where the clock of the tests stands."""


def copy_database(administrator: psycopg.Connection, name: str, template: str) -> None:
    administrator.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
            sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER)
        )
    )


def quiet(_done: int, _total: int) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def stocked_template(
    postgres: EmbeddedPostgres, administrator: psycopg.Connection, migrated_template: str
) -> Generator[str]:
    """A database with places and `LIVE` deals, filled once, that every test of this module gets a copy of."""
    name = "stocked"
    copy_database(administrator, name, migrated_template)

    async def stock() -> None:
        async with open_database(postgres.url(LOGIN, name), FixedClock(NOW), Random(7)) as database:
            async with database.system() as tx:
                await catalog.load_places(tx, min_population=200_000)
                await catalog.seed_categories(tx)
            assert await loading.fill(database, seed=1, live=LIVE, report=quiet) >= LIVE

    asyncio.run(stock())
    yield name
    administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
async def stocked(
    postgres: EmbeddedPostgres, administrator: psycopg.Connection, stocked_template: str, clock: FixedClock, rng: Random
) -> AsyncGenerator[Database]:
    name = "stocked_copy"
    copy_database(administrator, name, stocked_template)
    async with open_database(postgres.url(LOGIN, name), clock, rng) as database:
        yield database
    administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def running(database: Database) -> list[PublishedDeal]:
    async with database.system() as tx:
        return (await catalog.changed_deals(tx, None)).published


async def test_a_filled_database_shows_invented_deals_in_every_city_and_a_second_call_adds_none(
    stocked: Database,
) -> None:
    before = await running(stocked)

    assert await loading.fill(stocked, seed=1, live=LIVE, report=quiet) == 0
    assert len(before) >= LIVE * 0.95
    assert all(deal.invented and deal.sold == 0 for deal in before)
    assert len({deal.division_slug for deal in before}) == len(cities())
    assert {deal.id for deal in await running(stocked)} == {deal.id for deal in before}


async def test_more_deals_can_be_asked_for_later(stocked: Database) -> None:
    before = {deal.id for deal in await running(stocked)}

    await loading.fill(stocked, seed=1, live=LIVE + 100, report=quiet)
    after = {deal.id for deal in await running(stocked)}

    assert before < after
    assert len(after) >= (LIVE + 100) * 0.95


async def test_deals_that_ended_are_replaced_on_a_later_day(stocked: Database, clock: FixedClock) -> None:
    before = {deal.id for deal in await running(stocked)}
    clock.advance(timedelta(days=40))
    async with stocked.system() as tx:
        await catalog.advance_due(tx)

    made = await loading.fill(stocked, seed=1, live=LIVE, report=quiet)

    after = await running(stocked)
    assert made > LIVE / 4
    assert len(after) >= LIVE * 0.95
    assert before & {deal.id for deal in after}, "what still runs is kept"
    assert all(deal.ends_at is not None and deal.ends_at > clock.now() for deal in after)
