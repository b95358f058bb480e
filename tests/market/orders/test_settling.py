"""What a payment makes of its order: vouchers and books, once, whatever comes when; or the money goes back."""

import asyncio
from datetime import timedelta

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.errors import Conflict, HighstreetError
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.policies import ExpiryPolicy, Policy
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.domain.states import HoldState, OrderState
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Capture, Ending, PaymentState
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import Recipient, VoucherState
from tests.market.orders.conftest import (
    KEYS,
    Counts,
    Offer,
    buyer,
    check_books,
    check_stock,
    paid,
    payment_of,
    placed,
    stock,
    told,
    vouchers_of,
    wants,
)


async def facts_of(database: Database, order: Order) -> list[str]:
    async with database.system() as tx:
        rows = await tx.fetch_all(
            dict[str, str], "SELECT name FROM kit.facts WHERE aggregate_id = %s ORDER BY position", [order.id]
        )
    return [row["name"] for row in rows]


async def test_a_paid_order_is_its_vouchers_and_its_entry_in_the_books(database: Database, offer: Offer) -> None:
    deal = await offer(10, 10)
    order = await placed(database, await wants(database, (deal.options[0], 2), (deal.options[1], 1)))
    payment = await payment_of(database, order)
    assert (payment.amount_minor, payment.state, payment.expires_at) == (4500, PaymentState.REQUESTED, order.expires_at)
    after = await paid(database, order)
    assert (after.state, after.hold, after.payment_id) == (OrderState.PAID, HoldState.CLAIMED, payment.id)
    issued = await vouchers_of(database, order)
    assert [(voucher.price_minor, voucher.paid_minor, voucher.owner_account_id) for voucher in issued] == [
        (1500, 1500, order.account_id)
    ] * 3
    assert {voucher.commission_minor for voucher in issued} == {375}
    assert {voucher.title for voucher in issued} == {"Two pizzas of your choice (For two)"}
    assert {(len(voucher.location_ids), voucher.time_zone) for voucher in issued} == {(2, "America/Chicago")}
    assert await stock(database, deal.options[0]) == Counts(held=0, sold=2, remaining=8)
    assert await facts_of(database, order) == ["order.placed", "order.paid"]
    await check_books(database)
    await check_stock(database)


async def test_what_a_deal_promises_for_ever_is_sold_wherever_paid_value_may_end(
    database: Database, clock: FixedClock, offer: Offer
) -> None:
    async with database.transaction(OPERATOR) as tx:
        await ledger.set_policy(tx, Policy(jurisdiction="US", since=clock.now(), expiry=ExpiryPolicy.BREAKAGE))
    deal = await offer(10)
    order = await placed(database, await wants(database, (deal.options[0], 1)))
    assert (await paid(database, order)).state is OrderState.PAID
    [issued] = await vouchers_of(database, order)
    assert (issued.expiry, issued.redeem_until, issued.paid_value_until) == (ExpiryPolicy.BREAKAGE, None, None)


async def test_word_that_comes_again_changes_nothing(database: Database, offer: Offer) -> None:
    deal = await offer(10)
    order = await placed(database, await wants(database, (deal.options[0], 1)))
    payment = await payment_of(database, order)
    await asyncio.gather(*(told(database, payment, captured=True) for _ in range(8)))
    await told(database, payment, ended=Ending.EXPIRED)
    assert len(await vouchers_of(database, order)) == 1
    assert await facts_of(database, order) == ["order.placed", "order.paid"]
    await check_books(database)
    await check_stock(database)


async def test_what_is_paid_after_the_hold_ended_goes_back(database: Database, offer: Offer, clock: FixedClock) -> None:
    deal = await offer(1)
    order = await placed(database, await wants(database, (deal.options[0], 1)))
    clock.advance(timedelta(minutes=15))
    async with database.system() as tx:
        await orders.expire(tx)
    other = await placed(database, await wants(database, (deal.options[0], 1)))
    for _ in range(2):
        late = await paid(database, order)
        assert late.state is OrderState.EXPIRED
    assert (await paid(database, other)).state is OrderState.PAID
    payment = await payment_of(database, order)
    assert payment.refunding_minor == payment.amount_minor
    assert await vouchers_of(database, order) == []
    assert await facts_of(database, order) == ["order.placed", "order.expired", "order.paid_too_late"]
    async with database.system() as tx:
        owed = await ledger.balance(tx, Account(AccountCode.REFUNDS_OWED), "USD")
    assert (owed.debit_minor, owed.lines) == (0, 2)
    await check_books(database)
    await check_stock(database)


