"""`highstreet mail`: what became of the mails that were to be sent."""

from pathlib import Path

import click
import msgspec

from highstreet.cli._shared import config_option, json_option


@click.group()
def mail() -> None:
    """Look after the mail that this marketplace sends."""


@mail.command("list")
@click.option("--state", type=click.Choice(["queued", "sent", "refused", "kept"]), help="Default: all four.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@config_option
def list_mails(state: str | None, limit: int, *, as_json: bool, config: Path | None) -> None:
    """To whom mail went, or why it did not, newest first. What a mail said is not shown."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.kit.mail import queue
    from highstreet.kit.mail.queue import MailRecord

    async def errand(database: Database) -> list[MailRecord]:
        async with database.system() as tx:
            return await queue.records(tx, state=state, limit=limit)

    found = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"mails": found}).decode())
        return
    for each in found:
        click.echo(
            f"{each.queued_at:%F %T} UTC  {each.kind}  {each.recipient}  {each.state}, attempts: {each.attempts}"
        )
        if each.problem:
            click.echo(f"    {each.problem}")
    if not found:
        click.echo("There is no mail.")
