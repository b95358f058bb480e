"""Guessing: what a word, or a run of letters, that no deal has was meant to be.

A word of three letters may hold one typing error, from eight letters on two; the first letter is taken to be right
where that leads anywhere, since it nearly always is (Pollock and Zamora, "Automatic spelling correction in scientific
and scholarly text", CACM 1984).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

import msgspec

from highstreet.discovery.search.language import stems, text
from highstreet.discovery.search.language.lexicon import LONGEST_GUESS, Lexicon
from highstreet.discovery.search.language.questions import STOP_WORDS

_ONE_ERROR_FROM: Final = 3
_TWO_ERRORS_FROM: Final = 8
_MOST_NEAR: Final = 8
_SHORTEST_PART: Final = 3
_MUCH_COMMONER: Final = 8


class Guess(msgspec.Struct, frozen=True):
    """What a word may have been.

    `near`: words that occur, the commonest first. `parts`: two words that were written as one; or none.
    `meant`: the best of these.
    """

    near: tuple[str, ...]
    parts: tuple[str, ...]
    meant: str


def may_be_mistyped(word: str) -> bool:
    """Whether a word is long enough to tell, and made of letters only: a number is never taken for another."""
    return _ONE_ERROR_FROM <= len(word) <= LONGEST_GUESS and word.isalpha() and not text.is_run(word)


def guess(word: str, lexicons: Sequence[Lexicon]) -> Guess | None:
    """What a word may have been meant to be that is in none of the lexicons: the first of these that finds any.

    The nearest words with its first letter; words that begin with it; those that begin with its stem, which may be of
    the same family (`photographers`, photography); words one error away with another first letter.
    """
    near = (
        _near(word, lexicons)
        or _begun([word], lexicons)
        or _begun({stems.stem(word, name) for each in lexicons for name in each.algorithms}, lexicons)
        or _near(word, lexicons, any_first=True)
    )
    parts, common = _parts(word, lexicons)
    if not near and not parts:
        return None
    as_parts = bool(parts) and (not near or common >= near[0][1])
    return Guess(tuple(name for name, _ in near), parts, " ".join(parts) if as_parts else near[0][0])


def known_part(letters: str, loose: Sequence[bool], common: Sequence[int]) -> str | None:
    """The longest part of a run of letters whose pairs all occur, of equal ones the rarest; None where the run may.

    So a compound that nobody writes is found by one of its words, and a loanword in another spelling by what is spelled
    alike. Of Han two letters are enough, of others three. `loose` and `common` go by pair: whether it may be missing
    beside others, and how many deals have it.
    """
    beside = zip(common, loose, (0, *common[:-1]), (*common[1:], 0), strict=True)
    if all(here or (may_miss and before and behind) for here, may_miss, before, behind in beside):
        return None
    parts: list[tuple[int, int, str]] = []
    for known, group in groupby(range(len(common)), lambda at: common[at] > 0):
        places = list(group)
        part = letters[places[0] : places[-1] + 2]
        if known and (len(part) > 2 or text.is_han_pair(part)):
            parts.append((len(part), -min(common[at] for at in places), part))
    return max(parts)[2] if parts else None


def instead(words: Sequence[str], lexicons: Sequence[Lexicon]) -> tuple[tuple[str, str], ...]:
    """Of words that occur, those that are a typing error away from a much commoner one, and that."""
    found: list[tuple[str, str]] = []
    for word in words:
        own = _df(word, lexicons) if may_be_mistyped(word) else 0
        near = _near(word, lexicons) if own else []
        if near and near[0][1] > _MUCH_COMMONER * own:
            found.append((word, near[0][0]))
    return tuple(found)


def _near(word: str, lexicons: Sequence[Lexicon], *, any_first: bool = False) -> list[tuple[str, int]]:
    """The words at the least distance that finds any other than itself, with how many deals have them."""
    most = 1 if len(word) < _TWO_ERRORS_FROM or any_first else 2
    found = [
        (lexicon, token, errors)
        for lexicon in lexicons
        for token, errors in lexicon.near(word, most, any_first=any_first)
        if errors
    ]
    least = min((errors for _, _, errors in found), default=0)
    return _commonest((lexicon, token) for lexicon, token, errors in found if errors == least)


def _begun(beginnings: Iterable[str], lexicons: Sequence[Lexicon]) -> list[tuple[str, int]]:
    """The words that begin so, with how many deals have them."""
    long = [each for each in beginnings if len(each) >= _ONE_ERROR_FROM]
    runs = [(lexicon, lexicon.beginning(each)) for lexicon in lexicons for each in long]
    return _commonest((lexicon, token) for lexicon, run in runs for token in range(*run))


def _commonest(found: Iterable[tuple[Lexicon, int]]) -> list[tuple[str, int]]:
    counts: defaultdict[str, int] = defaultdict(int)
    for lexicon, token in found:
        counts[lexicon.surface(token)] += lexicon.df(token)
    meant = [item for item in counts.items() if item[0] not in STOP_WORDS]
    return sorted(meant, key=lambda item: (-item[1], item[0]))[:_MOST_NEAR]


def _parts(word: str, lexicons: Sequence[Lexicon]) -> tuple[tuple[str, ...], int]:
    """The two words that make up this one, of which the rarer is commonest, and how common that is."""
    best: tuple[tuple[str, ...], int] = ((), 0)
    for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        common = _df(word[:at], lexicons)
        if common > best[1]:
            common = min(common, _df(word[at:], lexicons))
        if common > best[1]:
            best = ((word[:at], word[at:]), common)
    return best


def _df(word: str, lexicons: Sequence[Lexicon]) -> int:
    return sum(lexicon.df(token) for lexicon in lexicons if (token := lexicon.find(word)) >= 0)
