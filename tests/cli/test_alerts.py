"""Saved searches in an operator's hands, through the command line."""

import asyncio
import json
from random import Random

from click.testing import CliRunner, Result

from highstreet.__main__ import group
from highstreet.discovery.search.jobs import alerts
from highstreet.kit.clock import SystemClock
from highstreet.kit.database import open_database
from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.kit.sweeps import sweep_once
from tests.discovery.search.market import open_market


def run(database_url: str, *arguments: str) -> Result:
    environ = {"HIGHSTREET_DATABASE_URL": database_url, "HIGHSTREET_ENV": "test"}
    return CliRunner().invoke(group, ["search", "alerts", *arguments], env=environ)


def test_a_saved_search_is_added_told_paused_and_removed(database_url: str) -> None:
    assert run(database_url, "list").output == "There are none.\n"
    place = ("--lat", "41.85", "--lng", "-87.65", "--radius-km", "3")
    added = run(database_url, "add", "pizza", "for", "two", *place, "--max-price", "3000", "--currency", "USD")
    assert added.exception is None, added.output
    assert ": 'pizza for two'; within 3 km of 41.85, -87.65; up to 30.00 USD; until " in added.output
    (listed,) = json.loads(run(database_url, "list", "--json").output)["searches"]
    assert listed["id"] in added.output
    deal_id = asyncio.run(_publish(database_url))
    assert f"deal {deal_id}" in run(database_url, "matches").output
    (match,) = json.loads(run(database_url, "matches", listed["id"], "--json").output)["matches"]
    assert (match["search_id"], match["deal_id"]) == (listed["id"], deal_id)
    assert run(database_url, "pause", listed["id"]).output == "Paused.\n"
    assert "; paused" in run(database_url, "list").output
    assert run(database_url, "pause", listed["id"], "--resume").output == "It goes on.\n"
    assert run(database_url, "remove", listed["id"]).output == "Removed.\n"
    assert run(database_url, "matches").output == "There are none.\n"
    assert isinstance(run(database_url, "remove", listed["id"]).exception, NotFound)


def test_what_cannot_be_saved_is_refused(database_url: str) -> None:
    for arguments in (("add",), ("add", "sushi", "--lat", "nan"), ("add", "--category", "no-such")):
        assert isinstance(run(database_url, *arguments).exception, InvalidInput)


async def _publish(database_url: str) -> str:
    """A deal goes live, and the saved searches are told."""
    async with open_database(database_url, SystemClock(), Random(3)) as database:
        sweep, _ = alerts()
        await sweep_once(database, sweep)
        market = await open_market(database)
        async with database.system() as tx:
            deal_id = await market.publish(tx)
        assert await sweep_once(database, sweep) == 1
    return str(deal_id)
