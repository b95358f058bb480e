"""`highstreet payments`: the provider's books against ours, and what became of one payment."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from highstreet.cli._shared import amount, config_option, json_option


@click.group()
def payments() -> None:
    """Look after payments: hold the provider's books against ours, and follow one payment."""


@payments.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day, by UTC; default: the next that was not done.")
@json_option
@config_option
def reconcile(day: datetime | None, *, as_json: bool, config: Path | None) -> None:
    """Compare a day with the provider's books. Workers do so by themselves, an hour after each day."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.payments import service
    from highstreet.market.payments.domain.reconciliation import Reconciliation
    from highstreet.market.payments.service import Provider, Then

    async def errand(database: Database, provider: Provider, then: Then) -> Reconciliation | None:
        wanted = day.replace(tzinfo=UTC).date() if day else None
        if wanted is None:
            async with database.system() as tx:
                wanted = await service.due_day(tx, provider.name)
        return None if wanted is None else await service.reconcile(database, provider, wanted, then)

    done = main.ask_provider(config, errand, traced="reconcile payments")
    if as_json:
        click.echo(msgspec.json.encode(done).decode())
    elif done is None:
        click.echo("Every day that is over was compared.")
    else:
        click.echo(f"{done.day} at {done.provider}: {done.records} records, {done.differences} differences are open.")


@payments.command("list")
@click.option("--all", "settled", is_flag=True, help="Settled ones too.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@config_option
def list_differences(limit: int, *, settled: bool, as_json: bool, config: Path | None) -> None:
    """Where the provider's books and ours differ, newest day first, and which days were compared last."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.payments import service

    async def errand(database: Database) -> Any:  # noqa: ANN401 -- two lists, shown as they are
        async with database.system() as tx:
            found = await service.differences(tx, settled=settled, limit=limit)
            return found, await service.reconciliations(tx, 7)

    differences, days = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"differences": differences, "days": days}).decode())
        return
    for each in days:
        click.echo(f"{each.day} at {each.provider}: {each.records} records, {each.differences} differences")
    for each in differences:
        ours, theirs = (_told(minor, each.currency) for minor in (each.ours_minor, each.theirs_minor))
        state = f", settled: {each.note}" if each.settled_at else ""
        click.echo(f"{each.id}  {each.day}  {each.kind}  {each.subject}  here {ours}, there {theirs}{state}")
    if not differences:
        click.echo("Nothing differs.")


@payments.command()
@click.argument("payment_id", type=click.UUID)
@json_option
@config_option
def show(payment_id: UUID, *, as_json: bool, config: Path | None) -> None:
    """One payment with its refunds, its disputes, its webhooks and what differs about it."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.payments import service
    from highstreet.market.payments.service import Explained

    async def errand(database: Database) -> Explained:
        async with database.system() as tx:
            return await service.explain(tx, payment_id)

    told = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode(told).decode())
        return
    payment = told.payment
    place = f"at {payment.provider} as {payment.provider_ref}" if payment.provider else "not opened yet"
    click.echo(f"{payment.id}  {amount(payment.amount_minor, payment.currency)}  {payment.state}, {place}")
    click.echo(f"order {payment.order_id}, asked for {payment.created_at:%F %T} UTC")
    for refund in told.refunds:
        whose = "" if refund.own else ", made past us"
        why = f": {refund.problem}" if refund.problem else ""
        click.echo(f"refund {refund.id}  {amount(refund.amount_minor, refund.currency)}  {refund.state}{whose}{why}")
    for dispute in told.disputes:
        money = amount(dispute.amount_minor, dispute.currency)
        click.echo(f"dispute {dispute.provider_ref}  {money}  {dispute.state}: {dispute.reason}")
    for event in told.events:
        why = f": {event.problem}" if event.problem else ""
        click.echo(f"{event.received_at:%F %T} UTC  {event.kind}  {event.provider_event_id}  {event.outcome}{why}")
    for each in told.differences:
        click.echo(f"{each.day}  {each.kind}  {each.subject}  {each.note or 'open'}")


@payments.command()
@click.argument("difference_id", type=click.UUID)
@click.option("--note", required=True, help="What came of it.")
@config_option
def settle(difference_id: UUID, note: str, *, config: Path | None) -> None:
    """Say what came of a difference, so that it counts as settled."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.payments import service

    async def errand(database: Database) -> None:
        async with database.system() as tx:
            await service.settle_difference(tx, difference_id, note)

    main.operate(config, errand)
    click.echo("Settled.")


@payments.command()
@click.argument("merchant_id", type=click.UUID)
@click.option("--country", required=True, help="Where the merchant's bank is: two letters of ISO 3166.")
@click.option("--currency", required=True, help="What they are paid in: three letters of ISO 4217.")
@click.option("--return-url", required=True, help="Where the provider sends the merchant afterwards.")
@config_option
def connect(merchant_id: UUID, country: str, currency: str, return_url: str, *, config: Path | None) -> None:
    """Open a merchant's account at the provider; prints the address at which they show who they are."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.payments import service
    from highstreet.market.payments.domain.accounts import AccountWanted
    from highstreet.market.payments.service import Provider, Then

    wanted = AccountWanted(merchant_id=merchant_id, country=country, currency=currency)

    async def errand(database: Database, provider: Provider, _then: Then) -> str:
        return await service.connect_account(database, provider, wanted, return_url)

    click.echo(main.ask_provider(config, errand))


@payments.command()
@click.argument("merchant_id", type=click.UUID)
@json_option
@config_option
def account(merchant_id: UUID, *, as_json: bool, config: Path | None) -> None:
    """Ask the provider whether a merchant's account may be sent money, and what is missing."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.payments import service
    from highstreet.market.payments.domain.accounts import Account
    from highstreet.market.payments.service import Provider, Then

    async def errand(database: Database, provider: Provider, _then: Then) -> Account:
        return await service.refresh_account(database, provider, merchant_id)

    found = main.ask_provider(config, errand)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    elif found.ready:
        click.echo(f"{found.provider_ref} may be sent {found.currency}.")
    else:
        click.echo(f"{found.provider_ref} may not be sent money yet; it lacks: {', '.join(found.missing) or 'nothing'}")


def _told(minor: int | None, currency: str | None) -> str:
    return "nothing" if minor is None or currency is None else amount(minor, currency)
