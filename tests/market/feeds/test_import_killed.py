"""An import that is killed loses nothing that was there, and run again ends as if it had not been killed."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import psycopg

from highstreet.kit.database import Database
from highstreet.kit.postgres.server import ADMINISTRATOR, EmbeddedPostgres
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.repository import claims

ROWS = 2600
KILLS = 3

PROGRAM = """
import asyncio, random, sys
from datetime import UTC, datetime
from pathlib import Path
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import open_database
from highstreet.market.feeds import service as feeds

async def run(url, file, mapping):
    async with open_database(url, FixedClock(datetime(2026, 3, 2, 10, tzinfo=UTC)), random.SystemRandom()) as database:
        await feeds.import_feed(database, Path(file), feeds.load_mapping(mapping))

asyncio.run(run(*sys.argv[1:]))
"""

Record: TypeAlias = dict[str, str | None]


async def test_an_import_killed_anywhere_and_run_again_ends_as_if_it_had_not_been(
    lakeside: Database,
    mapping_text: str,
    row: Callable[..., Record],
    write: Callable[..., Path],
    database_url: str,
    database_name: str,
    postgres: EmbeddedPostgres,
) -> None:
    file = write([row(number, price="19" if number % 7 else "free") for number in range(ROWS)])
    usable = sum(1 for number in range(ROWS) if number % 7)
    description = file.with_name("lakeside.toml")
    description.write_text(mapping_text)
    chance = random.Random(5)
    with psycopg.connect(postgres.url(ADMINISTRATOR, database_name), autocommit=True) as connection:
        known = 0
        for least in sorted(chance.sample(range(1, usable - 500), KILLS)):
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                PROGRAM,
                database_url,
                str(file),
                str(description),
                env={**os.environ, "TMPDIR": str(file.parent)},  # where the copy is left that a killed process reads
            )
            while process.returncode is None and imported(connection, "lakeside") < least:  # noqa: ASYNC110 - no event to wait for
                await asyncio.sleep(0.001)
            await asyncio.sleep(chance.random() * 0.03)
            acknowledged = imported(connection, "lakeside")
            process.send_signal(signal.SIGKILL)
            assert await process.wait() == -signal.SIGKILL, "it was killed at work"
            await until_free(lakeside, "lakeside")
            kept = imported(connection, "lakeside")
            assert kept >= max(acknowledged, known)
            known = kept
        assert 0 < known < usable

        finished = await feeds.import_feed(lakeside, file, parse_mapping(mapping_text, "m"))
        assert (finished.new, finished.changed, finished.same) == (usable, 0, 0)
        undisturbed = parse_mapping(mapping_text.replace('name = "lakeside"', 'name = "undisturbed"'), "m")
        await feeds.import_feed(lakeside, file, undisturbed)
        assert len(content(connection, "lakeside")) == usable
        assert content(connection, "lakeside") == content(connection, "undisturbed")


async def until_free(database: Database, feed: str) -> None:
    """Wait until the server has noticed that the killed process is gone."""
    for _ in range(400):
        async with database.system() as tx:
            if await claims.claim(tx, feed):
                return
        await asyncio.sleep(0.05)
    raise AssertionError("the claim outlived its process")


def imported(connection: psycopg.Connection, feed: str) -> int:
    found = connection.execute("SELECT count(*) FROM catalog.deals WHERE source_feed = %s", [feed]).fetchone()
    assert found is not None
    return int(found[0])


def content(connection: psycopg.Connection, feed: str) -> list[tuple[Any, ...]]:
    """All that the catalogue and the outbox hold of a feed's deals, but for ids and the feed's name."""
    return connection.execute(
        """
        SELECT
            deals.source_key, deals.title, deals.state, deals.reach, deals.currency, deals.starts_at, deals.ends_at,
            deals.source_url, deals.source_shifted_days, deals.division_id,
            (
                SELECT array_agg((options.title, options.price_minor, options.value_minor)::text)
                FROM catalog.options WHERE options.deal_id = deals.id
            ),
            (
                SELECT array_agg(prices.price_minor) FROM catalog.option_prices AS prices
                INNER JOIN catalog.options ON options.id = prices.option_id WHERE options.deal_id = deals.id
            ),
            (SELECT array_agg(points.place_id) FROM catalog.deal_points AS points WHERE points.deal_id = deals.id),
            (SELECT array_agg(passages.after) FROM catalog.deal_passages AS passages WHERE passages.deal_id = deals.id),
            (SELECT array_agg(facts.name) FROM kit.facts WHERE facts.aggregate_id = deals.id)
        FROM catalog.deals
        WHERE deals.source_feed = %s
        ORDER BY deals.source_key
        """,
        [feed],
    ).fetchall()
