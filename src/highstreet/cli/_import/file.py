"""`highstreet import`: bring the deals of a file into the catalogue, as a mapping reads them."""

import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click
import msgspec

from highstreet.cli._import.progress import Report, progress
from highstreet.cli._import.suggest import show_suggestion
from highstreet.cli._shared import config_option, os_user
from highstreet.kit.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from highstreet.kit.database import Database
    from highstreet.market.feeds.domain.rows import Reject
    from highstreet.market.feeds.domain.runs import ImportSummary

_REACHES = {
    "locations": "in a town",
    "division": "in the whole division",
    "online": "online",
    "unstated": "not stated",
}
_SHOWN_REJECTS = 5


@click.command("FILE")
@click.argument("source", metavar="FILE")
@click.option("--mapping", "mapping_name", metavar="FILE.toml|NAME", help="What is what in the file.")
@click.option("--suggest", is_flag=True, help="Import nothing; suggest a mapping, and show how its deals would look.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --suggest: a new file for the mapping; default: standard output.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing to the catalogue; tell what would happen.")
@click.option("--shift-dates", is_flag=True, help="Move an old feed's dates to today, by whole weeks; pages say so.")
@click.option("--accept-vanished", is_flag=True, help="End deals that the file no longer states, however many.")
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where rows go that cannot be used (JSON Lines); default: NAME.rejects.jsonl here, and none in a dry run.",
)
@click.option("--json", "as_json", is_flag=True, help="Tell the outcome as JSON.")
@click.option("--quiet", is_flag=True, help="No progress bar and no summary.")
@config_option
def file(  # noqa: PLR0913 - one argument an option
    *,
    source: str,
    mapping_name: str | None,
    suggest: bool,
    output: Path | None,
    dry_run: bool,
    shift_dates: bool,
    accept_vanished: bool,
    rejects: Path | None,
    as_json: bool,
    quiet: bool,
    config: Path | None,
) -> None:
    """Bring the deals of FILE into the catalogue: CSV, JSON, JSON Lines, XML, SQLite or Parquet, plain or packed.

    FILE may also be - for standard input, or an http(s) address.

    Only what changed since the last import of the same feed is written, and deals that FILE no longer states are ended.
    Stopped or killed, it goes on where it was when it is run again.
    """
    from highstreet import main
    from highstreet.kit.settings import load_settings
    from highstreet.market.feeds import service as feeds
    from highstreet.market.feeds.domain.runs import Asked

    if suggest == (mapping_name is not None):
        raise click.UsageError("Say either --mapping, or --suggest for a file that has no mapping yet.")
    if output is not None and not suggest:
        raise click.UsageError("--output is where --suggest writes the mapping.")
    if mapping_name is None:
        show_suggestion(source, prepare=_prepare, config=config, output=output, as_json=as_json, quiet=quiet)
        return
    private_hosts = load_settings(os.environ, config, serving=False).private_hosts
    mapping = feeds.load_mapping(mapping_name)
    where = rejects if rejects or dry_run else Path(f"{mapping.feed.name}.rejects.jsonl")
    with (
        _open_rejects(where, keep_empty=rejects is not None) as refused,
        progress(shown=sys.stderr.isatty() and not quiet) as report,
    ):

        async def errand(database: "Database") -> "ImportSummary":
            await _prepare(database, dry_run=dry_run, report=report)
            return await feeds.import_feed(
                database,
                source,
                mapping,
                private_hosts=private_hosts,
                shift_dates=shift_dates,
                dry_run=dry_run,
                accept_vanished=accept_vanished,
                asked=Asked(os_user=os_user(), mapping_name=mapping_name),
                on_reject=refused.add,
                report=report,
            )

        summary = main.operate(config, errand, traced="import")
    print_summary(summary, refused, as_json=as_json, quiet=quiet)
    if summary.rows and not summary.accepted:
        raise InvalidInput.at(summary.source, f"none of its {summary.rows:,} rows can be used; is this its mapping?")


def print_summary(summary: "ImportSummary", refused: "Refused", *, as_json: bool, quiet: bool) -> None:
    """Tell what an import did."""
    if as_json:
        click.echo(msgspec.json.encode({**msgspec.structs.asdict(summary), "rejects": refused.kept_in}).decode())
    elif not quiet:
        click.echo("\n".join(_sentences(summary, refused)))


