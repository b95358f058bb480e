"""What an operator does about imported deals, through the command line."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner, Result

from highstreet.__main__ import group
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database, open_database
from highstreet.kit.errors import Conflict, InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption
from tests.market.catalog.conftest import TOWNS, stated

T = TypeVar("T")

AGREEMENT = """
category = "hair"

[merchant]
name = "Oak Street Salon"

[[locations]]
address = "7 Oak Street"
place = "chicago-il-us"
latitude = 41.88
longitude = -87.63

[[options]]
number = 1
value_evidence = "documented"
evidence_note = "Price list of March 2026"
"""


def run(database_url: str, *arguments: str) -> Result:
    environ = {"HIGHSTREET_DATABASE_URL": database_url, "HIGHSTREET_ENV": "test"}
    return CliRunner().invoke(group, arguments, env=environ)


def answer(database_url: str, *arguments: str) -> Any:  # noqa: ANN401 - whatever JSON the command tells
    found = run(database_url, *arguments, "--json")
    assert found.exception is None, found.output
    return json.loads(found.output)


@pytest.fixture
def on_database(database_url: str, clock: FixedClock) -> Callable[[Callable[[Database], Awaitable[T]]], T]:
    """Runs a coroutine on the test's database; commands make a loop of their own, so no test here has one."""
    seeds = itertools.count(3)

    def act(work: Callable[[Database], Awaitable[T]]) -> T:
        async def opened() -> T:
            async with open_database(database_url, clock, Random(next(seeds))) as database:
                return await work(database)

        return asyncio.run(opened())

    return act


def importing(*keys: str, **other: object) -> Callable[[Database], Awaitable[dict[str, str]]]:
    """Imports deals into Chicago; the id of each by its key."""

    async def work(database: Database) -> dict[str, str]:
        async with database.system() as tx:
            await catalog.store_places(tx, TOWNS)
            await catalog.seed_categories(tx)
            chicago = await catalog.place_by_slug(tx, "chicago-il-us")
            assert chicago is not None
            usual = {"starts_at": None, "ends_at": None, "merchant": None, **other}
            batch: list[ImportedDeal] = [stated(key, chicago.id, **usual) for key in keys]
            await catalog.import_deals(tx, batch)
            changes = await catalog.changed_deals(tx, None)
        return {deal.source.key: str(deal.id) for deal in changes.published if deal.source}

    return work


def test_a_deal_is_shown_previewed_adopted_and_listed(
    database_url: str, tmp_path: Path, on_database: Callable[[Callable[[Database], Awaitable[Any]]], Any]
) -> None:
    deal_id = on_database(importing("a"))["a"]
    shown = answer(database_url, "deals", "show", deal_id)
    assert [gap["field"] for gap in shown["gaps"]] == ["merchant", "category", "locations"]
    said = run(database_url, "deals", "show", deal_id).output
    assert "An adoption has to say: merchant, which is not stated: name the one you agreed with" in said

    agreement = tmp_path / "agreement.toml"
    agreement.write_text(AGREEMENT)
    preview = answer(database_url, "deals", "adopt", deal_id, str(agreement), "--preview")
    assert preview["agreement"]["terms"]["points"][0]["address"] == "7 Oak Street"
    assert preview["digest"] in run(database_url, "deals", "adopt", deal_id, str(agreement), "--preview").output
    assert answer(database_url, "deals", "adopted") == {"deals": []}

    agreement.write_text(AGREEMENT.replace("7 Oak", "9 Oak"))
    unseen = run(database_url, "deals", "adopt", deal_id, str(agreement), "--confirm", preview["digest"])
    assert isinstance(unseen.exception, Conflict)
    agreement.write_text(AGREEMENT)
    adopted = run(database_url, "deals", "adopt", deal_id, str(agreement), "--confirm", preview["digest"])
    assert adopted.output == f"Adopted: {deal_id} is live.\n"

    (listed,) = answer(database_url, "deals", "adopted")["deals"]
    assert (listed["deal_id"], listed["feed"], listed["drifted"]) == (deal_id, "gazette", False)
    locations = answer(database_url, "deals", "show", deal_id)["locations"]
    assert [location["address"] for location in locations] == ["7 Oak Street"]
    on_database(importing("a", options=(ImportedOption(title="Cut", price_minor=100),)))
    assert '"price_minor": 100' in run(database_url, "deals", "adopted", "--drifted").output
    assert run(database_url, "deals", "acknowledge", deal_id).output == "Acknowledged.\n"
    assert run(database_url, "deals", "adopted", "--drifted").output == "There are none.\n"


def test_an_agreement_with_a_mistake_is_one_sentence(
    database_url: str, tmp_path: Path, on_database: Callable[[Callable[[Database], Awaitable[Any]]], Any]
) -> None:
    deal_id = on_database(importing("a"))["a"]
    agreement = tmp_path / "agreement.toml"
    for wrong in ("categori = 'hair'", "category = 'hair", "merchant = 7", "\x00", "[[options]]\nnumber = 'one'"):
        agreement.write_text(wrong)
        refused = run(database_url, "deals", "adopt", deal_id, str(agreement), "--preview")
        assert isinstance(refused.exception, InvalidInput)
        assert str(refused.exception).startswith("agreement.toml: ")
    agreement.write_bytes(b"\xff")
    assert isinstance(run(database_url, "deals", "adopt", deal_id, str(agreement), "--preview").exception, InvalidInput)
    for options in ((), ("--preview", "--confirm", "00")):
        assert run(database_url, "deals", "adopt", deal_id, str(agreement), *options).exit_code == 2


def test_duplicates_are_found_listed_shown_merged_split_and_rejected(
    database_url: str, on_database: Callable[[Callable[[Database], Awaitable[Any]]], Any]
) -> None:
    title = "Wash, cut and blow-dry with a head massage"
    ids = on_database(importing("a", title=title, merchant="Scissors & Co"))
    ids |= on_database(importing("b", title=title, merchant="Scissors & Co", feed="herald"))
    assert run(database_url, "deals", "duplicates", "list").output == "There are none.\n"
    found = answer(database_url, "deals", "duplicates", "find")
    assert (found["deals"], found["proposed"]) == (2, 1)
    assert run(database_url, "deals", "duplicates", "find", "--all").output == (
        "Compared 2 of 2 deals: 0 pairs proposed anew, 0 no longer likely.\n"
    )
    (pair,) = answer(database_url, "deals", "duplicates", "list")["pairs"]
    listed = run(database_url, "deals", "duplicates", "list").output
    assert f"{title} by Scissors & Co, 20.00 USD, live, herald b" in listed
    assert '"merchant": "same"' in run(database_url, "deals", "duplicates", "show", pair["id"]).output
    merged = run(database_url, "deals", "duplicates", "merge", pair["id"], "--keep", ids["b"])
    assert merged.output == f"Merged: {ids['a']} gives way to {ids['b']}.\n"
    assert "gave way" in run(database_url, "deals", "duplicates", "list", "--state=merged").output
    again = run(database_url, "deals", "duplicates", "merge", pair["id"])
    assert isinstance(again.exception, Conflict)
    assert run(database_url, "deals", "duplicates", "split", pair["id"]).output == f"Split: {ids['a']} is live again.\n"
    assert isinstance(run(database_url, "deals", "duplicates", "reject", pair["id"]).exception, Conflict)
    assert len(answer(database_url, "deals", "duplicates", "list", "--state=rejected")["pairs"]) == 1
