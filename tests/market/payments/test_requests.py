"""An order is asked for once at a time, pays back no more than was taken, and asks the provider by rows alone."""

import asyncio
from uuid import UUID

import psycopg
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import VISITOR, Actor, ActorKind, Database
from highstreet.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Capture, Payment, PaymentState, Wish
from highstreet.market.payments.domain.refunds import RefundState
from highstreet.market.payments.providers.sandbox import SandboxProvider
from tests.market.payments.conftest import Sign, event, ordered, receive, said, standing, told


async def capture(
    database: Database, provider: SandboxProvider, signed: Sign, payment: Payment, clock: FixedClock
) -> None:
    await receive(database, provider, signed(event(payment.id.int, said(payment, "captured"), clock)))


async def test_an_order_has_one_open_payment_however_often_it_is_asked(database: Database) -> None:
    made = await asyncio.gather(*(ordered(database, UUID(int=5)) for _ in range(8)))
    assert len({each.id for each in made}) == 1
    with pytest.raises(Conflict):
        await ordered(database, UUID(int=5), Capture.MANUAL)


@pytest.mark.parametrize(("amount", "currency"), [(0, "EUR"), (-1, "EUR"), (10**16, "EUR"), (1, "EURO"), (1, "eur")])
async def test_what_cannot_be_paid_is_refused(database: Database, amount: int, currency: str) -> None:
    with pytest.raises(InvalidInput):
        async with database.system() as tx:
            await payments.request(tx, UUID(int=1), amount, currency)


async def test_a_payment_that_ended_makes_room_for_another(database: Database) -> None:
    first = await ordered(database, UUID(int=5))
    async with database.system() as tx:
        assert (await payments.request_void(tx, first.id)).state is PaymentState.VOIDED
    second = await ordered(database, UUID(int=5))
    assert second.id != first.id
    async with database.system() as tx:
        assert [each.id for each in await payments.of_order(tx, UUID(int=5))] == [first.id, second.id]
    assert await told(database) == ["payment.voided"]


async def test_refunds_never_exceed_what_was_taken_however_many_ask_at_once(
    database: Database, provider: SandboxProvider, signed: Sign, payment: Payment, clock: FixedClock
) -> None:
    async def refund(number: int) -> bool:
        try:
            async with database.system() as tx:
                await payments.request_refund(tx, payment.id, UUID(int=100 + number), 800)
        except Conflict:
            return False
        return True

    assert not await refund(0)
    await capture(database, provider, signed, payment, clock)
    assert sum(await asyncio.gather(*(refund(number) for number in range(20)))) == 6
    assert (await standing(database, payment.id)).refunding_minor == 4800


async def test_a_refund_by_the_same_id_is_the_same_refund(
    database: Database, provider: SandboxProvider, signed: Sign, payment: Payment, clock: FixedClock
) -> None:
    await capture(database, provider, signed, payment, clock)
    async with database.system() as tx:
        first = await payments.request_refund(tx, payment.id, UUID(int=9), 5000)
    async with database.system() as tx:
        assert await payments.request_refund(tx, payment.id, UUID(int=9), 5000) == first
    assert first.state is RefundState.REQUESTED
    with pytest.raises(Conflict):
        async with database.system() as tx:
            await payments.request_refund(tx, payment.id, UUID(int=9), 4000)


async def test_a_refund_that_its_bank_turned_away_leaves_the_money_to_be_paid_back_again(
    database: Database, provider: SandboxProvider, signed: Sign, payment: Payment, clock: FixedClock
) -> None:
    await capture(database, provider, signed, payment, clock)
    async with database.system() as tx:
        await payments.request_refund(tx, payment.id, UUID(int=9), 5000)
    back = {"id": "re_1", "reference": str(UUID(int=9)), "amount_minor": 5000, "currency": "EUR"}
    for number, state in enumerate(["failed", "pending", "succeeded"]):
        content = said(payment, "captured", refunds=[{**back, "state": state, "problem": "the account is closed"}])
        await receive(database, provider, signed(event(number, content, clock)))
    final = await standing(database, payment.id)
    assert (final.state, final.refunding_minor) == (PaymentState.CAPTURED, 0)
    async with database.system() as tx:
        (refund,) = await payments.refunds_of(tx, payment.id)
    assert (refund.state, refund.problem) == (RefundState.FAILED, "the account is closed")
    assert "refund.failed" in await told(database)


