"""`highstreet import schedule`: feeds that are imported again and again."""

import os
import re
import sys
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from highstreet.cli._import.file import print_summary, refused_in_memory
from highstreet.cli._import.progress import progress
from highstreet.cli._shared import config_option, json_option, os_user

if TYPE_CHECKING:
    from highstreet.kit.database import Database
    from highstreet.market.feeds.domain.runs import ImportSummary
    from highstreet.market.feeds.domain.schedules import Schedule

_MINUTES = {"m": 1, "h": 60, "d": 1_440}


class _Every(click.ParamType[int]):
    """`30m`, `6h` or `2d`, in minutes."""

    name = "30m|6h|2d"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"(\d{1,5})([mhd])", str(value), re.ASCII)
        if found is None:
            self.fail(f"{value!r} is not a time such as 30m, 6h or 2d", param, ctx)
        return int(found[1]) * _MINUTES[found[2]]


class _TimeOfDay(click.ParamType[time]):
    """`03:30`, by the clock of the feed's time zone."""

    name = "HH:MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> time:
        found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", str(value), re.ASCII)
        if found is None:
            self.fail(f"{value!r} is not a time of day such as 03:30", param, ctx)
        return time(int(found[1]), int(found[2]))


@click.group()
def schedule() -> None:
    """Import feeds again and again. The worker does it, in a process of its own for each."""


@schedule.command()
@click.argument("source", metavar="FILE")
@click.option("--mapping", "mapping_name", required=True, metavar="FILE.toml|NAME", help="What is what in the file.")
@click.option("--every", type=_Every(), help="How often, from 5m to 30d.")
@click.option("--daily", type=_TimeOfDay(), help="At this time every day, in the feed's time zone.")
@click.option("--shift-dates", is_flag=True, help="Move an old feed's dates to today, by whole weeks; pages say so.")
@config_option
def add(
    source: str,
    *,
    mapping_name: str,
    every: int | None,
    daily: time | None,
    shift_dates: bool,
    config: Path | None,
) -> None:
    """Import FILE, a file or an http(s) address, again and again, with the mapping as it is now."""
    from highstreet import main
    from highstreet.market.feeds import service as feeds
    from highstreet.market.feeds.domain.runs import Asked

    mapping = feeds.load_mapping(mapping_name)
    asked = Asked(os_user=os_user(), mapping_name=mapping_name)

    async def errand(database: "Database") -> "Schedule":
        async with database.system() as tx:
            return await feeds.add_schedule(
                tx, source, mapping, every_minutes=every, daily_at=daily, shift_dates=shift_dates, asked=asked
            )

    made = main.operate(config, errand)
    click.echo(f"{made.feed} is imported {made}, next at {made.next_at:%F %H:%M} UTC, while a worker runs.")


@schedule.command("list")
@json_option
@config_option
def list_schedules(*, as_json: bool, config: Path | None) -> None:
    """The feeds that are imported by themselves, when next, and what came of it the last time."""
    from highstreet import main
    from highstreet.market.feeds import service as feeds

    async def errand(database: "Database") -> "list[Schedule]":
        async with database.system() as tx:
            return await feeds.all_schedules(tx)

    found = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"schedules": [_shown(each) for each in found]}).decode())
        return
    for each in found:
        click.echo(f"{each.feed}: {each}, next at {each.next_at:%F %H:%M} UTC")
        if each.told_at:
            click.echo(f"  {each.told_at:%F %H:%M} UTC: {each.told}")
    if not found:
        click.echo("No feed is imported by itself.")


def _shown(each: "Schedule") -> dict[str, object]:
    """Without the query of an address, which may be a secret, and without the whole mapping."""
    from highstreet.kit.fetch import shown

    told = {name: value for name, value in msgspec.structs.asdict(each).items() if name != "mapping"}
    return {**told, "source": shown(each.source) if "://" in each.source else each.source}


@schedule.command()
@click.argument("feed")
@config_option
def remove(feed: str, *, config: Path | None) -> None:
    """Import FEED no longer by itself. Its deals stay."""
    from highstreet import main
    from highstreet.market.feeds import service as feeds

    async def errand(database: "Database") -> None:
        async with database.system() as tx:
            await feeds.remove_schedule(tx, feed)

    main.operate(config, errand)
    click.echo(f"{feed} is no longer imported by itself.")


@schedule.command()
@click.argument("feed")
@json_option
@click.option("--quiet", is_flag=True, help="No progress bar and no summary.")
@click.option("--parent", type=int, hidden=True)
@config_option
def run(feed: str, *, as_json: bool, quiet: bool, parent: int | None, config: Path | None) -> None:
    """Import FEED now, as its schedule says."""
    from highstreet import main
    from highstreet.kit.commands import end_with
    from highstreet.kit.settings import load_settings
    from highstreet.market.feeds import service as feeds

    if parent is not None:
        end_with(parent)
    private_hosts = load_settings(os.environ, config, serving=False).private_hosts
    with progress(shown=sys.stderr.isatty() and not quiet) as report:

        async def errand(database: "Database") -> "ImportSummary":
            return await feeds.import_scheduled(database, feed, private_hosts=private_hosts, report=report)

        summary = main.operate(config, errand, traced="import")
    print_summary(summary, refused_in_memory(), as_json=as_json, quiet=quiet)
