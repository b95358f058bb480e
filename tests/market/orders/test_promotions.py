"""Codes and credit on orders: what was quoted is taken off, budgets and limits hold whoever is at it."""

import asyncio
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Actor, ActorKind, Database
from highstreet.kit.errors import Conflict, HighstreetError
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.credits import CreditOrigin
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.cart import Cart, CartLine
from highstreet.market.orders.domain.orders import Order, Priced
from highstreet.market.orders.domain.states import OrderState
from highstreet.market.orders.service import Purchase
from highstreet.market.promotions import service as promotions
from highstreet.market.promotions.domain.promotions import Draft, Promotion
from tests.market.orders.conftest import (
    RULES,
    SIGNER,
    Offer,
    buyer,
    check_books,
    check_stock,
    paid,
    tried,
    vouchers_of,
)


async def promote(database: Database, clock: FixedClock, **stated: object) -> UUID:
    usual = Draft(
        code="spring",
        title="Spring",
        currency="USD",
        rate=1_000,
        valid_from=clock.now(),
        valid_until=clock.now() + timedelta(days=7),
    )
    async with database.transaction(OPERATOR) as tx:
        return await promotions.create(tx, msgspec.structs.replace(usual, **stated))


async def standing(database: Database) -> Promotion:
    async with database.transaction(OPERATOR) as tx:
        (only,) = await promotions.promotions(tx)
    return only


async def priced(
    database: Database, option_id: UUID, account_id: UUID, *codes: str, quantity: int = 1, use_credit: bool = False
) -> Priced:
    cart = Cart(lines=(CartLine(option_id=option_id, quantity=quantity),), codes=codes, use_credit=use_credit)
    async with database.system() as tx:
        return await orders.quote(tx, SIGNER, RULES, cart, account_id=account_id)


async def ordered(database: Database, quote: Priced, account_id: UUID) -> Order | HighstreetError:
    return await tried(database, Purchase(account_id=account_id, quote=orders.read(SIGNER, quote.token)))


async def credit(
    database: Database, account_id: UUID, amount_minor: int, clock: FixedClock, days: int | None = None
) -> None:
    async with database.system() as tx:
        await promotions.grant_credit(
            tx,
            account_id,
            currency="USD",
            amount_minor=amount_minor,
            origin=CreditOrigin.GOODWILL,
            reason="With our apologies",
            expires_at=None if days is None else clock.now() + timedelta(days=days),
        )


async def test_a_code_takes_off_what_was_quoted(database: Database, offer: Offer, clock: FixedClock) -> None:
    deal = await offer(10)
    await promote(database, clock)
    account_id = await buyer(database)
    quote = await priced(database, deal.options[0], account_id, " Spring ", "nothing", quantity=2)
    assert (quote.quote.promotion_minor, quote.quote.due_minor) == (300, 2700)
    assert [(each.code, each.why) for each in quote.refused] == [("NOTHING", "There is no such code.")]
    order = await ordered(database, quote, account_id)
    assert isinstance(order, Order)
    assert (await paid(database, order)).due_minor == 2700
    issued = await vouchers_of(database, order)
    assert [(voucher.price_minor, voucher.paid_minor, voucher.promotion_minor) for voucher in issued] == [
        (1500, 1350, 150)
    ] * 2
    assert ((await standing(database)).uses, (await standing(database)).given_minor) == (1, 300)
    again = await priced(database, deal.options[0], account_id, "SPRING")
    assert again.refused[0].why == "You have used it as often as one person may."
    await check_books(database)


async def test_a_budget_is_never_overspent(database: Database, offer: Offer, clock: FixedClock) -> None:
    deal = await offer(100)
    await promote(database, clock, budget_minor=1_000, person_limit=None)
    people = [await buyer(database) for _ in range(12)]
    quotes = [await priced(database, deal.options[0], each, "SPRING") for each in people]
    outcomes = await asyncio.gather(
        *(ordered(database, quote, account_id) for quote, account_id in zip(quotes, people, strict=True))
    )
    made = [outcome for outcome in outcomes if isinstance(outcome, Order)]
    assert len(made) == 6
    assert {type(outcome) for outcome in outcomes} == {Order, Conflict}
    now = await standing(database)
    assert (now.uses, now.given_minor) == (6, 900)
    last = await priced(database, deal.options[0], people[0], "SPRING")
    assert last.quote.promotion_minor == 100
    async with database.system() as tx:
        await orders.cancel(tx, made[0].id)
    clock.advance(timedelta(minutes=15))
    async with database.system() as tx:
        await orders.expire(tx)
    now = await standing(database)
    assert (now.uses, now.given_minor) == (0, 0)
    await check_stock(database)


