"""Whatever changes, merges and ends there are, in whatever order: what is alive is what the catalogue says."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.generation import Generation, Live
from highstreet.discovery.search.store import shelf as shelves
from highstreet.discovery.search.store.shelf import LEVELS, Merge, Shelf, rows_of
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.deals import DealState, Option, PublishedDeal, Reach
from tests.discovery.search.store.running import all_deals

TREE = CategoryTree(())
"""Categories are of no account here."""


def deal(number: int, title: str = "Pizza") -> PublishedDeal:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    # The halves of an id repeat, as those of an import do.
    own_id = UUID(int=(number // 3) << 64 | number % 3)
    option = Option(id=own_id, position=0, title="For two", price_minor=100)
    return PublishedDeal(
        id=own_id,
        slug="pizza",
        state=DealState.LIVE,
        title=title,
        description=None,
        language="en",
        currency="USD",
        merchant_id=None,
        merchant_slug=None,
        merchant_name=None,
        category_slug=None,
        division_slug=None,
        reach=Reach.ONLINE,
        points=(),
        options=(option,),
        fine_print=(),
        starts_at=at,
        ends_at=None,
        sold=0,
        source=None,
        invented=False,
        changed_at=at,
    )


def empty_shelf(directory: Path) -> Shelf:
    shelf = Shelf(directory, Random(3), ())
    shelf.adopt(tuple(shelf.put(build((), TREE)) for _ in range(LEVELS)), ())
    return shelf


def held(shelf: Shelf) -> dict[UUID, PublishedDeal]:
    deals = all_deals(Generation(0, shelf.segments, TREE, ()))
    found = {each.id: each for each in deals}
    assert len(found) == len(deals) == shelf.size
    return found


numbers = st.integers(0, 11)
steps = st.one_of(
    st.tuples(
        st.just("change"), st.lists(st.tuples(numbers, st.text(max_size=3)), max_size=4), st.lists(numbers, max_size=3)
    ),
    st.tuples(st.sampled_from(["begin base", "begin middle", "finish", "give up"]), st.just([]), st.just([])),
)


@given(history=st.lists(steps, max_size=25))
@settings(max_examples=40)
def test_what_is_alive_is_what_was_said_last(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, list[tuple[int, str]], list[int]]]
) -> None:
    directory = tmp_path_factory.mktemp("shelf")
    shelf, said = empty_shelf(directory), dict[UUID, PublishedDeal]()
    under_way: tuple[Merge, Live] | None = None
    for step, changed, withdrawn in history:
        if step == "change":
            fresh = {each.id: each for each in (deal(number, title) for number, title in changed)}
            gone = {deal(number).id for number in withdrawn} - fresh.keys()
            shelf.adopt(shelf.apply(fresh.values(), gone, TREE), {*fresh, *gone})
            said = {**said, **fresh}
            said = {deal_id: each for deal_id, each in said.items() if deal_id not in gone}
        elif step.startswith("begin") and under_way is None:
            level = shelves.BASE if step == "begin base" else shelves.MIDDLE
            work = shelf.begin(level)
            under_way = work, shelf.carry_out(work)
        elif step == "finish" and under_way is not None:
            shelf.adopt(shelf.finish(*under_way), ())
            shelf.merging = under_way = None
        elif step == "give up" and under_way is not None:
            shelf.merging = under_way = None
        assert held(shelf) == said


def test_rows_are_found_by_id_and_strangers_are_not() -> None:
    deals = [deal(number) for number in range(0, 60, 2)]
    sections = build(deals, TREE)
    for each, row in zip(deals, rows_of(sections, [each.id for each in deals]).tolist(), strict=True):
        assert int(sections["id_high"][row]) << 64 | int(sections["id_low"][row]) == each.id.int
    assert rows_of(sections, [deal(number).id for number in range(1, 60, 2)]).tolist() == [-1] * 30
    assert rows_of(build((), TREE), [deal(1).id]).tolist() == [-1]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "_TOP_ROWS", 3)
    monkeypatch.setattr(shelves, "_MIDDLE_ROWS", 8)


def settle(shelf: Shelf) -> list[int]:
    """The levels that were merged until nothing is due."""
    levels: list[int] = []
    while (work := shelf.plan()) is not None:
        assert shelf.plan() is None, "one merge at a time"
        levels.append(work.level)
        shelf.adopt(shelf.finish(work, shelf.carry_out(work)), ())
        shelf.merging = None
    return levels


@pytest.mark.usefixtures("small")
def test_what_has_grown_goes_down_and_what_is_mostly_dead_is_written_anew(tmp_path: Path) -> None:
    shelf = empty_shelf(tmp_path)
    levels: list[list[int]] = []
    for number in range(0, 20, 2):
        shelf.adopt(shelf.apply([deal(number), deal(number + 1)], (), TREE), ())
        levels.append(settle(shelf))
    assert levels == [[], [1], [], [1], [0], [], [1], [], [1], [0]]
    ids = list(held(shelf))
    shelf.adopt(shelf.apply((), ids[:6], TREE), ())
    assert settle(shelf) == [0]
    assert sum(segment.sections.meta.rows for segment in shelf.segments) == 14
    assert held(shelf).keys() == set(ids[6:])


def test_needed_files_are_those_of_segments_and_of_a_merge(tmp_path: Path) -> None:
    shelf = empty_shelf(tmp_path)
    shelf.adopt(shelf.apply([deal(1)], (), TREE), ())
    before = set(shelf.names)
    assert shelf.needed == before
    work: Merge = shelf.begin(shelves.MIDDLE)
    shelf.adopt(shelf.apply([deal(2)], (), TREE), {deal(2).id})
    assert shelf.needed == before | {f"{work.uid}.segment", shelf.names[-1]}