def refused_in_memory() -> "Refused":
    """For imports whose refused rows are written to no file: the run keeps them."""
    return Refused(None)


async def _prepare(database: "Database", *, dry_run: bool, report: Report) -> None:
    """See that the catalogue knows places and categories: a new installation may begin with an import."""
    from highstreet.market.catalog import service as catalog

    async with database.system() as tx:
        if await catalog.largest_places(tx, limit=1):
            return
        if dry_run:
            raise Conflict(
                "The catalogue knows no places yet; the first import loads them, so run it without --dry-run."
            )
        await catalog.load_places(tx, report=report)
        await catalog.seed_categories(tx)


class Refused:
    """The rows that were left out: counted, the first ones kept to be shown, all written where that is wanted."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self._file = file
        self.first: list[Reject] = []
        self.count = 0
        self.kept_in: str | None = None

    def add(self, reject: "Reject") -> None:
        self.count += 1
        if len(self.first) < _SHOWN_REJECTS:
            self.first.append(reject)
        if self._file is not None:
            self._file.write(msgspec.json.encode(reject) + b"\n")


@contextmanager
def _open_rejects(path: Path | None, *, keep_empty: bool) -> Generator[Refused]:
    """Rejects go to `path`, which is there at once when all is done, and as it was before if something goes wrong."""
    if path is None:
        yield Refused(None)
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        file = beside.open("wb")
    except OSError as problem:
        raise InvalidInput.at(
            "--rejects", f"{path} cannot be written ({problem.strerror}); name another place"
        ) from None
    try:
        with file:
            refused = Refused(file)
            yield refused
        if refused.count or keep_empty or path.exists():
            beside.replace(path)
            refused.kept_in = str(path)
    finally:
        beside.unlink(missing_ok=True)


def _where_rejects_are(summary: "ImportSummary") -> str:
    if summary.run is None:
        return "not kept; --rejects FILE keeps them."
    return f"`highstreet import show {summary.run} --rejects` writes them, to be mended and replayed."


def _vanished(summary: "ImportSummary") -> Generator[str]:
    if summary.vanished:
        yield f"{summary.vanished:,} ended, because the file no longer states them."
    if summary.spared:
        yield (
            f"{summary.spared:,} are no longer stated and were left as they are: that is more than half of all, or "
            "rows that cannot be read may be theirs. If they are gone, --accept-vanished ends them."
        )
    if summary.continued_at:
        yield f"Run {summary.run} had been stopped after {summary.continued_at:,} rows, and went on from there."


def _sentences(summary: "ImportSummary", refused: Refused) -> list[str]:
    reach = summary.by_reach
    lines = [
        f"{summary.feed}: {summary.accepted:,} of {summary.rows:,} rows can be used, {summary.rejected:,} cannot.",
        f"{summary.new:,} new, {summary.changed:,} changed, {summary.same:,} as they were.",
        *_vanished(summary),
        "Where: " + ", ".join(f"{reach[name]:,} {words}" for name, words in _REACHES.items() if name in reach) + ".",
    ]
    if summary.found:
        found = ", ".join(f"{key} {json.dumps(text)}" for key, text in summary.found.items())
        lines.append(f"Found in the file, as the mapping does not say: {found}.")
    if summary.never_stated:
        lines.append(f"Never stated in the file, though the mapping names it: {', '.join(summary.never_stated)}.")
    if summary.shifted_days:
        lines.append(f"Dates were moved by {summary.shifted_days:,} days.")
    if summary.ended:
        hint = "" if summary.shifted_days else "; --shift-dates moves an old feed's dates to today"
        lines.append(f"{summary.ended:,} are over, and found by nobody{hint}.")
    for each in refused.first:
        stated = "" if each.value is None else f" {each.value!r}"
        lines.append(f"  line {each.line}: {each.field or 'the row'}{stated} {each.reason}")
    if refused.count > len(refused.first):
        lines.append(f"  and {refused.count - len(refused.first):,} more")
    if refused.count:
        lines.append(f"Rejects: {refused.kept_in or _where_rejects_are(summary)}")
    if summary.run is not None:
        lines.append(f"This was run {summary.run}; `highstreet import undo {summary.run}` takes it back.")
    if summary.dry_run:
        lines.append("A dry run: nothing was written to the catalogue.")
    return lines
