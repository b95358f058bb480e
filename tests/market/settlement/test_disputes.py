"""What banks take back is booked once, ends what it paid for, and is borne by whom it was agreed."""

from random import Random
from uuid import UUID

import pytest

from highstreet.kit import outbox, relay
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.relay import RetryPolicy
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.payments.domain.facts import DisputeMoved, RefundMoved
from highstreet.market.settlement import jobs
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.payees import NEW_DESTINATION_WAITS, PayeeTerms
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.redemptions import Redemption
from highstreet.market.vouchers.domain.vouchers import VoucherState
from tests.market.catalog.conftest import administrator_here, publish, world
from tests.market.vouchers.conftest import Issue, Shop, Till, issue, keys, shop, till

__all__ = ["administrator_here", "issue", "keys", "publish", "shop", "till", "world"]

PAYMENT = UUID(int=71)


async def tell(database: Database, name: str, payload: DisputeMoved | RefundMoved) -> None:
    """A fact of payments, carried to the books; twice, as a relay may."""
    async with database.system() as tx:
        for _ in range(2):
            await outbox.record(tx, aggregate="payment", aggregate_id=PAYMENT, name=name, payload=payload)
    await relay.subscribe(database, [jobs.BOOKS])
    await relay.route(database)
    for _ in range(2):
        await relay.deliver(database, {jobs.BOOKS.name: jobs.BOOKS}, Random(1), RetryPolicy())
    async with database.system() as tx:
        [standing] = [each for each in await outbox.standing(tx) if each.subscriber == jobs.BOOKS.name]
        assert (standing.pending, standing.dead) == (0, 0)


def disputed(order_id: UUID, amount_minor: int = 1500) -> DisputeMoved:
    return DisputeMoved(
        dispute_id=UUID(int=72), payment_id=PAYMENT, order_id=order_id, amount_minor=amount_minor, currency="USD"
    )


async def holds(database: Database) -> dict[AccountCode, int]:
    """What accounts hold, without those that hold nothing; the books balance, and owe what open vouchers were paid."""
    async with database.system() as tx:
        totals = await ledger.trial_balance(tx)
        owed = await vouchers.open_paid_value(tx)
    held = {each.code: each.normal_minor for each in totals if each.debit_minor}
    assert sum(each.debit_minor for each in totals) == 0
    assert held.get(AccountCode.VOUCHER_LIABILITY, 0) == owed.get("USD", 0)
    return held


async def test_a_dispute_that_is_won_leaves_what_was(database: Database, shop: Shop, issue: Issue) -> None:
    await issue()
    before = await holds(database)
    await tell(database, "dispute.open", disputed(shop.buyer))
    assert (await holds(database))[AccountCode.DISPUTED] == 1500
    await tell(database, "dispute.won", disputed(shop.buyer))
    assert await holds(database) == before


async def test_a_lost_dispute_ends_open_vouchers_and_the_rest_is_lost(
    database: Database, shop: Shop, issue: Issue, till: Till
) -> None:
    redeemed, opened = await issue(), await issue()
    assert isinstance(await till.scan(redeemed, "nonce-1"), Redemption)
    await tell(database, "dispute.open", disputed(shop.buyer, 3000))
    await tell(database, "dispute.lost", disputed(shop.buyer, 3000))
    assert await holds(database) == {
        AccountCode.CHARGEBACK_LOSS: 1500,
        AccountCode.MERCHANT_PAYABLE: 1200,
        AccountCode.COMMISSION: 270,
        AccountCode.TAX: 30,
    }
    async with database.system() as tx:
        assert (await vouchers.voucher(tx, opened.id)).state is VoucherState.VOID
        assert (await vouchers.voucher(tx, redeemed.id)).state is VoucherState.REDEEMED


@pytest.mark.parametrize("paid_out", [False, True])
async def test_a_merchant_who_agreed_bears_a_lost_dispute_before_and_after_a_payout(
    database: Database, clock: FixedClock, shop: Shop, issue: Issue, till: Till, *, paid_out: bool
) -> None:
    merchant = shop.world.merchant
    async with database.transaction(OPERATOR) as tx:
        terms = PayeeTerms(destination="creditor 7", bears_disputes=True)
        await settlement.agree(tx, merchant, "USD", terms)
    clock.advance(NEW_DESTINATION_WAITS)
    voucher = await issue()
    assert isinstance(await till.scan(voucher, "nonce-1"), Redemption)
    if paid_out:
        async with database.system() as tx:
            made = await settlement.settle(tx, merchant, "USD", at_once=True)
            assert made is not None
            assert made.payout_minor == 1200
    await tell(database, "dispute.open", disputed(shop.buyer))
    await tell(database, "dispute.lost", disputed(shop.buyer))
    after = await holds(database)
    assert after == ({AccountCode.MERCHANT_PAYABLE: -1200, AccountCode.PAYOUTS_IN_TRANSIT: 1200} if paid_out else {})
    async with database.system() as tx:
        made = await settlement.settle(tx, merchant, "USD", at_once=True)
        assert made is not None
        assert made.closing_minor == (-1200 if paid_out else 0)
        lines = await settlement.statement_lines(tx, made.id)
    assert {line.voucher_id for line in lines} == {voucher.id}
    assert "refund_after_redemption" in {line.kind for line in lines}


async def test_refunds_that_fail_or_were_made_past_us_are_booked_once(
    database: Database, shop: Shop, issue: Issue
) -> None:
    await issue()
    told = RefundMoved(
        refund_id=UUID(int=73), payment_id=PAYMENT, order_id=shop.buyer, amount_minor=400, currency="USD", own=True
    )
    before = await holds(database)
    await tell(database, "refund.succeeded", told)
    assert await holds(database) == before
    await tell(database, "refund.failed", told)
    assert (await holds(database))[AccountCode.REFUNDS_OWED] == 400
    past_us = RefundMoved(
        refund_id=UUID(int=74), payment_id=PAYMENT, order_id=shop.buyer, amount_minor=300, currency="USD", own=False
    )
    await tell(database, "refund.succeeded", past_us)
    assert (await holds(database))[AccountCode.GOODWILL] == 300
    await tell(database, "refund.failed", past_us)
    assert AccountCode.GOODWILL not in await holds(database)
