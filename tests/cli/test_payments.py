"""What an operator does about payments, through the command line."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import TypeVar
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from highstreet.__main__ import group
from highstreet.kit import webhooks
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database, open_database
from highstreet.kit.sandbox_keys import webhook_secret
from highstreet.market.payments.providers.sandbox import SIGNATURE, SandboxProvider
from tests.market.payments.conftest import SECRET, event, ordered, receive, said

T = TypeVar("T")


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Callable[..., Result]:
    environ = {
        "HIGHSTREET_DATABASE_URL": database_url,
        "HIGHSTREET_ENV": "test",
        "HIGHSTREET_DATA_DIR": str(tmp_path),
        "HIGHSTREET_PORT": "1",
    }

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(group, ["payments", *arguments], env=environ)

    return invoke


def on(database_url: str, clock: FixedClock, work: Callable[[Database], Awaitable[T]]) -> T:
    """Commands make a loop of their own, so no test here has one."""

    async def opened() -> T:
        async with open_database(database_url, clock, Random(3)) as database:
            return await work(database)

    return asyncio.run(opened())


def test_a_payment_is_followed_from_its_order_to_each_webhook(
    run: Callable[..., Result], database_url: str, clock: FixedClock
) -> None:
    async def go_wrong(database: Database) -> UUID:
        payment = await ordered(database, UUID(int=1))
        provider = SandboxProvider("http://127.0.0.1:1", SECRET, clock)
        content = event(1, said(payment, "captured", currency="USD"), clock)
        body = json.dumps(content).encode()
        headers = {SIGNATURE: webhooks.sign(body, webhook_secret(SECRET), clock.now())}
        await receive(database, provider, (headers, body))
        return payment.id

    payment_id = on(database_url, clock, go_wrong)
    shown = run("show", str(payment_id))
    assert shown.exit_code == 0, shown.output
    assert "50.00 EUR  requested" in shown.output
    assert "mismatch: is in USD there and in EUR here" in shown.output
    assert json.loads(run("show", str(payment_id), "--json").output)["events"][0]["outcome"] == "mismatch"
    assert "Nothing differs." in run("list").output
    assert run("show", str(UUID(int=9))).exit_code == 1


def test_before_anything_was_sold_there_is_nothing_to_compare(run: Callable[..., Result]) -> None:
    assert "Every day that is over was compared." in run("reconcile").output
    assert json.loads(run("list", "--json").output) == {"differences": [], "days": []}
    refused = run("settle", str(UUID(int=9)), "--note", "a word")
    assert "There is no open difference" in str(refused.exception)
    assert run("reconcile", "--day", "yesterday").exit_code == 2


def test_a_merchant_without_an_account_and_a_provider_that_is_away_are_told_in_one_sentence(
    run: Callable[..., Result],
) -> None:
    nobody = str(UUID(int=9))
    assert "no account at the provider yet" in str(run("account", nobody).exception)
    asked = ("connect", nobody, "--currency", "EUR", "--return-url", "https://shop.example/")
    assert "cannot be asked just now" in str(run(*asked, "--country", "IT").exception)
    assert "ISO 3166" in str(run(*asked, "--country", "Italy").exception)
