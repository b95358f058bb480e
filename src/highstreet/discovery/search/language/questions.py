"""A question taken apart: its words, what stands in quotation marks, and what a sign glues together."""

import re

import msgspec

from highstreet.discovery.search.language import text

MIN_PREFIX = 4
"""From this length on, the last word of a question also matches words that begin with it: `pizz` finds pizza, while
`spa` does not find spaghetti."""
MAX_TERMS = 12
"""Words beyond this many are not looked at; a longer question names a deal by its whole title."""

STOP_WORDS = frozenset(
    {
        *("a", "an", "and", "at", "by", "for", "from", "in", "near", "of", "on", "or", "the", "to", "with"),
        *("al", "cerca", "con", "de", "del", "el", "en", "la", "las", "los", "o", "para", "por", "un", "una", "y"),
    }
)

_MARKS = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f\uff02'
_QUOTED = re.compile(f"[{_MARKS}]([^{_MARKS}]*)[{_MARKS}]")
_GLUED = re.compile(r"(?<![^\W_])([^\W_]{1,2}(?:[-\u2010\u2011]|\s?&\s?)[^\W_]+)(?![^\W_])")
"""`t-shirt`, `b&b`, `3-course`: a short word and what follows it are one thing."""


class Part(msgspec.Struct, frozen=True):
    """Something that a deal must have. Several words stand side by side in it.

    `quoted`: as it is written, and nothing that means the same. `unfinished`: may be the beginning of a word.
    """

    words: tuple[str, ...]
    quoted: bool = False
    unfinished: bool = False

    @property
    def plain(self) -> str | None:
        """The one word of a part that is no phrase."""
        return None if self.quoted or len(self.words) != 1 else self.words[0]


def parts(question: str) -> tuple[Part, ...]:
    """What a question asks for. Words that carry no meaning are left out, unless there are no others."""
    found = _found(question)
    meant = [part for part in found if part.plain not in STOP_WORDS] or found
    whole = list(dict.fromkeys(meant))
    kept: list[Part] = []
    room = MAX_TERMS
    for part in whole:
        if not room:
            break
        kept.append(Part(part.words[:room], part.quoted))
        room -= len(kept[-1].words)
    last = found[-1].plain if found and not question[-1].isspace() else None
    if last is not None and len(last) >= MIN_PREFIX and not text.is_run(last) and kept[-1].plain == last:
        kept[-1] = Part(kept[-1].words, unfinished=True)
    return tuple(kept)


def _found(question: str) -> list[Part]:
    found: list[Part] = []
    for at, piece in enumerate(_QUOTED.split(question)):
        if at % 2:
            found += [Part(side_by_side(piece), quoted=True)] if text.words(piece) else []
            continue
        for place, plain in enumerate(_GLUED.split(piece)):
            spelled = text.asked(plain)
            found += [Part(tuple(spelled))] if place % 2 and len(spelled) > 1 else [Part((word,)) for word in spelled]
    return found


def side_by_side(piece: str) -> tuple[str, ...]:
    """As it is stored, but for the letter that stands behind the last pair of a run."""
    stored = tuple(text.stored(piece))
    return stored[:-1] if len(stored) > 1 and text.is_run(stored[-1]) and len(stored[-1]) == 1 else stored
