"""Whoever tries too often is told to wait: as many tries as a bucket admits, however they come, and no more."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.kit import sweeps
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import TooManyRequests
from highstreet.kit.sweeps import Sweep
from highstreet.market.identity.domain.throttling import (
    MAIL_TO,
    SECOND_FACTOR,
    SIGN_IN_FROM,
    Bucket,
    admits,
    leaked,
    network_of,
    wait_s,
)
from highstreet.market.identity.usecases import throttling

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Counted:
    """A bucket as the rules have it, without a database."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket, self.level, self.at = bucket, 0.0, START

    def take(self, now: datetime) -> bool:
        level = leaked(self.bucket, self.level, self.at, now)
        if not admits(self.bucket, level):
            return False
        self.level, self.at = level + 1, now
        return True


@given(
    size=st.integers(1, 20),
    every_s=st.floats(0.5, 500),
    waits=st.lists(st.floats(0, 300), min_size=1, max_size=80),
)
@settings(max_examples=200)
def test_no_stretch_of_time_admits_more_than_the_bucket_and_what_leaked(
    size: int, every_s: float, waits: list[float]
) -> None:
    counted, now = Counted(Bucket("any", size, every_s)), START
    admitted: list[datetime] = []
    for wait in waits:
        now += timedelta(seconds=wait)
        if counted.take(now):
            admitted.append(now)
    for first in range(len(admitted)):
        for last in range(first, len(admitted)):
            passed = (admitted[last] - admitted[first]).total_seconds()
            assert last - first + 1 <= size + passed / every_s + 1e-6


@given(size=st.integers(1, 20), every_s=st.floats(1, 500), extra=st.floats(0, 1))
def test_who_waits_as_long_as_they_are_told_is_admitted(size: int, every_s: float, extra: float) -> None:
    bucket = Bucket("any", size, every_s)
    level = size - 1 + extra
    later = START + timedelta(seconds=wait_s(bucket, level))
    assert admits(bucket, leaked(bucket, level, START, later))


def test_a_hundred_thousand_guesses_of_a_code_in_a_day_are_fewer_than_three_hundred() -> None:
    counted, now, tried = Counted(SECOND_FACTOR), START, 0
    for _ in range(100_000):
        now += timedelta(seconds=86_400 / 100_000)
        tried += counted.take(now)
    assert tried <= 293


async def test_the_database_counts_as_the_rules_do(database: Database, clock: FixedClock) -> None:
    bucket, waits = Bucket("any", 3, 10.0), [0, 0, 0, 0, 4, 7, 0, 1, 30, 0, 0, 0, 9.5, 0.5, 0.1, 60, 0]
    counted = Counted(bucket)
    for wait in waits:
        clock.advance(timedelta(seconds=wait))
        expected = counted.take(clock.now())
        if expected:
            await throttling.count(database, (bucket, "ann"))
            continue
        with pytest.raises(TooManyRequests) as refused:
            await throttling.count(database, (bucket, "ann"))
        assert refused.value.retry_after == wait_s(bucket, leaked(bucket, counted.level, counted.at, clock.now()))


async def test_tries_at_once_are_counted_one_by_one_and_nobody_pays_for_another(database: Database) -> None:
    tries = [throttling.count(database, (MAIL_TO, "ann"), (SIGN_IN_FROM, "192.0.2.1")) for _ in range(24)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == MAIL_TO.size
    assert {type(outcome) for outcome in outcomes if outcome} == {TooManyRequests}
    await throttling.count(database, (MAIL_TO, "bob"))


async def test_success_forgives_and_an_empty_bucket_is_forgotten(database: Database, clock: FixedClock) -> None:
    for _ in range(MAIL_TO.size):
        await throttling.count(database, (MAIL_TO, "ann"))
    async with database.system() as tx:
        await throttling.forget(tx, (MAIL_TO, "ann"))
    for _ in range(MAIL_TO.size):
        await throttling.count(database, (MAIL_TO, "ann"))
    with pytest.raises(TooManyRequests):
        await throttling.count(database, (MAIL_TO, "ann"))
    cleaning = Sweep("throttles", 60.0, throttling.sweep_throttles)
    clock.advance(timedelta(seconds=MAIL_TO.size * MAIL_TO.every_s))
    assert await sweeps.sweep_once(database, cleaning) == 0
    clock.advance(timedelta(seconds=1))
    assert await sweeps.sweep_once(database, cleaning) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_one_visitor_has_one_network_however_many_addresses(address: str, network: str) -> None:
    assert network_of(address) == network
