"""Who is among the first does not depend on what lay in memory before they were found."""

import numpy as np
import pytest

from highstreet.discovery.search import aiming
from highstreet.discovery.search import service as search
from highstreet.discovery.search.index import asked, ranking, sifting
from highstreet.discovery.search.index.runs import Rows, Whole
from highstreet.kit.compiling import compiled
from highstreet.kit.native import Held
from tests.discovery.search import worlds

INDEX = worlds.index(worlds.deals(200, seed=5))
AIM = aiming.aim(INDEX, search.SearchQuery(at=worlds.NOW, centre=search.Point(41.88, -87.63)), None, limit=24)


@compiled
def _rank(columns: Held[tuple[asked.Columns, ...]], aim: asked.Aim, passing: Rows, found: Rows) -> Whole:
    return ranking.rank(columns.what[0], aim, passing, np.int64(0), np.int64(0), 1.0, found, np.int64(0))


def _candidates() -> Rows:
    """All deals of the index, each where its row has it."""
    records = INDEX.segments[0].sections.arrays["records"]
    candidates = np.zeros(len(records), sifting.CANDIDATE)
    candidates["row"] = np.arange(len(records))
    candidates["chord"] = (records["x"] - AIM.x) ** 2 + (records["y"] - AIM.y) ** 2 + (records["z"] - AIM.z) ** 2
    return candidates


def _first(limit: int, dirt: int) -> list[int]:
    found = np.frombuffer(bytearray([dirt]) * (limit * asked.FOUND.itemsize), asked.FOUND)
    size = _rank(INDEX.prepared.columns, AIM, _candidates(), found)
    return found["row"][:size].tolist()


@pytest.mark.parametrize("dirt", [0x00, 0x3F, 0x7E, 0xFF])
def test_the_first_are_the_first_of_all(dirt: int) -> None:
    everybody = _first(len(_candidates()) + 1, dirt=0)
    assert sorted(everybody) == list(range(200))
    for limit in range(1, 25):
        assert _first(limit, dirt) == everybody[:limit]
