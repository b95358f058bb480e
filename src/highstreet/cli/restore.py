"""`highstreet restore`: what `highstreet backup` wrote, in an empty database."""

import os
from pathlib import Path

import click
import msgspec

from highstreet.cli._shared import config_option


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Tell what was restored as JSON.")
@config_option
def restore(file: Path, *, as_json: bool, config: Path | None) -> None:
    """Bring the backup FILE into an empty database, and to this version's shape. All of it comes, or nothing."""
    from highstreet.kit.backup import restoring
    from highstreet.kit.postgres.addresses import database_urls
    from highstreet.kit.settings import load_settings

    settings = load_settings(os.environ, config, serving=False)
    with database_urls(settings) as urls:
        manifest = restoring.restore(file, urls.migrations, database_url=urls.database)
    if as_json:
        click.echo(msgspec.json.encode(manifest).decode())
    else:
        rows, at = sum(manifest.rows.values()), f"{manifest.made_at:%F %T} UTC"
        click.echo(f"Restored {rows:,} rows of {len(manifest.rows)} tables, as they were on {at}.")