async def test_what_is_paid_after_giving_up_goes_back(database: Database, offer: Offer) -> None:
    deal = await offer(1)
    order = await placed(database, await wants(database, (deal.options[0], 1)))
    async with database.system() as tx:
        await orders.cancel(tx, order.id)
    with pytest.raises(Conflict, match="cancelled"):
        async with database.system() as tx:
            await orders.cancel(tx, order.id)
    assert (await paid(database, order)).state is OrderState.CANCELLED
    assert (await payment_of(database, order)).refunding_minor == 1500
    await check_books(database)


async def test_an_order_is_paid_by_the_payment_that_came_first(database: Database, offer: Offer) -> None:
    deal = await offer(5)
    order = await placed(database, await wants(database, (deal.options[0], 1)))
    first = await payment_of(database, order)
    await told(database, first, ended=Ending.FAILED)
    async with database.system() as tx:
        second = await payments.request(tx, order.id, 1500, "USD", account_id=order.account_id)
    assert (await told(database, second, captured=True)).payment_id == second.id
    assert (await told(database, first, captured=True)).payment_id == second.id
    async with database.system() as tx:
        assert (await payments.standing(tx, first.id)).refunding_minor == 1500
        assert (await payments.standing(tx, second.id)).refunding_minor == 0
    await check_books(database)


async def test_expiry_and_payment_never_both_win(database: Database, offer: Offer, clock: FixedClock) -> None:
    deal = await offer(40)
    placed_ones = [await placed(database, await wants(database, (deal.options[0], 1))) for _ in range(40)]
    clock.advance(timedelta(minutes=15))

    async def expire() -> None:
        async with database.system() as tx:
            await orders.expire(tx)

    outcomes = await asyncio.gather(
        *(work for order in placed_ones for work in (paid(database, order), expire())), return_exceptions=True
    )
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    for order in placed_ones:
        async with database.system() as tx:
            after = await orders.order(tx, order.id)
        payment = await payment_of(database, order)
        bought = (after.state, after.hold, payment.refunding_minor, len(await vouchers_of(database, order)))
        assert bought in {
            (OrderState.PAID, HoldState.CLAIMED, 0, 1),
            (OrderState.EXPIRED, HoldState.RELEASED, 1500, 0),
        }
    await check_books(database)
    await check_stock(database)


async def test_what_costs_nothing_is_paid_at_once(database: Database, offer: Offer) -> None:
    deal = await offer(3, price_minor=0)
    order = await placed(database, await wants(database, (deal.options[0], 2)))
    async with database.system() as tx:
        after = await orders.order(tx, order.id)
        assert await payments.of_order(tx, order.id) == []
    assert (after.state, after.hold) == (OrderState.PAID, HoldState.CLAIMED)
    assert [voucher.state for voucher in await vouchers_of(database, order)] == [VoucherState.ISSUED] * 2
    async with database.system() as tx:
        refunded = await orders.refund(tx, order.id)
    assert (refunded.order.state, refunded.paid_back_minor) == (OrderState.REFUNDED, 0)
    await check_books(database)
    await check_stock(database)


async def test_vouchers_are_given_back_one_by_one(database: Database, offer: Offer, clock: FixedClock) -> None:
    deal = await offer(5, per_buyer_limit=3)
    order = await paid(database, await placed(database, await wants(database, (deal.options[0], 3))))
    first, *rest = await vouchers_of(database, order)
    async with database.system() as tx:
        refunded = await orders.refund(tx, order.id, [first.id], by_buyer=True, reason="I cannot come")
    assert (refunded.order.state, refunded.paid_back_minor) == (OrderState.PARTLY_REFUNDED, 1500)
    assert await stock(database, deal.options[0]) == Counts(held=0, sold=2, remaining=3)
    with pytest.raises(Conflict):
        async with database.system() as tx:
            await orders.refund(tx, order.id, [first.id])
    await check_books(database)
    clock.advance(timedelta(days=14))
    with pytest.raises(Conflict, match="14 days"):
        async with database.system() as tx:
            await orders.refund(tx, order.id, by_buyer=True)
    async with database.system() as tx:
        refunded = await orders.refund(tx, order.id)
    assert refunded.voucher_ids == tuple(voucher.id for voucher in rest)
    assert (refunded.order.state, refunded.order.refunded_minor) == (OrderState.REFUNDED, 4500)
    assert (await payment_of(database, order)).refunding_minor == 4500
    assert await facts_of(database, order) == ["order.placed", "order.paid", "order.refunded", "order.refunded"]
    await check_books(database)
    await check_stock(database)


