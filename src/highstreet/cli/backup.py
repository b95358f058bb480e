"""`highstreet backup`: the whole installation in one file."""

import os
from pathlib import Path

import click
import msgspec

from highstreet.cli._shared import config_option

_OLDER = "`highstreet restore --only-blobs` brings back those that an older backup has"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Replace FILE if it exists, once the new one is whole.")
@click.option("--without-blobs", is_flag=True, help="Leave out pictures; their place is then to be kept by itself.")
@click.option("--json", "as_json", is_flag=True, help="Tell what the backup holds as JSON.")
@config_option
@click.pass_context
def backup(
    context: click.Context, file: Path, *, replace: bool, without_blobs: bool, as_json: bool, config: Path | None
) -> None:
    """Write the database, as of this instant, and its pictures to FILE, while Highstreet goes on serving.

    Exit 1 also where pictures were missing or damaged: the backup is made then, without them.
    """
    from highstreet import main
    from highstreet.cli._shared import told_of
    from highstreet.kit.backup.taking import take
    from highstreet.kit.blobs import open_blobs
    from highstreet.kit.postgres.addresses import database_urls
    from highstreet.kit.settings import load_settings

    settings = load_settings(os.environ, config, serving=False)
    with database_urls(settings) as urls:
        manifest = take(
            urls.database,
            None if without_blobs else open_blobs(settings),
            file,
            at=main.clock_of(settings).now(),
            speaking=main.SPEAKING_OF_BLOBS,
            replace=replace,
        )
    kept = manifest.blobs
    if as_json:
        click.echo(msgspec.json.encode(manifest).decode())
    else:
        blobs = f" and {kept.count:,} blobs ({kept.bytes / 2**20:,.1f} MiB)" if kept else ", without blobs,"
        click.echo(f"Wrote {sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables{blobs} to {file}.")
    if kept and kept.lacking:
        click.echo(f"highstreet: The backup is made, and lacks {told_of(kept)}; {_OLDER}", err=True)
        context.exit(1)
