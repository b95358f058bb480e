"""The numbers that a title states: how many, how long, how large, on which day. Prices and percentages are not told."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from highstreet.market.catalog.domain.names import fold

NUMBER_WORDS: Final = {
    word: str(number)
    for number, word in enumerate(
        (
            *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
            *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
        ),
        1,
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90"}
"""English words for numbers, folded, and their digits."""

_TENS: Final = frozenset({"20", "30", "40", "50", "60", "70", "80", "90"})
_PERCENT = re.compile(r"\d+(?:[.,]\d+)?\s*(?:%|percent\b|per cent\b|パーセント)")
_PRICE = re.compile(r"[$€£¥]\s*\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*\s*(?:円|€)")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_KANJI = re.compile(
    r"([一二三四五六七八九十百千]+)(?=名|人|回|個|枚|分|日|泊|時間|本|皿|品|種|度|年|月|[ヶケか]月|点|杯|貫|食|組|室|着|歳)"
)
"""Of the letters that are numbers, those that count something: the first one of a prefecture's name does not."""
_KANJI_DIGITS: Final = {letter: number for number, letter in enumerate("一二三四五六七八九", 1)}
_KANJI_UNITS: Final = {"十": 10, "百": 100, "千": 1000}


def numbers(text: str) -> Counter[str]:
    """How often a text states each number, in digits, however they are written: `60`, `sixty` and `六十分` are one."""
    plain = _PERCENT.sub(" ", unicodedata.normalize("NFKC", text).lower())
    plain = _PRICE.sub(" ", plain)
    digits = (_canonical(found) for found in _DIGITS.findall(plain))
    counted = (str(_of_kanji(found)) for found in _KANJI.findall(plain))
    return Counter((*digits, *counted, *_worded(fold(plain).split())))


def _canonical(digits: str) -> str:
    """Without what makes no difference: `1,000` is 1000, `04` is 4, `2.50` is 2.5."""
    whole, _, part = (digits.replace(",", "") if _THOUSANDS.fullmatch(digits) else digits.replace(",", ".")).partition(
        "."
    )
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    return f"{whole}.{part}" if part else whole


def _worded(words: Sequence[str]) -> Iterator[str]:
    """`twenty four` is 24."""
    tens = ""
    for word in (*words, ""):
        number = NUMBER_WORDS.get(word, "")
        if tens and len(number) == 1:
            yield tens[0] + number
            tens = ""
            continue
        if tens:
            yield tens
        tens = number if number in _TENS else ""
        if number and not tens:
            yield number


def _of_kanji(letters: str) -> int:
    total, digit = 0, 0
    for letter in letters:
        if letter in _KANJI_DIGITS:
            digit = _KANJI_DIGITS[letter]
        else:
            total += max(digit, 1) * _KANJI_UNITS[letter]
            digit = 0
    return total + digit
