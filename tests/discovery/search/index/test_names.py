"""Names are found by the beginning of any of their words."""

from math import cos, radians, sin
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search.index import names
from highstreet.discovery.search.index.build import build, microseconds
from highstreet.discovery.search.index.merge import merge
from highstreet.discovery.search.index.names import Named
from highstreet.discovery.search.index.sections import NONE, Sections
from highstreet.discovery.search.language import text
from highstreet.market.catalog.domain.deals import PublishedDeal
from tests.discovery.search import worlds

NAME = st.sampled_from(
    ("Joe's Pizza", "Pizza Joe", "joe", "'Joe'", "JO.E", "jo e", "--joes - p", "Café Olé", "東京スパ", "Oak & Olé Café")
) | st.text("aB '-東é", max_size=8)
AT_US = microseconds(worlds.NOW)


def vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    north, east = radians(latitude), radians(longitude)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


def segment(deals: list[PublishedDeal], dead: set[str] | None = None) -> tuple[Sections, np.ndarray]:
    """Without the deals of these titles."""
    sections = build(deals, worlds.TREE)
    by_id = {(deal.id.int >> 64, deal.id.int & 2**64 - 1): deal.title for deal in deals}
    ids = zip(sections["id_high"].tolist(), sections["id_low"].tolist(), strict=True)
    alive = np.array([by_id[each] not in (dead or set()) for each in ids], dtype=np.bool_)
    return sections, np.packbits(alive, bitorder="little")


def spelled(found: list[Named], sections: Sections) -> list[str]:
    return [names.merchant(sections, one.number) for one in found]


def begins(name: str, typed: str) -> bool:
    words = text.words(name)
    rests = [" ".join([word[at:], *words[number + 1 :]]) for number, word in enumerate(words) for at in _letters(word)]
    return any(rest.startswith(" ".join(text.words(typed))) for rest in rests)


def _letters(word: str) -> range:
    return range(len(word) if text.is_run(word) else 1)


@given(st.lists(NAME, max_size=12), NAME | st.sampled_from(["jo", "joes p", "スパ", "京ス", "ole caf", "z"]))
def test_a_name_is_found_by_the_beginning_of_any_of_its_words(given_: list[str], typed: str) -> None:
    rng = Random(1)
    always = {"starts_at": worlds.NOW, "ends_at": None}
    sections, alive = segment([worlds.deal(rng, merchant_name=name, **always) for name in given_])
    found = names.beginning("merchant", typed, (sections, alive), AT_US, None, 20)
    expected = {name for name in given_ if begins(name, typed)} if text.words(typed) else set[str]()
    assert set(spelled(found, sections)) == expected
    assert len(found) == len(expected)


def test_what_is_near_comes_first_then_what_begins_so_itself_then_what_has_more_deals() -> None:
    rng = Random(2)
    deals: list[PublishedDeal] = []
    for name, city, many in (
        ("Spa Far", "madrid", 9),
        ("Spa Near", "chicago", 1),
        ("Glow Spa Near", "chicago", 7),
        ("Spa Nearer", "chicago", 3),
    ):
        point = worlds.deal(rng, reach="locations").points
        while not (point and point[0].place_slug == city):
            point = worlds.deal(rng).points
        deals += [
            worlds.deal(
                rng, merchant_name=name, points=point, reach=worlds.Reach.LOCATIONS, starts_at=worlds.NOW, ends_at=None
            )
            for _ in range(many)
        ]
    sections, alive = segment(deals)
    near = names.beginning("merchant", "spa", (sections, alive), AT_US, vector(41.85, -87.65), 4)
    assert spelled(near, sections) == ["Spa Nearer", "Spa Near", "Glow Spa Near", "Spa Far"]
    assert [one.deals for one in near] == [3, 1, 7, 9]
    anywhere = names.beginning("merchant", "spa", (sections, alive), AT_US, None, 2)
    assert spelled(anywhere, sections) == ["Spa Far", "Spa Nearer"]


def test_a_name_without_a_deal_that_lives_is_not_found() -> None:
    rng = Random(3)
    always = {"starts_at": worlds.NOW, "ends_at": None}
    over = {"starts_at": worlds.NOW, "ends_at": worlds.NOW}
    deals = [
        worlds.deal(rng, title="dead", merchant_name="Joe", **always),
        worlds.deal(rng, title="alive", merchant_name="Joel", **always),
        worlds.deal(rng, title="over", merchant_name="Joey", **over),
    ]
    sections, alive = segment(deals, dead={"dead"})
    assert spelled(names.beginning("merchant", "jo", (sections, alive), AT_US, None, 9), sections) == ["Joel"]


def test_of_very_many_names_those_with_the_most_deals_are_looked_at() -> None:
    rng = Random(4)
    always = {"starts_at": worlds.NOW, "ends_at": None}
    many = [worlds.deal(rng, merchant_name=f"Spa {number}", **always) for number in range(2_100)]
    sections, alive = segment([*many, *(worlds.deal(rng, merchant_name="Spa Best", **always) for _ in range(3))])
    assert spelled(names.beginning("merchant", "s", (sections, alive), AT_US, None, 9), sections)[:1] == ["Spa Best"]
    few = build(many, worlds.TREE), np.packbits(np.ones(2_100, dtype=np.bool_), bitorder="little")
    assert len(names.beginning("merchant", "s", few, AT_US, None, 9)) == 9


@given(st.lists(NAME | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), max_size=12))
def test_names_outlive_a_merge_as_they_are_written(given_: list[str]) -> None:
    rng = Random(5)
    deals = [worlds.deal(rng, merchant_name=name) for name in given_]
    merged = merge([segment(deals[::2]), segment(deals[1::2])])
    assert names.merchants(merged) == sorted(set(given_), key=str.encode)
    borne = [
        NONE if deal.merchant_name is None else names.merchants(merged).index(deal.merchant_name) for deal in deals
    ]
    ids = zip(merged["id_high"].tolist(), merged["id_low"].tolist(), strict=True)
    row_of = {high << 64 | low: row for row, (high, low) in enumerate(ids)}
    by_row = names.by_row("merchant", merged)
    assert [int(by_row[row_of[deal.id.int]]) for deal in deals] == borne
