"""`highstreet indexer`: keeps the search index of this machine in step with the catalogue."""

import os
from pathlib import Path

import click

from highstreet.cli._shared import INTERRUPTED, config_option


@click.command()
@config_option
@click.option("--parent", type=int, hidden=True)
@click.pass_context
def indexer(context: click.Context, *, config: Path | None, parent: int | None) -> None:
    """Write the search index that the web processes of this machine answer from, until SIGTERM or Ctrl-C.

    One a machine works; another one stands by, and takes over when the first ends.
    """
    import asyncio
    import signal

    from highstreet import main
    from highstreet.cli._ending import until_told
    from highstreet.kit.logs import configure_logs
    from highstreet.kit.postgres.addresses import database_urls
    from highstreet.kit.settings import load_settings

    settings = load_settings(os.environ, config, serving=False)
    configure_logs(settings.log_format)
    with database_urls(settings) as urls:
        ended_by = asyncio.run(until_told(main.index(settings, urls.database), parent))
    context.exit(INTERRUPTED if ended_by is signal.SIGINT else 0)
