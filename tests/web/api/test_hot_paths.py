"""Searching asks the database nothing; reading a deal asks it once."""

import dataclasses
from pathlib import Path
from uuid import uuid4

from highstreet.discovery.search.service import Follower
from highstreet.web.runtime import Runtime
from tests.discovery.search.market import Market
from tests.web.api.conftest import Api, serve


def transactions(api: Api) -> int:
    """How many transactions visitors have had so far."""
    pool = api.market.database._app  # pyright: ignore[reportPrivateUsage]  # nothing outside counts these
    return pool.get_stats().get("requests_num", 0)


async def test_a_search_is_answered_from_memory(api: Api) -> None:
    await api.publish()
    await api.get("/deals", place="chicago-il-us")  # the place is read once, then remembered
    before = transactions(api)
    for params in ({}, {"q": "pizza"}, {"place": "chicago-il-us", "sort": "distance"}, {"limit": 1}):
        assert (await api.get("/deals", **params)).json()["total"] == 1
    assert (await api.get("/categories")).status_code == 200
    assert transactions(api) == before


async def test_a_deal_is_read_in_one_transaction(api: Api) -> None:
    deal_id = await api.publish()
    before = transactions(api)
    assert (await api.get(f"/deals/{deal_id}")).status_code == 200
    assert (await api.get(f"/deals/{uuid4()}")).status_code == 404
    assert transactions(api) == before + 2


async def test_until_the_index_is_loaded_the_reader_is_asked_to_come_back(
    market: Market, runtime: Runtime, tmp_path: Path
) -> None:
    loading = dataclasses.replace(runtime, follower=Follower(market.database, tmp_path))
    async with serve(loading) as client:
        answer = await client.get("/api/v1/deals")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "application/problem+json"
