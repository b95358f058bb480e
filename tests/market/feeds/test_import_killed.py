"""Whatever is killed at whatever point goes on when it is run again, and ends as if it had not been killed."""

import asyncio
import json
import random
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import psycopg
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict
from highstreet.kit.postgres.server import ADMINISTRATOR, EmbeddedPostgres
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.runs import RunState
from highstreet.market.feeds.repository import claims

Record: TypeAlias = dict[str, str | None]
Make: TypeAlias = Callable[..., Record]
Write: TypeAlias = Callable[..., Path]

FEEDS = 5
KILLS = 5
"""Of each of a feed's two imports: 50 in all. Each undo is killed too."""
ROWS = 240
BATCH_ROWS = 6

PROGRAM = """
import asyncio, json, os, random, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import psycopg
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import open_database
from highstreet.market.feeds import service as feeds

sent = 0

def fatal(method, last):
    async def call(*args, **others):
        global sent
        sent += 1
        mine = sent
        if mine == last and mine % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = await method(*args, **others)
        if mine == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    return call

async def work(order):
    clock = FixedClock(datetime(2026, 3, 2, 10, tzinfo=UTC))
    async with open_database(order["url"], clock, random.SystemRandom(), max_connections=2) as database:
        if order["undo"]:
            await feeds.undo(database, order["undo"])
        else:
            mapping = feeds.load_mapping(order["mapping"])
            await feeds.import_feed(database, Path(order["file"]), mapping, batch_rows=order["batch_rows"])

for line in sys.stdin:
    order = json.loads(line)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        for owner, name in ((psycopg.AsyncCursor, "execute"), (psycopg.AsyncCursor, "executemany"),
                            (psycopg.AsyncConnection, "commit")):
            setattr(owner, name, fatal(getattr(owner, name), order["last"]))
        asyncio.run(work(order))
        os.write(write, str(sent).encode())
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), "sent": int(os.read(read, 20) or 0)}), flush=True)
    os.close(read)
"""
"""Forks a process for each order, because a new interpreter would need a second for its imports.

With `last`, that process kills itself at that statement or commit: before it is sent if the number is odd, and if it is
even as soon as the answer is there, before anything could be done about it.
"""


class Ended(msgspec.Struct, frozen=True):
    code: int
    sent: int


