"""What an operator does about the pictures of deals, through the command line."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest
from click.testing import CliRunner, Result

from highstreet.__main__ import group
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database, open_database
from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.market.catalog import service as catalog
from tests.kit.pictures.hostile import plain
from tests.market.catalog.conftest import TOWNS, stated
from tests.photographs import encoded

T = TypeVar("T")


@pytest.fixture
def on_database(database_url: str, clock: FixedClock) -> Callable[[Callable[[Database], Awaitable[T]]], T]:
    """Runs a coroutine on the test's database; commands make a loop of their own, so no test here has one."""

    def act(work: Callable[[Database], Awaitable[T]]) -> T:
        async def opened() -> T:
            async with open_database(database_url, clock, Random(3)) as database:
                return await work(database)

        return asyncio.run(opened())

    return act


async def one_deal(database: Database) -> str:
    async with database.system() as tx:
        await catalog.store_places(tx, TOWNS)
        await catalog.seed_categories(tx)
        place = await catalog.place_by_slug(tx, "chicago-il-us")
        assert place is not None
        await catalog.import_deals(tx, [stated("a", place.id, image="http://10.0.0.1/a.jpg")])
        [deal] = (await catalog.changed_deals(tx, None)).published
    return str(deal.id)


def test_pictures_are_added_listed_refocused_removed_and_asked_for_again(
    database_url: str, tmp_path: Path, on_database: Callable[[Callable[[Database], Awaitable[str]]], str]
) -> None:
    deal = on_database(one_deal)
    environ = {
        "HIGHSTREET_DATABASE_URL": database_url,
        "HIGHSTREET_ENV": "test",
        "HIGHSTREET_DATA_DIR": str(tmp_path / "data"),
    }

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(group, ["pictures", *arguments], env=environ)

    file = tmp_path / "a.png"
    file.write_bytes(encoded(plain(), "PNG"))
    assert "to be fetched" not in run("list", deal).output
    added = run("add", f"https://deals.example/deals/haircut-a-{deal}", str(file), "--alt", "Two chairs")
    assert added.output == "Picture 1 of the deal is there.\n", added.exception
    told = json.loads(run("list", deal, "--json").output)["pictures"]
    assert [(one["position"], one["state"], one["alt"]) for one in told] == [
        (0, "wanted", None),
        (1, "shown", "Two chairs"),
    ]
    assert run("focal", deal, "1", "0.2,0.8").exit_code == 0
    assert "1  shown, 300 x 200, focal 0.2,0.8" in run("list", deal).output
    assert run("remove", deal, "0").exit_code == 0
    assert "0  refused, http://10.0.0.1/a.jpg: was removed here" in run("list", deal).output
    assert run("refetch", deal).output == "1 to be fetched; a worker does it.\n"
    assert run("remove", deal, "1").exit_code == 0
    assert "shown" not in run("list", deal).output

    for arguments, kind, told in (
        (("add", deal, str(tmp_path / "none.jpg")), InvalidInput, "cannot be read"),
        (("add", deal, "http://[::1]/a.jpg"), InvalidInput, "not on the public internet"),
        (("add", "haircut", str(file)), InvalidInput, "is the id of a deal"),
        (("remove", deal, "7"), NotFound, "no picture 7"),
    ):
        refused = run(*arguments)
        assert isinstance(refused.exception, kind)
        assert told in str(refused.exception)
    assert "two numbers" in run("add", deal, str(file), "--focal", "middle").output
