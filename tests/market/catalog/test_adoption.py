"""Adopting a feed's deal: it is sold here by what was confirmed, and its feed has no more say in it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Database, Transaction
from highstreet.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.adoption import (
    TO_BE_MADE,
    AdoptedLocation,
    AdoptedMerchant,
    AdoptedOption,
    Adoption,
    Agreement,
)
from highstreet.market.catalog.domain.deals import DealState, Precision, PublishedDeal, Reach, ValueEvidence
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption, ImportOutcome
from tests.market.catalog.conftest import NOW, World, stated

SALON = AdoptedLocation(address="7 Oak Street", place="chicago-il-us", latitude=41.88, longitude=-87.63)
AGREED = Adoption(locations=(SALON,), category="hair")
WITH_VALUE = msgspec.structs.replace(
    AGREED,
    options=(
        AdoptedOption(number=1, value_evidence=ValueEvidence.DOCUMENTED, evidence_note="Price list of March 2026"),
    ),
)


async def take_over(database: Database, *batch: ImportedDeal) -> ImportOutcome:
    async with database.system() as tx:
        outcome = await catalog.import_deals(tx, batch)
    return msgspec.structs.replace(outcome, written=(), merchants=())


async def imported(database: Database, *batch: ImportedDeal) -> list[UUID]:
    """Ids of deals that were imported just now, in the order of the batch."""
    await take_over(database, *batch)
    async with database.system() as tx:
        cursor = await tx.connection.execute(
            "SELECT id FROM catalog.deals INNER JOIN unnest(%s::text[]) WITH ORDINALITY AS asked (key, at)"
            " ON source_key = asked.key ORDER BY asked.at",
            [[deal.key for deal in batch]],
        )
        return [row[0] for row in await cursor.fetchall()]


async def adopt(database: Database, deal_id: UUID, agreed: Adoption = AGREED) -> Agreement:
    """Preview, then confirm what was seen."""
    async with database.transaction(OPERATOR) as tx:
        seen = await catalog.preview_adoption(tx, deal_id, agreed)
    async with database.transaction(OPERATOR) as tx:
        return await catalog.adopt(tx, deal_id, agreed, confirmed=seen.digest())


async def shown(database: Database, deal_id: UUID) -> PublishedDeal:
    async with database.system() as tx:
        return (await catalog.adoptable_deal(tx, deal_id))[0]


async def everything(tx: Transaction) -> dict[str, Any]:
    """All that an adoption may write, row by row."""
    found: dict[str, Any] = {}
    for table in (
        "catalog.deals", "catalog.options", "catalog.deal_points", "catalog.merchants", "catalog.locations",
        "catalog.deal_terms", "catalog.deal_passages", "catalog.option_prices", "catalog.adoptions", "kit.facts",
    ):  # fmt: skip
        cursor = await tx.connection.execute(f"SELECT t::text FROM {table} AS t ORDER BY 1".encode())
        found[table] = await cursor.fetchall()
    return found


async def test_an_adopted_deal_is_ours_and_keeps_its_id_its_address_and_its_histories(
    database: Database, world: World, clock: FixedClock
) -> None:
    (deal_id,) = await imported(
        database, stated("a", world.chicago, sold=30, ratings=20195, places=(), areas=(world.chicago,))
    )
    before = await shown(database, deal_id)
    clock.advance(timedelta(hours=1))
    agreement = await adopt(database, deal_id, WITH_VALUE)
    after = await shown(database, deal_id)
    assert (after.id, after.slug, after.state) == (before.id, before.slug, DealState.LIVE)
    assert (after.source, after.category_slug, after.sold) == (None, "hair", 0)
    (point,) = after.points
    assert (point.precision, point.address, after.reach) == (Precision.ADDRESS, "7 Oak Street", Reach.LOCATIONS)
    (option,) = after.options
    assert (option.id, option.value_minor, option.value_evidence) == (
        before.options[0].id,
        4000,
        ValueEvidence.DOCUMENTED,
    )
    async with database.system() as tx:
        prices = await catalog.price_history(tx, deal_id)
        passages = await catalog.history(tx, deal_id)
        terms = await catalog.terms(tx, deal_id)
        (adopted,) = await catalog.adopted_deals(tx)
        cursor = await tx.connection.execute(
            "SELECT name FROM kit.facts WHERE aggregate_id = %s ORDER BY id", [deal_id]
        )
        facts = [row[0] for row in await cursor.fetchall()]
    assert [(price.price_minor, price.value_evidence) for price in prices] == [
        (2000, ValueEvidence.FEED_STATED),
        (2000, ValueEvidence.DOCUMENTED),
    ]
    assert [passage.reason for passage in passages] == ["stated by the feed gazette"]
    assert terms is not None
    assert terms.terms.points[0].address == "7 Oak Street"
    assert (adopted.feed, adopted.key, adopted.url) == ("gazette", "a", "https://gazette.example/a")
    assert (adopted.agreement_digest, adopted.terms_version) == (agreement.digest(), terms.version)
    assert (adopted.actor_kind, adopted.evidence[0].note) == ("operator", "Price list of March 2026")
    assert facts == ["deal.published", "deal.adopted"]


async def test_a_feeds_usual_price_does_not_survive_without_evidence(database: Database, world: World) -> None:
    (deal_id,) = await imported(database, stated("a", world.chicago))
    await adopt(database, deal_id)
    (option,) = (await shown(database, deal_id)).options
    assert (option.price_minor, option.value_minor, option.value_evidence) == (2000, None, None)


async def test_a_preview_changes_nothing(database: Database, world: World) -> None:
    (deal_id,) = await imported(database, stated("a", world.chicago))
    async with database.system() as tx:
        before = await everything(tx)
    async with database.transaction(OPERATOR) as tx:
        agreement = await catalog.preview_adoption(
            tx, deal_id, msgspec.structs.replace(AGREED, merchant=AdoptedMerchant(name="Oak Street Salon"))
        )
    assert agreement.terms.merchant_name == "Oak Street Salon"
    assert {agreement.terms.merchant_id, agreement.terms.points[0].location_id} == {TO_BE_MADE}
    async with database.system() as tx:
        assert await everything(tx) == before


async def test_what_was_not_seen_is_not_confirmed(database: Database, world: World) -> None:
    (deal_id,) = await imported(database, stated("a", world.chicago))
    async with database.transaction(OPERATOR) as tx:
        seen = await catalog.preview_adoption(tx, deal_id, AGREED)
    await take_over(database, stated("a", world.chicago, options=(ImportedOption(title="Cut", price_minor=2500),)))
    async with database.system() as tx:
        before = await everything(tx)
    with pytest.raises(Conflict, match="not what was confirmed"):
        async with database.transaction(OPERATOR) as tx:
            await catalog.adopt(tx, deal_id, AGREED, confirmed=seen.digest())
    async with database.system() as tx:
        assert await everything(tx) == before


async def test_every_gap_that_the_agreement_leaves_is_named(database: Database, world: World) -> None:
    bare = stated(
        "bare", world.chicago, merchant=None, reach=Reach.UNSTATED, places=(), ends_at=NOW - timedelta(hours=1)
    )
    deal_id, shifted = await imported(database, bare, stated("old", world.chicago, shifted_days=7))
    with pytest.raises(InvalidInput) as caught:
        await adopt(database, deal_id, Adoption(merchant=AdoptedMerchant(name="Salon")))
    assert [problem.field for problem in caught.value.problems] == ["category", "reach", "ends_at"]
    with pytest.raises(InvalidInput, match="merchant: is not stated"):
        await adopt(database, deal_id, AGREED)
    wrong = Adoption(
        options=(
            AdoptedOption(number=1, value_minor=9000),
            AdoptedOption(number=2),
            AdoptedOption(number=1, value_evidence=ValueEvidence.FEED_STATED, evidence_note="their word"),
        )
    )
    with pytest.raises(InvalidInput) as caught:
        await adopt(database, shifted, wrong)
    assert [problem.field for problem in caught.value.problems] == [
        "category",
        "locations",
        "ends_at",
        "options",
        "options[0].value_evidence",
        "options[1].number",
        "options[2].value_evidence",
    ]
    for field, adoption in (
        ("merchant", msgspec.structs.replace(AGREED, merchant="nobody")),
        ("locations[0]", msgspec.structs.replace(AGREED, locations=(world.loop,), ends_at=NOW + timedelta(days=9))),
        ("locations[0].place", Adoption(locations=(msgspec.structs.replace(SALON, place="atlantis"),))),
        ("category", msgspec.structs.replace(AGREED, category="cuts", ends_at=NOW + timedelta(days=9))),
    ):
        with pytest.raises(InvalidInput) as caught:
            await adopt(database, shifted, adoption)
        assert caught.value.problems[0].field == field


async def test_a_deal_that_had_ended_comes_back_with_a_later_end_and_a_paused_one_stays_paused(
    database: Database, world: World
) -> None:
    ended, paused = await imported(
        database, stated("ended", world.chicago, ends_at=NOW - timedelta(hours=1)), stated("paused", world.chicago)
    )
    async with database.transaction(OPERATOR) as tx:
        await catalog.pause(tx, paused)
    later = msgspec.structs.replace(AGREED, ends_at=NOW + timedelta(days=30))
    assert (await adopt(database, ended, later)).state is DealState.LIVE
    assert (await adopt(database, paused)).state is DealState.PAUSED
    async with database.transaction(OPERATOR) as tx:
        await catalog.resume(tx, paused)
        await catalog.end(tx, ended)
        with pytest.raises(Conflict, match="cannot become live"):
            await catalog.publish(tx, ended)


async def test_only_an_imported_deal_that_stands_can_be_adopted_and_only_by_an_operator(
    database: Database, world: World
) -> None:
    deal_id, killed = await imported(database, stated("a", world.chicago), stated("b", world.chicago))
    async with database.transaction(OPERATOR) as tx:
        await catalog.kill(tx, killed, reason="Fraud")
    await adopt(database, deal_id)
    for wrong, message in ((deal_id, "written cannot be adopted"), (killed, "killed cannot be adopted")):
        with pytest.raises(Conflict, match=message):
            await adopt(database, wrong)
    with pytest.raises(NotFound):
        await adopt(database, world.merchant)
    (other,) = await imported(database, stated("c", world.chicago))
    with pytest.raises((Forbidden, NotFound, InvalidInput)):
        async with database.transaction(VISITOR) as tx:
            await catalog.adopt(tx, other, AGREED, confirmed="")
    assert (await shown(database, other)).source is not None


async def test_the_feed_has_no_more_say_and_what_it_says_is_told_until_somebody_has_looked(
    database: Database, world: World
) -> None:
    first = stated("a", world.chicago)
    (deal_id,) = await imported(database, first)
    await adopt(database, deal_id)
    before = await shown(database, deal_id)
    assert await take_over(database, first) == ImportOutcome(new=0, changed=0, same=1)
    async with database.system() as tx:
        assert await catalog.adopted_deals(tx, drifted=True) == []
    dearer = stated("a", world.chicago, options=(ImportedOption(title="Cut", price_minor=2500),))
    assert await take_over(database, dearer, stated("b", world.chicago)) == ImportOutcome(new=1, changed=0, same=1)
    assert await shown(database, deal_id) == before
    async with database.transaction(OPERATOR) as tx:
        (drifted,) = await catalog.adopted_deals(tx, drifted=True)
        assert drifted.stated is not None
        assert drifted.stated.options[0].price_minor == 2500
        await catalog.acknowledge_drift(tx, deal_id)
        assert await catalog.adopted_deals(tx, drifted=True) == []
    await take_over(database, dearer)
    await take_over(database, first)
    async with database.transaction(OPERATOR) as tx:
        (back,) = await catalog.adopted_deals(tx, drifted=True)
    assert back.stated is None


async def test_two_adoptions_at_once_are_one(database: Database, world: World) -> None:
    (deal_id,) = await imported(database, stated("a", world.chicago))
    async with database.transaction(OPERATOR) as tx:
        seen = await catalog.preview_adoption(tx, deal_id, AGREED)

    async def attempt() -> bool:
        try:
            async with database.transaction(OPERATOR) as tx:
                await catalog.adopt(tx, deal_id, AGREED, confirmed=seen.digest())
        except Conflict:
            return False
        return True

    assert sorted(await asyncio.gather(*(attempt() for _ in range(5)))) == [False] * 4 + [True]
    async with database.system() as tx:
        assert len(await catalog.adopted_deals(tx)) == 1


async def test_an_adoption_and_an_import_of_its_feed_take_turns(database: Database, world: World) -> None:
    batch = [stated(str(number), world.chicago) for number in range(20)]
    ids = await imported(database, *batch)
    changed = [msgspec.structs.replace(deal, description="Wash included.") for deal in batch]
    imports = [take_over(database, *half) for half in (changed[:10], changed[10:], changed)]
    outcomes = await asyncio.gather(*imports, *(adopt(database, one) for one in ids[:6]), return_exceptions=True)
    unexpected = [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, Conflict)]
    assert unexpected == []
    await take_over(database, *changed)
    async with database.system() as tx:
        cursor = await tx.connection.execute("SELECT count(*) FROM catalog.deals")
        adopted = await catalog.adopted_deals(tx)
        assert await cursor.fetchone() == (20,)
    assert len(adopted) == sum(isinstance(outcome, Agreement) for outcome in outcomes)


BREACHES = {
    "back to its feed": "UPDATE catalog.deals SET origin = 'imported' WHERE origin = 'written'",
    "another origin": "UPDATE catalog.deals SET origin = 'invented' WHERE origin = 'written'",
    "ours without an adoption": """
        UPDATE catalog.deals SET
            origin = 'written', source_feed = NULL, source_key = NULL, source_url = NULL, source_shifted_days = NULL,
            source_digest = NULL
        WHERE source_key = 'b'
    """,
    "imported once more": """
        INSERT INTO catalog.deals (
            id, slug, origin, state, title, language, currency, reach, fine_print, starts_at, sold, source_feed,
            source_key, source_shifted_days, source_digest, created_at, changed_at
        )
        SELECT
            merchant_id, slug, 'imported', 'live', title, language, currency, 'unstated', '[]', starts_at, 0, 'gazette',
            'a', 0, '', created_at, changed_at
        FROM catalog.deals WHERE origin = 'written'
    """,
    "news without what they are": "UPDATE catalog.adoptions SET stated_digest = 'other'",
    "an adoption of what is still imported": """
        INSERT INTO catalog.deal_terms SELECT deals.id, 1, repeat('0', 64), '{}', deals.created_at
        FROM catalog.deals WHERE source_key = 'b';
        INSERT INTO catalog.adoptions
        SELECT
            deals.id, 'x', 'y', NULL, 0, 1, repeat('0', 64), '[]', deals.created_at, 'operator', NULL, 'd', 'd', 'd',
            NULL
        FROM catalog.deals WHERE source_key = 'b'
    """,
}


@pytest.mark.parametrize("change", BREACHES)
async def test_the_database_itself_keeps_an_adoption(
    database: Database, world: World, administrator_here: psycopg.Connection, change: str
) -> None:
    deal_id, _ = await imported(database, stated("a", world.chicago), stated("b", world.chicago))
    await adopt(database, deal_id)
    with pytest.raises(psycopg.IntegrityError):
        administrator_here.execute(BREACHES[change].encode())
