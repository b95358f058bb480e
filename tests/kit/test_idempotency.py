"""The same request twice does its work once, whoever sends it how often."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from highstreet.kit import idempotency
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Actor, ActorKind, Database
from highstreet.kit.errors import Conflict, HighstreetError, InvalidInput, Unavailable
from highstreet.kit.idempotency import AnotherRequest, Answer, Keyed

ASKER = Actor(ActorKind.SHOPPER, UUID(int=1))
OTHER = Actor(ActorKind.SHOPPER, UUID(int=2))


class Work:
    """Counts how often it was done."""

    def __init__(self, *, fails: bool = False) -> None:
        self.done = 0
        self.fails = fails

    async def __call__(self) -> Answer:
        self.done += 1
        await asyncio.sleep(0)
        if self.fails:
            raise Unavailable("Not now", 1)
        return Answer(201, b"%d" % self.done)


def request(actor: Actor = ASKER, key: str = "k", body: bytes = b"{}") -> Keyed:
    return idempotency.keyed(actor, "POST /things", key, body)


async def ask(database: Database, asked: Keyed, work: Callable[[], Awaitable[Answer]], actor: Actor = ASKER) -> Answer:
    async with database.transaction(actor) as tx:
        return await idempotency.once(tx, asked, work)


async def test_a_hundred_at_once_do_the_work_once(database: Database) -> None:
    work = Work()

    async def one() -> Answer | HighstreetError:
        try:
            return await ask(database, request(), work)
        except Conflict as in_flight:
            return in_flight

    outcomes = await asyncio.gather(*(one() for _ in range(100)))
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    assert work.done == 1
    assert set(answers) == {Answer(201, b"1")}
    assert {str(outcome) for outcome in outcomes if isinstance(outcome, Conflict)} <= {idempotency.IN_FLIGHT}
    assert await ask(database, request(), work) == Answer(201, b"1")


async def test_a_key_stands_for_one_request_of_one_asker(database: Database) -> None:
    work = Work()
    await ask(database, request(), work)
    with pytest.raises(AnotherRequest, match="Idempotency-Key"):
        await ask(database, request(body=b"[]"), work)
    assert await ask(database, request(OTHER), work, OTHER) == Answer(201, b"2")
    assert await ask(database, idempotency.keyed(ASKER, "POST /others", "k", b"{}"), work) == Answer(201, b"3")
    async with database.transaction(OTHER) as tx:
        assert await idempotency.find(tx, [request().name]) == {}


async def test_what_failed_may_be_tried_again(database: Database) -> None:
    work = Work(fails=True)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await ask(database, request(), work)
    work.fails = False
    assert await ask(database, request(), work) == Answer(201, b"3")


async def test_many_are_kept_at_once_and_taken_back(database: Database) -> None:
    asked = [request(key=str(number)) for number in range(5)]
    async with database.system() as tx:
        assert await idempotency.keep(tx, [(each, Answer(201, b"")) for each in asked[:3]]) == {}
    async with database.system() as tx:
        kept = await idempotency.keep(tx, [(each, Answer(200, b"")) for each in asked])
        assert {name: found.answer.status for name, found in kept.items()} == {each.name: 201 for each in asked[:3]}
        await idempotency.forget(tx, [each.name for each in asked[:4]])
        assert set(await idempotency.find(tx, [each.name for each in asked])) == {asked[4].name}
        assert await idempotency.keep(tx, []) == {}


async def test_answers_are_kept_for_two_days(database: Database, clock: FixedClock) -> None:
    work = Work()
    await ask(database, request(), work)
    for hours, left in ((47, 1), (2, 0)):
        clock.advance(timedelta(hours=hours))
        async with database.system() as tx:
            assert await idempotency.sweep(tx) == 1 - left
    assert await ask(database, request(), work) == Answer(201, b"2")


@pytest.mark.parametrize("key", ["", "x" * 201, "ключ", "a\nb", "\x00"])
def test_a_key_is_short_and_plain(key: str) -> None:
    with pytest.raises(InvalidInput):
        request(key=key)
