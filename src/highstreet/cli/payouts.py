"""`highstreet payouts`: settle with merchants, carry their payouts, and write their statements."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click
import msgspec

from highstreet.cli._shared import amount, config_option, json_option

if TYPE_CHECKING:
    from highstreet.kit.database import Transaction
    from highstreet.market.settlement.domain.payouts import Payout

_STATES = ("proposed", "sent", "paid", "failed")
_payout_id = click.argument("payout_id", type=click.UUID)


@click.group()
def payouts() -> None:
    """Pay merchants what they earned.

    A settling proposes a payout; whoever pays by hand marks it as sent, and then as paid or failed.
    """


@payouts.command()
@click.option("--merchant", type=click.UUID, help="Only this merchant, due or not; default: everybody who is due.")
@json_option
@config_option
def run(merchant: UUID | None, *, as_json: bool, config: Path | None) -> None:
    """Settle with merchants now: state what moved, and propose payouts.

    Workers do the same as it becomes due. Each merchant is settled with whole or not at all, so this may be stopped and
    run again at any time.
    """
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.settlement import service as settlement
    from highstreet.market.settlement.domain.statements import Statement

    async def errand(database: Database) -> list[Statement]:
        async with database.system() as tx:
            await settlement.enrol(tx)
            known = await settlement.all_payees(tx)
        made: list[Statement] = []
        for payee in known:
            if merchant in {None, payee.merchant_id}:
                async with database.system() as tx:
                    statement = await settlement.settle(
                        tx, payee.merchant_id, payee.currency, at_once=merchant is not None
                    )
                made += [statement] if statement is not None else []
        return made

    made = main.operate(config, errand, traced="settle with merchants")
    if as_json:
        click.echo(msgspec.json.encode(made).decode())
        return
    for each in made:
        outcome = f"{amount(each.payout_minor, each.currency)} to pay"
        if each.carried_because is not None:
            outcome = f"{amount(each.closing_minor, each.currency)} carried over ({each.carried_because})"
        click.echo(f"{each.merchant_id}  statement {each.number} of {each.line_count} lines, {outcome}, {each.id}")
    if not made:
        click.echo("Nobody is due, or nothing has moved.")


@payouts.command("list")
@click.option(
    "--state", "states", type=click.Choice(_STATES), multiple=True, help="Only in this state; may be repeated."
)
@click.option("--merchant", type=click.UUID, help="Only this merchant's.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@config_option
def list_payouts(
    states: tuple[str, ...], merchant: UUID | None, limit: int, *, as_json: bool, config: Path | None
) -> None:
    """Payouts, newest first."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.settlement import service as settlement
    from highstreet.market.settlement.domain.payouts import Payout, PayoutState

    wanted = [PayoutState(state) for state in states] or list(PayoutState)

    async def errand(database: Database) -> list[Payout]:
        async with database.system() as tx:
            return await settlement.payouts(tx, states=wanted, merchant_id=merchant, limit=limit)

    found = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for each in found:
        click.echo(_told(each))
    if not found:
        click.echo("There are no such payouts.")


@payouts.command()
@_payout_id
@click.option("--transfer", help="What the bank or the provider calls it.")
@json_option
@config_option
def sent(payout_id: UUID, transfer: str | None, *, as_json: bool, config: Path | None) -> None:
    """Whoever pays was told to."""
    from highstreet.market.settlement import service as settlement

    _step(lambda tx: settlement.mark_sent(tx, payout_id, transfer_ref=transfer), config, as_json=as_json)


@payouts.command()
@_payout_id
@json_option
@config_option
def paid(payout_id: UUID, *, as_json: bool, config: Path | None) -> None:
    """It has left the bank account."""
    from highstreet.market.settlement import service as settlement

    _step(lambda tx: settlement.mark_paid(tx, payout_id), config, as_json=as_json)


@payouts.command()
@_payout_id
@click.argument("problem")
@json_option
@config_option
def failed(payout_id: UUID, problem: str, *, as_json: bool, config: Path | None) -> None:
    """It came back: the amount is the merchant's to claim again, and withheld until somebody agrees to pay."""
    from highstreet.market.settlement import service as settlement

    _step(lambda tx: settlement.mark_failed(tx, payout_id, problem), config, as_json=as_json)


