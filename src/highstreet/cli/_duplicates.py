"""`highstreet deals duplicates`: deals that are likely the same, and what is decided about them."""

import resource
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from highstreet.cli._shared import amount, config_option, json_option

_MEMORY_BYTES = 4 * 2**30
"""What the search may take of a worker's machine; by hand, it may take as much as there is."""

_pair = click.argument("pair_id", metavar="PAIR", type=click.UUID)


@click.group()
def duplicates() -> None:
    """Settle which deals are the same. What is likely is proposed; only a person merges."""


@duplicates.command()
@click.option(
    "--all", "everything", is_flag=True, help="Compare all deals, not only those that changed since last time."
)
@click.option("--parent", type=int, hidden=True)
@json_option
@config_option
def find(*, everything: bool, parent: int | None, as_json: bool, config: Path | None) -> None:
    """Look for deals that are likely the same, and propose them for merging."""
    from highstreet import main
    from highstreet.kit import limits
    from highstreet.kit.commands import end_with
    from highstreet.kit.database import Database
    from highstreet.market.catalog import service as catalog
    from highstreet.market.catalog.domain.duplicates import Search

    if parent is not None:
        end_with(parent)
        limits.lower(resource.RLIMIT_AS, _MEMORY_BYTES)

    async def errand(database: Database) -> Search:
        return await catalog.find_duplicates(database, everything=everything)

    found = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        click.echo(f"Compared {found.changed} of {found.deals} deals: {found.proposed} pairs proposed anew, ", nl=False)
        click.echo(f"{found.forgotten} no longer likely.")


@duplicates.command("list")
@click.option("--state", type=click.Choice(["proposed", "merged", "rejected"]), default="proposed", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@config_option
def list_pairs(state: str, limit: int, *, as_json: bool, config: Path | None) -> None:
    """Pairs of deals, the likeliest first."""
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.catalog import service as catalog
    from highstreet.market.catalog.domain.duplicates import DuplicatePair, PairState

    async def errand(database: Database) -> list[DuplicatePair]:
        async with database.transaction(OPERATOR) as tx:
            return await catalog.duplicate_pairs(tx, state=PairState(state), limit=limit)

    found = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"pairs": found}).decode())
        return
    for pair in found:
        click.echo(f"{pair.id}  {pair.score:+.1f} bits")
        for side in (pair.first, pair.second):
            click.echo(f"    {_side(side, gave_way=side.id == pair.withdrawn_id)}")
    if not found:
        click.echo("There are none.")


def _side(side: Any, *, gave_way: bool) -> str:  # noqa: ANN401 - a Side, whose module a command's help need not load
    source = f"{side.feed} {side.key}" if side.feed else str(side.origin)
    price = amount(side.price_minor, side.currency) if side.price_minor is not None else "no price"
    by = f" by {side.merchant}" if side.merchant else ""
    return f"{side.id}  {side.title}{by}, {price}, {side.state}, {source}" + (", gave way" if gave_way else "")


@duplicates.command()
@_pair
@config_option
def show(pair_id: UUID, *, config: Path | None) -> None:
    """One pair with both deals, and the bits that each comparison added to its score."""
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.catalog import service as catalog
    from highstreet.market.catalog.domain.duplicates import DuplicatePair

    async def errand(database: Database) -> DuplicatePair:
        async with database.transaction(OPERATOR) as tx:
            return await catalog.duplicate_pair(tx, pair_id)

    click.echo(msgspec.json.format(msgspec.json.encode(main.operate(config, errand))).decode())


@duplicates.command()
@_pair
@click.option("--keep", type=click.UUID, help="The deal that stays; unless told, the one sold here, running, or older.")
@config_option
def merge(pair_id: UUID, keep: UUID | None, *, config: Path | None) -> None:
    """Let one deal of a pair give way to the other; the address of its page leads there."""
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.catalog import service as catalog

    async def errand(database: Database) -> tuple[UUID, UUID]:
        async with database.transaction(OPERATOR) as tx:
            return await catalog.merge_duplicates(tx, pair_id, keep=keep)

    stays, goes = main.operate(config, errand)
    click.echo(f"Merged: {goes} gives way to {stays}.")


@duplicates.command()
@_pair
@config_option
def reject(pair_id: UUID, *, config: Path | None) -> None:
    """The two are not the same. They are proposed again only when both have changed."""
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.catalog import service as catalog

    async def errand(database: Database) -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.reject_duplicates(tx, pair_id)

    main.operate(config, errand)
    click.echo("Rejected.")


@duplicates.command()
@_pair
@config_option
def split(pair_id: UUID, *, config: Path | None) -> None:
    """Undo a merge: the deal that gave way comes back."""
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.catalog import service as catalog

    async def errand(database: Database) -> Any:  # noqa: ANN401 - an id and a state, shown as they are
        async with database.transaction(OPERATOR) as tx:
            return await catalog.split_duplicates(tx, pair_id)

    back, state = main.operate(config, errand)
    click.echo(f"Split: {back} is {state} again.")
