"""The house is killed under its buyers, again and again: whatever was acknowledged is there, once."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import UUID

from highstreet.kit.errors import Unavailable
from tests.proofs.counting import Broken, check_rules, expect, orders_of
from tests.proofs.crowd import ask_all, insist
from tests.proofs.street import Hot, Person, Street, Wish
from tests.proofs.wire import Wire

_PAYS: Final = 0.5
_PAYERS: Final = 8
_LIMIT_S: Final = 300.0
_ASKED_AGAIN: Final = 2_000


@dataclass(frozen=True)
class Asked:
    """How often the house is killed, and what has to have been acknowledged before it is."""

    kills: int = 3
    orders_between: int = 500
    units: int = 1_000


@dataclass
class Market:
    """What goes on: the deal of the moment, what buyers know, and what the provider has yet to tell."""

    street: Street
    people: Sequence[Person]
    rng: Random
    units: int
    hot: Hot
    drops: list[Hot] = field(default_factory=list[Hot])
    acknowledged: dict[UUID, tuple[Wish, bytes]] = field(default_factory=dict[UUID, tuple[Wish, bytes]])
    turned_away: int = 0
    asked_again: int = 0
    to_pay: asyncio.Queue[UUID | None] = field(default_factory=asyncio.Queue[UUID | None])
    paid: set[UUID] = field(default_factory=set[UUID])
    over: bool = False
    following: asyncio.Lock = field(default_factory=asyncio.Lock)


async def run(street: Street, people: Sequence[Person], seed: int, connections: int, asked_for: Asked) -> str:
    """Buyers buy one deal after the other while parts of the house are killed; what happened. Raises Broken."""
    hot = await street.deal(asked_for.units)
    market = Market(street, people, Random(seed), asked_for.units, hot, [hot])
    killed: list[str] = []
    async with asyncio.timeout(_LIMIT_S), asyncio.TaskGroup() as tasks:
        buyers = [tasks.create_task(_buyer(market, number)) for number in range(connections)]
        payers = [tasks.create_task(_payer(market, number)) for number in range(_PAYERS)]
        for victim in _victims(market.rng, asked_for.kills):
            killed += [await _kill(market, victim, asked_for.orders_between)]
        await street.house.until_ready()
        market.over = True
        await asyncio.gather(*buyers)
        for _ in payers:
            market.to_pay.put_nowait(None)
    found = await _check(market, connections)
    return f"killed {', '.join(killed)}; {found}"


def _victims(rng: Random, kills: int) -> list[str]:
    """PostgreSQL and web processes in turn, beginning with either."""
    begin = rng.randrange(2)
    return ["PostgreSQL" if (begin + number) % 2 else "a web process" for number in range(kills)]


async def _kill(market: Market, victim: str, orders_between: int) -> str:
    """Kill it 1 to 5 seconds after all was ready, and not before enough was acknowledged since; what was killed."""
    house = market.street.house
    await house.until_ready()
    ready, before = time.monotonic(), len(market.acknowledged)
    await asyncio.sleep(market.rng.uniform(1, 5))
    while len(market.acknowledged) - before < orders_between:  # noqa: ASYNC110 -- simpler than telling each order
        await asyncio.sleep(0.01)
    since, acknowledged = time.monotonic() - ready, len(market.acknowledged) - before
    if victim == "PostgreSQL":
        await asyncio.to_thread(house.kill_postgres)
    else:
        await asyncio.to_thread(house.kill_web, market.rng.randrange(len(house.ports)))
    return f"{victim} after {since:.1f} s and {acknowledged} orders"


async def _buyer(market: Market, number: int) -> None:
    """Buys for one person after the other; nobody leaves before they know whether they have it."""
    ports = market.street.house.ports
    async with AsyncExitStack() as stack:
        turned = [ports[(number + step) % len(ports)] for step in range(len(ports))]
        wires = [await stack.enter_async_context(Wire(port)) for port in turned]
        while not market.over:
            hot = market.hot
            wish = market.street.wish(market.rng.choice(market.people), hot)
            answer, tries = await insist(wires, wish.request)
            market.asked_again += tries
            if answer.status == 201:
                order_id = UUID(json.loads(answer.body)["id"])
                if order_id in market.acknowledged:
                    raise Broken(f"two buyers were given the order {order_id}")
                market.acknowledged[order_id] = (wish, answer.body)
                if market.rng.random() < _PAYS:
                    market.to_pay.put_nowait(order_id)
            elif answer.status == 409 and b"none of it are left" in answer.body:
                market.turned_away += 1
                await _next(market, hot)
            elif not (answer.status == 409 and b"being worked on" in answer.body):
                raise Broken(f"a buyer was told {answer.status}: {answer.body[:200]!r}")


async def _next(market: Market, gone: Hot) -> None:
    """The next deal, once for all who were told that this one is gone."""
    async with market.following:
        while market.hot is gone:
            try:
                market.hot = await market.street.deal(market.units)
            except Unavailable:
                await asyncio.sleep(0.1)
            else:
                market.drops.append(market.hot)


async def _payer(market: Market, number: int) -> None:
    """The provider, which tells of each payment until it is heard, and then once more to the other process."""
    ports = market.street.house.ports
    async with AsyncExitStack() as stack:
        turned = [ports[(number + step) % len(ports)] for step in range(len(ports))]
        wires = [await stack.enter_async_context(Wire(port)) for port in turned]
        while (order_id := await market.to_pay.get()) is not None:
            word = await _word(market.street, order_id)
            for order in (wires, wires[::-1]):
                answer, _ = await insist(order, word)
                expect("the answer to a webhook", answer.status, 200)
            market.paid.add(order_id)


async def _word(street: Street, order_id: UUID) -> bytes:
    while True:
        try:
            [payment] = await street.payments_of([order_id])
        except Unavailable:
            await asyncio.sleep(0.1)
        else:
            return street.word(payment)


async def _check(market: Market, connections: int) -> str:
    """What was acknowledged against what is there, now and after what was not paid has expired."""
    street, options = market.street, [hot.option_id for hot in market.drops]
    made = await orders_of(street.database, options)
    lost = market.acknowledged.keys() - made.keys()
    expect("acknowledged orders that are not there", len(lost), 0)
    expect("orders that nobody was told of", len(made.keys() - market.acknowledged.keys()), 0)
    kept = market.rng.sample(list(market.acknowledged.values()), min(len(market.acknowledged), _ASKED_AGAIN))
    answers = await ask_all(street.house.ports, connections, [wish.request for wish, _ in kept])
    same = sum(answer.status == 201 and answer.body == body for answer, (_, body) in zip(answers, kept, strict=True))
    expect("orders answered the same when asked for again", same, len(kept))
    expect("orders after all were asked for again", len(await orders_of(street.database, options)), len(made))
    await check_rules(street.database)
    expired = await street.expire()
    states = {order.id: order.state for order in (await orders_of(street.database, options)).values()}
    wanted = {order_id: "paid" if order_id in market.paid else "expired" for order_id in made}
    expect("orders and their states", states, wanted)
    expect("orders that expired", expired, len(made) - len(market.paid))
    await check_rules(street.database)
    return (
        f"{len(made)} orders acknowledged, of {len(options)} deals of {market.units}, each there once; {same} of them"
        f" asked for again with the same answer; {market.asked_again} requests had to be sent again;"
        f" {market.turned_away} buyers told that none is left; {len(market.paid)} paid, each once; {expired} expired;"
        " no rule broken"
    )
