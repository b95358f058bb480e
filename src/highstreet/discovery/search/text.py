"""The terms of a question, as the scan reads them."""

from itertools import pairwise

import msgspec

from highstreet.discovery.search.language.questions import MAX_TERMS, MIN_PREFIX, STOP_WORDS
from highstreet.discovery.search.language.text import asked, is_han_pair, is_run, link_words, stored, words

__all__ = ["Run", "Term", "link_words", "singular", "stored", "terms", "words"]


class Term(msgspec.Struct, frozen=True):
    """One word of a question: a stored token equals `token`, or begins with `prefix` where that is not None."""

    token: str
    prefix: str | None


class Run(msgspec.Struct, frozen=True):
    """Letters of a question that stand together in a script without spaces: all their pairs must be stored.

    Of four letters or more, a pair of Han that is `loose` may be missing when those beside it are there: two words of
    two letters each are often typed as one.
    """

    letters: str

    @property
    def pairs(self) -> tuple[str, ...]:
        """Empty for a letter alone, which is found wherever it stands."""
        return tuple(map("".join, pairwise(self.letters)))

    @property
    def loose(self) -> tuple[bool, ...]:
        last = len(self.letters) - 2
        return tuple(0 < place < last and is_han_pair(pair) for place, pair in enumerate(self.pairs))


def singular(word: str) -> str:
    """A word without a plural ending of English or, mostly, Spanish: `cities` city, `classes` class, `tacos` taco."""
    if len(word) <= 3 or word[-1] != "s" or word[-2] in "sui":
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


def terms(text: str) -> tuple[Term | Run, ...]:
    """What a question asks for. Words that carry no meaning are left out, unless there are no others."""
    found = asked(text)
    meant = [word for word in found if word not in STOP_WORDS] or found
    last = meant[-1] if meant and meant[-1] == found[-1] else None
    prefix = last if last is not None and len(last) >= MIN_PREFIX and not text[-1].isspace() else None
    distinct = dict.fromkeys(singular(word) for word in meant[:MAX_TERMS])
    last_token = singular(last) if last is not None else None
    return tuple(
        Run(token) if is_run(token) else Term(token, prefix if token == last_token else None) for token in distinct
    )
