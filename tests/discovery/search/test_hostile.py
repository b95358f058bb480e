"""Whatever is asked is answered or refused: with one sentence, and not by breaking."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from highstreet.discovery.search import service as search
from highstreet.kit.errors import InvalidInput
from tests.discovery.search import worlds

INDEX = worlds.index(worlds.deals(200, seed=4))

_TEXTS = {
    "ten thousand letters": "a" * 10_000,
    "five hundred words": "massage " * 500,
    "as many words as fit": " ".join(chr(97 + at % 26) for at in range(100)),
    "as many pairs as fit": "東京都新宿居酒屋食べ放題" * 16,
    "as many quotations as fit": '"a b"' * 40,
    "as many signs as fit": "a&" * 100,
    "one long word": "massagemassagemassage" * 9,
    "NUL": "piz\0za \0",
    "control letters": "\x01food \x02\x1b[31m\r\n",
    "a category's own word": "\x01food",
    "emoji": "🍕🧖‍♀️ pizza 👩‍👩‍👧",
    "from right to left": "\u202eazzip \u05e4\u05d9\u05e6\u05d4 \u0628\u064a\u062a\u0632\u0627",
    "accents on nothing": "\u0301" * 200,
    "what grows when folded": "\ufdfa" * 200,
    "half of a pair": "pizza \ud800",
    "quotation marks": '"' * 200,
    "backslashes": "\\" * 199 + '"',
    "percents": "%00%ff' OR 1=1; --",
}


@pytest.mark.parametrize("name", _TEXTS)
@pytest.mark.parametrize("centre", [None, search.Point(41.85, -87.65)])
def test_any_text_is_answered_or_refused(name: str, centre: search.Point | None) -> None:
    try:
        query = search.SearchQuery(at=worlds.NOW, text=_TEXTS[name], centre=centre, limit=1)
    except InvalidInput as refused:
        fields = {problem.field for problem in refused.problems}
    else:
        found = search.find(INDEX, query)
        assert len(found.hits) == min(found.total, 1)
        assert found.words <= 12
        fields = {"text"}
    assert fields == {"text"}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e9, 1e308, -1e9])
def test_numbers_that_are_no_place_are_refused(value: float) -> None:
    for given in (
        {"centre": search.Point(value, 0.0)},
        {"centre": search.Point(0.0, value)},
        {"radius_km": value},
    ):
        with pytest.raises(InvalidInput):
            search.SearchQuery(at=worlds.NOW, **given)  # pyright: ignore[reportArgumentType] -- one of several fields


@pytest.mark.parametrize(
    "given",
    [
        {"centre": search.Point(-90.0, 180.0), "radius_km": 500.0},
        {"centre": search.Point(90.0, -180.0), "radius_km": 1e-300},
        {"centre": search.Point(-0.0, -0.0), "radius_km": 5e-324, "sort": search.Sort.DISTANCE},
        {"category": "\0" * 5000},
        {"min_price_minor": 10**15, "max_price_minor": 0},
        {"currency": "ZZZ", "sort": search.Sort.PRICE},
        {"ends_after": datetime(9999, 12, 31, tzinfo=UTC), "ends_before": datetime(1, 1, 1, tzinfo=UTC)},
        {"days": (1, 2, 3, 4, 5, 6, 7) * 1000},
    ],
)
def test_what_is_at_the_edge_is_answered(given: dict[str, Any]) -> None:
    found = search.find(INDEX, search.SearchQuery(at=worlds.NOW, limit=1, **given))
    assert len(found.hits) == min(found.total, 1)


def test_half_of_a_character_is_refused() -> None:
    with pytest.raises(InvalidInput, match="half of a character"):
        search.SearchQuery(at=worlds.NOW, category="\ud800")
