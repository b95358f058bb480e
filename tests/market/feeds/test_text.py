"""Pages show no mojibake: what was garbled on the way is put right exactly, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.text import check_text, repair_mojibake

TYPOGRAPHY = "’‘“”–—…•€™éèüñçÉößåøÀ£°½®©🎉"


def misread(text: str) -> str:
    """What a program shows that takes UTF-8 for Windows-1252, as browsers read it."""
    return "".join(
        bytes([byte]).decode("latin-1" if byte in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "cp1252")
        for byte in text.encode()
    )


@given(st.lists(st.sampled_from([*TYPOGRAPHY, "a", " ", "Z", "9"]), min_size=1).map("".join))
def test_text_that_was_misread_once_is_put_right(text: str) -> None:
    assert repair_mojibake(misread(text)) == text


@pytest.mark.parametrize(
    "text",
    ["Chicago Consumers’ Club", "CAFÉ’S", "Résumé", "SÃO PAULO", "Ångström", "Ægir “œuvre”", "naïve – yes…"],
)
def test_text_that_is_right_stays_as_it_is(text: str) -> None:
    assert repair_mojibake(text) == text
    assert check_text(text, longest=100) == text


@given(st.text(st.characters(max_codepoint=0x7F)))
def test_plain_letters_are_never_touched(text: str) -> None:
    assert repair_mojibake(text) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("   ", "empty"),
        ("x" * 101, "101 characters"),
        ("Joeâ€™s Diner", "wrong encoding"),
        ("CafÃ© Roma", "wrong encoding"),
        ("Caf\ufffd Roma", "lost"),
        ("nul\x00byte", "U\\+0000"),
        ("two\nlines", "U\\+000A"),
        ("Joe\x92s Diner", "U\\+0092"),
        ("half \ud83c", "not text"),
        ("next\u2028line", "U\\+2028"),
    ],
)
def test_text_that_a_page_would_show_wrong_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        check_text(text, longest=100)


def test_markup_is_text_like_any_other() -> None:
    text = "<script>alert('1 & 2')</script>"
    assert check_text(text, longest=100) == text
