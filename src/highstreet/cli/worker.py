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
    import contextlib
    import signal

    from highstreet import main
    from highstreet.kit.logs import configure_logs
    from highstreet.kit.postgres.addresses import database_urls
    from highstreet.kit.settings import load_settings

    settings = load_settings(os.environ, config, serving=False)
    if config is not None:  # for the programs that jobs start
        os.environ["HIGHSTREET_CONFIG"] = str(config.absolute())
    configure_logs(settings.log_format)

    codes = {signal.SIGTERM: 0, signal.SIGINT: INTERRUPTED}
    received: list[signal.Signals] = []

    async def run(url: str) -> None:
        working = asyncio.create_task(main.work(settings, url))

        def end(sig: signal.Signals) -> None:
            if not received:  # a second signal would cancel what the first one lets finish
                working.cancel()
            received.append(sig)

        loop = asyncio.get_running_loop()
        for sig in codes:
            loop.add_signal_handler(sig, end, sig)
        if parent is not None:  # a pipe that closes when whoever started this process is gone

            def orphaned(pipe: int) -> None:
                loop.remove_reader(pipe)
                end(signal.SIGTERM)

            loop.add_reader(parent, orphaned, parent)
        with contextlib.suppress(asyncio.CancelledError):
            await working

    with database_urls(settings) as urls:
        asyncio.run(run(urls.database))
    context.exit(codes[received[0]])
