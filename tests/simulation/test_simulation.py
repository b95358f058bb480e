"""Whatever buyers, banks, staff, workers and the line do, and wherever they die: every rule holds after every step."""

import psycopg
import pytest

from tests.market.catalog.conftest import administrator_here
from tests.simulation.engine import STEPS
from tests.simulation.running import play_seeds

__all__ = ["administrator_here"]


@pytest.mark.parametrize("seeds", [range(1, 26), range(26, 51)], ids=str)
async def test_every_rule_holds_after_every_step(
    database_url: str, administrator_here: psycopg.Connection, seeds: range
) -> None:
    coverage = await play_seeds(database_url, administrator_here, seeds, STEPS)
    assert coverage.steps == len(seeds) * STEPS
    assert coverage.killed > len(seeds)


async def test_a_seed_plays_the_same_again(database_url: str, administrator_here: psycopg.Connection) -> None:
    first = await play_seeds(database_url, administrator_here, [7], 80)
    again = await play_seeds(database_url, administrator_here, [7], 80)
    assert (first.counts, first.killed) == (again.counts, again.killed)
