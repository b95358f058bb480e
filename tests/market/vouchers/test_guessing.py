"""Guessing codes is hopeless: there are too many, and whoever tries is stopped."""

import asyncio
from collections import Counter
from random import Random

from highstreet.kit.database import Database
from highstreet.kit.errors import TooManyRequests
from highstreet.market.identity import service as identity
from highstreet.market.vouchers.domain import codes
from highstreet.market.vouchers.domain.redemptions import Redeemer, Refused
from highstreet.market.vouchers.usecases import guessing
from tests.market.vouchers.conftest import Issue, Shop, Till

GUESSES = 100_000


def test_a_hundred_thousand_guesses_among_a_hundred_thousand_vouchers_hit_none(rng: Random) -> None:
    there_are = {codes.short_code(rng.getrandbits(codes.SHORT_BITS)) for _ in range(100_000)}
    guesses = (codes.short_code(rng.getrandbits(codes.SHORT_BITS)) for _ in range(GUESSES))
    assert sum(guess in there_are for guess in guesses) == 0


async def test_of_those_who_guess_at_the_same_time_few_are_answered(
    database: Database, issue: Issue, till: Till, shop: Shop, rng: Random
) -> None:
    """Twelve accounts of a merchant each type twenty codes at once: as many are looked up as one merchant may."""
    await issue()
    async with database.system() as tx:
        accounts = [(await identity.begin_guest(tx, f"g{number}@example.com", "en")).id for number in range(12)]

    async def guess(number: int) -> str:
        redeemer = Redeemer(merchant_id=shop.world.merchant, account_id=accounts[number % 12])
        code = codes.short_code(rng.getrandbits(codes.SHORT_BITS))
        try:
            answer = await till.redeem(code, f"guess {number}", redeemer)
        except TooManyRequests as stopped:
            return f"wait {stopped.retry_after}"
        assert isinstance(answer, Refused)
        return answer.why

    told = Counter(await asyncio.gather(*(guess(number) for number in range(240))))
    assert told == {"unknown_code": guessing.PER_MERCHANT, "wait 600": 240 - guessing.PER_MERCHANT}