async def test_one_person_uses_a_code_once_however_fast_they_are(
    database: Database, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(100)
    await promote(database, clock, uses_limit=50)
    account_id = await buyer(database)
    quotes = [await priced(database, deal.options[0], account_id, "SPRING") for _ in range(6)]
    outcomes = await asyncio.gather(*(ordered(database, quote, account_id) for quote in quotes))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 5 + ["Order"]
    assert (await standing(database)).uses == 1


async def test_a_code_that_was_paused_after_the_quote_is_refused(
    database: Database, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(100)
    promotion_id = await promote(database, clock, first_order_only=True)
    account_id = await buyer(database)
    quote = await priced(database, deal.options[0], account_id, "SPRING")
    async with database.transaction(OPERATOR) as tx:
        await promotions.pause(tx, promotion_id)
    assert "used up, or is over" in str(await ordered(database, quote, account_id))
    async with database.transaction(OPERATOR) as tx:
        await promotions.resume(tx, promotion_id)
    order = await ordered(database, quote, account_id)
    assert isinstance(order, Order)
    await paid(database, order)
    after = await priced(database, deal.options[0], account_id, "SPRING")
    assert after.refused[0].why == "It is for a first order."
    with pytest.raises(Conflict, match="SPRING already"):
        await promote(database, clock)


async def test_nobody_looks_through_codes_or_anothers_credit(database: Database, clock: FixedClock) -> None:
    await promote(database, clock)
    owner, other = await buyer(database), await buyer(database)
    await credit(database, owner, 500, clock)
    hats = ((ActorKind.SHOPPER, other), (ActorKind.STAFF, owner), (ActorKind.OPERATOR, other))
    for actor in (VISITOR, *(Actor(kind, account_id) for kind, account_id in hats)):
        async with database.transaction(actor) as tx:
            assert await promotions.promotions(tx) == []
            assert await promotions.credits_of(tx, owner, "USD") == []
    async with database.transaction(Actor(ActorKind.SHOPPER, owner)) as tx:
        assert [each.left_minor for each in await promotions.credits_of(tx, owner, "USD")] == [500]


async def test_credit_pays_and_comes_back(database: Database, offer: Offer, clock: FixedClock) -> None:
    deal = await offer(100)
    account_id = await buyer(database)
    await credit(database, account_id, 400, clock)
    await credit(database, account_id, 600, clock, days=30)
    quote = await priced(database, deal.options[0], account_id, quantity=2, use_credit=True)
    assert (quote.quote.credit_minor, quote.quote.due_minor) == (1000, 2000)
    order = await ordered(database, quote, account_id)
    assert isinstance(order, Order)
    async with database.system() as tx:
        assert await promotions.credit_left(tx, account_id, "USD") == 0
        await orders.cancel(tx, order.id)
        assert await promotions.credit_left(tx, account_id, "USD") == 1000
    again = await priced(database, deal.options[0], account_id, quantity=2, use_credit=True)
    order = await ordered(database, again, account_id)
    assert isinstance(order, Order)
    await paid(database, order)
    await check_books(database)
    first, second = await vouchers_of(database, order)
    async with database.system() as tx:
        refunded = await orders.refund(tx, order.id, [first.id])
    assert (refunded.paid_back_minor, refunded.credited_minor) == (1500, 0)
    async with database.system() as tx:
        refunded = await orders.refund(tx, order.id, [second.id])
        assert await promotions.credit_left(tx, account_id, "USD") == 1000
        owed = await ledger.balance(tx, Account(AccountCode.CUSTOMER_CREDIT, account_id), "USD")
    assert (refunded.paid_back_minor, refunded.credited_minor) == (500, 1000)
    assert refunded.order.state is OrderState.REFUNDED
    assert owed.debit_minor == -1000
    await check_books(database)


async def test_credit_that_covers_all_needs_no_payment_and_is_spent_once(
    database: Database, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(100)
    account_id = await buyer(database)
    await credit(database, account_id, 1500, clock)
    quotes = [await priced(database, deal.options[0], account_id, use_credit=True) for _ in range(5)]
    outcomes = await asyncio.gather(*(ordered(database, quote, account_id) for quote in quotes))
    made = [outcome for outcome in outcomes if isinstance(outcome, Order)]
    assert len(made) == 1
    assert {type(outcome) for outcome in outcomes} == {Order, Conflict}
    async with database.system() as tx:
        assert (await orders.order(tx, made[0].id)).state is OrderState.PAID
        assert await promotions.credit_left(tx, account_id, "USD") == 0
    await check_books(database)
    await check_stock(database)


async def test_credit_ends_but_not_under_an_order(database: Database, offer: Offer, clock: FixedClock) -> None:
    deal = await offer(100)
    account_id = await buyer(database)
    async with database.system() as tx:
        tx_now = tx.now
    async with database.system() as tx:
        await promotions.grant_credit(
            tx,
            account_id,
            currency="USD",
            amount_minor=700,
            origin=CreditOrigin.PROMOTION,
            reason="Welcome",
            expires_at=tx_now + timedelta(minutes=5),
        )
    order = await ordered(database, await priced(database, deal.options[0], account_id, use_credit=True), account_id)
    assert isinstance(order, Order)
    clock.advance(timedelta(minutes=6))

    async def end() -> int:
        async with database.system() as tx:
            return await promotions.end_credits(tx)

    assert await end() == 0
    clock.advance(timedelta(minutes=10))
    async with database.system() as tx:
        await orders.expire(tx)
    assert await end() == 1
    assert await end() == 0
    async with database.system() as tx:
        owed = await ledger.balance(tx, Account(AccountCode.CUSTOMER_CREDIT, account_id), "USD")
    assert owed.debit_minor == 0
    await check_books(database)


async def test_what_a_guest_has_is_theirs_when_they_sign_in(
    database: Database, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(100)
    await promote(database, clock)
    guest, known = await buyer(database), await buyer(database)
    await credit(database, guest, 300, clock)
    order = await ordered(database, await priced(database, deal.options[0], guest, "SPRING"), guest)
    assert isinstance(order, Order)
    async with database.system() as tx:
        await promotions.hand_over(tx, guest, known)
        assert await promotions.credit_left(tx, known, "USD") == 300
    again = await priced(database, deal.options[0], known, "SPRING")
    assert again.refused[0].why == "You have used it as often as one person may."
    async with database.system() as tx:
        await orders.cancel(tx, order.id)
    assert (await priced(database, deal.options[0], known, "SPRING")).quote.promotion_minor == 150
