"""`highstreet worker`: what happens behind the counter."""

import os
from pathlib import Path

import click

from highstreet.cli._shared import INTERRUPTED, config_option


@click.command()
@config_option
@click.option("--parent", type=int, hidden=True)
@click.pass_context
def worker(context: click.Context, *, config: Path | None, parent: int | None) -> None:
    """Carry facts to their subscribers, do the work of the queue and sweep what is due, until SIGTERM or Ctrl-C."""
    import asyncio
    import signal

    from highstreet import main
    from highstreet.cli._ending import until_told
    from highstreet.kit.logs import configure_logs
    from highstreet.kit.postgres.addresses import database_urls
    from highstreet.kit.settings import load_settings

    settings = load_settings(os.environ, config)
    if config is not None:  # for the programs that jobs start
        os.environ["HIGHSTREET_CONFIG"] = str(config.absolute())
    configure_logs(settings.log_format)
    with database_urls(settings) as urls:
        ended_by = asyncio.run(until_told(main.work(settings, urls.database), parent))
    context.exit(INTERRUPTED if ended_by is signal.SIGINT else 0)
