"""`highstreet migrate`: bring the database to this version's shape."""

import os
from pathlib import Path

import click
import msgspec

from highstreet.cli._shared import config_option


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if something is pending.")
@click.option("--json", "as_json", is_flag=True, help="Tell the outcome as JSON.")
@config_option
@click.pass_context
def migrate(context: click.Context, *, check: bool, as_json: bool, config: Path | None) -> None:
    """Bring the database to this version's shape; safe while Highstreet serves, and safe to run again."""
    from highstreet.kit import migrations, revisions
    from highstreet.kit.postgres.addresses import database_urls
    from highstreet.kit.settings import load_settings

    settings = load_settings(os.environ, config, serving=False)
    with database_urls(settings) as urls:
        if check:
            steps = migrations.lacking(urls.migrations)
        else:
            steps = migrations.migrate(urls.migrations, database_url=urls.database)
    if as_json:
        outcome = {"head": revisions.head(), "pending" if check else "applied": steps}
        click.echo(msgspec.json.encode(outcome).decode())
    else:
        click.echo(_sentence(steps, check=check))
    if check and steps:
        context.exit(1)


def _sentence(steps: tuple[str, ...], *, check: bool) -> str:
    if not steps:
        return "The database is up to date."
    return f"{'Pending' if check else 'Applied'}: {', '.join(steps)}"
