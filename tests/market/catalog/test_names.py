"""Folding names and making slugs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.catalog.domain.names import fold, fold_prefixes, slugify


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("St. Louis", "saint louis"),
        ("Saint-Étienne", "saint etienne"),
        ("Mt Prospect", "MOUNT  PROSPECT"),
        ("O'Fallon", "ofallon"),
        ("Łódź", "lodz"),
        ("Tromsø", "tromso"),
        ("Weißenburg", "weissenburg"),
        ("Île-de-France", "ile de france"),
        ("Чикаго", "чикаго"),
        ("茅ヶ崎", "茅ケ崎"),
        ("ﾋﾞｰﾙ", "ビール"),
        ("서울", "\u1109\u1165\u110b\u116e\u11af"),
    ],
)
def test_spellings_of_one_name_are_equal_when_folded(written: str, asked: str) -> None:
    assert fold(written) == fold(asked)


def test_another_letter_is_no_accent() -> None:
    assert fold("ビール") != fold("ヒール")


@given(st.text(max_size=40))
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=40))
def test_a_folded_name_is_words_with_single_spaces(text: str) -> None:
    assert re.fullmatch(r"([^\W_]+( [^\W_]+)*)?", fold(text))


def test_an_unfinished_word_may_be_an_abbreviation_or_the_start_of_a_longer_word() -> None:
    assert fold_prefixes("St") == ("st", "saint")
    assert fold_prefixes("St. Lo") == ("saint lo",)
    assert fold_prefixes(" -- ") == ()


@given(st.text(max_size=300))
def test_a_slug_is_short_and_plain(text: str) -> None:
    slug = slugify(text, "deal")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= 80
    assert slugify(slug, "deal") == slug


def test_a_long_slug_ends_with_a_whole_word() -> None:
    assert slugify("word " * 40, "deal").split("-") == ["word"] * 16
