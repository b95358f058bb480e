"""The till: who waits for the same option is served together, and as well as if they were alone."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import UUID

import msgspec
import psycopg

from highstreet.kit import idempotency
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Actor, ActorKind, Database, open_database
from highstreet.kit.errors import HighstreetError, Unavailable
from highstreet.kit.idempotency import AnotherRequest, Answer
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.orders import Order, SoldOut
from highstreet.market.orders.domain.quotes import StaleQuote
from highstreet.market.orders.service import Answered, Placed, Purchase, Till
from tests.market.orders.conftest import (
    KEYS,
    Counts,
    Offer,
    buyer,
    check_books,
    check_stock,
    paid,
    quoted,
    stock,
    wants,
)

Told = Placed | Answered | Exception


async def buy(till: Till, purchase: Purchase) -> Told:
    try:
        return await till.buy(purchase)
    except Exception as refused:  # noqa: BLE001 - tests look at what it was
        return refused


async def crowd(database: Database, option_id: UUID, size: int) -> list[Purchase]:
    """So many purchases of one unit, each with a quote of its own, by a few people."""
    people = [await buyer(database) for _ in range(8)]
    async with database.system() as tx:
        first = await quoted(tx, (option_id, 1))
        quotes = [msgspec.structs.replace(first, id=tx.new_id()) for _ in range(size)]
    return [Purchase(account_id=people[index % 8], quote=quote) for index, quote in enumerate(quotes)]


def keyed(purchase: Purchase, key: str, body: bytes = b"{}") -> Purchase:
    request = idempotency.keyed(Actor(ActorKind.SHOPPER, purchase.account_id), "POST /orders", key, body)
    return msgspec.structs.replace(purchase, keyed=request, render=rendered)


def rendered(order: Order) -> Answer:
    return Answer(201, str(order.id).encode())


def kinds(outcomes: Sequence[object]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)


async def test_many_buyers_in_two_processes_get_what_there_is_and_the_truth(
    database: Database, database_url: str, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(60)
    purchases = await crowd(database, deal.options[0], 600)
    async with open_database(database_url, clock, Random(9)) as other:
        tills = [Till(database, KEYS), Till(other, KEYS)]
        outcomes = await asyncio.gather(*(buy(tills[index % 2], each) for index, each in enumerate(purchases)))
        assert kinds(outcomes) == {"Placed": 60, "SoldOut": 540}
        assert {outcome.remaining for outcome in outcomes if isinstance(outcome, SoldOut)} == {0}
        made = [outcome.order for outcome in outcomes if isinstance(outcome, Placed)]
        assert await stock(database, deal.options[0]) == Counts(held=60, sold=0, remaining=0)
        for order in made[:40]:
            await paid(database, order)
        clock.advance(timedelta(minutes=15))
        async with database.system() as tx:
            assert await orders.expire(tx) == 20
        assert await stock(database, deal.options[0]) == Counts(held=0, sold=40, remaining=20)
        again = await crowd(database, deal.options[0], 30)
        assert kinds([await buy(tills[0], each) for each in again]) == {"Placed": 20, "SoldOut": 10}
        for till in tills:
            await till.close()
    await check_books(database)
    await check_stock(database)


async def test_a_hundred_requests_with_one_key_make_one_order(database: Database, offer: Offer) -> None:
    deal = await offer(500)
    (purchase,) = await crowd(database, deal.options[0], 1)
    till = Till(database, KEYS)
    same = keyed(purchase, "k")
    outcomes = await asyncio.gather(*(buy(till, same) for _ in range(100)))
    made = [outcome for outcome in outcomes if isinstance(outcome, Placed)]
    assert len(made) == 1
    assert {outcome.answer for outcome in outcomes if isinstance(outcome, Answered)} <= {rendered(made[0].order)}
    assert {str(outcome) for outcome in outcomes if isinstance(outcome, HighstreetError)} <= {idempotency.IN_FLIGHT}
    assert await buy(Till(database, KEYS), same) == Answered(rendered(made[0].order))
    assert isinstance(await buy(till, keyed(purchase, "k", b"another")), AnotherRequest)
    assert await stock(database, deal.options[0]) == Counts(held=1, sold=0, remaining=499)


async def test_one_bad_order_among_many_fails_alone(database: Database, offer: Offer) -> None:
    deal = await offer(500)
    purchases = await crowd(database, deal.options[0], 64)
    stranger = msgspec.structs.replace(purchases[20], account_id=UUID(int=5))
    stale = msgspec.structs.replace(purchases[40].quote, made_at=purchases[40].quote.made_at - timedelta(hours=1))
    purchases[20], purchases[40] = stranger, msgspec.structs.replace(purchases[40], quote=stale)
    till = Till(database, KEYS)
    outcomes = await asyncio.gather(*(buy(till, each) for each in purchases))
    assert isinstance(outcomes[20], psycopg.errors.ForeignKeyViolation)
    assert isinstance(outcomes[40], StaleQuote)
    assert kinds(outcomes)["Placed"] == 62
    assert await stock(database, deal.options[0]) == Counts(held=62, sold=0, remaining=438)
    await check_stock(database)


async def test_past_the_queue_nobody_is_kept_waiting(database: Database, offer: Offer) -> None:
    deal = await offer(500)
    purchases = await crowd(database, deal.options[0], 40)
    till = Till(database, KEYS, batch=4, queue=10)
    outcomes = await asyncio.gather(*(buy(till, each) for each in purchases))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert len(refused) == 30
    assert {outcome.retry_after for outcome in refused} == {1}
    assert await stock(database, deal.options[0]) == Counts(held=10, sold=0, remaining=490)


async def test_who_went_away_is_not_waited_for(database: Database, offer: Offer) -> None:
    deal = await offer(500, 5)
    purchases = await crowd(database, deal.options[0], 30)
    till = Till(database, KEYS, batch=4)
    tasks = [asyncio.create_task(buy(till, each)) for each in purchases]
    await asyncio.sleep(0)
    for task in tasks[10:]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await till.close()
    assert kinds(outcomes) == {"Placed": 10, "CancelledError": 20}
    assert await stock(database, deal.options[0]) == Counts(held=10, sold=0, remaining=490)
    several = await wants(database, (deal.options[0], 2), (deal.options[1], 1))
    assert isinstance(await buy(till, several), Placed)
    await check_stock(database)


async def test_limits_hold_across_processes(
    database: Database, database_url: str, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(25, per_buyer_limit=3)
    purchases = await crowd(database, deal.options[0], 60)
    async with open_database(database_url, clock, Random(3)) as other:
        tills = [Till(database, KEYS, batch=8), Till(other, KEYS, batch=8)]
        outcomes = await asyncio.gather(*(buy(tills[index % 2], each) for index, each in enumerate(purchases)))
    by_person = Counter(outcome.order.account_id for outcome in outcomes if isinstance(outcome, Placed))
    assert set(by_person.values()) == {3}
    assert kinds(outcomes) == {"Placed": 24, "LimitReached": 36}
    assert await stock(database, deal.options[0]) == Counts(held=24, sold=0, remaining=1)
