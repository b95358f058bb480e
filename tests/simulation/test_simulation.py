"""Whatever buyers, banks, staff, workers and the line do, and wherever they die: every rule holds after every step."""

import psycopg

from tests.market.catalog.conftest import administrator_here
from tests.simulation.engine import STEPS
from tests.simulation.running import play_seeds

__all__ = ["administrator_here"]

_SEEDS = 10


async def test_every_rule_holds_after_every_step(database_url: str, administrator_here: psycopg.Connection) -> None:
    coverage = await play_seeds(database_url, administrator_here, range(1, _SEEDS + 1), STEPS)
    assert coverage.steps == _SEEDS * STEPS
    assert coverage.killed > _SEEDS


async def test_a_seed_plays_the_same_again(database_url: str, administrator_here: psycopg.Connection) -> None:
    first = await play_seeds(database_url, administrator_here, [7], 80)
    again = await play_seeds(database_url, administrator_here, [7], 80)
    assert (first.counts, first.killed) == (again.counts, again.killed)
