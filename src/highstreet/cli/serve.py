"""`highstreet serve`: answer visitors."""

import os
import sys
from pathlib import Path

import click

from highstreet.cli._shared import INTERRUPTED, config_option


@click.command()
@click.option("--host", help="The address to listen on. Default: HIGHSTREET_HOST, else 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="The port; taken: the next free one; 0: any. Default: 8000."
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
@click.option(
    "--drain-seconds",
    type=click.FloatRange(0, 300),
    default=3.0,
    show_default=True,
    help="How long visitors are still let in after SIGTERM, for whoever sends them to notice.",
)
@click.option("--no-indexer", is_flag=True, help="Another process of this machine keeps the search index.")
@click.option("--allow-remote", is_flag=True, help="Let demo and test listen beyond this machine.")
@config_option
@click.option("--socket", "socket_number", type=int, hidden=True)
@click.option("--parent", type=int, hidden=True)
@click.option("--sibling", is_flag=True, hidden=True)
@click.pass_context
def serve(  # noqa: PLR0913 - one argument an option
    context: click.Context,
    *,
    host: str | None,
    port: int | None,
    workers: int,
    drain_seconds: float,
    no_indexer: bool,
    allow_remote: bool,
    config: Path | None,
    socket_number: int | None,
    parent: int | None,
    sibling: bool,
) -> None:
    """Answer visitors until SIGTERM or Ctrl-C; no answer that was begun is cut off."""
    import signal
    import socket

    if parent is not None:
        # A child that is still starting has nobody to see out: it just goes, whatever it is importing.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from highstreet.kit.logs import configure_logs
    from highstreet.kit.postgres.addresses import database_urls
    from highstreet.kit.processes import Program
    from highstreet.kit.settings import load_settings
    from highstreet.web import server
    from highstreet.web.server import Farewell

    chosen = {"HIGHSTREET_HOST": host, "HIGHSTREET_PORT": None if port is None else str(port)}
    if allow_remote:
        chosen["HIGHSTREET_ALLOW_REMOTE"] = "true"
    environ = {**os.environ, **{name: text for name, text in chosen.items() if text is not None}}
    settings = load_settings(environ, config)
    configure_logs(settings.log_format)
    farewell = Farewell(accept_s=drain_seconds)
    given = socket.socket(fileno=socket_number) if socket_number is not None else None
    listening = given or server.bind(settings.host, settings.port)
    with listening, database_urls(settings) as urls:
        if given is None:
            click.echo(f"Highstreet is listening at {server.address_of(listening)}")
        environ["HIGHSTREET_DATABASE_URL"] = urls.database
        configured = [f"--config={config}"] if config else []
        companions: list[Program] = []
        if not (no_indexer or sibling):
            companions.append(Program("indexer", [sys.executable, "-m", "highstreet", "indexer", *configured], environ))
        if workers == 1:
            from highstreet import main

            interrupted = main.serve(
                settings, urls.database, listening, farewell, parent=parent, sibling=sibling, companions=companions
            )
            context.exit(INTERRUPTED if interrupted else 0)

        from highstreet.web.supervisor import supervise

        os.environ.update(environ)
        command = ["-m", "highstreet", "serve", f"--drain-seconds={drain_seconds}", *configured]
        context.exit(supervise(workers, listening, command, farewell, parent=parent, companions=companions))
