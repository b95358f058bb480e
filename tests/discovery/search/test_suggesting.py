"""What is suggested to somebody who is typing."""

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search import service as search
from highstreet.discovery.search.service import Correction, Generation, Point, SearchQuery, Suggestions
from highstreet.market.catalog.domain.deals import PublishedDeal, Reach
from tests.discovery.search import worlds

CHICAGO, MADRID = Point(41.85, -87.65), Point(40.4165, -3.7026)


def deal(number: int, title: str, city: str = "chicago", **given_: Any) -> PublishedDeal:  # noqa: ANN401 -- any field of a deal
    """A deal in a city, which says nothing but what it is given."""
    rng = Random(number)
    points = worlds.deal(rng).points
    while not points or points[0].place_slug != city:
        points = worlds.deal(rng).points
    said = {"description": None, "merchant_name": None, "category_slug": None, "source": None} | given_
    always = {"reach": Reach.LOCATIONS, "starts_at": worlds.NOW, "ends_at": None, "options": worlds.deal(rng).options}
    return worlds.deal(rng, title=title, points=points[:1], **(always | said))


def index(*deals: PublishedDeal) -> Generation:
    return worlds.index(deals)


def suggest(
    of: Generation, typed: str, centre: Point | None = None, language: str = "en", limit: int = 5
) -> Suggestions:
    return search.suggest(of, SearchQuery(at=worlds.NOW, text=typed, centre=centre, limit=limit), language=language)


def test_the_last_word_is_completed_by_words_of_titles_first() -> None:
    of = index(
        deal(1, "Massage", description="Mask and massive marvels"),
        deal(2, "Massage for two", description="massive fun"),
        deal(3, "Yoga", description="massive massive"),
    )
    assert suggest(of, "mass").queries == ("massage", "massive")
    assert suggest(of, "for mass").queries == ("for massage", "for massive")
    assert suggest(of, "yoga for mass").queries == ("yoga for massive",)
    assert suggest(of, "Yoga, MASS").queries == ("Yoga, massive",)


def test_only_words_that_stand_together_are_suggested() -> None:
    of = index(deal(1, "Hot stones"), deal(2, "Stone carving"), deal(3, "Hot coffee"))
    assert suggest(of, "hot st").queries == ("hot stones",)
    assert suggest(of, "unheard st").queries == ()


@pytest.mark.parametrize("typed", ["", " ", "hot ", "?!", "居酒", "a-b", "\0", "x" * 200])
def test_where_no_word_is_being_typed_none_is_completed(typed: str) -> None:
    assert suggest(index(deal(1, "Hot stones 居酒屋")), typed).queries == ()


def test_a_completion_is_written_as_deals_write_it() -> None:
    assert suggest(index(deal(1, "Uñas y PELUQUERÍA", language="es")), "pel").queries == ("peluquería",)


def test_a_typing_error_is_mended() -> None:
    of = index(deal(1, "Massage"), deal(2, "Sushi"))
    assert suggest(of, "masage").queries == ("massage",)
    assert suggest(of, "masage").deals[0].deal.title == "Massage"


def test_merchants_and_places_come_by_the_beginning_of_their_words_and_from_nearby_first() -> None:
    of = index(
        deal(1, "Deal", city="madrid", merchant_name="Glow Spa"),
        deal(2, "Deal", city="madrid", merchant_name="Glow Spa"),
        deal(3, "Deal", merchant_name="Glowing Oak"),
        deal(4, "Deal", merchant_name="The Glow"),
    )
    assert suggest(of, "glow").merchants == ("Glow Spa", "Glowing Oak", "The Glow")
    assert suggest(of, "glow", CHICAGO).merchants == ("Glowing Oak", "The Glow", "Glow Spa")
    assert suggest(of, "glow", MADRID, limit=1).merchants == ("Glow Spa",)
    assert suggest(of, "g").merchants == ()
    assert [slug for _, slug in suggest(of, "chic").places] == ["chicago"]
    assert suggest(of, "tokyo").places == ()


def test_categories_come_in_the_readers_language() -> None:
    of = index(deal(1, "Deal"))
    assert [each.slug for each in suggest(of, "mas").categories] == ["massage"]
    assert [each.slug for each in suggest(of, "masaj", language="es").categories] == ["massage"]
    assert suggest(of, "masaj").categories == ()
    assert [each.slug for each in suggest(of, "spa").categories] == ["beauty"]


def test_deals_are_those_that_are_found_so_far() -> None:
    of = index(deal(1, "Pizza"), deal(2, "Pizza", city="madrid"), deal(3, "Sushi"))
    assert len(suggest(of, "pizz").deals) == 2
    (near,) = suggest(of, "pizz", CHICAGO).deals
    assert near.deal.points[0].place_slug == "chicago"
    assert suggest(of, " ").deals == ()


def test_nothing_is_suggested_of_deals_that_are_gone() -> None:
    whole = index(deal(1, "Massage", merchant_name="Glow"))
    (live, *others) = whole.segments
    dead = type(live)(live.uid, live.sections, np.zeros_like(live.alive))
    of = Generation(2, (dead, *others), whole.categories, whole.divisions)
    gone = suggest(of, "mass")
    assert (gone.queries, gone.deals, suggest(of, "glow").merchants, suggest(of, "chic").places) == ((), (), (), ())


MESS = index(*(worlds.deal(Random(seed)) for seed in range(40)))


@given(st.text(max_size=200) | st.text("spa mé東'\"\u202e", max_size=30))
def test_anything_may_be_typed(typed: str) -> None:
    found = suggest(MESS, typed, CHICAGO, limit=3)
    assert all(len(each) <= 3 for each in (found.queries, found.merchants, found.categories, found.places, found.deals))


def test_when_nothing_is_found_a_much_commoner_word_is_told() -> None:
    common = [deal(number, "Massage") for number in range(20)]
    of = index(*common, deal(99, "Masage", city="madrid"))
    there = SearchQuery(at=worlds.NOW, text="masage", centre=CHICAGO)
    assert search.find(of, there).instead == (Correction("masage", "massage"),)
    found = search.find(of, SearchQuery(at=worlds.NOW, text="masage", centre=MADRID))
    assert (found.total, found.instead) == (1, ())
