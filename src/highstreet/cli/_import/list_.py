"""`highstreet import list`: the runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from highstreet.cli._import.words import state_of, took, who
from highstreet.cli._shared import config_option, json_option

if TYPE_CHECKING:
    from highstreet.kit.database import Database
    from highstreet.market.feeds.domain.runs import RunTold

_WIDE = 100
"""Characters of a line from which on everything is shown; `show` has the rest."""


@click.command("list")
@click.option("--feed", help="Only this feed's.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@json_option
@config_option
def list_runs(feed: str | None, limit: int, *, as_json: bool, config: Path | None) -> None:
    """The newest imports, newest first: what each did and how it ended."""
    from highstreet import main
    from highstreet.market.feeds import service as feeds

    async def errand(database: "Database") -> "list[RunTold]":
        return await feeds.run_list(database, feed=feed, limit=limit)

    found = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"runs": found}).decode())
    elif found:
        _print(found)
    else:
        click.echo("Nothing has been imported yet.")


def _print(found: "list[RunTold]") -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    wide = console.width >= _WIDE
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in ("run", "feed", "state", "began (UTC)", *(("took", "by") if wide else ())):
        table.add_column(heading, overflow="fold", no_wrap=heading != "feed")
    for heading in ("new", "changed", "same", "refused", "ended"):
        table.add_column(heading, justify="right", no_wrap=True)
    for told in found:
        run = told.record
        counts = (run.rows_new, run.rows_changed, run.rows_same, run.rows_rejected, run.deals_vanished)
        table.add_row(
            str(run.number),
            escape(run.feed),
            state_of(told),
            f"{run.started_at:%F %H:%M}",
            *((took(run), escape(who(run))) if wide else ()),
            *(f"{count:,}" for count in counts),
        )
    console.print(table)
    for told in found:
        if told.record.error:
            console.print(f"{told.record.number}: {told.record.error}", markup=False, highlight=False)
