"""Vouchers that were bought and paid over HTTP, for proofs of what happens to them afterwards."""

import json
from collections import Counter
from collections.abc import Sequence
from random import Random
from uuid import UUID

import msgspec

from highstreet.market.vouchers import service as vouchers
from tests.proofs.counting import expect
from tests.proofs.crowd import ask_all
from tests.proofs.house import SECRET
from tests.proofs.street import Person, Street

_CONNECTIONS = 32


class Bought(msgspec.Struct, frozen=True):
    """A voucher, whose it is, and its codes."""

    id: UUID
    order_id: UUID
    owner: Person
    codes: vouchers.Codes


async def ordered(street: Street, people: Sequence[Person], count: int, rng: Random) -> dict[UUID, Person]:
    """So many orders of one voucher each, and whose they are."""
    hot = await street.deal(None)
    buyers = [rng.choice(people) for _ in range(count)]
    wishes = [street.wish(buyer, hot) for buyer in buyers]
    answers = await ask_all(street.house.ports, _CONNECTIONS, [wish.request for wish in wishes])
    expect("answers to orders", Counter(answer.status for answer in answers), Counter({201: count}))
    return {UUID(json.loads(answer.body)["id"]): buyer for answer, buyer in zip(answers, buyers, strict=True)}


async def bought(street: Street, people: Sequence[Person], count: int, rng: Random) -> list[Bought]:
    """So many vouchers, paid by the provider's word."""
    owners = await ordered(street, people, count, rng)
    words = [street.word(payment) for payment in await street.payments_of(list(owners))]
    answers = await ask_all(street.house.ports, _CONNECTIONS, words)
    expect("answers to webhooks", Counter(answer.status for answer in answers), Counter({200: count}))
    found: list[Bought] = []
    keys = vouchers.VoucherKeys(SECRET)
    async with street.database.system() as tx:
        for order_id, owner in owners.items():
            [voucher] = await vouchers.vouchers_of_order(tx, order_id)
            codes = await vouchers.codes_of(tx, keys, voucher.id, owner.id)
            found.append(Bought(voucher.id, order_id, owner, codes))
    return found