class Killer:
    """Has imports and undos done by other processes, which die at a given point."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, database: Database) -> None:
        self._process = process
        self._url = url
        self._database = database

    async def order(self, feed: str, *, last: int = 0, file: Path | None = None, undo: int = 0) -> Ended:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        mapping = str(file.with_name(f"{feed}.toml")) if file else ""
        order = {"url": self._url, "file": str(file), "mapping": mapping, "undo": undo, "last": last}
        self._process.stdin.write(json.dumps({**order, "batch_rows": BATCH_ROWS}).encode() + b"\n")
        ended = msgspec.json.decode(await self._process.stdout.readline(), type=Ended)
        await until_free(self._database, feed)
        return ended


@asynccontextmanager
async def killer(url: str, database: Database, folder: Path) -> AsyncGenerator[Killer]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
    )
    try:
        yield Killer(process, url, database)
    finally:
        process.kill()
        await process.wait()


async def until_free(database: Database, feed: str) -> None:
    """Wait until the server has noticed that a killed process is gone."""
    for _ in range(2_000):
        async with database.system() as tx:
            if not await claims.is_claimed(tx, feed):
                return
        await asyncio.sleep(0.005)
    raise AssertionError("the claim outlived its process")


def two_nights(row: Make, write: Write) -> tuple[Path, Path]:
    """A feed of one night, and of the next: deals that are new, changed, refused, the same, and no longer there."""

    def stated(number: int, **others: str | None) -> Record:
        return row(number, shop=f"Shop {number % 50}", **others)

    first = [stated(number, price="19" if number % 7 else "free") for number in range(ROWS)]
    second = [stated(number, price="21" if number % 5 else "19") for number in range(ROWS // 4, ROWS)]
    second += [stated(number, town="Nowhere, IL" if number % 9 else None) for number in range(ROWS, ROWS + 40)]
    return write(first, "first.json"), write(second, "second.json")


async def test_an_import_killed_at_any_point_and_run_again_ends_as_if_it_had_not_been(  # noqa: PLR0917 - fixtures
    lakeside: Database,
    mapping_text: str,
    row: Make,
    write: Write,
    database_url: str,
    database_name: str,
    postgres: EmbeddedPostgres,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where a killed process leaves its copy of the file
    files = two_nights(row, write)
    text = mapping_text.replace("[places]", 'merchant = { from = "shop" }\n[places]', 1)
    names = ["undisturbed", *(f"killed-{number}" for number in range(FEEDS))]
    for name in names:
        (tmp_path / f"{name}.toml").write_text(text.replace('name = "lakeside"', f'name = "{name}"'))
    chance = random.Random(5)
    with psycopg.connect(postgres.url(ADMINISTRATOR, database_name), autocommit=True) as connection:
        async with killer(database_url, lakeside, tmp_path) as kill:
            lengths = [(await kill.order("undisturbed", file=file)).sent for file in files]
            expected = content(connection, "undisturbed")
            for name in names[1:]:
                for file, length in zip(files, lengths, strict=True):
                    for last in sorted(chance.sample(range(1, length // KILLS), KILLS)):
                        assert (await kill.order(name, file=file, last=last)).code == -signal.SIGKILL
                    assert (await kill.order(name, file=file)).code == 0
                assert content(connection, name) == expected
            second = number_of(connection, "undisturbed")
            length = (await kill.order("undisturbed", undo=second)).sent
            for name in names[1:]:
                number = number_of(connection, name)
                for last in chance.sample(range(1, length // 2), 2):
                    assert (await kill.order(name, undo=number, last=last)).code == -signal.SIGKILL
                assert (await kill.order(name, undo=number)).code == 0
                assert content(connection, name) == content(connection, "undisturbed")


def number_of(connection: psycopg.Connection, feed: str) -> int:
    found = connection.execute("SELECT max(number) FROM feeds.runs WHERE feed = %s", [feed]).fetchone()
    assert found is not None
    return int(found[0])


def content(connection: psycopg.Connection, feed: str) -> list[list[tuple[Any, ...]]]:
    """All that the database holds of a feed, but for ids and the feed's name."""
    queries = (
        """
        SELECT
            deals.source_key, deals.title, deals.state, deals.reach, deals.currency, deals.starts_at, deals.ends_at,
            deals.source_url, deals.source_shifted_days, deals.division_id, merchants.name,
            (
                SELECT array_agg((options.position, options.title, options.price_minor, options.value_minor)::text)
                FROM catalog.options WHERE options.deal_id = deals.id
            ),
            (
                SELECT array_agg(prices.price_minor ORDER BY prices.position) FROM catalog.option_prices AS prices
                INNER JOIN catalog.options ON options.id = prices.option_id WHERE options.deal_id = deals.id
            ),
            (SELECT array_agg(points.place_id) FROM catalog.deal_points AS points WHERE points.deal_id = deals.id),
            (
                SELECT array_agg(passages.after ORDER BY passages.position)
                FROM catalog.deal_passages AS passages WHERE passages.deal_id = deals.id
            ),
            (SELECT array_agg(facts.name ORDER BY facts.name) FROM kit.facts WHERE facts.aggregate_id = deals.id)
        FROM catalog.deals
        LEFT JOIN catalog.merchants ON deals.merchant_id = merchants.id
        WHERE deals.source_feed = %s
        ORDER BY deals.source_key
        """,
        "SELECT name FROM catalog.merchants WHERE source_feed = %s ORDER BY name",
        """
        SELECT
            state, source, rows_total, rows_done, rows_new, rows_changed, rows_same, rows_rejected, rows_over,
            deals_vanished, deals_spared, by_reach::text, rejected_by_field::text, error,
            (
                SELECT array_agg((row_number, content)::text ORDER BY row_number)
                FROM feeds.rejects WHERE run_id = runs.id
            ),
            (
                SELECT array_agg((kind, changed)::text ORDER BY kind) FROM (
                    SELECT kind, count(*) AS changed FROM feeds.changes
                    WHERE run_id = runs.id AND kind <> 'division' GROUP BY kind
                ) AS kinds
            )
        FROM feeds.runs WHERE feed = %s ORDER BY number
        """,
    )
    return [connection.execute(query.encode(), [feed]).fetchall() for query in queries]


class Stopped(BaseException):
    """Stands for a process that ends in the middle of its work."""


async def stopped_import(database: Database, file: Path, mapping: Mapping, rows: int, **options: bool) -> None:
    def stop(done: int, _total: int) -> None:
        if done >= rows:
            raise Stopped

    with pytest.raises(Stopped):
        await feeds.import_feed(database, file, mapping, report=stop, batch_rows=5, **options)  # type: ignore[arg-type] - the options are flags


