"""What decides the order where words are asked for, and where none are."""

from random import Random

import msgspec

from highstreet.discovery.search import service as search
from highstreet.kit.ids import uuid7
from highstreet.market.catalog.domain.deals import PublishedDeal, Source
from tests.discovery.search import worlds

_ONE = worlds.deal(Random(3))


def _offer(title: str, percent: int, number: int, **given: object) -> PublishedDeal:
    """A deal of that title and discount, like all the others in the rest."""
    option = msgspec.structs.replace(
        _ONE.options[0], title=title, price_minor=100 * (100 - percent), value_minor=10_000
    )
    fields: dict[str, object] = {
        "id": uuid7(worlds.NOW, Random(number)),
        "title": title,
        "description": None,
        "options": (option,),
        "merchant_name": None,
        "category_slug": None,
        "starts_at": worlds.NOW,
        "ends_at": None,
        "source": None,
    }
    return msgspec.structs.replace(_ONE, **(fields | given))


def _titles(catalogue: list[PublishedDeal], text: str) -> list[str]:
    found = search.find(worlds.index(catalogue), search.SearchQuery(at=worlds.NOW, text=text))
    return [hit.deal.title for hit in found.hits]


def test_a_deal_that_is_what_was_asked_stands_before_a_cheaper_one_that_mentions_it() -> None:
    dinner = _offer("Dinner for two", 90, 1, description="Beside a spa, where a massage can be had.", sold=5_000)
    massage = _offer("Massage of one hour", 5, 2)
    assert _titles([dinner, massage], "massage") == ["Massage of one hour", "Dinner for two"]
    assert _titles([dinner, massage], "") == ["Dinner for two", "Massage of one hour"]


def test_of_deals_that_say_the_same_the_better_offer_comes_first() -> None:
    offers = [_offer(f"Massage at number {number}", percent, number) for number, percent in enumerate((10, 70, 40))]
    assert _titles(offers, "massage") == ["Massage at number 1", "Massage at number 2", "Massage at number 0"]


def test_what_only_the_address_of_a_deal_says_counts_nearly_like_its_title() -> None:
    source = Source(feed="a", key="1", url="https://deals.example/d/12-deep-tissue-massage")
    named = _offer("Lotus House", 10, 1, source=source)
    mentions = _offer(
        "Lunch", 10, 2, description="Soup, salad and bread; in the same house there is massage on weekdays."
    )
    assert _titles([mentions, named], "massage") == ["Lotus House", "Lunch"]
