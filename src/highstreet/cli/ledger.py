"""`highstreet ledger`: what accounts hold, whether everything balances, and what an entry stands for."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click
import msgspec

from highstreet.cli._shared import amount, config_option, json_option

if TYPE_CHECKING:
    from highstreet.market.ledger.domain.entries import Entry, PostedEntry


@click.group()
def ledger() -> None:
    """Read the books. What every entry means stands in the guide, docs/ledger.md."""


@ledger.command()
@click.option("--account", "codes", multiple=True, help="Only this kind, such as merchant_payable; may be repeated.")
@click.option("--party", type=click.UUID, help="Only this merchant's, customer's or partner's.")
@click.option("--currency", help="Only this currency.")
@json_option
@config_option
def balances(
    codes: tuple[str, ...], party: UUID | None, currency: str | None, *, as_json: bool, config: Path | None
) -> None:
    """What accounts hold, on the side on which they grow."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.ledger import service as books
    from highstreet.market.ledger.domain.accounts import AccountCode
    from highstreet.market.ledger.domain.entries import Balance

    unknown = [code for code in codes if code not in set(AccountCode)]
    if unknown:
        raise click.UsageError(f"There is no kind of account {unknown[0]!r}; docs/ledger.md lists them")
    wanted = [AccountCode(code) for code in codes] or list(AccountCode)

    async def errand(database: Database) -> list[Balance]:
        async with database.system() as tx:
            return await books.balances(tx, codes=wanted, party_id=party, currency=currency)

    found = main.operate(config, errand)
    if as_json:
        told = [{**msgspec.to_builtins(each), "normal_minor": each.normal_minor} for each in found]
        click.echo(msgspec.json.encode(told).decode())
        return
    for each in found:
        click.echo(f"{amount(each.normal_minor, each.currency):>20}  {each.account}")
    if not found:
        click.echo("Nothing is booked there.")


@ledger.command("trial-balance")
@json_option
@config_option
def trial_balance(*, as_json: bool, config: Path | None) -> None:
    """What all accounts of each kind hold together; debits and credits of a currency are equal."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.ledger import service as books
    from highstreet.market.ledger.domain.entries import Total

    async def errand(database: Database) -> list[Total]:
        async with database.system() as tx:
            return await books.trial_balance(tx)

    totals = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode(totals).decode())
        return
    for currency in sorted({total.currency for total in totals}):
        own = [total for total in totals if total.currency == currency]
        for total in own:
            click.echo(f"{_in_columns(total.debit_minor, currency)}  {total.code}")
        debits = sum(total.debit_minor for total in own if total.debit_minor > 0)
        credited = -sum(total.debit_minor for total in own if total.debit_minor < 0)
        click.echo(f"{amount(debits, currency):>20}{amount(credited, currency):>20}  all, debits and credits")
    if not totals:
        click.echo("Nothing is booked yet.")


@ledger.command()
@click.argument("key_or_id")
@json_option
@config_option
def explain(key_or_id: str, *, as_json: bool, config: Path | None) -> None:
    """One entry by its key or its id: its lines, what it stands for, and what else was booked for the same order."""
    from highstreet import main
    from highstreet.kit.database import Database
    from highstreet.market.ledger import service as books
    from highstreet.market.ledger.domain.entries import PostedEntry

    try:
        wanted: UUID | str = UUID(key_or_id)
    except ValueError:
        wanted = key_or_id

    async def errand(database: Database) -> tuple[PostedEntry, list[PostedEntry]]:
        async with database.system() as tx:
            found = await books.entry(tx, wanted)
            return found, await books.entries_of_order(tx, found.order_id) if found.order_id else []

    entry, others = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"entry": entry, "of_the_same_order": others}).decode())
        return
    click.echo("\n".join(_told(entry)))
    for other in others:
        if other.id != entry.id:
            click.echo(f"{other.posted_at:%F %T} UTC  {other.kind}  {other.key}")


@ledger.command()
@click.argument("jurisdiction", required=False)
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="UTC; default: now.")
@click.option(
    "--expiry",
    type=click.Choice(["stays_open", "breakage", "escheat", "to_merchant"]),
    default="stays_open",
    show_default=True,
    help="To whom the paid value of an expired voucher goes.",
)
@click.option(
    "--voucher-tax",
    type=click.Choice(["not_collected", "single_purpose", "multi_purpose"]),
    default="not_collected",
    show_default=True,
    help="Whether the tax on what vouchers buy is collected here, and whether it is due at sale or redemption.",
)
@click.option("--tax-percent", type=click.FloatRange(0, 100), default=0, show_default=True, help="Included in prices.")
@json_option
@config_option
def policies(
    jurisdiction: str | None,
    since: datetime | None,
    expiry: str,
    voucher_tax: str,
    tax_percent: float,
    *,
    as_json: bool,
    config: Path | None,
) -> None:
    """What jurisdictions ask for. With one named (US, US-NY, or * for everywhere), say what holds there from now on."""
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database
    from highstreet.market.ledger import service as books
    from highstreet.market.ledger.domain.policies import ExpiryPolicy, Policy, VoucherTax

    async def errand(database: Database) -> list[Policy]:
        async with database.transaction(OPERATOR) as tx:
            if jurisdiction is not None:
                new = Policy(
                    jurisdiction=jurisdiction,
                    since=tx.now if since is None else since.replace(tzinfo=UTC),
                    expiry=ExpiryPolicy(expiry),
                    voucher_tax=VoucherTax(voucher_tax),
                    tax_basis_points=round(tax_percent * 100),
                )
                await books.set_policy(tx, new)
            return await books.all_policies(tx)

    found = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for each in found:
        rate = f", {each.tax_basis_points / 100:g}%" if each.tax_basis_points else ""
        click.echo(f"{each.jurisdiction:<7}since {each.since:%F %T} UTC  {each.expiry}, {each.voucher_tax}{rate}")
    if not found:
        click.echo("Nothing was said: vouchers stay owed for ever, and no tax is collected on what they buy.")


def _told(entry: "PostedEntry") -> list[str]:
    stands_for = {
        "order": entry.order_id,
        "voucher": entry.voucher_id,
        "payment": entry.payment_id,
        "refund": entry.refund_id,
        "payout": entry.payout_id,
        "version of the terms": entry.terms_version,
        "takes back": entry.reverses,
        "memo": entry.memo,
    }
    return [
        f"{entry.kind}, booked {entry.posted_at:%F %T} UTC as {entry.key}, {entry.id}",
        *(f"  {name}: {value}" for name, value in stands_for.items() if value is not None),
        *_lines(entry),
    ]


def _lines(entry: "Entry") -> list[str]:
    return [f"{_in_columns(line.amount_minor, entry.currency)}  {line.account}" for line in entry.lines]


def _in_columns(debit_minor: int, currency: str) -> str:
    """Debits to the left, credits to the right."""
    shown = amount(abs(debit_minor), currency)
    return f"{shown if debit_minor > 0 else '':>20}{shown if debit_minor < 0 else '':>20}"
