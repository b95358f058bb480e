"""A thousand webhooks, shuffled, with five duplicates each, at two processes: each payment ends in one state."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.payments.domain.payments import Payment
from tests.market.payments.conftest import beside
from tests.proofs.buying import ordered
from tests.proofs.counting import check_rules, expect
from tests.proofs.crowd import ask_all
from tests.proofs.street import Person, Street

_PAYMENTS: Final = 10
_EVENTS: Final = 100
_TIMES: Final = 6
_CONNECTIONS: Final = 8
_PATH: Final = ("open", "authorised", "captured")


class _Tally(msgspec.Struct, frozen=True):
    events: int
    captures: int
    vouchers: int


async def run(street: Street, people: Sequence[Person], seed: int) -> str:
    """Ten payments, of which a hundred events each arrive in any order; what happened. Raises Broken."""
    rng = Random(seed)
    order_ids = list(await ordered(street, people, _PAYMENTS, rng))
    asked = await street.payments_of(order_ids)
    before = await _tally(street, order_ids)
    words = [word for payment in asked for word in _history(street, payment, rng)]
    shuffled = words * _TIMES
    rng.shuffle(shuffled)
    answers = await ask_all(street.house.ports, _CONNECTIONS, shuffled)
    expect("answers to webhooks", Counter(answer.status for answer in answers), Counter({200: len(shuffled)}))
    ended = await street.payments_of(order_ids)
    states = Counter((each.state, each.captured_at is not None, each.refunded_minor) for each in ended)
    expect("different states in which payments ended", len(states), 1)
    [(state, captured, refunded_minor)] = states
    expect("whether it was taken, and what went back", (captured, refunded_minor), (True, 300))
    after = await _tally(street, order_ids)
    expect("events that are known", after.events - before.events, len(words))
    expect("captures that were booked", after.captures, _PAYMENTS)
    expect("vouchers that were issued", after.vouchers, _PAYMENTS)
    await check_rules(street.database)
    return (
        f"{len(words)} events of {_PAYMENTS} payments, {len(shuffled)} deliveries in any order: every payment is"
        f" {state} with {refunded_minor} given back, captured once, and has one voucher"
    )


def _history(street: Street, payment: Payment, rng: Random) -> list[bytes]:
    """What the provider tells of one payment, each an event of its own; that it was taken among them."""
    said = [(rng.choice(_PATH), beside(rng, payment)) for _ in range(_EVENTS - 1)]
    said.append(("captured", beside(rng, payment)))
    return [street.word(payment, state, **more) for state, more in said]


async def _tally(street: Street, order_ids: Sequence[UUID]) -> _Tally:
    async with street.database.system() as tx:
        found = await tx.fetch_one(
            _Tally,
            """
            SELECT
                (SELECT count(*) FROM payments.events) AS events,
                (SELECT count(*) FROM ledger.entries WHERE kind = 'capture' AND order_id = ANY(%(ids)s)) AS captures,
                (SELECT count(*) FROM vouchers.vouchers WHERE order_id = ANY(%(ids)s)) AS vouchers
            """,
            {"ids": list(order_ids)},
        )
    assert found is not None
    return found
