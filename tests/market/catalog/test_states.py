"""A deal's way from state to state: the same rule in the domain and in the database."""

from collections.abc import Awaitable, Callable
from itertools import product
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database, Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import TRANSITIONS, DealState, Origin, transitions_of
from tests.market.catalog.conftest import NOW, Publish, World, pizza

Verb = Callable[[Transaction, UUID], Awaitable[None]]


async def _reject(tx: Transaction, deal_id: UUID) -> None:
    await catalog.reject(tx, deal_id, reason="The price is not as agreed")


async def _kill(tx: Transaction, deal_id: UUID) -> None:
    await catalog.kill(tx, deal_id, reason="The merchant has closed")


VERBS: dict[str, tuple[Verb, DealState]] = {
    "submit": (catalog.submit, DealState.IN_REVIEW),
    "approve": (catalog.approve, DealState.APPROVED),
    "reject": (_reject, DealState.REJECTED),
    "reopen": (catalog.reopen, DealState.DRAFT),
    "schedule": (catalog.schedule, DealState.SCHEDULED),
    "publish": (catalog.publish, DealState.LIVE),
    "pause": (catalog.pause, DealState.PAUSED),
    "sell_out": (catalog.sell_out, DealState.SOLD_OUT),
    "end": (catalog.end, DealState.ENDED),
    "archive": (catalog.archive, DealState.ARCHIVED),
    "kill": (_kill, DealState.KILLED),
}
"""Each state's plainest way in; resume and restock are the ways back to live from one state only."""


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=12))
async def test_the_service_takes_exactly_the_steps_of_the_table(
    database: Database, world: World, verbs: list[str]
) -> None:
    async with database.transaction(OPERATOR) as tx:
        deal_id = await catalog.create_deal(tx, pizza(world))
    state, way = DealState.DRAFT, [DealState.DRAFT]
    for name in verbs:
        verb, wanted = VERBS[name]
        if wanted in TRANSITIONS[state]:
            async with database.transaction(OPERATOR) as tx:
                await verb(tx, deal_id)
            state = wanted
            way.append(state)
        else:
            with pytest.raises(Conflict):
                async with database.transaction(OPERATOR) as tx:
                    await verb(tx, deal_id)
    async with database.transaction(OPERATOR) as tx:
        passages = await catalog.history(tx, deal_id)
    assert [passage.after for passage in passages] == way
    assert [passage.before for passage in passages] == [None, *way[:-1]]


async def test_the_table_in_the_database_is_the_domains(database: Database) -> None:
    async with database.system() as tx:
        rows = await (
            await tx.connection.execute("SELECT origin, before, after FROM catalog.allowed_transitions")
        ).fetchall()
    expected = {
        (origin.value, before.value if before else "new", after.value)
        for origin in Origin
        for before, afters in transitions_of(origin).items()
        for after in afters
    }
    assert set(rows) == expected
    assert len(rows) == len(expected)


async def test_direct_sql_takes_no_other_step(database: Database, publish: Publish) -> None:
    """Every pair of states, tried past the service."""
    deal_id = await publish()
    taken: set[tuple[DealState, DealState]] = set()
    async with database.system() as tx:
        for before, after in product(set(DealState) - {DealState.MERGED}, DealState):
            await tx.execute("SAVEPOINT start")
            await _lead(tx, deal_id, before)
            try:
                await tx.execute("UPDATE catalog.deals SET state = %s WHERE id = %s", [after.value, deal_id])
                taken.add((before, after))
            except psycopg.errors.CheckViolation as refused:
                assert refused.diag.constraint_name in {"deals_transition", "deals_merged"}  # noqa: PT017 - either way is an answer
            await tx.execute("ROLLBACK TO SAVEPOINT start")
    same = {(state, state) for state in DealState}
    assert taken - same == {(before, after) for before, afters in TRANSITIONS.items() for after in afters}


