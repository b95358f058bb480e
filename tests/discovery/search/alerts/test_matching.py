"""Saved searches match the deals that a search would find for them."""

from collections import defaultdict
from datetime import timedelta
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.discovery.search.alerts.standing import Standing
from highstreet.market.catalog.domain.deals import PublishedDeal
from tests.discovery.search import worlds
from tests.discovery.search.alerts import wishes


def test_each_match_is_what_a_search_over_that_deal_alone_finds() -> None:
    standing, catalogue = wishes.searches(200, 1), wishes.deals(12, 1)
    by_brute_force = {pair for deal in catalogue for pair in wishes.found(standing, [deal])}
    assert len(by_brute_force) > 20
    assert wishes.matched(standing, catalogue) == by_brute_force


def test_of_ten_thousand_searches_and_fifty_deals_those_meet_that_a_search_lets_meet() -> None:
    standing, catalogue = wishes.searches(10_000, 7), wishes.deals(50, 8)
    matched = wishes.matched(standing, catalogue)
    by_language: defaultdict[str, list[PublishedDeal]] = defaultdict(list)
    for deal in catalogue:
        by_language[deal.language].append(deal)
    looked_at = standing[::20]
    by_brute_force = {pair for deals in by_language.values() for pair in wishes.found(looked_at, deals)}
    ids = {each.id for each in looked_at}
    assert {pair for pair in matched if pair[0] in ids} == by_brute_force


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(1, 6), st.lists(st.integers(0, 59), max_size=8))
def test_what_was_dropped_and_put_again_changes_nothing_else(seed: int, count: int, dropped: list[int]) -> None:
    standing, rng = Standing(wishes.WIDENING), Random(seed)
    saved, catalogue = wishes.searches(60, seed), wishes.deals(count, seed)
    for each in saved:
        standing.put(wishes.saved(rng, id=each.id))
    standing.drop(saved[place].id for place in dropped)
    kept = [each for place, each in enumerate(saved) if place not in dropped]
    for each in kept:
        standing.put(each)
    assert standing.ids() == {each.id for each in kept}
    assert wishes.matched_in(standing, catalogue) == wishes.matched(kept, catalogue)


def test_a_match_does_not_hang_on_what_else_changed_at_the_same_time() -> None:
    standing, catalogue = wishes.searches(300, 4), wishes.deals(20, 5)
    together = wishes.matched(standing, catalogue)
    assert together == {pair for deal in catalogue for pair in wishes.matched(standing, [deal])}


def test_a_word_that_no_deal_has_is_not_taken_for_another() -> None:
    rng = Random(1)
    deal = worlds.deal(rng, title="Massage", starts_at=worlds.NOW, ends_at=None)
    nowhere = dict.fromkeys(("latitude", "longitude", "radius_km", "category", "currency", "min_price_minor"))
    plain = nowhere | {"max_price_minor": None, "min_discount": None, "days": (), "usable_today": False}
    meant = wishes.saved(rng, text="massages", new_merchant=False, **plain)
    mistyped = wishes.saved(rng, text="masage", new_merchant=False, **plain)
    assert wishes.matched([meant, mistyped], [deal]) == {(meant.id, deal.id)}


def test_a_deal_that_is_live_has_begun_whatever_this_machines_clock_says() -> None:
    rng = Random(2)
    deal = worlds.deal(rng, title="Sushi", starts_at=worlds.NOW, ends_at=None)
    early = msgspec.structs.replace(deal, starts_at=worlds.NOW + timedelta(seconds=2))
    standing = wishes.searches(200, 2)
    assert wishes.matched(standing, [deal])
    assert wishes.matched(standing, [early]) == wishes.matched(standing, [deal])
