"""A database that is filled for a measurement holds what any other would, under the same rules."""

import msgspec
import psycopg
import pytest

from benchmarks.loading import load
from benchmarks.searching import catalogue
from benchmarks.searching.geography import world
from highstreet.kit.database import Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import PublishedDeal

_DEALS = 300


def _as_loaded(deal: PublishedDeal) -> PublishedDeal:
    return msgspec.structs.replace(deal, points=tuple(dict.fromkeys(deal.points)), invented=True)


async def test_deals_are_read_as_they_were_given(database: Database, migrations_url: str) -> None:
    deals = list(catalogue.deals(_DEALS))
    assert load(migrations_url, deals, catalogue.TREE, world(_DEALS).divisions) == _DEALS
    async with database.system() as tx:
        found = {deal.id: deal for deal in (await catalog.changed_deals(tx, None)).published}
        assert await catalog.categories(tx) == catalogue.TREE
        assert {division.slug for division in await catalog.divisions(tx)} == {d.slug for d in world(_DEALS).divisions}
    assert found == {deal.id: _as_loaded(deal) for deal in deals}


def test_rules_hold_for_what_is_loaded_and_afterwards(migrations_url: str) -> None:
    [deal] = list(catalogue.deals(1))
    divisions = world(1).divisions
    with pytest.raises(psycopg.errors.CheckViolation):
        load(migrations_url, [msgspec.structs.replace(deal, slug="Not A Slug")], catalogue.TREE, divisions)
    load(migrations_url, [deal], catalogue.TREE, divisions)
    with psycopg.connect(migrations_url) as owner:
        assert owner.execute("SELECT FROM catalog.deals").rowcount == 0, "row-level security holds for the owner again"
        ungoverned = "SELECT tgname FROM pg_trigger WHERE tgenabled = 'D' AND tgrelid::regclass::text LIKE 'catalog.%'"
        assert owner.execute(ungoverned).fetchall() == []
