"""`highstreet operator`: who works here."""

from pathlib import Path

import click
import msgspec

from highstreet.cli._shared import config_option, json_option


@click.group()
def operator() -> None:
    """Look after the people who run this marketplace."""


@operator.command()
@click.argument("email")
@click.option("--role", help="Default: operator_admin, who may everything.")
@json_option
@config_option
def invite(email: str, role: str | None, *, as_json: bool, config: Path | None) -> None:
    """Print a link by which whoever has the address EMAIL gets a role here, once and within a week.

    Whoever has the link gets in by it: hand it to that person alone.
    """
    import os

    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.kit.errors import ConfigurationError
    from highstreet.kit.settings import load_settings
    from highstreet.market.identity import service as identity
    from highstreet.market.identity.domain.roles import REACH_OF, Reach, Role

    roles = {str(each): each for each, reach in REACH_OF.items() if reach is Reach.EVERYTHING}
    wanted = roles.get(role or Role.OPERATOR_ADMIN)
    if wanted is None:
        raise click.BadParameter(f"is one of {', '.join(roles)}", param_hint="--role")
    settings = load_settings(os.environ, config, serving=False)
    if settings.public_url is None and settings.port == 0:
        raise ConfigurationError("HIGHSTREET_PUBLIC_URL is not set, so there is no address that a link could lead to")
    origin = settings.public_url or f"http://{settings.host}:{settings.port}"

    async def errand(database: Database) -> str:
        return await identity.invite(database, OPERATOR, email, wanted, None)

    token = main.operate(config, errand)
    link = f"{origin.rstrip('/')}/account/invite?token={token}"
    click.echo(msgspec.json.encode({"link": link}).decode() if as_json else link)


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
