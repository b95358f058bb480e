"""Which language texts are written in, by their script and their most frequent small words."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

_WORDS: Final = {
    "en": "the and for of to in with or at up your from one two off you",
    "es": "de la el en para con por los las una del y al o desde hasta",
    "de": "der die das und für mit im in von zu ein eine den oder auf bei",
    "fr": "de la le les pour avec et un une des du au aux en à chez",
    "it": "di il la per con e un una dei del della al alle da nel",
    "pt": "de a o para com e um uma do da dos das em no na por",
    "nl": "de het een en voor met van in of bij naar op te bij",
}
_SMALL: Final = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_KANA: Final = re.compile(r"[\u3040-\u30ff]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_HANGUL: Final = re.compile(r"[\uac00-\ud7af]")


_SPOKEN_FROM: Final = 0.15
"""So large a share of the texts has to hold a small word: names of towns, such as `los-angeles`, are no language."""


def language_of(texts: Sequence[str]) -> tuple[str, bool]:
    """A two-letter code, and whether it is beyond doubt; English where nothing tells."""
    votes = Counter[str]()
    speaking = Counter[str]()
    for text in texts:
        found = _votes(text)
        votes.update(found)
        speaking.update(found.keys())
    ranked = [each for each in votes.most_common() if speaking[each[0]] >= _SPOKEN_FROM * len(texts)]
    if not ranked:
        return "en", False
    second = ranked[1][1] if len(ranked) > 1 else 0
    return ranked[0][0], ranked[0][1] >= 5 and ranked[0][1] >= 1.3 * second


def _votes(text: str) -> Counter[str]:
    """How much one text speaks for each language."""
    votes = Counter[str]()
    if _KANA.search(text):
        votes["ja"] += 3
    elif _HANGUL.search(text):
        votes["ko"] += 3
    elif _HAN.search(text):
        votes["ja"] += 1
    words = re.findall(r"[^\W\d_]+", text.lower())
    for language, small in _SMALL.items():
        votes[language] += sum(word in small for word in words)
    return +votes