async def test_word_of_a_refund_may_overtake_word_that_the_one_before_was_turned_away(
    database: Database, provider: SandboxProvider, signed: Sign, payment: Payment, clock: FixedClock
) -> None:
    await capture(database, provider, signed, payment, clock)
    first = {"id": "re_1", "reference": None, "amount_minor": 1700, "currency": "EUR"}
    second = {"id": "re_2", "reference": None, "amount_minor": 5000, "currency": "EUR", "state": "succeeded"}
    for number, back in enumerate([{**first, "state": "succeeded"}, second]):
        await receive(database, provider, signed(event(number, said(payment, "captured", refunds=[back]), clock)))
    assert (await standing(database, payment.id)).refunded_minor == 5000
    content = said(payment, "captured", refunds=[{**first, "state": "failed"}, second])
    await receive(database, provider, signed(event(2, content, clock)))
    final = await standing(database, payment.id)
    assert (final.state, final.refunding_minor, final.refunded_minor) == (PaymentState.REFUNDED, 5000, 5000)


async def test_money_is_captured_or_voided_only_where_it_was_authorised(
    database: Database, provider: SandboxProvider, signed: Sign, clock: FixedClock
) -> None:
    made = await ordered(database, UUID(int=5), Capture.MANUAL)
    with pytest.raises(Conflict):
        async with database.system() as tx:
            await payments.request_capture(tx, made.id)
    await receive(database, provider, signed(event(1, said(made, "authorised"), clock)))
    async with database.system() as tx:
        assert (await payments.request_capture(tx, made.id)).wish is Wish.CAPTURE
        assert (await payments.request_capture(tx, made.id)).wish is Wish.CAPTURE
        with pytest.raises(Conflict):
            await payments.request_void(tx, made.id)
    await receive(database, provider, signed(event(2, said(made, "captured"), clock)))
    final = await standing(database, made.id)
    assert (final.state, final.wish) == (PaymentState.CAPTURED, None)


async def test_a_payment_is_its_shoppers_to_read_and_nobodys_to_change(database: Database) -> None:
    shopper, other = Actor(ActorKind.SHOPPER, UUID(int=1)), Actor(ActorKind.SHOPPER, UUID(int=2))
    async with database.system() as tx:
        made = await payments.request(tx, UUID(int=5), 100, "EUR", account_id=shopper.id)
    for actor, seen in ((shopper, 1), (other, 0), (VISITOR, 0)):
        async with database.transaction(actor) as tx:
            assert len(await payments.of_order(tx, UUID(int=5))) == seen
        with pytest.raises((Forbidden, NotFound)):
            async with database.transaction(actor) as tx:
                await payments.request_void(tx, made.id)


@pytest.mark.parametrize(
    "change",
    ["amount_minor = 1", "captured_at = NULL", "ended = NULL", "refunded_minor = 5001", "currency = 'USD'"],
)
async def test_the_database_itself_refuses_to_forget(
    database: Database, provider: SandboxProvider, signed: Sign, payment: Payment, clock: FixedClock, change: str
) -> None:
    await receive(database, provider, signed(event(1, said(payment, "expired"), clock)))
    await capture(database, provider, signed, payment, clock)
    with pytest.raises(psycopg.errors.CheckViolation):
        async with database.system() as tx:
            await tx.execute(f"UPDATE payments.payments SET {change}")  # pyright: ignore[reportArgumentType] -- of the test
