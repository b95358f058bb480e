"""A payout that a provider sends arrives once, wherever somebody is killed, or comes back with the reason."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database, Transaction
from highstreet.kit.errors import Conflict, Unavailable
from highstreet.kit.settings import Secret
from highstreet.kit.sweeps import sweep_once
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.payments.domain.accounts import TransferWanted
from highstreet.market.payments.providers.sandbox import SandboxProvider
from highstreet.market.payments.service import Refused
from highstreet.market.settlement import jobs
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.payees import NEW_DESTINATION_WAITS, PayeeTerms
from highstreet.market.settlement.domain.payouts import REMEMBERED_FOR, Payout, PayoutState, account_at, wait_after
from tests.market.settlement.conftest import book, earned, payable


class Bank(SandboxProvider):
    """Knows a transfer by its id, as providers do, and may go wrong before it is made or after."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__("http://127.0.0.1:1", Secret("a secret of the tests, and of nobody else"), clock)
        self.made: dict[UUID, TransferWanted] = {}
        self.before: Exception | None = None
        self.after: Exception | None = None

    async def transfer(self, wanted: TransferWanted) -> str:
        if self.before is not None:
            raise self.before
        self.made.setdefault(wanted.id, wanted)
        await asyncio.sleep(0)
        if self.after is not None:
            raise self.after
        return f"tr_{wanted.id.hex}"


@pytest.fixture
def bank(clock: FixedClock) -> Bank:
    return Bank(clock)


@pytest.fixture
async def payout(database: Database, clock: FixedClock, merchant_id: UUID) -> Payout:
    """40 dollars that were proposed to be sent to an account at the sandbox."""
    async with database.transaction(OPERATOR) as tx:
        await settlement.agree(tx, merchant_id, "USD", PayeeTerms(destination="sandbox:acct_1"))
    clock.advance(NEW_DESTINATION_WAITS)
    await book(database, earned(1, merchant_id))
    async with database.system() as tx:
        await settlement.settle(tx, merchant_id, "USD", at_once=True)
        [found] = await settlement.payouts(tx)
    return found


async def now(database: Database, payout: Payout) -> Payout:
    async with database.system() as tx:
        return await settlement.payout(tx, payout.id)


async def held(database: Database, code: AccountCode) -> int:
    async with database.system() as tx:
        return (await ledger.balance(tx, Account(code), "USD")).normal_minor


async def test_a_payout_is_sent_and_has_left_what_the_provider_holds(
    database: Database, bank: Bank, payout: Payout
) -> None:
    work = jobs.payout_work(bank)
    assert await sweep_once(database, work.sweeps[0]) == 1
    assert await sweep_once(database, work.sweeps[0]) == 0
    for _ in range(2):
        await work.jobs[0].run(database, jobs.OnePayout(payout.id))
    arrived = await now(database, payout)
    assert (arrived.state, arrived.transfer_ref, arrived.due_at) == (PayoutState.PAID, f"tr_{payout.id.hex}", None)
    assert [(each.account_ref, each.amount_minor) for each in bank.made.values()] == [("acct_1", 4000)]
    assert await held(database, AccountCode.PAYOUTS_IN_TRANSIT) == 0
    assert await held(database, AccountCode.PROVIDER_CLEARING) == -4000
    assert jobs.payout_work(None).jobs == ()


@pytest.mark.parametrize("when", ["before", "after"])
async def test_whoever_is_killed_around_the_transfer_leaves_a_row_that_is_sent_once(
    database: Database, clock: FixedClock, bank: Bank, payout: Payout, when: str
) -> None:
    setattr(bank, when, RuntimeError("killed"))
    with pytest.raises(RuntimeError):
        await settlement.send(database, bank, payout.id)
    assert (await now(database, payout)).state is PayoutState.SENT
    setattr(bank, when, None)
    clock.advance(timedelta(hours=1))
    async with database.system() as tx:
        assert await settlement.take_due_payouts(tx, "sandbox") == [payout.id]
    await settlement.send(database, bank, payout.id)
    assert (await now(database, payout)).state is PayoutState.PAID
    assert len(bank.made) == 1
    assert await held(database, AccountCode.PROVIDER_CLEARING) == -4000


