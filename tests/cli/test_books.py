"""What an operator reads and does about money through the command line."""

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TypeVar
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from highstreet.__main__ import group
from highstreet.kit.clock import FileClock, FixedClock
from highstreet.kit.database import OPERATOR, Database, open_database
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.merchants import MerchantDraft
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.payments import capture
from tests.market.settlement.conftest import earned

T = TypeVar("T")


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Callable[..., Result]:
    def invoke(*arguments: str) -> Result:
        environ = {
            "HIGHSTREET_DATABASE_URL": database_url,
            "HIGHSTREET_ENV": "test",
            "HIGHSTREET_DATA_DIR": str(tmp_path),
        }
        return CliRunner().invoke(group, arguments, env=environ)

    return invoke


@pytest.fixture
def merchant_id(database_url: str, clock: FixedClock) -> UUID:
    """One who has earned 40 dollars by an order of 50."""

    async def make(database: Database) -> UUID:
        async with database.transaction(OPERATOR) as tx:
            made = await catalog.create_merchant(tx, MerchantDraft(name="Pizzeria Milano"))
        async with database.system() as tx:
            paid = capture(order_id=UUID(int=1), payment_id=UUID(int=2), currency="USD", paid_minor=5000)
            await ledger.post_many(tx, [paid, earned(1, made)])
        return made

    return on_database(database_url, clock, make)


def on_database(url: str, clock: FixedClock, work: Callable[[Database], Awaitable[T]]) -> T:
    """Commands make a loop of their own, so no test here has one."""

    async def opened() -> T:
        async with open_database(url, clock, Random(3)) as database:
            return await work(database)

    return asyncio.run(opened())


def test_the_books_can_be_read(run: Callable[..., Result], merchant_id: UUID) -> None:
    balances = run("ledger", "balances", "--account", "merchant_payable").output
    assert balances.split() == ["40.00", "USD", f"merchant_payable:{merchant_id}"]
    told = json.loads(run("ledger", "balances", "--party", str(merchant_id), "--json").output)
    assert [each["normal_minor"] for each in told] == [4000]
    assert run("ledger", "balances", "--currency", "EUR").output == "Nothing is booked there.\n"
    assert run("ledger", "balances", "--account", "purse").exit_code == 2
    trial = run("ledger", "trial-balance").output.splitlines()
    assert trial[-1].split()[:4] == ["50.00", "USD", "50.00", "USD"]
    assert sum(each["debit_minor"] for each in json.loads(run("ledger", "trial-balance", "--json").output)) == 0


def test_an_entry_is_explained_by_its_key_and_its_id(run: Callable[..., Result], merchant_id: UUID) -> None:
    key = f"redemption:{UUID(int=1)}"
    explained = json.loads(run("ledger", "explain", key, "--json").output)
    assert len(explained["of_the_same_order"]) == 2
    by_id = run("ledger", "explain", explained["entry"]["id"]).output
    for word in (key, "version of the terms: 2", f"merchant_payable:{merchant_id}", "capture:"):
        assert word in by_id
    assert isinstance(run("ledger", "explain", "nothing").exception, NotFound)


def test_a_policy_is_set_and_told(run: Callable[..., Result]) -> None:
    assert "stay owed for ever" in run("ledger", "policies").output
    said = run("ledger", "policies", "DE", "--voucher-tax", "single_purpose", "--tax-percent", "19").output
    assert said.endswith("stays_open, single_purpose, 19%\n")
    later = run("ledger", "policies", "US-NY", "--since", "2099-01-01", "--expiry", "escheat", "--json").output
    assert {each["jurisdiction"] for each in json.loads(later)} == {"DE", "US-NY"}
    assert isinstance(run("ledger", "policies", "Bavaria").exception, InvalidInput)


def test_a_merchant_is_agreed_with_settled_with_and_paid(
    run: Callable[..., Result], merchant_id: UUID, tmp_path: Path
) -> None:
    agreed = run(
        "payouts", "agree", str(merchant_id), "USD", "--destination", "creditor 7", "--reserve-percent", "10",
        "--reserve-days", "30", "--schedule", "monthly", "--bears-disputes",
    ).output  # fmt: skip
    assert "monthly, from 0.00 USD on, to creditor 7, 10% held back for 30 days, bears lost disputes" in agreed
    settled = run("payouts", "run").output
    assert "36.00 USD carried over (destination_changed)" in settled
    assert run("payouts", "run", "--merchant", str(merchant_id)).output == "Nobody is due, or nothing has moved.\n"
    statement = settled.split()[-1]
    for name in ("statement.csv", "statement.pdf"):
        assert run("payouts", "statement", statement, str(tmp_path / name)).exit_code == 0
    text = (tmp_path / "statement.csv").read_bytes().decode()
    assert len(list(csv.reader(io.StringIO(text, newline="")))) == 5
    assert (tmp_path / "statement.pdf").read_bytes().startswith(b"%PDF-")
    assert run("payouts", "statement", statement, str(tmp_path / "statement.txt")).exit_code == 2
    FileClock(tmp_path / "clock").advance(timedelta(days=40))  # the destination has waited, the reserve is due
    assert "40.00 USD to pay" in run("payouts", "run").output
    (payout,) = json.loads(run("payouts", "list", "--state", "proposed", "--json").output)
    assert "proposed" in run("payouts", "list", "--merchant", str(merchant_id)).output
    assert "sent " in run("payouts", "sent", payout["id"], "--transfer", "tr_1").output
    assert "paid " in run("payouts", "paid", payout["id"]).output
    assert isinstance(run("payouts", "failed", payout["id"], "closed").exception, Conflict)
    assert run("payouts", "list", "--state", "failed").output == "There are no such payouts.\n"
    withheld = run("payouts", "agree", str(merchant_id), "USD", "--withhold", "we look into it").output
    assert withheld.endswith("withheld: we look into it\n")
    released = json.loads(run("payouts", "agree", str(merchant_id), "USD", "--release", "--json").output)
    assert (released["terms"]["withheld"], released["terms"]["destination"]) == (None, "creditor 7")