async def test_a_buyer_cannot_give_back_what_somebody_else_has_claimed(database: Database, offer: Offer) -> None:
    deal = await offer(5)
    order = await paid(database, await placed(database, await wants(database, (deal.options[0], 2))))
    given, kept = await vouchers_of(database, order)
    somebody = await buyer(database)
    async with database.system() as tx:
        gift = await vouchers.give(tx, order.account_id, given.id, Recipient())
        await vouchers.claim_gift(tx, KEYS, await vouchers.gift_token(tx, KEYS, gift.id), somebody)
    with pytest.raises(Conflict, match="claimed as a gift"):
        async with database.system() as tx:
            await orders.refund(tx, order.id, [kept.id, given.id], by_buyer=True)
    async with database.system() as tx:
        refunded = await orders.refund(tx, order.id, by_buyer=True)
    assert refunded.voucher_ids == (kept.id,)
    async with database.system() as tx:  # an operator may, for whom it concerns
        assert (await orders.refund(tx, order.id)).voucher_ids == (given.id,)
    await check_books(database)


async def test_one_voucher_is_given_back_once_however_many_ask(database: Database, offer: Offer) -> None:
    deal = await offer(5)
    order = await paid(database, await placed(database, await wants(database, (deal.options[0], 2))))
    (first, _) = await vouchers_of(database, order)

    async def give_back() -> object:
        try:
            async with database.system() as tx:
                return await orders.refund(tx, order.id, [first.id])
        except HighstreetError as refused:
            return refused

    outcomes = await asyncio.gather(*(give_back() for _ in range(6)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 5 + ["Refunded"]
    assert (await payment_of(database, order)).refunding_minor == 1500
    await check_books(database)


async def tipping(database: Database, offer: Offer, clock: FixedClock, needed: int = 3) -> list[Order]:
    deal = await offer(10, per_buyer_limit=2)
    async with database.transaction(OPERATOR) as tx:
        await orders.set_tipping(tx, deal.id, needed=needed, due_at=clock.now() + timedelta(days=2))
    return [await placed(database, await wants(database, (deal.options[0], 1))) for _ in range(3)]


async def tip(database: Database) -> int:
    async with database.system() as tx:
        return await orders.tip(tx)


async def test_a_deal_that_tips_takes_the_money_then(database: Database, offer: Offer, clock: FixedClock) -> None:
    made = await tipping(database, offer, clock)
    assert {order.capture for order in made} == {Capture.MANUAL}
    for order in made[:2]:
        after = await told(database, await payment_of(database, order), authorised=True)
        assert (after.state, after.hold) == (OrderState.AUTHORISED, HoldState.CLAIMED)
    assert await tip(database) == 0
    await told(database, await payment_of(database, made[2]), authorised=True)
    assert await tip(database) == 4
    assert await tip(database) == 0
    for order in made:
        payment = await payment_of(database, order)
        assert payment.wish == "capture"
        assert (await told(database, payment, captured=True)).state is OrderState.PAID
        assert len(await vouchers_of(database, order)) == 1
    await check_books(database)
    await check_stock(database)


async def test_a_deal_that_does_not_tip_lets_the_money_go(database: Database, offer: Offer, clock: FixedClock) -> None:
    made = await tipping(database, offer, clock, needed=5)
    deal_id = made[0].lines[0].deal_id
    for order in made:
        await told(database, await payment_of(database, order), authorised=True)
    clock.advance(timedelta(days=2))
    assert await tip(database) == 4
    async with database.system() as tx:
        assert {(await orders.order(tx, order.id)).state for order in made} == {OrderState.VOIDED}
        assert (await catalog.history(tx, deal_id))[-1].after is DealState.ENDED
        decided = await orders.tipping_of(tx, deal_id)
        with pytest.raises(Conflict, match="decided"):
            await orders.set_tipping(tx, deal_id, needed=1, due_at=clock.now() + timedelta(days=1))
    assert decided is not None
    assert decided.state == "failed"
    late = await told(database, await payment_of(database, made[0]), captured=True)
    assert late.state is OrderState.VOIDED
    assert (await payment_of(database, made[0])).refunding_minor == 1500
    await check_books(database)
    await check_stock(database)
