"""In whatever order runs and people came: an undo brings back what was there, but for what people changed."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import hypothesis
import msgspec
import pytest
from hypothesis import strategies as st

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database, open_database
from highstreet.kit.errors import Conflict
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.places import PlaceRecord
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.runs import RunState

Record: TypeAlias = dict[str, str | None]
Make: TypeAlias = Callable[..., Record]
Write: TypeAlias = Callable[..., Path]
Content: TypeAlias = dict[str, tuple[Any, ...]]

KEYS = 5
_numbers = itertools.count(1)


class Import(msgspec.Struct, frozen=True):
    """A file that states these prices, by key; what is not in it has vanished."""

    prices: dict[int, int]


class Step(msgspec.Struct, frozen=True):
    """What an operator does with the deal of a key."""

    verb: str
    key: int


class Undo(msgspec.Struct, frozen=True):
    """Of the last run that wrote something."""


IMPORTS = st.builds(Import, st.dictionaries(st.integers(0, KEYS - 1), st.integers(10, 12), min_size=1))
STEPS = st.builds(Step, st.sampled_from(["pause", "resume", "end", "kill"]), st.integers(0, KEYS - 1))
ACTIONS = st.lists(st.one_of(IMPORTS, STEPS, st.just(Undo())), min_size=3, max_size=9)


class World:
    """One feed, what it said before each of its runs, and which deals people have led since."""

    def __init__(
        self, database: Database, clock: FixedClock, mapping: Mapping, write: Callable[[Import], Path]
    ) -> None:
        self.database = database
        self.clock = clock
        self.mapping = mapping
        self.write = write
        self.before: list[tuple[int, Content]] = []
        self.touched: list[set[str]] = []

    async def content(self) -> Content:
        async with self.database.system() as tx:
            cursor = await tx.connection.execute(
                """
                SELECT
                    deals.source_key, deals.id, deals.state, deals.state_reason, deals.title, deals.source_digest,
                    deals.starts_at, options.id, options.price_minor
                FROM catalog.deals
                INNER JOIN catalog.options ON options.deal_id = deals.id AND options.position IS NOT NULL
                WHERE deals.source_feed = %s
                """,
                [self.mapping.feed.name],
            )
            return {key: tuple(rest) for key, *rest in await cursor.fetchall()}

    async def do(self, action: Import | Step | Undo) -> None:
        self.clock.advance(timedelta(minutes=5))
        match action:
            case Import():
                before = await self.content()
                done = await feeds.import_feed(self.database, self.write(action), self.mapping)
                if done.new + done.changed + done.vanished and done.run is not None:
                    self.before.append((done.run, before))
                    self.touched.append(set())
            case Step(verb, key):
                await self.lead(verb, str(key))
            case Undo() if self.before:
                await self.undo()
            case _:
                pass

    async def lead(self, verb: str, key: str) -> None:
        found = (await self.content()).get(key)
        if found is None:
            return
        with contextlib.suppress(Conflict):
            async with self.database.transaction(OPERATOR) as tx:
                match verb:
                    case "kill":
                        await catalog.kill(tx, found[0], reason="unwanted")
                    case "pause":
                        await catalog.pause(tx, found[0])
                    case "resume":
                        await catalog.resume(tx, found[0])
                    case _:
                        await catalog.end(tx, found[0])
            for touched in self.touched:
                touched.add(key)

    async def undo(self) -> None:
        number, before = self.before.pop()
        touched = self.touched.pop()
        standing = await self.content()
        undone = await feeds.undo(self.database, number)
        after = await self.content()
        for key in before.keys() | standing.keys():
            expected = standing if key in touched else before
            assert after.get(key) == expected.get(key), (key, key in touched)
        told = {one.subject_id for one in undone.kept}
        assert told <= {content[0] for key, content in standing.items() if key in touched}
        assert (await feeds.run_by_number(self.database, number)).record.state is RunState.UNDONE


@pytest.fixture
def world_url(database_url: str, places: list[PlaceRecord]) -> str:
    """A database that knows the places; each example has a feed of its own in it."""

    async def prepare() -> None:
        clock = FixedClock(datetime(2026, 3, 2, tzinfo=UTC))
        async with open_database(database_url, clock, Random(1)) as database, database.system() as tx:
            await catalog.store_places(tx, places)

    asyncio.run(prepare())
    return database_url


@hypothesis.settings(max_examples=15, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(actions=ACTIONS)
def test_undoing_brings_back_all_but_what_people_changed(
    world_url: str, mapping_text: str, row: Make, write: Write, actions: Sequence[Import | Step | Undo]
) -> None:
    number = next(_numbers)
    name = f"feed-{number}"
    mapping = parse_mapping(mapping_text.replace('name = "lakeside"', f'name = "{name}"'), "m")

    def file(stated: Import) -> Path:
        return write([row(key, price=str(price)) for key, price in stated.prices.items()])

    async def live() -> None:
        clock = FixedClock(datetime(2026, 3, 2, 10, tzinfo=UTC))
        async with open_database(world_url, clock, Random(number), max_connections=2) as database:
            world = World(database, clock, mapping, file)
            for action in [*actions, *[Undo()] * len(actions)]:
                await world.do(action)

    asyncio.run(live())
