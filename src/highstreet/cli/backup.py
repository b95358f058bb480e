"""`highstreet backup`: the whole installation in one file."""

import os
from pathlib import Path

import click
import msgspec

from highstreet.cli._shared import config_option


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Replace FILE if it exists, once the new one is whole.")
@click.option("--json", "as_json", is_flag=True, help="Tell what the backup holds as JSON.")
@config_option
def backup(file: Path, *, replace: bool, as_json: bool, config: Path | None) -> None:
    """Write everything in the database to FILE, as of this instant, while Highstreet goes on serving."""
    from highstreet import main
    from highstreet.kit.backup.taking import take
    from highstreet.kit.postgres.addresses import database_urls
    from highstreet.kit.settings import load_settings

    settings = load_settings(os.environ, config, serving=False)
    with database_urls(settings) as urls:
        manifest = take(urls.database, file, at=main.clock_of(settings).now(), replace=replace)
    if as_json:
        click.echo(msgspec.json.encode(manifest).decode())
    else:
        click.echo(f"Wrote {sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables to {file}.")
