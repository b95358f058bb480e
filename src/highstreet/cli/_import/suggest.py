"""`highstreet import FILE --suggest`: the mapping on standard output, how its deals would look on standard error."""

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click
import msgspec

from highstreet.cli._import.progress import Report, progress
from highstreet.cli._shared import amount
from highstreet.kit.errors import InvalidInput

if TYPE_CHECKING:
    from highstreet.kit.database import Database
    from highstreet.market.catalog.domain.imports import ImportedDeal
    from highstreet.market.feeds.service import Suggestion, Try


class Prepare(Protocol):
    """Sees to it that the catalogue knows places and categories."""

    def __call__(self, database: "Database", *, dry_run: bool, report: Report) -> Awaitable[None]: ...


_COLUMNS = {
    "title": 44,
    "price": None,
    "value": None,
    "off": None,
    "where": 16,
    "from": None,
    "until": None,
    "category": 16,
}
"""The columns of the preview, and how wide they may be; one in which nothing stands is left out."""

_SHOWN_DOUBTS = 15
_SHOWN_REASONS = 5


def show_suggestion(
    source: str,
    *,
    prepare: "Prepare",
    config: Path | None,
    output: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Suggest a mapping for `source`; `prepare` sees to it that the catalogue knows its places.

    Raises InvalidInput, after everything was shown, if the mapping lacks what only a person can say.
    """
    from highstreet import main
    from highstreet.kit.settings import load_settings
    from highstreet.market.feeds import service as feeds

    private_hosts = load_settings(os.environ, config, serving=False).private_hosts

    with progress(shown=sys.stderr.isatty() and not quiet) as report:

        async def errand(database: "Database") -> "Suggestion":
            await prepare(database, dry_run=False, report=report)
            return await feeds.suggest(database, source, private_hosts=private_hosts)

        suggestion = main.operate(config, errand, traced="suggest")
    if output is not None:
        _write(output, suggestion.toml)
    if as_json:
        click.echo(msgspec.json.encode(suggestion).decode())
    elif output is None:
        click.echo(suggestion.toml, nl=False)
    if not (quiet or as_json):
        _show(suggestion)
    if suggestion.incomplete is not None:
        raise InvalidInput.at(suggestion.source, f"the mapping has to be finished by hand: {suggestion.incomplete}")


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InvalidInput.at("--output", f"{path} is there already; name another file, or remove it") from None
    except OSError as problem:
        raise InvalidInput.at("--output", f"{path} cannot be written ({problem.strerror})") from None


def _show(suggestion: "Suggestion") -> None:
    """The preview, on standard error, so that the mapping can be redirected into a file."""
    from rich.console import Console

    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if suggestion.tried is not None:
        _show_deals(console.print, suggestion.tried)
        console.print(_counts(suggestion.tried))
        for reason, rows in list(suggestion.tried.refused.items())[:_SHOWN_REASONS]:
            console.print(f"  {rows:,} x {reason}")
    for doubt in suggestion.doubts[:_SHOWN_DOUBTS]:
        console.print(f"UNSURE {doubt.field}: {doubt.text}" if doubt.field else f"UNSURE {doubt.text}")
    if len(suggestion.doubts) > _SHOWN_DOUBTS:
        console.print(f"and {len(suggestion.doubts) - _SHOWN_DOUBTS:,} more; all of them are marked in the mapping.")
    console.print(f"From {suggestion.looked_at:,} rows of {suggestion.source}. Nothing was imported.")


def _counts(tried: "Try") -> str:
    return f"{tried.accepted:,} of the {tried.rows:,} rows that were tried can be used."


def _show_deals(show: "Callable[[object], None]", tried: "Try") -> None:
    from rich.table import Table
    from rich.text import Text

    if not tried.deals:
        return
    rows = [_cells(deal, tried.place_names) for deal in tried.deals]
    table = Table(title="As they would look")
    filled = [position for position in range(len(_COLUMNS)) if any(row[position] for row in rows)]
    headings = list(_COLUMNS)
    for heading in (headings[position] for position in filled):
        table.add_column(
            heading,
            overflow="ellipsis",
            no_wrap=heading != "title",
            max_width=_COLUMNS[heading],
            min_width=len(heading),
        )
    for row in rows:
        table.add_row(*(Text(row[position]) for position in filled))
    show(table)


def _cells(deal: "ImportedDeal", place_names: dict[str, str]) -> list[str]:
    from highstreet.kit.money import discount_percent

    option = deal.options[0]
    value = option.value_minor
    percent = discount_percent(option.price_minor, value)
    where = ", ".join(place_names.get(str(place), "") for place in (*deal.places, *deal.areas))
    more = f" (+{len(deal.options) - 1})" if len(deal.options) > 1 else ""
    return [
        deal.title,
        amount(option.price_minor, deal.currency) + more,
        "" if value is None else amount(value, deal.currency),
        "" if percent is None else f"{percent} %",
        where or str(deal.reach),
        f"{deal.starts_at:%Y-%m-%d}" if deal.starts_at else "",
        f"{deal.ends_at:%Y-%m-%d}" if deal.ends_at else "",
        deal.category or "",
    ]
