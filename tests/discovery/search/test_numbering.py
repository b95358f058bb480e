"""Compiled code takes texts apart as the language does, word by word."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search.index.drafts import packed, strings
from highstreet.discovery.search.index.numbering import FIELD_MARK, Texts, joined, numbered
from highstreet.discovery.search.index.sections import CATEGORY, DESCRIPTION, MERCHANT, TITLE
from highstreet.discovery.search.language import text

_TEXTS = st.one_of(
    st.text(st.characters(max_codepoint=127), max_size=40),
    st.text("aZ9'_- \x00\x01", max_size=12),
    st.text(max_size=20),
    st.sampled_from(["Café d\u2019Or", "居酒屋 2時間コース", "Joe's Pizza", "สปา", "İstanbul ß ﬁn", "''", "_"]),
)
_ROWS = st.lists(st.tuples(_TEXTS, _TEXTS, st.lists(_TEXTS, max_size=3)), max_size=6)


def _expected(row: tuple[str, str, list[str]]) -> list[str | int]:
    title, merchant, descriptions = row
    found: list[str | int] = []
    for mark, words in (
        (TITLE, text.stored(title)),
        (MERCHANT, text.stored(merchant)),
        (CATEGORY, [text.category_word("hair-care"), text.category_word("hair")]),
        (DESCRIPTION, [word for each in descriptions for word in text.stored(each)]),
    ):
        found += [FIELD_MARK + mark, *words] if words else []
    return found


@given(_ROWS)
def test_each_row_reads_as_its_texts_do(rows: list[tuple[str, str, list[str]]]) -> None:
    texts = Texts()
    for title, merchant, descriptions in rows:
        texts.add(TITLE, title)
        texts.add(MERCHANT, merchant)
        for slug in ("hair-care", "hair"):
            texts.add(CATEGORY, text.category_word(slug))
        for each in descriptions:
            texts.add(DESCRIPTION, each)
        texts.end_row()
    read = numbered(texts)
    words = strings(read.word_bytes, read.word_starts)
    assert len(set(words)) == len(words)
    start = 0
    for row, end in zip(rows, read.row_ends.tolist(), strict=True):
        tokens: list[int] = read.tokens[start:end].tolist()
        assert [each if each >= FIELD_MARK else words[each] for each in tokens] == _expected(row)
        start = end
    assert start == len(read.tokens)


def test_more_words_than_there_was_room_for_keep_their_numbers() -> None:
    names = [f"w{number}" for number in range(30_000)]
    texts = Texts()
    for repeated in (names, names):
        texts.add(TITLE, " ".join(repeated))
        texts.end_row()
    read = numbered(texts)
    assert strings(read.word_bytes, read.word_starts) == names
    assert read.tokens.tolist() == [FIELD_MARK, *range(30_000)] * 2


@given(st.lists(st.lists(st.tuples(st.text(max_size=4), st.booleans()), max_size=8), min_size=1, max_size=4))
def test_lists_of_words_become_one_in_the_order_of_their_bytes(lists: list[list[tuple[str, bool]]]) -> None:
    lexicon = joined(
        [packed([word for word, _ in each]) for each in lists],
        [np.array([chosen for _, chosen in each], dtype=np.bool_) for each in lists],
    )
    words = strings(lexicon.data, lexicon.starts)
    assert words == sorted({word for each in lists for word, chosen in each if chosen}, key=str.encode)
    for each, numbers in zip(lists, lexicon.numbers, strict=True):
        assert numbers.tolist() == [words.index(word) if chosen else -1 for word, chosen in each]
