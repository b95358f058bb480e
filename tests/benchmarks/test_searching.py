"""The benchmark of search measures what it says: its deals are as promised, and its oracle is a second opinion."""

from collections import Counter
from typing import Any, cast

import numpy as np
from Stemmer import Stemmer  # pyright: ignore[reportUnknownVariableType] -- comes without types

from benchmarks.searching import catalogue, engine, questions
from benchmarks.searching.documents import cells_of, circle
from benchmarks.searching.geography import densest, scattered, world
from benchmarks.searching.oracle import Oracle
from benchmarks.searching.reading import read, words_of
from benchmarks.searching.vocabulary import vocabulary
from highstreet.discovery.search.service import index_of
from highstreet.science.geo import distance_m

_DEALS = 1_500


def test_every_deal_has_sixty_words_and_is_always_the_same() -> None:
    deals = list(catalogue.deals(_DEALS))
    for deal in deals:
        texts = (deal.title, deal.description, deal.merchant_name, *(option.title for option in deal.options))
        assert sum(len(words_of(text or "")) for text in texts) >= 60
    assert deals == list(catalogue.deals(_DEALS))
    assert len({deal.id for deal in deals}) == _DEALS


def test_two_words_share_a_stem_only_where_one_is_a_form_of_the_other() -> None:
    words: list[str] = vocabulary().words["en"].tolist()
    assert len(set(words)) == len(words) > 50_000
    stems: list[str] = cast("Any", Stemmer)("english").stemWords(words)
    counts = Counter(Counter(stems).values())
    assert set(counts) == {1, 2}
    assert 0.07 < counts[2] / len(words) < 0.11


def test_a_metropolis_has_fifty_thousand_deals_within_the_radius() -> None:
    places = world(1_000_000)
    latitude, longitude = densest(places, questions.DENSE_RADIUS_KM)
    cities = np.random.Generator(np.random.PCG64(1)).choice(len(places.cities), 200_000, p=places.chances)
    points = scattered(cities, places, np.random.Generator(np.random.PCG64(2)))
    within = distance_m(latitude, longitude, *points) <= questions.DENSE_RADIUS_KM * 1000
    assert within.mean() * 1_000_000 > 50_000


def test_the_search_answers_as_the_oracle_does() -> None:
    divisions = world(_DEALS).divisions
    generation = index_of(catalogue.deals(_DEALS), catalogue.TREE, divisions)
    oracle = Oracle(read(catalogue.deals(_DEALS), catalogue.TREE), catalogue.TREE, divisions, catalogue.AT)
    asked = [*questions.warm(_DEALS, 0.05), *questions.cold(_DEALS, 0.02)]
    assert {each.shape for each in asked} == set(questions.COUNTS)
    assert engine.differences(generation, oracle, asked) == []


def test_cold_questions_have_words_and_centres_that_no_warm_one_has() -> None:
    warm, cold = questions.warm(_DEALS, 0.1), questions.cold(_DEALS, 0.1)
    assert not {word for each in warm for word in each.text.split()} & {w for each in cold for w in each.text.split()}
    centres = {(each.latitude, each.longitude) for each in warm} & {(each.latitude, each.longitude) for each in cold}
    assert centres <= {(None, None)}
    assert len({*warm, *cold}) == len(warm) + len(cold)


def test_the_cells_of_a_circle_hold_all_that_is_in_it() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    for latitude, longitude, radius_m in ((40.7, -74.0, 5_000.0), (-36.8, 179.9, 25_000.0), (64.1, -21.9, 10_000.0)):
        cells = set(circle(latitude, longitude, radius_m))
        eastward = (longitude + rng.normal(0, 0.2, 400) + 180) % 360 - 180
        for up, along in zip(latitude + rng.normal(0, 0.2, 400), eastward, strict=True):
            if distance_m(latitude, longitude, np.array([up]), np.array([along]))[0] <= radius_m:
                assert cells.intersection(cells_of(float(up), float(along)))
