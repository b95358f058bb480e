"""Text without spaces between words is found by any stretch of it."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.discovery.search import service as search
from tests.discovery.search import worlds
from tests.discovery.search.test_find import EQUAL, assert_same

_LETTERS = st.text("東京都酒のスパ・ a", max_size=9)
"""So few that most questions meet some deal, whole or in part."""


@given(titles=st.lists(_LETTERS, max_size=5), asked=_LETTERS)
@settings(max_examples=300, deadline=None)
def test_any_titles_and_question_are_answered_as_by_a_brute_force(titles: list[str], asked: str) -> None:
    rng = Random(len(titles))
    catalogue = [worlds.deal(rng, title=title or "-", **EQUAL) for title in titles]
    assert_same(worlds.index(catalogue), worlds.as_json(catalogue), search.SearchQuery(at=worlds.NOW, text=asked))


def found(asked: str, *titles: str) -> list[str]:
    """The titles that a question finds, the best first."""
    rng = Random(4)
    index = worlds.index([worlds.deal(rng, title=title, source=None, **EQUAL) for title in titles])
    hits = search.find(index, search.SearchQuery(at=worlds.NOW, text=asked)).hits
    return [hit.deal.title for hit in hits]


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("居酒屋", "新宿の居酒屋で使える券"),
        ("新宿居酒屋", "新宿の居酒屋で使える券"),
        ("新宿の居酒屋", "新宿　居酒屋"),
        ("新宿ランチ", "ランチ2名様（新宿駅前）"),
        ("2時間コース", "飲み放題コース２時間"),
        ("東京都", "東京"),
        ("東京都", "グルメ（東京都新宿区）"),
        ("東京都新宿区", "新宿区（東京）"),
        ("都内", "東京都内の名店"),
        ("東京都内", "東京都内の名店"),
        ("京都", "京都府"),
        ("東京 spa", "SPA利用券／東京"),
        ("ｸﾞﾙﾒ", "グルメ"),
        ("グルメ", "ｸﾞﾙﾒ"),
        ("コンピューター", "コンピュータ教室"),
        ("コンピュータ", "コンピューター教室"),
        ("アロママッサージ", "アロマ・マッサージ"),
        ("アロマ・マッサージ", "アロママッサージ"),
        ("茅ケ崎", "茅ヶ崎の宿"),
        ("らーめん", "特製らーめん"),
        ("酒", "日本酒"),
        ("マッサ", "マッサージ"),
        ("마사지", "타이마사지 60분"),
        ("สปา", "นวดสปาไทย"),
    ],
)
def test_a_deal_is_found_by_what_stands_in_its_title(asked: str, title: str) -> None:
    assert found(asked, title) == [title]


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("ビール", "ヒール"),
        ("ビール", "ビル"),
        ("食べ放題", "食べ歩きと放題"),
        ("日本酒", "日本の酒"),
        ("カニ", "たしかに"),
        ("木の実", "木曜の実演"),
        ("大阪", "東京"),
        ("東京都", "京都"),
        ("京都", "東京都"),
        ("京都", "グルメ（東京都 銀座・新橋・東京・上野）"),
        ("温泉郷", "温泉"),
    ],
)
def test_a_deal_is_not_found_by_what_only_looks_like_its_title_where_another_has_it(asked: str, title: str) -> None:
    assert found(asked, title, asked) == [asked]


def test_where_no_deal_has_a_run_those_with_a_part_of_it_are_found() -> None:
    assert found("食べ放題", "食べ歩きと放題", "昼食") == ["食べ歩きと放題"]
    assert found("大阪", "東京") == []


def test_letters_that_stand_together_come_before_those_that_stand_apart() -> None:
    together, apart = "新宿居酒屋", "居酒屋（新宿）"
    assert found("新宿居酒屋", apart, together) == [together, apart]
