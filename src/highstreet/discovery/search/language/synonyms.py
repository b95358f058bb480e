"""Synonyms: what an operator says means the same, or is found as well.

They are written as lines of text, much as other search engines have them:

    [en]
    mani, manicure
    spa => sauna, hammam

A line of commas says that each of these finds the others; `=>`, that asking for what stands left of it also finds what
stands right of it. A language in brackets holds for what follows: how its words are inflected. `[*]` is any language.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from itertools import groupby, permutations, product

import msgspec

from highstreet.discovery.search.language import text
from highstreet.kit.errors import FieldProblem, InvalidInput

MOST_SYNONYMS = 5_000
_MOST_PHRASES = 20
_MOST_WORDS = 8
_LONGEST_PHRASE = 80
_ANY_LANGUAGE = "*"
_HEADING = re.compile(r"\[\s*([^\]\s]*)\s*\]")
_MARKS = (",", "=>", "[", "]", "#")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Synonym(msgspec.Struct, frozen=True):
    """Words or phrases.

    All of `phrases` mean the same; or, where `finds` is given, asking for one of `phrases` also finds those, and not
    the other way round. `language` None: inflected as in any of the languages in use.
    """

    phrases: tuple[str, ...]
    finds: tuple[str, ...] = ()
    language: str | None = None

    @property
    def key(self) -> str:
        """By which people call it. Two that say the same in other spellings or another order have the same."""
        sides = [sorted({" ".join(text.asked(phrase)) for phrase in side}) for side in (self.phrases, self.finds)]
        said = msgspec.json.encode([self.language, *sides])
        return hashlib.blake2b(said, digest_size=4).hexdigest()

    def pairs(self) -> Iterator[tuple[str, str]]:
        """What is asked, and what is found as well."""
        return product(self.phrases, self.finds) if self.finds else permutations(self.phrases, 2)

    def __str__(self) -> str:
        phrases = ", ".join(self.phrases)
        return f"{phrases} => {', '.join(self.finds)}" if self.finds else phrases


def checked(synonym: Synonym, field: str = "synonym") -> Synonym:
    """The synonym with its spaces in order. Raises InvalidInput, at `field`, for one that cannot hold."""
    tidy = Synonym(
        phrases=tuple(" ".join(phrase.split()) for phrase in synonym.phrases),
        finds=tuple(" ".join(phrase.split()) for phrase in synonym.finds),
        language=synonym.language,
    )
    message = _problem(tidy)
    if message is not None:
        raise InvalidInput((FieldProblem(field, message),))
    return tidy


def _problem(synonym: Synonym) -> str | None:
    said = (*synonym.phrases, *synonym.finds)
    if not synonym.phrases or len(said) < 2:
        return "needs two words or phrases, such as `mani, manicure`"
    if len(said) > _MOST_PHRASES:
        return f"has {len(said)} words or phrases, and may have {_MOST_PHRASES}"
    if synonym.language is not None and not _LANGUAGE.fullmatch(synonym.language):
        return f"has {synonym.language[:20]!r} for a language, which is not a tag such as en or pt-BR"
    wrong = [problem for problem in map(_problem_of_phrase, said) if problem is not None]
    spelled = [" ".join(text.asked(phrase)) for phrase in said]
    if not wrong and len(set(spelled)) < len(spelled):
        again = next(at for at, words in enumerate(spelled) if words in spelled[:at])
        return f"says {said[again]!r} twice"
    return wrong[0] if wrong else None


def _problem_of_phrase(phrase: str) -> str | None:
    if any(mark in phrase for mark in _MARKS):
        return f"says {phrase!r}; a comma, =>, # and brackets part phrases and are in none"
    if 1 <= len(text.asked(phrase)) <= _MOST_WORDS and len(phrase) <= _LONGEST_PHRASE and phrase.isprintable():
        return None
    return f"says {phrase[:_LONGEST_PHRASE]!r}, not one to {_MOST_WORDS} words of at most {_LONGEST_PHRASE} letters"


def read(lines: str) -> list[Synonym]:
    """Synonyms as they are written in lines, each once. Raises InvalidInput that names each line that cannot hold."""
    found: dict[str, Synonym] = {}
    problems: list[FieldProblem] = []
    language: str | None = None
    for number, line in enumerate(lines.removeprefix("\ufeff").split("\n"), 1):
        said = line.partition("#")[0].strip()
        heading = _HEADING.fullmatch(said)
        if heading:
            language = None if heading[1] == _ANY_LANGUAGE else heading[1]
        elif said:
            left, finds, right = said.partition("=>")
            given = Synonym(phrases=_phrases(left), finds=_phrases(right) if finds else (), language=language)
            try:
                if finds and not given.finds:
                    raise InvalidInput.at(f"line {number}", "finds nothing: there is nothing behind =>")
                synonym = checked(given, f"line {number}")
                found.setdefault(synonym.key, synonym)
            except InvalidInput as refused:
                problems += refused.problems
    if len(found) > MOST_SYNONYMS:
        problems.append(FieldProblem("file", f"has {len(found):,} synonyms, and may have {MOST_SYNONYMS:,}"))
    if problems:
        raise InvalidInput(tuple(problems[:_MOST_PHRASES]))
    return list(found.values())


def _phrases(said: str) -> tuple[str, ...]:
    return tuple(phrase for part in said.split(",") if (phrase := part.strip()))


def written(synonyms: Iterable[Synonym]) -> str:
    """Synonyms as lines, which `read` understands."""
    in_order = sorted(synonyms, key=lambda synonym: (synonym.language or _ANY_LANGUAGE, str(synonym)))
    parts = [
        f"[{language}]\n" + "".join(f"{synonym}\n" for synonym in group)
        for language, group in groupby(in_order, key=lambda synonym: synonym.language or _ANY_LANGUAGE)
    ]
    return "\n".join(parts)


@cache
def shipped() -> dict[str, Synonym]:
    """What every installation starts with, by key: what means the same among local deals, in English and Spanish."""
    lines = (
        resources.files("highstreet.discovery.search.language")
        .joinpath("data", "synonyms.txt")
        .read_text(encoding="utf-8")
    )
    return {synonym.key: synonym for synonym in read(lines)}
