"""`highstreet operator`: who works here."""

from pathlib import Path

import click
import msgspec

from highstreet.cli._shared import config_option, json_option


@click.group()
def operator() -> None:
    """Look after the people who run this marketplace."""


@operator.command("list")
@json_option
@config_option
def list_operators(*, as_json: bool, config: Path | None) -> None:
    """Whose account has which role here, oldest first."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.identity import service as identity
    from highstreet.market.identity.domain.roles import Reach

    async def errand(database: Database) -> list[dict[str, object]]:
        async with database.system() as tx:
            grants = await identity.staff_of(tx, Reach.EVERYTHING, None)
            accounts = {each.account_id: await identity.account(tx, each.account_id) for each in grants}
        return [
            {
                "email": accounts[each.account_id].email,
                "role": each.role,
                "state": accounts[each.account_id].state,
                "since": each.granted_at,
            }
            for each in grants
        ]

    found = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"operators": found}).decode())
        return
    for each in found:
        click.echo(f"{each['email']}  {each['role']}  {each['state']}")
    if not found:
        click.echo("Nobody has a role here yet.")
