"""`highstreet restore`: what `highstreet backup` wrote, in an empty database."""

import os
from pathlib import Path

import click
import msgspec

from highstreet.cli._shared import config_option


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--without-blobs", is_flag=True, help="Leave pictures in FILE; their place is then to be filled by itself."
)
@click.option("--only-blobs", is_flag=True, help="Bring back pictures that were lost, and leave the database alone.")
@click.option("--json", "as_json", is_flag=True, help="Tell what was restored as JSON.")
@config_option
@click.pass_context
def restore(
    context: click.Context, file: Path, *, without_blobs: bool, only_blobs: bool, as_json: bool, config: Path | None
) -> None:
    """Bring the backup FILE into an empty database, and to this version's shape; all rows come, or none.

    Its pictures go where HIGHSTREET_BLOBS_URL says; what is there already stays.
    """
    from highstreet.cli._shared import told_of
    from highstreet.kit.backup import restoring
    from highstreet.kit.blobs import open_blobs
    from highstreet.kit.postgres.addresses import database_urls
    from highstreet.kit.settings import load_settings

    if without_blobs and only_blobs:
        raise click.UsageError("--without-blobs and --only-blobs leave nothing to restore", context)
    settings = load_settings(os.environ, config, serving=False)
    if only_blobs:
        held = restoring.bring_blobs(file, open_blobs(settings)).blobs
        click.echo(f"Brought back {held.count if held else 0:,} blobs; what was there already stays as it was.")
        return
    with database_urls(settings) as urls:
        blobs = None if without_blobs else open_blobs(settings)
        manifest = restoring.restore(file, urls.migrations, blobs, database_url=urls.database)
    if as_json:
        click.echo(msgspec.json.encode(manifest).decode())
    else:
        rows, at = sum(manifest.rows.values()), f"{manifest.made_at:%F %T} UTC"
        kept = manifest.blobs
        brought = f" and {kept.count:,} blobs" if kept and not without_blobs else ", without blobs"
        click.echo(f"Restored {rows:,} rows of {len(manifest.rows)} tables{brought}, as they were on {at}.")
        if kept and kept.lacking:
            click.echo(f"The backup lacked {told_of(kept)}.", err=True)
