"""A demonstration from the first place loaded to the last process ended."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final, Protocol

import msgspec

from highstreet.demo.loading import Report, fill, has_invented, load_geography
from highstreet.demo.readiness import wait_until_ready
from highstreet.kit.clock import Clock
from highstreet.kit.database import Database, open_database
from highstreet.kit.errors import Conflict, HighstreetError
from highstreet.kit.processes import Program, Troupe
from highstreet.kit.settings import Settings
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.rows import Reject

_READY_WITHIN_S: Final = 300.0
_LOOK_EVERY_S: Final = 2.0
_RENEW_EVERY: Final = timedelta(hours=1)


class Stage(Protocol):
    """Where a demonstration says what it does."""

    def step(self, title: str) -> AbstractContextManager[Report]:
        """Shown while its context lasts; the report moves its bar."""
        ...

    def say(self, sentence: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Feed:
    """A file whose deals are shown instead of invented ones."""

    file: Path
    mapping: Mapping
    shift_dates: bool


@dataclass(frozen=True, slots=True)
class Show:
    """One demonstration. `bind` opens the socket that visitors come to, once there is something to see."""

    settings: Settings
    config: Path | None
    clock: Clock
    rng: Random
    stage: Stage
    bind: Callable[[], socket.socket]
    workers: int
    seed: int
    live: int
    feed: Feed | None


async def run(show: Show, url: str) -> None:
    """Fill the database at `url`, serve it, and keep both going until cancelled; nothing is left running then."""
    async with open_database(url, show.clock, show.rng, max_connections=4) as database:
        await _refuse_mixing(show, database)
        with show.stage.step("Places and categories") as report:
            await load_geography(database, report)
        await _stock(show, database)
        with show.bind() as listening:
            host, port = listening.getsockname()[:2]
            async with Troupe(show.stage.say) as troupe:
                for program in _programs(show, listening, host, port):
                    troupe.start(program)
                with show.stage.step("Web, worker and indexer"):
                    await wait_until_ready(host, port, timeout_s=_READY_WITHIN_S)
                if show.settings.port not in {0, port}:
                    show.stage.say(f"Port {show.settings.port} is taken.")
                show.stage.say(f"Highstreet is ready at http://{f'[{host}]' if ':' in host else host}:{port}")
                await _keep_fresh(show, database)


async def _refuse_mixing(show: Show, database: Database) -> None:
    if show.feed is not None and await has_invented(database):
        raise Conflict(
            f"{show.settings.data_dir} holds the invented catalogue; show the feed from a directory of its own, "
            "by setting HIGHSTREET_DATA_DIR to another one or to none"
        )


async def _stock(show: Show, database: Database) -> None:
    if show.feed is None:
        with show.stage.step("Invented deals") as report:
            await fill(database, seed=show.seed, live=show.live, report=report)
        return
    with show.stage.step(show.feed.file.name) as report, _rejects(show) as on_reject:
        summary = await feeds.import_feed(
            database,
            show.feed.file,
            show.feed.mapping,
            shift_dates=show.feed.shift_dates,
            on_reject=on_reject,
            report=report,
        )
    show.stage.say(f"{summary.feed}: {summary.accepted:,} of {summary.rows:,} rows can be used.")
    if summary.rejected:
        show.stage.say(f"The other {summary.rejected:,}, with the reason of each: {_rejects_file(show)}")


async def _keep_fresh(show: Show, database: Database) -> None:
    """Replace invented deals as they end, by the clock that all processes share, which a test may move."""
    renewed = show.clock.now()
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        now = show.clock.now()
        if show.feed is not None or renewed <= now < renewed + _RENEW_EVERY:
            continue
        try:
            await fill(database, seed=show.seed, live=show.live, report=lambda _done, _total: None)
            renewed = now
        except HighstreetError as problem:
            show.stage.say(f"Deals that ended were not replaced: {problem}")


def _programs(show: Show, listening: socket.socket, host: str, port: int) -> list[Program]:
    environ = {
        **os.environ,
        "HIGHSTREET_ENV": show.settings.env,
        "HIGHSTREET_DATA_DIR": str(show.settings.data_dir),
        "HIGHSTREET_HOST": host,
        "HIGHSTREET_PORT": str(port),
    }
    config = [f"--config={show.config}"] if show.config else []
    logs = show.settings.data_dir / "logs"
    # Without draining: nobody sends visitors elsewhere when a demonstration ends.
    serve = [
        "serve",
        f"--socket={listening.fileno()}",
        f"--workers={show.workers}",
        "--drain-seconds=0",
        "--no-indexer",
    ]
    return [
        Program(
            name="web",
            arguments=[sys.executable, "-m", "highstreet", *serve, *config],
            environ=environ,
            log=logs / "web.log",
            passed=(listening.fileno(),),
        ),
        *(
            Program(
                name=name,
                arguments=[sys.executable, "-m", "highstreet", name, *config],
                environ=environ,
                log=logs / f"{name}.log",
            )
            for name in ("worker", "indexer")
        ),
    ]


def _rejects_file(show: Show) -> Path:
    assert show.feed is not None
    return show.settings.data_dir / f"{show.feed.mapping.feed.name}.rejects.jsonl"


@contextmanager
def _rejects(show: Show) -> Generator[Callable[[Reject], None]]:
    """Each row that cannot be used becomes a line of a file, which is there as a whole when all is done."""
    path = _rejects_file(show)
    draft = path.with_suffix(".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    with draft.open("wb") as file:

        def add(reject: Reject) -> None:
            file.write(msgspec.json.encode(reject) + b"\n")

        yield add
    draft.replace(path)