@payouts.command()
@click.argument("merchant_id", type=click.UUID)
@click.argument("currency")
@click.option("--schedule", type=click.Choice(["weekly", "monthly", "on_redemption"]), help="When to settle.")
@click.option("--minimum", "minimum_minor", type=click.IntRange(0), help="In minor units; less is carried over.")
@click.option("--reserve-percent", type=click.FloatRange(0, 100), help="How much of what is earned is held back.")
@click.option("--reserve-days", type=click.IntRange(0, 365), help="For how long.")
@click.option("--destination", help="The name by which whoever pays knows where to; no account number.")
@click.option(
    "--bears-disputes/--keeps-disputed",
    default=None,
    help="Whether what was earned by a voucher goes back when its payment was disputed and that was lost.",
)
@click.option("--withhold", help="Pay nothing for the time being, and why.")
@click.option("--release", is_flag=True, help="Pay again.")
@json_option
@config_option
def agree(  # noqa: PLR0913 - an option each
    merchant_id: UUID,
    currency: str,
    schedule: str | None,
    minimum_minor: int | None,
    reserve_percent: float | None,
    reserve_days: int | None,
    destination: str | None,
    withhold: str | None,
    *,
    bears_disputes: bool | None,
    release: bool,
    as_json: bool,
    config: Path | None,
) -> None:
    """Say how a merchant is paid; what is not said stays as it is."""
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.settlement import service as settlement
    from highstreet.market.settlement.domain.payees import Payee, Schedule

    said: dict[str, Any] = {
        "schedule": Schedule(schedule) if schedule else None,
        "minimum_minor": minimum_minor,
        "reserve_basis_points": None if reserve_percent is None else round(reserve_percent * 100),
        "reserve_days": reserve_days,
        "destination": destination,
        "bears_disputes": bears_disputes,
        "withheld": withhold,
    }

    async def errand(database: Database) -> Payee:
        async with database.transaction(OPERATOR) as tx:
            standing = await settlement.terms_of(tx, merchant_id, currency)
            changes = {name: value for name, value in said.items() if value is not None}
            terms = msgspec.structs.replace(standing, **{**changes, **({"withheld": None} if release else {})})
            return await settlement.agree(tx, merchant_id, currency, terms)

    payee = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode(payee).decode())
        return
    terms = payee.terms
    click.echo(
        f"{payee.merchant_id} in {payee.currency}: {terms.schedule}, from {amount(terms.minimum_minor, currency)} on, "
        f"to {terms.destination or 'nowhere yet'}, {terms.reserve_basis_points / 100:g}% held back for "
        f"{terms.reserve_days} days"
        + (", bears lost disputes" if terms.bears_disputes else "")
        + (f", withheld: {terms.withheld}" if terms.withheld else "")
    )


@payouts.command()
@click.argument("statement_id", type=click.UUID)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def statement(statement_id: UUID, file: Path, config: Path | None) -> None:
    """Write a statement to a file, as PDF or CSV by its ending."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.settlement import service as settlement

    makers = {".csv": settlement.statement_as_csv, ".pdf": settlement.statement_as_pdf}
    if file.suffix.lower() not in makers:
        raise click.UsageError("The file has to end in .csv or .pdf")
    make = makers[file.suffix.lower()]

    async def errand(database: Database) -> bytes:
        async with database.system() as tx:
            return await make(tx, statement_id)

    content = main.operate(config, errand)
    file.write_bytes(content)
    click.echo(f"Wrote {len(content):,} bytes to {file}")


def _step(
    change: "Callable[[Transaction], Coroutine[Any, Any, Payout]]", config: Path | None, *, as_json: bool
) -> None:
    from highstreet import main
    from highstreet.kit.database import Database

    async def errand(database: Database) -> "Payout":
        async with database.system() as tx:
            return await change(tx)

    payout = main.operate(config, errand)
    click.echo(msgspec.json.encode(payout).decode() if as_json else _told(payout))


def _told(payout: "Payout") -> str:
    about = f", {payout.problem}" if payout.problem else ""
    return (
        f"{payout.id}  {payout.state:<9}{amount(payout.amount_minor, payout.currency):>20}  to {payout.destination}, "
        f"merchant {payout.merchant_id}, proposed {payout.proposed_at:%F}{about}"
    )
