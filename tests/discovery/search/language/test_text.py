"""What is stored for a text, and how fast."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search.language import text
from highstreet.discovery.search.language.questions import STOP_WORDS
from tests.discovery.search import readings as oracle

LETTERS = st.characters() | st.sampled_from(
    "東京都新宿居酒屋食べ放題のをでとらーめんグルメスパケヶヵ・ー･ｰｸﾞﾊﾟ゛々〆〇ゞヾゟ㌔㍻①２Ａ"
    "가마사\u1100\u1161สปาวุ้นແລະကိုខ្ញុំ \u3099\u0301'-a2"
)
"""Any, but mostly those of scripts without spaces and what stands between them."""
EUROPEAN = st.characters(max_codepoint=0x52F) | st.sampled_from("ẞßİıŁłΣςσĲﬁ½™€–—…’\u0301\u0308\u0345ǅЙйЁё")


@given(st.text(LETTERS))
def test_words_are_the_same_as_in_a_second_reading_of_the_rules(value: str) -> None:
    assert text.words(value) == oracle.words_of(value)
    asked = text.asked(value)
    assert ([word for word in asked if word not in STOP_WORDS] or asked) == oracle.asked_words(value)


@given(st.text(LETTERS) | st.text(EUROPEAN))
def test_what_is_stored_of_a_run_is_every_pair_and_the_last_letter(value: str) -> None:
    expected = [
        word[at : at + 2] if oracle.is_run(word) else word
        for word in oracle.written_runs(value)
        for at in (range(len(word)) if oracle.is_run(word) else range(1))
    ]
    assert text.stored(value) == expected


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("cafe", "Café"),
        ("CAFES", "cafés"),
        ("joes", "Joe\u2019s"),
        ("strasse", "Straße"),
        ("\uff12\uff10", "20"),
        ("unas", "Uñas"),
        ("истанбул", "Истанбул"),
        ("istanbul", "İstanbul"),
    ],
)
def test_two_spellings_of_one_word_are_stored_alike(asked: str, written: str) -> None:
    assert text.asked(asked) == text.stored(written)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://x.example/deals/1606154-massages", ["massages"]),
        ("https://x.example/deals/1606154-massages/?ref=mail#top", ["massages"]),
        ("http://x.example/a/Caf%C3%A9_crawl.html", ["cafe", "crawl"]),
        ("https://x.example/deals/3f2a91-55-off-yoga-2x1", ["off", "yoga"]),
        ("https://massage.example", []),
        ("https://massage.example/?q=yoga", []),
        ("https://[", []),
        ("", []),
    ],
)
def test_of_a_link_only_the_words_at_its_end_are_looked_in(link: str, words: list[str]) -> None:
    assert text.link_words(link) == words


@pytest.mark.parametrize("letter", ["a", "\0", "é", "東", "\U0001f363", "\u0301", "ש", "\u202e", "ﷺ"])
def test_ten_thousand_of_any_letter_are_taken_apart(letter: str) -> None:
    assert "".join(text.words(letter * 10_000)) == "".join(oracle.words_of(letter * 10_000))
    assert all(text.stored(letter * 10_000))
