"""`highstreet outbox`: facts that could not be delivered, and what to do about them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from highstreet.cli._shared import config_option, json_option

_subscriber = click.option("--subscriber", help="Only this subscriber's; default: every one's.")


@click.group()
def outbox() -> None:
    """Look after facts that could not be delivered.

    A dead letter holds back the later facts of its aggregate, for its subscriber, until it is replayed or discarded.
    """


@outbox.command("list")
@_subscriber
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@config_option
def list_letters(subscriber: str | None, limit: int, *, as_json: bool, config: Path | None) -> None:
    """How far each subscriber is, and its dead letters, oldest first."""
    from highstreet import main
    from highstreet.kit import outbox as facts
    from highstreet.kit.database import Database

    async def errand(database: Database) -> Any:  # noqa: ANN401 - two lists, shown as they are
        async with database.system() as tx:
            letters = await facts.letters(tx, subscriber=subscriber, limit=limit)
            return letters, [each for each in await facts.standing(tx) if subscriber in {None, each.subscriber}]

    letters, standing = main.operate(config, errand)
    if as_json:
        _show_json({"letters": letters, "subscribers": standing})
        return
    for each in standing:
        click.echo(f"{each.subscriber}: {each.pending} to deliver, {each.dead} dead")
    for letter in letters:
        behind = f", {letter.waiting} waiting behind it" if letter.waiting else ""
        since = f"dead since {letter.died_at:%F %T} UTC"
        tried = f"attempts: {letter.attempts}"
        click.echo(f"{letter.fact_id}  {letter.name}  for {letter.subscriber}, {since}, {tried}{behind}")
        click.echo(f"    {letter.error}")
    if letters:
        click.echo("`highstreet outbox explain` with the first word of a line tells more, and what to do.")
    else:
        click.echo("There are no dead letters.")


@outbox.command()
@click.argument("fact_id", type=click.UUID)
@json_option
@config_option
def show(fact_id: UUID, *, as_json: bool, config: Path | None) -> None:
    """One fact with its payload, and who could not be handed it."""
    from highstreet import main
    from highstreet.kit import outbox as facts
    from highstreet.kit.database import Database

    async def errand(database: Database) -> Any:  # noqa: ANN401 - a fact and a list, shown as they are
        async with database.system() as tx:
            return await facts.fact(tx, fact_id), await facts.letters(tx, fact_id=fact_id)

    fact, letters = main.operate(config, errand)
    if as_json:
        _show_json({"fact": fact, "letters": letters})
        return
    click.echo(
        f"{fact.name} version {fact.version}, {fact.aggregate} {fact.aggregate_id}, {fact.recorded_at:%F %T} UTC"
    )
    click.echo(msgspec.json.format(msgspec.json.encode(fact.payload)).decode())
    for letter in letters:
        click.echo(f"Dead for {letter.subscriber}, attempts: {letter.attempts}: {letter.error}")


@outbox.command()
@click.argument("fact_id", type=click.UUID)
@json_option
@config_option
def explain(fact_id: UUID, *, as_json: bool, config: Path | None) -> None:
    """What became of one fact: each subscriber's attempts and errors, what waits behind it, and what can be done."""
    from highstreet import main
    from highstreet.cli import _explaining
    from highstreet.kit import outbox as facts
    from highstreet.kit.database import Database
    from highstreet.kit.outbox import FactExplained

    async def errand(database: Database) -> FactExplained:
        async with database.system() as tx:
            return await facts.explain(tx, fact_id)

    explained = main.operate(config, errand)
    if not as_json:
        click.echo("\n".join(_explaining.lines_of_fact(explained)))
        return
    told = msgspec.to_builtins(explained)
    for shown, each in zip(told["deliveries"], explained.deliveries, strict=True):
        shown["actions"] = _explaining.actions_for_delivery(fact_id, each)
    _show_json(told)


@outbox.command()
@click.argument("fact_id", type=click.UUID, required=False)
@click.option("--all", "everything", is_flag=True, help="Every dead letter.")
@_subscriber
@json_option
@config_option
def replay(
    fact_id: UUID | None, subscriber: str | None, *, everything: bool, as_json: bool, config: Path | None
) -> None:
    """Try dead letters again, from the first attempt. What waited behind them follows."""
    if (fact_id is None) != everything:
        raise click.UsageError("Name one fact, or say --all")
    from highstreet.kit import outbox as facts

    _settle(lambda tx: facts.replay(tx, fact_id, subscriber=subscriber), "Replayed", config, as_json=as_json)


@outbox.command()
@click.argument("fact_id", type=click.UUID)
@_subscriber
@json_option
@config_option
def discard(fact_id: UUID, subscriber: str | None, *, as_json: bool, config: Path | None) -> None:
    """Give up on a dead letter for good: its subscriber never hears of it, and what waited behind it goes on."""
    from highstreet.kit import outbox as facts

    _settle(lambda tx: facts.discard(tx, fact_id, subscriber=subscriber), "Discarded", config, as_json=as_json)


def _settle(change: Callable[[Any], Any], word: str, config: Path | None, *, as_json: bool) -> None:
    from highstreet import main
    from highstreet.kit.database import Database

    async def errand(database: Database) -> int:
        async with database.system() as tx:
            return int(await change(tx))

    count = main.operate(config, errand)
    if as_json:
        _show_json({word.lower(): count})
    else:
        click.echo(f"{word}: {count}")


def _show_json(content: object) -> None:
    click.echo(msgspec.json.encode(content).decode())
