"""A condition is left out somewhere, and the simulator finds out."""

import psycopg
import pytest

from tests.market.catalog.conftest import administrator_here
from tests.simulation.engine import STEPS, Broken
from tests.simulation.planting import BUGS
from tests.simulation.running import play_seeds

__all__ = ["administrator_here"]

_WITHIN = 200
"""Seeds. Most bugs fall to the first or second."""


@pytest.mark.parametrize("bug", BUGS)
async def test_a_bug_that_is_planted_is_found(
    database_url: str, administrator_here: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, bug: str
) -> None:
    BUGS[bug](monkeypatch)
    with pytest.raises(Broken, match=r"again: ./dev simulate --first \d+ --seeds 1"):
        await play_seeds(database_url, administrator_here, range(1, _WITHIN + 1), STEPS)
