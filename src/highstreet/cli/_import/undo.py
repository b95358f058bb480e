"""`highstreet import undo`: take a run back."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from highstreet.cli._import.progress import progress
from highstreet.cli._shared import config_option, json_option

if TYPE_CHECKING:
    from highstreet.kit.database import Database
    from highstreet.market.feeds.domain.runs import UndoSummary


@click.command()
@click.argument("run", type=int)
@json_option
@click.option("--quiet", is_flag=True, help="No progress bar.")
@config_option
def undo(run: int, *, as_json: bool, quiet: bool, config: Path | None) -> None:
    """Bring the catalogue back to what it was before RUN, the last one of its feed.

    What people changed since is left as it is, and listed. Stopped or killed, it can be run again.
    """
    import sys

    from highstreet import main
    from highstreet.market.feeds import service as feeds

    with progress(shown=sys.stderr.isatty() and not quiet) as report:

        async def errand(database: "Database") -> "UndoSummary":
            return await feeds.undo(database, run, report=report)

        undone = main.operate(config, errand, traced="undo of an import")
    if as_json:
        click.echo(msgspec.json.encode(undone).decode())
        return
    click.echo(
        f"Run {undone.run} of {undone.feed} is undone: {undone.removed:,} new deals are out of the catalogue, "
        f"{undone.restored:,} say again what they said, {undone.revived:,} that were ended stand again."
    )
    if undone.kept:
        click.echo("Left as it is, because it was changed since:")
        for one in undone.kept:
            click.echo(f"  {one.reason}")
