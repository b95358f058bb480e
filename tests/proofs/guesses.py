"""A hundred thousand guesses at codes hit none, and hardly any of them is even looked up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from highstreet.market.vouchers.domain import codes
from highstreet.market.vouchers.usecases import guessing
from tests.proofs.buying import bought
from tests.proofs.counting import Broken, check_rules, expect
from tests.proofs.crowd import ask_all
from tests.proofs.races import redemption
from tests.proofs.street import Person, Street, staff_of

_STAFF: Final = 12
_OPEN: Final = 500
_CONNECTIONS: Final = 64
_TOO_MANY: Final = 429


@dataclass(frozen=True)
class Asked:
    """How many guesses, and in how many spans of the throttle."""

    guesses: int = 100_000
    spans: int = 10


async def run(street: Street, people: Sequence[Person], seed: int, asked_for: Asked) -> str:
    """Staff of one merchant type codes; what happened. Raises Broken."""
    rng, shop, house = Random(seed), street.shops[0], street.house
    there = await bought(street, people, _OPEN, rng)
    names = [f"guesser {seed} {number}" for number in range(_STAFF)]
    staff = [await staff_of(house, street.database, shop.merchant_id, name) for name in names]
    told = Counter[int]()
    for span in range(asked_for.spans):
        guesses = [
            codes.short_code(rng.getrandbits(codes.SHORT_BITS)) for _ in range(asked_for.guesses // asked_for.spans)
        ]
        requests = [
            redemption(shop, guess, f"{seed} {span} {number}", staff[number % _STAFF])
            for number, guess in enumerate(guesses)
        ]
        answers = await ask_all(house.ports, _CONNECTIONS, requests)
        told += Counter(answer.status for answer in answers)
        stopped = [answer for answer in answers if answer.status == _TOO_MANY]
        expect("guesses that were stopped and told how long", sum(each.retry_after for each in stopped), len(stopped))
        house.clock.advance(guessing.SPAN + timedelta(seconds=1))
    looked_up = told.total() - told[_TOO_MANY]
    expect("guesses", told.total(), asked_for.guesses)
    expect("guesses that redeemed something", told[201], 0)
    most = 2 * asked_for.spans * guessing.PER_MERCHANT  # the clock may enter the next span while they type
    if looked_up > most:
        raise Broken(f"{looked_up} guesses were looked up, and {most} at most should have been")
    await check_rules(street.database)
    return (
        f"{told.total()} codes typed by {_STAFF} accounts of one merchant against {len(there)} open vouchers in"
        f" {asked_for.spans} spans: {looked_up} looked up, {told[_TOO_MANY]} told to wait, {told[201]} hit"
    )
