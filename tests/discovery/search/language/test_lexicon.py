"""A lexicon finds in its arrays what a look at every word finds."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search.language import stems
from highstreet.discovery.search.language.text import category_word
from tests.discovery.search.language.lexicons import lexicon, of_languages

WORD = st.text("abcs", min_size=1, max_size=7) | st.text("aé東\U0001f363бñs", min_size=1, max_size=5)
WORDS = st.sets(WORD, max_size=40)


@given(WORDS, WORD)
def test_a_word_is_found_where_it_stands(words: set[str], asked: str) -> None:
    found = lexicon(words)
    names = sorted(words, key=str.encode)
    assert found.find(asked) == (names.index(asked) if asked in words else -1)
    assert [found.surface(token) for token in range(len(found))] == names
    assert [found.df(token) for token in range(len(found))] == [1] * len(names)


@given(WORDS, WORD | st.just(""))
def test_what_begins_with_a_prefix_is_one_run_of_words(words: set[str], prefix: str) -> None:
    found = lexicon(words)
    low, high = found.beginning(prefix)
    assert {found.surface(token) for token in range(low, high)} == {word for word in words if word.startswith(prefix)}


@given(st.dictionaries(WORD, st.integers(0, 7)), WORD, st.permutations(["en", "es-MX", "ja"]))
def test_words_share_a_stem_in_a_language_in_which_they_occur(
    words: dict[str, int], asked: str, languages: list[str]
) -> None:
    found = of_languages({word: (bits, 1) for word, bits in words.items()}, tuple(languages))
    expected = {
        word
        for word, bits in words.items()
        for bit, language in enumerate(languages)
        if bits >> bit & 1 and (algorithm := stems.algorithm(language))
        if stems.stem(word, algorithm) == stems.stem(asked, algorithm)
    }
    assert {found.surface(token) for token in found.same_stem(asked)} == expected


def errors_between(one: str, other: str) -> int:
    """Optimal string alignment, as it is written in books."""
    table = {(row, 0): row for row in range(len(one) + 1)} | {(0, at): at for at in range(len(other) + 1)}
    for row, letter in enumerate(one, 1):
        for at, beside in enumerate(other, 1):
            ways = [table[row - 1, at] + 1, table[row, at - 1] + 1, table[row - 1, at - 1] + (letter != beside)]
            if row > 1 and at > 1 and letter == other[at - 2] and one[row - 2] == beside:
                ways.append(table[row - 2, at - 2] + 1)
            table[row, at] = min(ways)
    return table[len(one), len(other)]


@given(WORDS, WORD, st.integers(0, 3))
def test_near_words_are_those_within_so_many_typing_errors(words: set[str], asked: str, most: int) -> None:
    found = lexicon(words)
    expected = {word: errors_between(asked, word) for word in words if word[0] == asked[0]}
    near = {found.surface(token): errors for token, errors in found.near(asked, most)}
    assert near == {word: errors for word, errors in expected.items() if errors <= most}


def test_words_of_categories_are_near_nothing() -> None:
    found = lexicon([category_word("massage"), "massage"])
    assert found.near(category_word("massages"), 2) == []
    assert [found.surface(token) for token, _ in found.near("massages", 2)] == ["massage"]


def test_a_lexicon_without_words_finds_nothing() -> None:
    found = lexicon([])
    assert (found.find("spa"), found.beginning(""), found.same_stem("spa"), found.near("massage", 2)) == (
        -1,
        (0, 0),
        [],
        [],
    )


def test_words_of_any_length_are_looked_for() -> None:
    longest = "a" * 300
    found = lexicon([longest, "a" * 40, "é" * 128])
    assert found.surface(found.find(longest)) == longest
    assert [found.surface(token) for token, _ in found.near("a" * 39, 2)] == ["a" * 40]
    assert found.near("a" * 299, 2) == []


def test_words_are_sorted_by_their_bytes() -> None:
    found = lexicon(["z", "é", "東", "\U0001f363", "a"])
    surfaces = [found.surface(token).encode() for token in range(len(found))]
    assert all(one < other for one, other in pairwise(surfaces))
    assert not any(array.flags.writeable for array in (found.words, found.starts, found.stem_keys))
    assert found.stem_keys.dtype == np.uint64


@pytest.mark.parametrize(
    ("language", "forms", "stem"),
    [
        ("en", ["consign", "consigned", "consigning", "consignment"], "consign"),
        ("en", ["consistency", "consistent", "consistently"], "consist"),
        ("en-GB", ["knot", "knots", "knotted"], "knot"),
        ("es", ["chicharron", "chicharrones"], "chicharron"),
        ("es", ["toreado", "torear"], "tor"),
        ("es", ["masaje", "masajes"], "masaj"),
        ("de", ["aufeinander"], "aufeinand"),
        ("fr", ["continua", "continuait", "continuant", "continuation"], "continu"),
    ],
)
def test_stems_are_those_that_snowball_publishes(language: str, forms: list[str], stem: str) -> None:
    algorithm = stems.algorithm(language)
    assert algorithm is not None
    assert {stems.stem(form, algorithm) for form in forms} == {stem}
    assert stems.stem_all(forms, algorithm) == [stem] * len(forms)


def test_a_language_without_an_algorithm_has_none() -> None:
    assert stems.algorithm("ja") is None
    assert stems.algorithms(["ja", "en", "en-US", "pt-BR"]) == ("english", "portuguese")
