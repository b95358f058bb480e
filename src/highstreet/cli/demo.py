"""`highstreet demo`: a whole marketplace on this machine."""

import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self, TypeAlias

import click

from highstreet.cli._shared import INTERRUPTED, config_option
from highstreet.kit.errors import ConfigurationError, Conflict, InvalidInput

if TYPE_CHECKING:
    from highstreet.demo.show import Show
    from highstreet.kit.settings import Settings

Report: TypeAlias = Callable[[int, int], None]

_LEAVE = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@click.command()
@click.option("--host", help="The address to listen on. Default: HIGHSTREET_HOST, else 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="The port; taken: the next free one; 0: any. Default: 8000."
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
@click.option(
    "--deals", type=click.IntRange(1, 1_000_000), default=21_000, show_default=True, help="Invented deals that run."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed invents other deals.")
@click.option(
    "--import", "file", type=click.Path(path_type=Path), help="Show the deals of this file instead of invented ones."
)
@click.option("--mapping", "mapping_name", metavar="FILE.toml|NAME", help="What is what in the file.")
@click.option("--shift-dates", is_flag=True, help="Move an old feed's dates to today, by whole weeks; pages say so.")
@click.option("--quiet", is_flag=True, help="No progress bars.")
@config_option
@click.pass_context
def demo(  # noqa: PLR0913 - one argument an option
    context: click.Context,
    *,
    host: str | None,
    port: int | None,
    workers: int,
    deals: int,
    seed: int,
    file: Path | None,
    mapping_name: str | None,
    shift_dates: bool,
    quiet: bool,
    config: Path | None,
) -> None:
    """Show a whole marketplace on this machine, with a database of its own, until SIGTERM or Ctrl-C.

    The first start loads the world's places and invents a catalogue; later starts find them. Everything is kept in
    HIGHSTREET_DATA_DIR, by default .highstreet here.
    """
    import random

    from highstreet import main
    from highstreet.demo.show import Feed, Show
    from highstreet.kit.settings import Environment, load_settings
    from highstreet.market.feeds import service as feeds
    from highstreet.web import server

    if (file is None) != (mapping_name is None) or (shift_dates and file is None):
        raise click.UsageError("--import FILE and --mapping go together, and --shift-dates with them", context)
    feed = None
    if file is not None and mapping_name is not None:
        if not file.is_file():
            raise InvalidInput.at("--import", f"there is no file {file}")
        feed = Feed(file, feeds.load_mapping(mapping_name), shift_dates)
    chosen = {"HIGHSTREET_HOST": host, "HIGHSTREET_PORT": None if port is None else str(port)}
    environ = {**os.environ, **{name: text for name, text in chosen.items() if text is not None}}
    fallback = {
        "env": Environment.DEMO.value,
        **({"data_dir": f".highstreet/{feed.mapping.feed.name}"} if feed else {}),
    }
    settings = load_settings(environ, config, fallback=fallback)
    if settings.env is Environment.PRODUCTION:
        raise ConfigurationError(
            "HIGHSTREET_ENV is production, and a demonstration is none: set it to demo, or unset it"
        )
    with _Screen(shown=sys.stderr.isatty() and not quiet) as screen:
        show = Show(
            settings=settings,
            config=config,
            clock=main.clock_of(settings),
            rng=random.SystemRandom(),
            stage=screen,
            bind=lambda: server.bind(settings.host, settings.port),
            workers=workers,
            seed=seed,
            live=deals,
            feed=feed,
        )
        context.exit(INTERRUPTED if _perform(show) is signal.SIGINT else 0)


def _perform(show: "Show") -> signal.Signals:
    """Run the show until a signal, which is the answer."""
    import asyncio
    import contextlib

    from highstreet.demo import show as stage
    from highstreet.kit import migrations
    from highstreet.kit.postgres.addresses import database_urls

    received: list[signal.Signals] = []

    async def until_signal(url: str) -> None:
        performing = asyncio.create_task(stage.run(show, url))

        def end(sig: signal.Signals) -> None:
            if not received:  # a second one would cancel what the first one lets finish
                performing.cancel()
            received.append(sig)

        for sig in _LEAVE:
            asyncio.get_running_loop().add_signal_handler(sig, end, sig)
        with contextlib.suppress(asyncio.CancelledError):
            await performing

    for sig in _LEAVE:
        signal.signal(sig, _leave)
    with _alone(show.settings), contextlib.ExitStack() as stack:
        with show.stage.step("PostgreSQL"):
            urls = stack.enter_context(database_urls(show.settings))
            migrations.migrate(urls.migrations, database_url=urls.database)
        try:
            asyncio.run(until_signal(urls.database))
        finally:
            for sig in _LEAVE:  # what remains is to stop PostgreSQL, which is not to be cut short
                signal.signal(sig, signal.SIG_IGN)
    return received[0]


def _leave(number: int, _frame: object) -> NoReturn:
    """Until the event loop watches for signals: unwind, so that what was started is stopped."""
    raise SystemExit(INTERRUPTED if number == signal.SIGINT else 0)


@contextmanager
def _alone(settings: "Settings") -> Generator[None]:
    """One demonstration at a time in a data directory. The kernel drops the lock however the process dies."""
    import fcntl

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"A demonstration already runs in {settings.data_dir}; "
                "end it, or set HIGHSTREET_DATA_DIR to another directory"
            ) from None
        yield


class _Screen:
    """Steps with bars where a person watches, and sentences for everybody."""

    def __init__(self, *, shown: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        self._bars = Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not shown,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._bars.stop()

    @contextmanager
    def step(self, title: str) -> Generator[Report]:
        task = self._bars.add_task(title, total=None)

        def report(done: int, total: int) -> None:
            self._bars.update(task, completed=done, total=total)

        yield report
        self._bars.update(task, completed=1, total=1)
        if all(each.finished for each in self._bars.tasks):
            self._bars.refresh()

    def say(self, sentence: str) -> None:
        """A line of its own, above the bars where there are any."""
        click.echo(sentence)
        sys.stdout.flush()
