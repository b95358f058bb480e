"""Taking over what a feed states."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.changes import DealChanges
from highstreet.market.catalog.domain.deals import DealState, Precision, PublishedDeal, Reach, ValueEvidence
from highstreet.market.catalog.domain.fine_print import Days
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption, ImportOutcome, deal_problems
from tests.market.catalog.conftest import NOW, World, stated

Row = tuple[str, str, str]


async def take_over(database: Database, *batch: ImportedDeal) -> ImportOutcome:
    async with database.system() as tx:
        outcome = await catalog.import_deals(tx, batch)
    return msgspec.structs.replace(outcome, written=(), merchants=())


async def live(database: Database) -> dict[str, PublishedDeal]:
    async with database.system() as tx:
        changes: DealChanges = await catalog.changed_deals(tx, None)
    return {deal.source.key: deal for deal in changes.published if deal.source}


async def rows(database: Database) -> dict[str, set[Row]]:
    """Every row of a feed's deals as it stands on disk: what is written again has another place or transaction."""
    async with database.system() as tx:
        cursor = await tx.connection.execute(
            """
            SELECT deals.source_key, 'deals', deals.ctid::text, deals.xmin::text FROM catalog.deals
            UNION ALL
            SELECT deals.source_key, 'options', options.ctid::text, options.xmin::text
            FROM catalog.options INNER JOIN catalog.deals ON options.deal_id = deals.id
            UNION ALL
            SELECT deals.source_key, 'deal_points', deal_points.ctid::text, deal_points.xmin::text
            FROM catalog.deal_points INNER JOIN catalog.deals ON deal_points.deal_id = deals.id
            UNION ALL
            SELECT source_feed, 'merchants', ctid::text, xmin::text FROM catalog.merchants WHERE source_feed IS NOT NULL
            UNION ALL
            SELECT deals.source_key, 'facts', facts.ctid::text, facts.xmin::text
            FROM kit.facts INNER JOIN catalog.deals ON facts.aggregate_id = deals.id
            """
        )
        found: dict[str, set[Row]] = {}
        for key, *row in await cursor.fetchall():
            found.setdefault(key, set()).add((row[0], row[1], row[2]))
        return found


async def test_an_imported_deal_says_what_its_feed_said_and_no_more(database: Database, world: World) -> None:
    outcome = await take_over(
        database,
        stated("full", world.schaumburg, category="hair", description="Wash included.", sold=12, shifted_days=4000),
        stated(
            "bare",
            world.chicago,
            reach=Reach.UNSTATED,
            places=(),
            merchant=None,
            url=None,
            ends_at=None,
            options=(ImportedOption(title="Cut", price_minor=0),),
        ),
    )
    assert outcome == ImportOutcome(new=2, changed=0, same=0)
    deals = await live(database)
    full, bare = deals["full"], deals["bare"]
    assert (full.merchant_name, full.merchant_slug, full.category_slug, full.sold) == (
        "Scissors & Co",
        "scissors-co",
        "hair",
        12,
    )
    assert full.source is not None
    assert (full.source.feed, full.source.url, full.source.shifted_days) == (
        "gazette",
        "https://gazette.example/full",
        4000,
    )
    (point,) = full.points
    assert (point.precision, point.place_slug, point.address, point.latitude) == (
        Precision.TOWN,
        "schaumburg-il-us",
        None,
        42.03,
    )
    assert full.options[0].value_evidence is ValueEvidence.FEED_STATED
    assert (bare.merchant_name, bare.category_slug, bare.ends_at, bare.points, bare.description, bare.sold) == (
        None,
        None,
        None,
        (),
        None,
        0,
    )
    assert (bare.options[0].value_minor, bare.options[0].value_evidence, bare.options[0].price_minor) == (None, None, 0)


async def test_an_area_times_of_use_and_counts_are_taken_over(database: Database, world: World) -> None:
    option = ImportedOption(
        title="Cut",
        price_minor=2000,
        redeem_from=NOW,
        redeem_until=NOW + timedelta(days=30),
        redeem_within_days=14,
    )
    await take_over(
        database,
        stated(
            "area", world.chicago, places=(world.schaumburg,), areas=(world.chicago,), ratings=20195, options=(option,)
        ),
    )
    deal = (await live(database))["area"]
    assert [(point.place_slug, point.precision) for point in deal.points] == [
        ("schaumburg-il-us", Precision.TOWN),
        ("chicago-il-us", Precision.AREA),
    ]
    assert deal.source is not None
    assert deal.source.ratings == 20195
    (taken,) = deal.options
    assert (taken.redeem_from, taken.redeem_until, taken.redeem_within_days) == (NOW, NOW + timedelta(days=30), 14)

    later = msgspec.structs.replace(option, redeem_until=NOW + timedelta(days=60))
    outcome = await take_over(
        database, stated("area", world.chicago, areas=(world.schaumburg,), ratings=20196, options=(later,))
    )
    assert outcome.changed == 1
    deal = (await live(database))["area"]
    assert [(point.place_slug, point.precision) for point in deal.points] == [
        ("chicago-il-us", Precision.TOWN),
        ("schaumburg-il-us", Precision.AREA),
    ]
    assert (deal.source.ratings if deal.source else 0, deal.options[0].id) == (20196, taken.id)