async def test_a_run_that_goes_on_days_later_is_still_of_the_day_on_which_it_began(
    lakeside: Database, mapping_text: str, record: Make, write: Write, clock: FixedClock, mapping: Mapping
) -> None:
    file = write([record(number, ends=None) for number in range(20)])
    undated = parse_mapping(mapping_text.replace("captured_at", "# captured_at"), "m")
    began = clock.now()
    await stopped_import(lakeside, file, undated, 10)
    clock.advance(timedelta(days=9))
    summary = await feeds.import_feed(lakeside, file, undated, batch_rows=5)
    assert (summary.continued_at, summary.new) == (10, 20)
    async with lakeside.system() as tx:
        cursor = await tx.connection.execute("SELECT DISTINCT starts_at FROM catalog.deals")
        assert await cursor.fetchall() == [(began,)]

    dated = write([record(number) for number in range(20)])
    await stopped_import(lakeside, dated, mapping, 10, shift_dates=True)
    clock.advance(timedelta(days=9))
    await feeds.import_feed(lakeside, dated, mapping, shift_dates=True, batch_rows=5)
    async with lakeside.system() as tx:
        cursor = await tx.connection.execute("SELECT DISTINCT source_shifted_days, ends_at FROM catalog.deals")
        assert len(await cursor.fetchall()) == 1


async def test_another_file_or_mapping_begins_a_run_of_its_own(
    lakeside: Database, mapping: Mapping, mapping_text: str, row: Make, write: Write
) -> None:
    file = write([row(number) for number in range(20)])
    await stopped_import(lakeside, file, mapping, 10)
    (stopped,) = await feeds.run_list(lakeside)
    assert (stopped.record.state, stopped.record.rows_done, stopped.at_work) == (RunState.RUNNING, 10, False)
    other = parse_mapping(mapping_text.replace('transforms = ["strip"]', 'transforms = ["collapse"]'), "m")
    summary = await feeds.import_feed(lakeside, file, other)
    assert (summary.continued_at, summary.new, summary.same) == (0, 10, 10)
    done, interrupted = await feeds.run_list(lakeside)
    assert (done.record.state, interrupted.record.state) == (RunState.DONE, RunState.INTERRUPTED)
    assert interrupted.record.error == "It was stopped after 10 rows, and another import came instead."
    await feeds.undo(lakeside, done.record.number)
    assert (await feeds.undo(lakeside, interrupted.record.number)).removed == 10


async def test_nothing_is_imported_over_a_run_that_is_half_undone(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(number) for number in range(1_200)])
    summary = await feeds.import_feed(lakeside, file, mapping)
    assert summary.run is not None

    def stop(_done: int, _total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        await feeds.undo(lakeside, summary.run, report=stop)
    with pytest.raises(Conflict, match=f"half undone; `highstreet import undo {summary.run}` goes on with it"):
        await feeds.import_feed(lakeside, file, mapping)
    assert (await feeds.undo(lakeside, summary.run)).removed == 700
    assert (await feeds.import_feed(lakeside, file, mapping)).new == 1_200


async def test_of_two_runs_the_one_that_is_half_undone_comes_first(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(number) for number in range(3)])
    first = await feeds.import_feed(lakeside, file, mapping)
    same = await feeds.import_feed(lakeside, file, mapping)
    assert first.run is not None
    assert same.run is not None

    def stop(_done: int, _total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        await feeds.undo(lakeside, first.run, report=stop)
    with pytest.raises(Conflict, match=f"half undone; `highstreet import undo {first.run}` goes on with it"):
        await feeds.undo(lakeside, same.run)
    await feeds.undo(lakeside, first.run)
    await feeds.undo(lakeside, same.run)


async def test_rows_are_not_replayed_over_those_that_a_stopped_run_has_read(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    first = await feeds.import_feed(lakeside, write([row(1, price="call us"), row(2)]), mapping)
    later = write([row(number, price="7") for number in range(20)], "later.json")
    await stopped_import(lakeside, later, mapping, 10)
    assert first.run is not None
    with pytest.raises(Conflict, match="has read lakeside since; its refused rows are the newer ones"):
        await feeds.replay(lakeside, first.run)
    assert (await feeds.import_feed(lakeside, later, mapping)).continued_at == 10


async def test_of_two_imports_of_one_feed_at_once_one_is_refused(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(number) for number in range(60)])
    ended = await asyncio.gather(
        *(feeds.import_feed(lakeside, file, mapping, batch_rows=5) for _ in range(2)), return_exceptions=True
    )
    refused = [each for each in ended if isinstance(each, Conflict)]
    assert [str(each) for each in refused] == ["An import of lakeside is already under way; wait for it to end."]
    assert len(await feeds.run_list(lakeside)) == 1
    assert (await feeds.import_feed(lakeside, file, mapping)).same == 60
