"""A hundred requests with one Idempotency-Key make one order, and a restart forgets nothing."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final
from uuid import UUID

from highstreet.kit import idempotency
from tests.proofs.counting import Broken, check_rules, expect, orders_of
from tests.proofs.crowd import all_at_once, insist
from tests.proofs.street import Person, Street, Wish
from tests.proofs.wire import Wire

_AT_ONCE: Final = 100
_BATCH: Final = 64


async def run(street: Street, people: Sequence[Person], seed: int) -> str:
    """One key, used by many at once, after a restart, and for something else; what happened. Raises Broken."""
    rng = Random(seed)
    hot, key = await street.deal(200), f"key of seed {seed}"
    buyer = rng.choice(people)
    wish = street.wish(buyer, hot, key)
    answers = await all_at_once(street.house.ports, [wish.request] * _AT_ONCE)
    made = {answer.body for answer in answers if answer.status == 201}
    expect("different answers of 201", len(made), 1)
    in_flight = sum(answer.status == 409 and idempotency.IN_FLIGHT.encode() in answer.body for answer in answers)
    same = sum(answer.status == 201 for answer in answers)
    expect("answers that are the order or say that it is in flight", same + in_flight, _AT_ONCE)
    [order] = (await orders_of(street.database, [hot.option_id])).values()
    expect("whose order it is", order.account_id, buyer.id)
    how = await _restart(street, seed)
    for port in street.house.ports:
        expect(f"the answer after {how}", await _told(port, wish), (201, made.copy().pop()))
        other = street.wish(buyer, hot, key)
        expect("the status for another body", (await _told(port, other))[0], 422)
    expect("orders after all that", len(await orders_of(street.database, [hot.option_id])), 1)
    batch = await _one_bad(street, people, rng)
    await check_rules(street.database)
    return f"{_AT_ONCE} at once: {same} were answered with the order, {in_flight} 409; after {how} the same; {batch}"


async def _restart(street: Street, seed: int) -> str:
    """Both processes, in turn killed and ended as an operator would."""
    house = street.house
    for number in range(len(house.ports)):
        await asyncio.to_thread(house.kill_web if seed % 2 else house.restart_web, number)
    await house.until_ready()
    return "SIGKILL" if seed % 2 else "SIGTERM"


async def _told(port: int, wish: Wish) -> tuple[int, bytes]:
    async with Wire(port) as wire:
        answer, _ = await insist([wire], wish.request)
    return answer.status, answer.body


async def _one_bad(street: Street, people: Sequence[Person], rng: Random) -> str:
    """At one process at the same time, of whom one brings a quote that was made for somebody else."""
    hot, bad = await street.deal(200), rng.randrange(_BATCH)
    wishes = [street.wish(buyer, hot) for buyer in rng.sample(people, _BATCH)]
    wishes[bad] = street.wish(wishes[bad].buyer, hot, account_id=UUID(int=5))
    answers = await all_at_once(street.house.ports[:1], [wish.request for wish in wishes])
    told = Counter(answer.status for number, answer in enumerate(answers) if number != bad)
    expect("answers beside a bad order", told, Counter({201: _BATCH - 1}))
    if not 400 <= answers[bad].status < 500:
        raise Broken(f"the bad order was told {answers[bad].status}: {answers[bad].body[:200]!r}")
    ids = {UUID(json.loads(answer.body)["id"]) for answer in answers if answer.status == 201}
    expect("orders beside a bad one", (await orders_of(street.database, [hot.option_id])).keys(), ids)
    return f"of {_BATCH} at once one was bad ({answers[bad].status}) and {len(ids)} were ordered"