def test_what_feeds_came_to_state_later_does_not_change_the_digest_of_those_that_do_not_state_it() -> None:
    """The value was kept from before areas, ratings, pictures and times of use could be stated."""
    deal = ImportedDeal(
        feed="gazette",
        key="1",
        title="Sailing",
        url="https://gazette.example/1",
        currency="USD",
        options=(
            ImportedOption(title="One", price_minor=1900, value_minor=3800),
            ImportedOption(title="Two", price_minor=2900),
        ),
        reach=Reach.LOCATIONS,
        places=(UUID(int=7),),
        fine_print=(Days((1, 2)),),
        starts_at=datetime(2026, 3, 1, tzinfo=UTC),
        sold=0,
    )
    assert deal.digest() == "e19f68eb6aa4f8e3b783e1af286ca756afb9dcc5e03d6de4a537e0bc6601c06e"
    (one, two) = deal.options
    for other in (
        msgspec.structs.replace(deal, ratings=0),
        msgspec.structs.replace(deal, areas=(UUID(int=8),)),
        msgspec.structs.replace(deal, image="https://gazette.example/1.jpg"),
        msgspec.structs.replace(deal, options=(msgspec.structs.replace(one, redeem_within_days=9), two)),
    ):
        assert other.digest() != deal.digest()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ratings": -1}, "ratings"),
        ({"ratings": 2**31}, "ratings"),
        ({"sold": 2**31}, "sold"),
        ({"image": "pictures/1.jpg"}, "image"),
        ({"areas": (UUID(int=7),), "places": (UUID(int=7),)}, "places"),
        ({"reach": Reach.ONLINE, "places": (), "areas": (UUID(int=7),)}, "reach"),
        (
            {"options": (ImportedOption(title="Cut", price_minor=1, redeem_from=NOW, redeem_until=NOW),)},
            "options[0].redeem_until",
        ),
        (
            {"options": (ImportedOption(title="Cut", price_minor=1, redeem_within_days=0),)},
            "options[0].redeem_within_days",
        ),
    ],
)
def test_what_a_feed_cannot_mean_is_refused(change: dict[str, object], field: str) -> None:
    deal = stated("odd", UUID(int=7), **change)
    assert field in {problem.field for problem in deal_problems(deal)}


async def test_the_same_feed_shuffled_with_one_deal_changed_writes_that_deals_rows_only(
    database: Database, world: World
) -> None:
    batch = [stated(str(number), world.chicago) for number in range(40)]
    await take_over(database, *batch)
    before = await rows(database)
    assert await take_over(database, *batch) == ImportOutcome(new=0, changed=0, same=40)
    assert await rows(database) == before
    batch[7] = stated("7", world.chicago, title="Haircut and shave")
    Random(3).shuffle(batch)
    assert await take_over(database, *batch) == ImportOutcome(new=0, changed=1, same=39)
    after = await rows(database)
    assert {key for key in after if after[key] != before[key]} == {"7"}
    assert (await live(database))["7"].slug == "haircut-and-shave"


async def test_an_options_price_has_one_history_through_every_import(
    database: Database, world: World, clock: FixedClock
) -> None:
    cut, shave = ImportedOption(title="Cut", price_minor=2000), ImportedOption(title="Shave", price_minor=900)
    await take_over(database, stated("a", world.chicago, options=(cut, shave)))
    first = (await live(database))["a"]
    clock.advance(timedelta(hours=1))
    cheaper = ImportedOption(title="Cut", price_minor=1800)
    await take_over(database, stated("a", world.chicago, options=(shave, cheaper)))
    second = (await live(database))["a"]
    assert {option.title: option.id for option in first.options} == {
        option.title: option.id for option in second.options
    }
    await take_over(database, stated("a", world.chicago, options=(cheaper,)))
    await take_over(database, stated("a", world.chicago, options=(ImportedOption(title="Haircut", price_minor=1700),)))
    await take_over(database, stated("a", world.chicago, currency="EUR", options=(cheaper,)))
    last = (await live(database))["a"]
    cut_id = first.options[0].id
    assert last.currency == "EUR"
    assert last.options[0].id != cut_id
    async with database.system() as tx:
        prices = await catalog.price_history(tx, first.id)
    assert [(price.price_minor, price.currency) for price in prices if price.option_id == cut_id] == [
        (2000, "USD"),
        (1800, "USD"),
        (1700, "USD"),
    ]


