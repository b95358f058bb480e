"""Pairs that are likely the same: proposed, decided by a person, merged and split, whatever feeds state meanwhile."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Database
from highstreet.kit.errors import Conflict, Forbidden, NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.catalog.domain.duplicates import DuplicatePair, PairState, Search
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption
from tests.market.catalog.conftest import NOW, Publish, World, pizza, stated
from tests.market.catalog.test_adoption import adopt, imported, take_over


def cut(key: str, place_id: UUID, **other: object) -> ImportedDeal:
    usual = {"title": "Wash, cut and blow-dry with a head massage", "feed": "herald", **other}
    return stated(key, place_id, **usual)


async def pairs(database: Database, state: PairState = PairState.PROPOSED) -> list[DuplicatePair]:
    async with database.transaction(OPERATOR) as tx:
        return await catalog.duplicate_pairs(tx, state=state)


async def proposed(database: Database, world: World) -> tuple[DuplicatePair, UUID, UUID]:
    """A pair, and the ids of the older deal, of the feed `gazette`, and of the newer one, of the feed `herald`."""
    old, new = await imported(
        database, cut("old", world.chicago, feed="gazette"), cut("new", world.chicago, merchant="Scissors & Co LLC")
    )
    await catalog.find_duplicates(database)
    (pair,) = await pairs(database)
    return pair, old, new


async def merged(database: Database, pair: DuplicatePair, keep: UUID | None = None) -> tuple[UUID, UUID]:
    async with database.transaction(OPERATOR) as tx:
        return await catalog.merge_duplicates(tx, pair.id, keep=keep)


async def live(database: Database) -> set[UUID]:
    async with database.system() as tx:
        return {deal.id for deal in (await catalog.changed_deals(tx, None)).published}


async def last_state(database: Database, deal_id: UUID) -> DealState:
    async with database.system() as tx:
        return (await catalog.history(tx, deal_id))[-1].after


async def test_the_same_deal_of_two_feeds_is_proposed_and_nothing_is_merged(database: Database, world: World) -> None:
    pair, old, new = await proposed(database, world)
    assert {pair.first.id, pair.second.id} == {old, new}
    assert (pair.state, pair.reasons.merchant, pair.reasons.place) == (PairState.PROPOSED, "same", "town")
    assert await live(database) == {old, new}


async def test_the_town_that_stands_for_an_area_says_nothing_of_the_place(database: Database, world: World) -> None:
    await imported(
        database,
        cut("old", world.chicago, feed="gazette", places=(), areas=(world.chicago,)),
        cut("new", world.chicago, places=(), areas=(world.chicago,)),
    )
    await catalog.find_duplicates(database)
    (pair,) = await pairs(database)
    assert (pair.reasons.place, pair.reasons.distance_km) == ("unstated", None)


async def test_merging_lets_one_give_way_and_its_address_lead_to_the_other(database: Database, world: World) -> None:
    pair, old, new = await proposed(database, world)
    async with database.system() as tx:
        cursor = (await catalog.changed_deals(tx, None)).cursor
    assert await merged(database, pair) == (old, new)
    async with database.system() as tx:
        changes = await catalog.changed_deals(tx, cursor)
    assert (changes.published, changes.withdrawn) == ([], [new])
    async with database.transaction(VISITOR) as tx:
        assert await catalog.published_deal(tx, new) is None
        stays = await catalog.surviving_deal(tx, new)
        assert stays is not None
        assert stays.id == old
        assert await catalog.surviving_deal(tx, old) is None
    async with database.system() as tx:
        passage = (await catalog.history(tx, new))[-1]
    assert (passage.after, passage.reason, passage.actor_kind) == (DealState.MERGED, f"merged into {old}", "operator")
    assert await pairs(database) == []


async def test_later_imports_of_either_feed_bring_nothing_back_and_splitting_does(
    database: Database, world: World
) -> None:
    pair, old, new = await proposed(database, world)
    await merged(database, pair)
    for _ in range(2):
        await take_over(
            database,
            cut("new", world.chicago, merchant="Scissors & Co LLC", starts_at=NOW + timedelta(days=1), title="Put off"),
            cut("old", world.chicago, feed="gazette"),
        )
        await take_over(database, cut("new", world.chicago, title="Wash, cut and blow-dry, new title"))
        assert await live(database) == {old}
    async with database.transaction(OPERATOR) as tx:
        assert await catalog.split_duplicates(tx, pair.id) == (new, DealState.LIVE)
        shown = await catalog.published_deal(tx, new)
        assert shown is not None
        assert shown.title == "Wash, cut and blow-dry, new title"
        assert await catalog.surviving_deal(tx, new) is None
        with pytest.raises(Conflict, match="rejected, not merged"):
            await catalog.split_duplicates(tx, pair.id)
    await catalog.find_duplicates(database, everything=True)
    assert await pairs(database) == []


async def test_what_stays_is_what_is_sold_here_then_what_runs_then_what_is_older(
    database: Database, world: World
) -> None:
    pair, old, new = await proposed(database, world)
    async with database.transaction(OPERATOR) as tx:
        await catalog.pause(tx, old)
    assert await merged(database, pair) == (new, old)
    async with database.transaction(OPERATOR) as tx:
        assert await catalog.split_duplicates(tx, pair.id) == (old, DealState.PAUSED)


async def test_what_was_adopted_stays_and_cannot_give_way(database: Database, world: World) -> None:
    pair, old, new = await proposed(database, world)
    await adopt(database, new)
    await catalog.find_duplicates(database)
    (pair,) = await pairs(database)
    with pytest.raises(Conflict, match="written, and something may have been sold"):
        await merged(database, pair, keep=old)
    with pytest.raises(Conflict, match="none of the pair"):
        await merged(database, pair, keep=world.merchant)
    assert await merged(database, pair) == (new, old)
    with pytest.raises(Conflict, match="merged cannot be adopted"):
        await adopt(database, old)
    async with database.transaction(OPERATOR) as tx:
        for verb in (catalog.end, catalog.pause, catalog.archive, catalog.resume):
            with pytest.raises(Conflict):
                await verb(tx, old)
        with pytest.raises(Conflict, match="merged into another one"):
            await catalog.kill(tx, old, reason="Fraud")


async def test_chains_of_merges_lead_to_their_end_and_come_apart_link_by_link(database: Database, world: World) -> None:
    ids = await imported(database, *(cut(key, world.chicago, feed=key) for key in ("a", "b", "c")))
    await catalog.find_duplicates(database)
    found = {frozenset((pair.first.id, pair.second.id)): pair for pair in await pairs(database)}
    assert len(found) == 3
    first, second, third = ids
    await merged(database, found[frozenset((first, second))], keep=second)
    assert {frozenset((pair.first.id, pair.second.id)) for pair in await pairs(database)} == {
        frozenset((second, third))
    }
    with pytest.raises(Conflict, match="is merged; nothing"):
        await merged(database, found[frozenset((first, third))], keep=first)
    await merged(database, found[frozenset((second, third))], keep=third)
    async with database.transaction(VISITOR) as tx:
        shown = await catalog.surviving_deal(tx, first)
    assert shown is not None
    assert shown.id == third
    async with database.transaction(OPERATOR) as tx:
        await catalog.split_duplicates(tx, found[frozenset((second, third))].id)
    assert await live(database) == {second, third}
    async with database.transaction(OPERATOR) as tx:
        await catalog.kill(tx, second, reason="Fraud")
    async with database.transaction(VISITOR) as tx:
        assert await catalog.surviving_deal(tx, first) is None


async def test_a_rejected_pair_is_proposed_again_only_when_both_have_changed(database: Database, world: World) -> None:
    pair, _, _ = await proposed(database, world)
    async with database.transaction(OPERATOR) as tx:
        await catalog.reject_duplicates(tx, pair.id)
        with pytest.raises(Conflict, match="rejected already"):
            await catalog.reject_duplicates(tx, pair.id)
    dearer = (ImportedOption(title="Cut", price_minor=2100),)
    await take_over(database, cut("new", world.chicago, options=dearer))
    for everything in (False, True):
        await catalog.find_duplicates(database, everything=everything)
        assert await pairs(database) == []
    await take_over(database, cut("old", world.chicago, feed="gazette", options=dearer))
    await catalog.find_duplicates(database)
    (again,) = await pairs(database)
    assert again.id == pair.id


async def test_a_search_compares_what_changed_and_takes_back_what_is_no_longer_likely(
    database: Database, world: World
) -> None:
    await proposed(database, world)
    assert await catalog.find_duplicates(database) == Search(deals=0, changed=0, proposed=0, forgotten=0)
    await take_over(database, cut("new", world.chicago, title="Hot stone treatment for tired shoulders"))
    again = await catalog.find_duplicates(database)
    assert (again.changed, again.proposed, again.forgotten) == (1, 0, 1)
    assert await pairs(database) == []
    await take_over(database, cut("third", world.chicago))
    assert (await catalog.find_duplicates(database)).proposed == 1
    assert (await catalog.find_duplicates(database, everything=True)).proposed == 0


async def test_a_search_after_a_restore_on_a_younger_server_compares_everything(
    database: Database, world: World, administrator_here: psycopg.Connection
) -> None:
    await proposed(database, world)
    administrator_here.execute("UPDATE catalog.duplicate_searches SET snapshot = '900000000:900000000:'")
    assert (await catalog.find_duplicates(database)).changed == 2
    assert (await catalog.find_duplicates(database)).changed == 0


async def test_time_passes_over_a_deal_that_gave_way(database: Database, world: World, clock: FixedClock) -> None:
    pair, _, new = await proposed(database, world)
    await merged(database, pair)
    clock.advance(timedelta(days=30))
    async with database.system() as tx:
        await catalog.advance_due(tx)
    assert await last_state(database, new) is DealState.MERGED
    async with database.transaction(OPERATOR) as tx:
        assert await catalog.split_duplicates(tx, pair.id) == (new, DealState.ENDED)


async def test_deals_of_merchants_are_compared_and_drafts_are_not(
    database: Database, world: World, publish: Publish
) -> None:
    await publish(title="Two pizzas with wine in a quiet garden")
    (deal_id,) = await imported(
        database,
        stated(
            "pizza", world.chicago, title="Two pizzas with wine in a quiet garden", merchant="Blue Door Pizza",
            options=(ImportedOption(title="For two", price_minor=1500),),
        ),
    )  # fmt: skip
    async with database.transaction(OPERATOR) as tx:
        await catalog.create_deal(tx, pizza(world, title="Two pizzas with wine in a quiet garden"))
    assert (await catalog.find_duplicates(database)).deals == 2
    (pair,) = await pairs(database)
    assert (await merged(database, pair))[1] == deal_id


async def test_taking_an_import_back_takes_its_proposals_and_keeps_what_others_were_merged_into(
    database: Database, world: World
) -> None:
    async with database.system() as tx:
        herald = await catalog.import_deals(tx, [cut("b", world.chicago)])
        gazette = await catalog.import_deals(tx, [cut("a", world.chicago, feed="gazette")])
        tribune = await catalog.import_deals(tx, [cut("c", world.chicago, feed="tribune")])
    (stays,), (goes,), (other,) = ([one.deal_id for one in each.written] for each in (herald, gazette, tribune))
    await catalog.find_duplicates(database)
    found = {frozenset((pair.first.id, pair.second.id)): pair for pair in await pairs(database)}
    await merged(database, found[frozenset((stays, goes))], keep=stays)
    async with database.system() as tx:
        assert await catalog.take_back(tx, "tribune", tribune.written) == []
        (kept,) = await catalog.take_back(tx, "herald", herald.written)
        (also,) = await catalog.take_back(tx, "gazette", gazette.written)
    assert "another deal was merged into" in kept.reason
    assert f"merged into {stays}" in also.reason
    assert await live(database) == {stays}
    async with database.system() as tx:
        cursor = await tx.connection.execute(
            "SELECT count(*) FROM catalog.duplicates WHERE first_id = %(gone)s OR second_id = %(gone)s", {"gone": other}
        )
        assert await cursor.fetchone() == (0,)


async def attempt(work: Awaitable[Any]) -> bool:
    try:
        await work
    except Conflict:
        return False
    return True


async def test_of_many_decisions_at_once_one_is_made(database: Database, world: World) -> None:
    pair, old, new = await proposed(database, world)

    async def reject() -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.reject_duplicates(tx, pair.id)

    decisions = [merged(database, pair), merged(database, pair, keep=new), merged(database, pair, keep=old), reject()]
    assert sum(await asyncio.gather(*map(attempt, decisions))) == 1


async def test_merging_adopting_importing_and_searching_at_once_leave_one_story(
    database: Database, world: World
) -> None:
    pair, old, new = await proposed(database, world)
    changed = [cut("old", world.chicago, feed="gazette", sold=3), cut("new", world.chicago, sold=4)]

    async def run(number: int) -> None:
        await take_over(database, *[msgspec.structs.replace(deal, sold=number) for deal in changed])

    work = [merged(database, pair, keep=new), adopt(database, old), run(5), run(6), catalog.find_duplicates(database)]
    done = await asyncio.gather(*map(attempt, work))
    assert done[2:] == [True, True, True]
    assert done[:2] != [True, True]
    await catalog.find_duplicates(database, everything=True)
    states = {await last_state(database, one) for one in (old, new)}
    assert states == ({DealState.LIVE, DealState.MERGED} if done[0] else {DealState.LIVE})


async def test_only_operators_decide_and_unknown_pairs_are_not_found(database: Database, world: World) -> None:
    pair, _, _ = await proposed(database, world)
    with pytest.raises((Forbidden, NotFound)):
        async with database.transaction(VISITOR) as tx:
            await catalog.reject_duplicates(tx, pair.id)
    async with database.transaction(VISITOR) as tx:
        assert await catalog.duplicate_pairs(tx) == []
    async with database.transaction(OPERATOR) as tx:
        for verb in (catalog.duplicate_pair, catalog.reject_duplicates, catalog.split_duplicates):
            with pytest.raises(NotFound):
                await verb(tx, world.merchant)


BREACHES = {
    "merged without giving way": "UPDATE catalog.deals SET state = 'merged' WHERE source_key = 'third'",
    "back while it gives way": "UPDATE catalog.deals SET state = 'live' WHERE state = 'merged'",
    "giving way while it runs": """
        UPDATE catalog.duplicates SET
            state = 'merged', withdrawn_id = first_id, withdrawn_from = 'live', decided_at = found_at, actor_kind = 'x'
        WHERE state = 'proposed'
    """,
    "no longer giving way": """
        UPDATE catalog.duplicates SET state = 'rejected', withdrawn_id = NULL, withdrawn_from = NULL
        WHERE state = 'merged'
    """,
    "forgotten": "DELETE FROM catalog.duplicates WHERE state = 'merged'",
    "the wrong way round": "UPDATE catalog.duplicates SET first_id = second_id, second_id = first_id",
    "gives way to itself": "UPDATE catalog.duplicates SET second_id = first_id",
}


@pytest.mark.parametrize("change", BREACHES)
async def test_the_database_itself_keeps_a_merge(
    database: Database, world: World, administrator_here: psycopg.Connection, change: str
) -> None:
    pair, _, _ = await proposed(database, world)
    await merged(database, pair)
    await imported(database, cut("third", world.chicago, feed="third"))
    await catalog.find_duplicates(database)
    with pytest.raises(psycopg.IntegrityError):
        administrator_here.execute(BREACHES[change].encode())
