"""`highstreet migrate`: bring the database to this version's shape."""

import os
from pathlib import Path

import click
import msgspec


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if something is pending.")
@click.option("--json", "as_json", is_flag=True, help="Tell the outcome as JSON.")
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A TOML file with settings."
)
@click.pass_context
def migrate(context: click.Context, *, check: bool, as_json: bool, config: Path | None) -> None:
    """Bring the database to this version's shape; safe while Highstreet serves, and safe to run again."""
    from highstreet.kit import migrations
    from highstreet.kit.postgres.addresses import database_urls
    from highstreet.kit.settings import load_settings

    settings = load_settings(os.environ, config, serving=False)
    with database_urls(settings) as urls:
        if check:
            revisions = migrations.lacking(urls.migrations)
        else:
            revisions = migrations.migrate(urls.migrations, database_url=urls.database)
    if as_json:
        outcome = {"head": migrations.head(), "pending" if check else "applied": revisions}
        click.echo(msgspec.json.encode(outcome).decode())
    else:
        click.echo(_sentence(revisions, check=check))
    if check and revisions:
        context.exit(1)


def _sentence(revisions: tuple[str, ...], *, check: bool) -> str:
    if not revisions:
        return "The database is up to date."
    return f"{'Pending' if check else 'Applied'}: {', '.join(revisions)}"