async def test_a_deal_stands_where_its_dates_put_it(database: Database, world: World, clock: FixedClock) -> None:
    soon = stated("soon", world.chicago, starts_at=NOW + timedelta(days=1))
    over = stated("over", world.chicago, ends_at=NOW - timedelta(hours=1))
    await take_over(database, soon, over, stated("now", world.chicago))
    assert set(await live(database)) == {"now"}
    clock.advance(timedelta(days=1))
    async with database.system() as tx:
        assert await catalog.advance_due(tx) == 1
    again = stated("over", world.chicago, ends_at=NOW + timedelta(days=3))
    await take_over(database, soon, again, stated("now", world.chicago, ends_at=NOW))
    assert set(await live(database)) == {"soon", "over"}
    deal_id = (await live(database))["over"].id
    async with database.system() as tx:
        steps = [(passage.before, passage.after, passage.reason) for passage in await catalog.history(tx, deal_id)]
    assert steps == [
        (None, DealState.ENDED, "stated by the feed gazette"),
        (DealState.ENDED, DealState.LIVE, "stated by the feed gazette"),
    ]


async def test_a_feed_may_put_off_what_runs(database: Database, world: World) -> None:
    await take_over(database, stated("a", world.chicago))
    deal_id = (await live(database))["a"].id
    await take_over(database, stated("a", world.chicago, starts_at=NOW + timedelta(days=1)))
    assert await live(database) == {}
    async with database.system() as tx:
        assert (await catalog.history(tx, deal_id))[-1].after is DealState.SCHEDULED


async def test_what_somebody_here_took_down_stays_down(database: Database, world: World) -> None:
    await take_over(database, stated("paused", world.chicago), stated("killed", world.chicago))
    deals = await live(database)
    async with database.transaction(OPERATOR) as tx:
        await catalog.pause(tx, deals["paused"].id, reason="Complaints")
        await catalog.kill(tx, deals["killed"].id, reason="Fraud")
    outcome = await take_over(
        database, stated("paused", world.chicago, title="New"), stated("killed", world.chicago, title="New")
    )
    assert outcome.changed == 2
    assert await live(database) == {}
    async with database.transaction(OPERATOR) as tx:
        for key, state in (("paused", DealState.PAUSED), ("killed", DealState.KILLED)):
            assert (await catalog.history(tx, deals[key].id))[-1].after is state


async def test_a_merchant_is_made_once_for_all_spellings_of_its_name(database: Database, world: World) -> None:
    await take_over(
        database, stated("a", world.chicago, merchant="Café Noir"), stated("b", world.chicago, merchant="CAFE NOIR")
    )
    await take_over(database, stated("c", world.chicago, merchant="Cafe Noir"))
    await take_over(database, stated("d", world.chicago, feed="herald", merchant="Café Noir"))
    merchants = {deal.source.key: deal.merchant_id for deal in (await live(database)).values() if deal.source}
    assert merchants["a"] == merchants["b"] == merchants["c"] != merchants["d"]


async def test_a_merchant_that_was_renamed_here_is_still_the_one_that_its_feed_names(
    database: Database, world: World
) -> None:
    await take_over(database, stated("a", world.chicago, merchant="Café Noir"))
    merchant_id = (await live(database))["a"].merchant_id
    assert merchant_id is not None
    async with database.transaction(OPERATOR) as tx:
        await catalog.rename_merchant(tx, merchant_id, "Black Café")
    await take_over(
        database,
        stated("a", world.chicago, merchant="Café Noir", title="New"),
        stated("b", world.chicago, merchant="cafe noir"),
    )
    assert {(deal.merchant_id, deal.merchant_name) for deal in (await live(database)).values()} == {
        (merchant_id, "Black Café")
    }


async def test_a_batch_with_a_problem_writes_nothing_and_names_every_problem(database: Database, world: World) -> None:
    wrong = (
        stated("a", world.chicago),
        stated("a", world.chicago),
        stated("b", UUID(int=1)),
        stated("c", world.chicago, title="", options=(), url="javascript:alert(1)", ends_at=NOW - timedelta(days=2)),
        stated("d", world.chicago, reach=Reach.DIVISION),
        stated("e", world.chicago, options=(ImportedOption(title="x", price_minor=9, value_minor=1),), sold=-1),
    )
    with pytest.raises(InvalidInput) as caught:
        await take_over(database, *wrong)
    assert [problem.field for problem in caught.value.problems] == [
        "[1].key",
        "[3].title",
        "[3].ends_at",
        "[3].url",
        "[3].options",
        "[4].reach",
        "[4].division",
        "[5].sold",
        "[5].options[0].value_minor",
    ]
    with pytest.raises(InvalidInput, match=r"\[1\].places"):
        await take_over(database, stated("a", world.chicago), stated("b", UUID(int=1)))
    with pytest.raises(InvalidInput, match="there is no category 'cuts'"):
        await take_over(database, stated("a", world.chicago, category="cuts"))
    assert await live(database) == {}


async def test_two_imports_of_one_feed_at_once_take_turns(database: Database, world: World) -> None:
    batch = [stated(str(number), world.chicago) for number in range(30)]
    outcomes = await asyncio.gather(take_over(database, *batch), take_over(database, *batch))
    assert sorted(outcome.new for outcome in outcomes) == [0, 30]
    assert len(await live(database)) == 30
