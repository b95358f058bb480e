"""Words match whatever their case, accents, apostrophes and plurals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search import text
from tests.discovery.search import oracle

LETTERS = st.characters() | st.sampled_from(
    "東京都新宿居酒屋食べ放題のをでとらーめんグルメスパケヶヵ・ー･ｰｸﾞﾊﾟ゛々〆〇ゞヾゟ㌔㍻①２Ａ"
    "가마사\u1100\u1161สปาวุ้นແລະကိုខ្ញុំ \u3099\u0301'-a2"
)
"""Any, but mostly those of scripts without spaces and what stands between them."""


@given(st.text(LETTERS))
def test_words_are_the_same_as_in_a_second_reading_of_the_rules(value: str) -> None:
    assert text.words(value) == oracle.words_of(value)
    assert [term.letters if isinstance(term, text.Run) else term.token for term in text.terms(value)] == list(
        dict.fromkeys(oracle.singular(word) for word in oracle.asked_words(value)[:12])
    )


@given(st.text(LETTERS))
def test_what_is_stored_of_a_run_is_every_pair_and_the_last_letter(value: str) -> None:
    expected = [
        word[at : at + 2] if oracle.is_run(word) else word
        for word in oracle.written_runs(value)
        for at in (range(len(word)) if oracle.is_run(word) else range(1))
    ]
    assert text.stored(value) == expected


@given(st.text(alphabet="abcdeisxyzh", max_size=9))
def test_plurals_are_the_same_as_in_a_second_reading_of_the_rules(word: str) -> None:
    assert text.singular(word) == oracle.singular(word)


def spaced(asked: str) -> list[text.Term]:
    """The terms of a question in a script with spaces."""
    return [term for term in text.terms(asked) if isinstance(term, text.Term)]


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("cafe", "Café"),
        ("CAFÉS", "cafe"),
        ("joes", "Joe\u2019s"),
        ("party", "Parties"),
        ("glass", "Glasses"),
        ("taco", "tacos"),
        ("strasse", "Straße"),
        ("\uff12\uff10", "20"),
    ],
)
def test_two_spellings_of_one_word_meet(asked: str, written: str) -> None:
    (term,) = spaced(asked)
    assert term.token == text.singular(text.words(written)[0])


@pytest.mark.parametrize(
    ("asked", "prefix"),
    [("pizz", "pizz"), ("spa", None), ("pizz ", None), ("a pizz", "pizz"), ("pizz in", None), ("massages", "massages")],
)
def test_only_the_last_word_and_only_a_long_one_may_be_unfinished(asked: str, prefix: str | None) -> None:
    assert spaced(asked)[-1].prefix == prefix


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


def test_small_words_are_asked_for_only_when_there_are_no_others() -> None:
    assert [term.token for term in spaced("the pizza in Chicago")] == ["pizza", "chicago"]
    assert [term.token for term in spaced("the")] == ["the"]
    assert text.terms(" ?! ") == ()
