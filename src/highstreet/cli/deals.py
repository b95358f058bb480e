"""`highstreet deals`: what an operator does with imported deals by hand."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from highstreet.cli._duplicates import duplicates
from highstreet.cli._shared import config_option, json_option

_deal = click.argument("deal_id", metavar="DEAL", type=click.UUID)


@click.group()
def deals() -> None:
    """Look after imported deals: adopt them, and settle which are the same."""


deals.add_command(duplicates)


@deals.command()
@_deal
@click.option("--merchant", help="Also list the locations of this merchant (slug or id).")
@json_option
@config_option
def show(deal_id: UUID, merchant: str | None, *, as_json: bool, config: Path | None) -> None:
    """One deal as it stands, and what its adoption has to say because its feed does not."""
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.catalog import service as catalog

    async def errand(database: Database) -> Any:  # noqa: ANN401 - a deal, its gaps and locations, shown as they are
        async with database.transaction(OPERATOR) as tx:
            deal, gaps = await catalog.adoptable_deal(tx, deal_id)
            known = merchant or (str(deal.merchant_id) if deal.merchant_id else None)
            return deal, gaps, await catalog.merchant_locations(tx, known) if known else []

    deal, gaps, locations = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"deal": deal, "gaps": gaps, "locations": locations}).decode())
        return
    click.echo(_pretty(deal))
    for location in locations:
        named = f"{location.name}, " if location.name else ""
        click.echo(f"Location {location.id}: {named}{location.address}, {location.place_name}")
    for gap in gaps:
        click.echo(f"An adoption has to say: {gap.field}, which {gap.message}")
    if deal.source is None:
        click.echo("This deal has no feed behind it (any longer).")


@deals.command()
@_deal
@click.argument("agreement", metavar="AGREEMENT", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--preview", is_flag=True, help="Only show what would be promised, and its digest.")
@click.option(
    "--confirm", metavar="DIGEST", help="The digest that --preview printed: this and nothing else is adopted."
)
@json_option
@config_option
def adopt(
    deal_id: UUID, agreement: Path, *, preview: bool, confirm: str | None, as_json: bool, config: Path | None
) -> None:
    """Sell an imported deal here, by what AGREEMENT (a TOML file) says was agreed with its merchant."""
    if preview == (confirm is not None):
        raise click.UsageError("Say --preview first, then --confirm with the digest that it prints")
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.catalog import service as catalog
    from highstreet.market.catalog.domain.adoption import Adoption, Agreement

    agreed = _read(agreement, Adoption)

    async def errand(database: Database) -> Agreement:
        async with database.transaction(OPERATOR) as tx:
            if confirm is None:
                return await catalog.preview_adoption(tx, deal_id, agreed)
            return await catalog.adopt(tx, deal_id, agreed, confirmed=confirm)

    found = main.operate(config, errand, traced="adoption")
    if as_json:
        click.echo(msgspec.json.encode({"digest": found.digest(), "adopted": not preview, "agreement": found}).decode())
    elif preview:
        click.echo(_pretty(found))
        click.echo(f"Nothing is adopted yet. To confirm exactly this: --confirm {found.digest()}")
    else:
        click.echo(f"Adopted: {found.deal_id} is {found.state}.")


@deals.command()
@click.option("--drifted", is_flag=True, help="Only those whose feed says something new since anybody looked.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@config_option
def adopted(limit: int, *, drifted: bool, as_json: bool, config: Path | None) -> None:
    """Adopted deals, the latest first, with where they came from."""
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.catalog import service as catalog
    from highstreet.market.catalog.domain.adoption import AdoptedDeal

    async def errand(database: Database) -> list[AdoptedDeal]:
        async with database.transaction(OPERATOR) as tx:
            return await catalog.adopted_deals(tx, drifted=drifted, limit=limit)

    found = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"deals": found}).decode())
        return
    for deal in found:
        click.echo(f"{deal.deal_id}  {deal.state}  {deal.title}")
        click.echo(f"    from {deal.feed} {deal.key}, adopted {deal.adopted_at:%F %T} UTC")
        if deal.drifted:
            click.echo("    its feed says something else by now:")
            click.echo(_pretty(deal.stated) if deal.stated else "    what it said at the adoption, again")
    if not found:
        click.echo("There are none.")


@deals.command()
@_deal
@config_option
def acknowledge(deal_id: UUID, *, config: Path | None) -> None:
    """What the feed of an adopted deal says by now was looked at; it is listed again once it changes again."""
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.catalog import service as catalog

    async def errand(database: Database) -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.acknowledge_drift(tx, deal_id)

    main.operate(config, errand)
    click.echo("Acknowledged.")


def _read(path: Path, kind: Any) -> Any:  # noqa: ANN401 - whatever kind is asked for
    """The file as `kind`. Raises InvalidInput with the place of what is wrong."""
    from highstreet.kit.errors import InvalidInput

    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise InvalidInput.at(path.name, str(problem)) from None
    except OSError as problem:
        raise InvalidInput.at(path.name, f"cannot be read: {problem.strerror}") from None


def _pretty(content: object) -> str:
    return msgspec.json.format(msgspec.json.encode(content)).decode()
