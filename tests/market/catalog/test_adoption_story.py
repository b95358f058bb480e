"""Any story of imports, adoptions, merges and splits: each row of a feed is one deal, and what was decided holds."""

import itertools
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.errors import Conflict
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import PublishedDeal
from highstreet.market.catalog.domain.duplicates import PairState
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption
from tests.market.catalog.conftest import World
from tests.market.catalog.test_adoption import adopt, shown
from tests.market.catalog.test_duplicates import cut

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("import"), st.sampled_from("ab"), st.integers(0, 2)),
        st.tuples(st.just("adopt"), st.sampled_from("ab"), st.none()),
        st.tuples(st.just("find"), st.none(), st.booleans()),
        st.tuples(st.sampled_from(["merge", "reject", "split"]), st.none(), st.none()),
        st.tuples(st.just("pause"), st.sampled_from("ab"), st.none()),
    ),
    max_size=12,
)
_numbers = itertools.count(1)


class Story:
    """One pair of feeds in the shared database, each with one row, and what has to hold of them."""

    def __init__(self, database: Database, world: World) -> None:
        self.database, self.world = database, world
        self.number = next(_numbers)
        self.ids: dict[str, UUID] = {}
        self.adopted: dict[str, PublishedDeal] = {}

    def row(self, feed: str, variant: int) -> ImportedDeal:
        price = (ImportedOption(title="Cut", price_minor=2000 + variant),)
        title = f"Wash, cut and blow-dry number{self.number} with a head massage"
        return cut("row", self.world.chicago, feed=f"{feed}{self.number}", title=title, options=price)

    async def take(self, step: tuple[str, str | None, Any]) -> None:
        match step:
            case "import", str(feed), variant:
                async with self.database.system() as tx:
                    outcome = await catalog.import_deals(tx, [self.row(feed, variant)])
                assert outcome.new == (feed not in self.ids)
                if outcome.new:
                    self.ids[feed] = outcome.written[0].deal_id
            case "adopt", str(feed), _ if feed in self.ids:
                await adopt(self.database, self.ids[feed])
                self.adopted[feed] = await shown(self.database, self.ids[feed])
            case "pause", str(feed), _ if feed in self.ids:
                async with self.database.transaction(OPERATOR) as tx:
                    await catalog.pause(tx, self.ids[feed])
            case "find", _, everything:
                await catalog.find_duplicates(self.database, everything=everything)
            case verb, _, _:
                await self.decide(verb)

    async def decide(self, verb: str) -> None:
        state = PairState.MERGED if verb == "split" else PairState.PROPOSED
        async with self.database.transaction(OPERATOR) as tx:
            for pair in await catalog.duplicate_pairs(tx, state=state):
                if {pair.first.id, pair.second.id} == set(self.ids.values()):
                    verbs = {
                        "merge": catalog.merge_duplicates,
                        "reject": catalog.reject_duplicates,
                        "split": catalog.split_duplicates,
                    }
                    await verbs[verb](tx, pair.id)

    async def check(self) -> None:
        async with self.database.system() as tx:
            cursor = await tx.connection.execute(
                """
                SELECT source_feed AS feed, id FROM catalog.deals WHERE source_feed = ANY(%(feeds)s)
                UNION ALL
                SELECT feed, deal_id FROM catalog.adoptions WHERE feed = ANY(%(feeds)s)
                """,
                {"feeds": [f"{feed}{self.number}" for feed in "ab"]},
            )
            rows = [(feed[0], own_id) for feed, own_id in await cursor.fetchall()]
            cursor = await tx.connection.execute(
                """
                SELECT deals.state = 'merged', duplicates.id IS NOT NULL FROM catalog.deals
                LEFT JOIN catalog.duplicates ON deals.id = duplicates.withdrawn_id
                """
            )
            assert all(is_merged == gives_way for is_merged, gives_way in await cursor.fetchall())
        assert sorted(rows) == sorted(self.ids.items()), "each row of a feed is one deal, with the id it always had"
        for feed, agreed in self.adopted.items():
            now = await shown(self.database, self.ids[feed])
            same = msgspec.structs.replace(now, state=agreed.state, changed_at=agreed.changed_at)
            assert same == agreed, "no feed has a say in an adopted deal"
            assert now.source is None


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(STEPS)
async def test_any_story_keeps_one_deal_a_row_and_what_was_decided(
    database: Database, world: World, steps: list[tuple[str, str | None, Any]]
) -> None:
    story = Story(database, world)
    for step in [("import", "a", 0), ("import", "b", 0), ("find", None, False), *steps]:
        try:
            await story.take(step)
        except Conflict:
            assert step[0] in {"adopt", "merge", "pause"}, "only these meet a state that does not allow them"
        await story.check()
