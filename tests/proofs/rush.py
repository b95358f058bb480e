"""Ten times as many buyers as units: as many are sold as there are, nothing is stranded, and everybody knows that."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from tests.proofs.counting import Broken, Stock, check_rules, expect, orders_of, stock_of
from tests.proofs.crowd import ask_all
from tests.proofs.street import Hot, Person, Street, Wish, asked
from tests.proofs.wire import Answer

CONNECTIONS: Final = (64, 512)
_PAYS: Final = 0.9
_PAYS_LATE: Final = 0.2
_AGAIN: Final = 10
"""Of those who were turned away, so many come again for each unit that is given back."""


@dataclass(frozen=True)
class Asked:
    """How large the rush is."""

    buyers: int = 10_000
    units: int = 1_000


@dataclass
class Told:
    """What buyers know: who has which order, and who was told that there is none left."""

    orders: dict[UUID, Person]
    turned_away: list[Person]


class _Read(msgspec.Struct, frozen=True):
    """An order as its buyer reads it."""

    id: UUID
    state: str
    vouchers: list[object]


async def run(street: Street, people: Sequence[Person], seed: int, connections: int, asked_for: Asked) -> str:
    """One deal from its first buyer to its last; what happened. Raises Broken."""
    rng, units = Random(seed), asked_for.units
    hot = await street.deal(units)
    first = await _buy(street, hot, rng.sample(people, asked_for.buyers), connections)
    expect("orders acknowledged of the first rush", len(first.orders), units)
    expect("stock while all is held", await stock_of(street.database, hot.option_id), Stock(units, 0, 0))
    await _check_owners(street, hot, first)
    order_ids = sorted(first.orders)
    rng.shuffle(order_ids)
    paying = order_ids[: int(units * _PAYS)]
    unpaid = order_ids[len(paying) :]
    await _pay(street, paying, connections)
    expired = await street.expire()
    expect("orders that expired", expired, len(unpaid))
    expect(
        "stock once they have expired", await stock_of(street.database, hot.option_id), Stock(0, len(paying), expired)
    )
    late = [order_id for order_id in unpaid if rng.random() < _PAYS_LATE]
    await _pay(street, late, connections)
    again = rng.sample(first.turned_away, min(len(first.turned_away), expired * _AGAIN))
    second = await _buy(street, hot, again, connections)
    expect("orders acknowledged of what was given back", len(second.orders), expired)
    await _pay(street, sorted(second.orders), connections)
    expect("orders that expired in the end", await street.expire(), 0)
    expect("stock in the end", await stock_of(street.database, hot.option_id), Stock(0, units, 0))
    states = {**dict.fromkeys(unpaid, "expired"), **dict.fromkeys([*paying, *second.orders], "paid")}
    await _check_told(street, hot, {**first.orders, **second.orders}, states, connections)
    await check_rules(street.database)
    return (
        f"{asked_for.buyers} buyers, {len(first.orders)} held, {len(first.turned_away)} told that none is left;"
        f" {len(paying)} paid, {expired} expired ({len(late)} paid too late and have it back),"
        f" {len(again)} came again and {len(second.orders)} of them bought; {units} sold, 0 held, 0 left"
    )


async def _buy(street: Street, hot: Hot, buyers: Sequence[Person], connections: int) -> Told:
    wishes: list[Wish] = [street.wish(buyer, hot) for buyer in buyers]
    answers = await ask_all(street.house.ports, connections, [wish.request for wish in wishes])
    told = Told({}, [])
    for buyer, answer in zip(buyers, answers, strict=True):
        if answer.status == 201:
            told.orders[UUID(json.loads(answer.body)["id"])] = buyer
        elif answer.status == 409 and b"none of it are left" in answer.body:
            told.turned_away.append(buyer)
        else:
            raise Broken(f"a buyer was told {answer.status}: {answer.body[:200]!r}")
    return told


async def _check_owners(street: Street, hot: Hot, told: Told) -> None:
    made = await orders_of(street.database, [hot.option_id])
    owners = {order_id: order.account_id for order_id, order in made.items()}
    expect("who has which order", owners, {order_id: person.id for order_id, person in told.orders.items()})


async def _pay(street: Street, order_ids: Sequence[UUID], connections: int) -> None:
    """The provider tells of each payment twice at the same time, so that both processes hear of it."""
    words = [street.word(payment) for payment in await street.payments_of(order_ids)]
    answers = await ask_all(street.house.ports, connections, [word for word in words for _ in range(2)])
    expect("answers to webhooks", Counter(answer.status for answer in answers), Counter({200: 2 * len(words)}))


async def _check_told(
    street: Street, hot: Hot, owners: dict[UUID, Person], states: dict[UUID, str], connections: int
) -> None:
    """Each who ordered reads what is true, the database has no other order, and each voucher is there once."""
    made = await orders_of(street.database, [hot.option_id])
    expect("orders and their states", {order.id: order.state for order in made.values()}, states)
    questions = [asked(f"/api/v1/orders/{order_id}", headers=person.headers) for order_id, person in owners.items()]
    answers = await ask_all(street.house.ports, connections, questions)
    read = {order.id: order for order in map(_order, answers)}
    expect("orders as their buyers read them", {order_id: order.state for order_id, order in read.items()}, states)
    vouchers = Counter((order.state, len(order.vouchers)) for order in read.values())
    paid = sum(state == "paid" for state in states.values())
    wanted = Counter({("paid", 1): paid, ("expired", 0): len(states) - paid})
    expect("vouchers of orders as their buyers read them", vouchers, wanted)


def _order(answer: Answer) -> _Read:
    expect("the status of an order", answer.status, 200)
    return msgspec.json.decode(answer.body, type=_Read)
