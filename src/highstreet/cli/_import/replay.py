"""`highstreet import replay`: read refused rows again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from highstreet.cli._import.file import print_summary, refused_in_memory
from highstreet.cli._import.progress import progress
from highstreet.cli._shared import config_option, json_option, os_user
from highstreet.kit.errors import InvalidInput

if TYPE_CHECKING:
    from highstreet.kit.database import Database
    from highstreet.market.feeds.domain.runs import ImportSummary, RefusedRow

_MAX_MENDING_BYTES = 2**28


@click.command()
@click.argument("run", type=int)
@click.option("--mapping", "mapping_name", metavar="FILE.toml|NAME", help="Another mapping than the run's.")
@click.option(
    "--mending",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Mended rows: lines of `highstreet import show RUN --rejects`, with other cells.",
)
@json_option
@click.option("--quiet", is_flag=True, help="No progress bar and no summary.")
@config_option
def replay(
    run: int, *, mapping_name: str | None, mending: Path | None, as_json: bool, quiet: bool, config: Path | None
) -> None:
    """Read the rows again that RUN refused: after a mapping was corrected, or rows were mended.

    It is a run of its own, in which no deal vanishes, and can be undone like any other.
    """
    from highstreet import main
    from highstreet.market.feeds import service as feeds
    from highstreet.market.feeds.domain.runs import Asked

    mapping = feeds.load_mapping(mapping_name) if mapping_name else None
    mended = _read(mending) if mending else None
    refused = refused_in_memory()
    with progress(shown=sys.stderr.isatty() and not quiet) as report:

        async def errand(database: "Database") -> "ImportSummary":
            return await feeds.replay(
                database,
                run,
                mapping=mapping,
                mended=mended,
                asked=Asked(os_user=os_user(), mapping_name=mapping_name),
                on_reject=refused.add,
                report=report,
            )

        summary = main.operate(config, errand, traced="import")
    print_summary(summary, refused, as_json=as_json, quiet=quiet)


def _read(file: Path) -> "list[RefusedRow]":
    from highstreet.market.feeds.domain.runs import RefusedRow

    try:
        if file.stat().st_size > _MAX_MENDING_BYTES:
            raise InvalidInput.at(file.name, f"is larger than {_MAX_MENDING_BYTES // 2**20} MiB")
        lines = file.read_bytes().splitlines()
    except OSError as problem:
        raise InvalidInput.at(file.name, f"cannot be read: {problem.strerror}") from None
    rows: list[RefusedRow] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            rows.append(_row(file, number, line, RefusedRow))
    return rows


def _row(file: Path, number: int, line: bytes, row: "type[RefusedRow]") -> "RefusedRow":
    """With the standard library's parser: half characters, which a feed may hold, come back as they were."""
    import json

    try:
        return msgspec.convert(json.loads(line), row)
    except (ValueError, RecursionError) as problem:
        raise InvalidInput.at(f"{file.name} line {number}", f"is no row that was refused: {problem}") from None