async def test_many_who_send_one_payout_book_it_once(database: Database, bank: Bank, payout: Payout) -> None:
    await asyncio.gather(*(settlement.send(database, bank, payout.id) for _ in range(6)))
    assert len(bank.made) == 1
    async with database.system() as tx:
        told = await tx.fetch_all(
            dict[str, str], "SELECT name FROM kit.facts WHERE aggregate = 'payout' ORDER BY position"
        )
    assert [each["name"] for each in told] == ["payout.proposed", "payout.sent", "payout.paid"]
    assert await held(database, AccountCode.PROVIDER_CLEARING) == -4000


async def test_a_transfer_that_is_refused_comes_back_to_the_merchant(
    database: Database, bank: Bank, payout: Payout
) -> None:
    bank.before = Refused("the account is closed")
    await settlement.send(database, bank, payout.id)
    failed = await now(database, payout)
    assert (failed.state, failed.problem) == (PayoutState.FAILED, "the account is closed")
    assert await payable(database, payout.merchant_id) == 4000
    async with database.system() as tx:
        payee = await settlement.payee(tx, payout.merchant_id, "USD")
    assert payee.terms.withheld == "a payout failed: the account is closed"


async def test_what_a_provider_never_answered_is_left_to_a_person_in_the_end(
    database: Database, clock: FixedClock, bank: Bank, payout: Payout
) -> None:
    bank.after = Unavailable("the provider is away", 1)
    await settlement.send(database, bank, payout.id)
    waiting = await now(database, payout)
    assert (waiting.state, waiting.attempts) == (PayoutState.SENT, 1)
    for mark in (settlement.mark_paid, _say_that_it_failed):
        with pytest.raises(Conflict, match="being asked"):
            await _mark(database, mark, payout)
    clock.advance(REMEMBERED_FOR + timedelta(seconds=1))
    await settlement.send(database, bank, payout.id)
    given_up = await now(database, payout)
    assert given_up.due_at is None
    assert given_up.problem is not None
    assert "look there" in given_up.problem
    await _mark(database, settlement.mark_paid, payout)
    assert (await now(database, payout)).state is PayoutState.PAID
    assert await held(database, AccountCode.PROVIDER_CLEARING) == -4000


async def test_what_a_person_sends_the_provider_does_not(database: Database, bank: Bank, payout: Payout) -> None:
    await _mark(database, settlement.mark_sent, payout)
    await settlement.send(database, bank, payout.id)
    assert not bank.made
    await _mark(database, settlement.mark_paid, payout)
    assert await held(database, AccountCode.BANK) == -4000


async def _say_that_it_failed(tx: Transaction, payout_id: UUID) -> Payout:
    return await settlement.mark_failed(tx, payout_id, "I think so")


async def _mark(database: Database, mark: Callable[..., Awaitable[object]], payout: Payout) -> None:
    async with database.system() as tx:
        await mark(tx, payout.id)


async def test_what_is_withheld_meanwhile_is_not_sent(database: Database, bank: Bank, payout: Payout) -> None:
    async with database.transaction(OPERATOR) as tx:
        terms = PayeeTerms(destination="sandbox:acct_1", withheld="we look into it")
        await settlement.agree(tx, payout.merchant_id, "USD", terms)
    await settlement.send(database, bank, payout.id)
    assert bank.made == {}
    assert (await now(database, payout)).state is PayoutState.PROPOSED


def test_a_destination_tells_whether_a_provider_sends() -> None:
    assert account_at("stripe:acct_1") == ("stripe", "acct_1")
    assert account_at("creditor 7") is None
    assert wait_after(0) == timedelta(minutes=1)
    assert wait_after(1000) == timedelta(hours=2)