async def _lead(tx: Transaction, deal_id: UUID, wanted: DealState) -> None:
    """Bring a live deal into a state by allowed steps."""
    ways = {
        DealState.LIVE: (),
        DealState.PAUSED: ("paused",),
        DealState.SCHEDULED: ("paused", "scheduled"),
        DealState.DRAFT: ("paused", "scheduled", "draft"),
        DealState.IN_REVIEW: ("paused", "scheduled", "draft", "in_review"),
        DealState.APPROVED: ("paused", "scheduled", "draft", "in_review", "approved"),
        DealState.REJECTED: ("paused", "scheduled", "draft", "in_review", "rejected"),
        DealState.SOLD_OUT: ("sold_out",),
        DealState.ENDED: ("ended",),
        DealState.ARCHIVED: ("ended", "archived"),
        DealState.KILLED: ("killed",),
    }
    for state in ways[wanted]:
        await tx.execute("UPDATE catalog.deals SET state = %s WHERE id = %s", [state, deal_id])


async def test_a_killed_deal_cannot_go_live_even_by_the_owners_hand(
    database: Database, publish: Publish, administrator_here: psycopg.Connection
) -> None:
    deal_id = await publish()
    async with database.transaction(OPERATOR) as tx:
        await catalog.kill(tx, deal_id, reason="The merchant has closed")
    for change in ("state = 'live'", "state = 'live', origin = 'imported'", "state = 'scheduled'", "state = 'draft'"):
        with pytest.raises(psycopg.errors.CheckViolation):
            administrator_here.execute(f"UPDATE catalog.deals SET {change} WHERE id = %s", [deal_id])


async def test_reopening_resuming_and_restocking_lead_back(database: Database, publish: Publish) -> None:
    deal_id = await publish()
    async with database.transaction(OPERATOR) as tx:
        with pytest.raises(Conflict, match="not paused"):
            await catalog.resume(tx, deal_id)
        with pytest.raises(Conflict, match="not sold out"):
            await catalog.restock(tx, deal_id)
        await catalog.pause(tx, deal_id, reason="Kitchen flooded")
        await catalog.resume(tx, deal_id)
        await catalog.sell_out(tx, deal_id)
        await catalog.restock(tx, deal_id)
        states = [(passage.after, passage.reason) for passage in await catalog.history(tx, deal_id)]
    assert states[-4:] == [
        (DealState.PAUSED, "Kitchen flooded"),
        (DealState.LIVE, None),
        (DealState.SOLD_OUT, None),
        (DealState.LIVE, None),
    ]


async def test_history_says_when_and_by_whom(database: Database, publish: Publish) -> None:
    deal_id = await publish()
    async with database.transaction(OPERATOR) as tx:
        passages = await catalog.history(tx, deal_id)
    assert {(passage.at, passage.actor_kind) for passage in passages} == {(NOW, "operator")}


async def test_a_deal_goes_live_only_between_its_start_and_its_end(
    database: Database, world: World, clock: FixedClock
) -> None:
    async with database.transaction(OPERATOR) as tx:
        deal_id = await catalog.create_deal(tx, pizza(world, starts_at=NOW.replace(hour=12)))
        await catalog.submit(tx, deal_id)
        await catalog.approve(tx, deal_id)
        with pytest.raises(Conflict, match="not started"):
            await catalog.publish(tx, deal_id)
        await catalog.schedule(tx, deal_id)
        await catalog.pause(tx, deal_id)
        await catalog.resume(tx, deal_id)
        assert (await catalog.history(tx, deal_id))[-1].after is DealState.SCHEDULED
        await catalog.pause(tx, deal_id)
    clock.advance(NOW.replace(day=30) - NOW)
    async with database.transaction(OPERATOR) as tx:
        with pytest.raises(Conflict, match="over"):
            await catalog.resume(tx, deal_id)


async def test_an_incomplete_draft_is_not_reviewed(database: Database, world: World) -> None:
    async with database.transaction(OPERATOR) as tx:
        deal_id = await catalog.create_deal(tx, pizza(world, category=None, options=(), locations=()))
        with pytest.raises(InvalidInput) as caught:
            await catalog.submit(tx, deal_id)
    assert [problem.field for problem in caught.value.problems] == ["category", "options", "locations"]


async def test_a_step_of_a_deal_that_is_not_there_is_not_found(database: Database, world: World) -> None:
    async with database.transaction(OPERATOR) as tx:
        with pytest.raises(NotFound):
            await catalog.submit(tx, world.merchant)
