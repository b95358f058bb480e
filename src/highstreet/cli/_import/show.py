"""`highstreet import show`: one run."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click
import msgspec

from highstreet.cli._import.words import state_of, took, who
from highstreet.cli._shared import config_option, json_option

if TYPE_CHECKING:
    from highstreet.kit.database import Database
    from highstreet.market.feeds.domain.runs import KeptSince, RunTold


@click.command()
@click.argument("run", type=int)
@click.option("--rejects", is_flag=True, help="Write the refused rows (JSON Lines), to be mended and replayed.")
@json_option
@config_option
def show(run: int, *, rejects: bool, as_json: bool, config: Path | None) -> None:
    """What RUN did, of what file, with what mapping, and what is to be known about it."""
    from highstreet import main
    from highstreet.market.feeds import service as feeds

    async def errand(database: "Database") -> "tuple[RunTold, list[KeptSince], int]":
        told = await feeds.run_by_number(database, run)
        if rejects:
            async for row in feeds.refused_rows(database, told.record):
                _write(sys.stdout.buffer, row)
        kept = await feeds.kept_of_run(database, told.record)
        return told, kept, await feeds.proposed_of_run(database, told.record)

    told, kept, proposed = main.operate(config, errand)
    if rejects:
        return
    if as_json:
        click.echo(msgspec.json.encode({"run": told, "kept": kept, "duplicates_proposed": proposed}).decode())
    else:
        click.echo("\n".join(_sentences(told, kept, proposed)))


def _write(target: IO[bytes], row: msgspec.Struct) -> None:
    """One line of ASCII: a feed may hold half of a character, which no encoding of text can."""
    import json

    target.write(json.dumps(msgspec.to_builtins(row)).encode() + b"\n")


def _sentences(told: "RunTold", kept: "list[KeptSince]", proposed: int) -> Iterator[str]:
    run = told.record
    ended = f", took {took(run)}" if took(run) else ""
    yield f"Run {run.number} of {run.feed}: {state_of(told)}."
    yield f"Began {run.started_at:%F %T} UTC by {who(run)}{ended}."
    yield f"Source: {run.source}" + (f", SHA-256 {run.source_sha256}" if run.source_sha256 else "")
    yield f"Mapping: {run.mapping_name or run.feed}, SHA-256 {run.mapping_sha256}"
    if run.rows_total is not None:
        yield (
            f"{run.rows_done:,} of {run.rows_total:,} rows: {run.rows_new:,} new, {run.rows_changed:,} changed, "
            f"{run.rows_same:,} as they were, {run.rows_rejected:,} rejected."
        )
    if run.deals_vanished:
        yield f"{run.deals_vanished:,} deals were ended, because the feed no longer states them."
    if run.deals_spared:
        yield f"{run.deals_spared:,} deals are no longer stated and were left as they are, as they may not be gone."
    if run.shifted_days:
        yield f"Dates were moved by {run.shifted_days:,} days."
    for field, count in run.rejected_by_field.items():
        yield f"  rejected for {field}: {count:,}"
    if proposed:
        yield f"{proposed:,} pairs of likely duplicates were proposed; `highstreet deals duplicates list` shows them."
    if run.error:
        yield run.error
    if run.undone_at:
        yield f"Undone {run.undone_at:%F %T} UTC."
    if kept:
        yield "Left as it is, because it was changed since:"
        yield from (f"  {one.reason}" for one in kept)
