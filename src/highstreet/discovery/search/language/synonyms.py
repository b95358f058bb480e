"""Synonyms: what an operator says means the same, or is found as well."""

from collections.abc import Iterator
from itertools import permutations, product

import msgspec


class Synonym(msgspec.Struct, frozen=True):
    """Words or phrases.

    All of `phrases` mean the same; or, where `finds` is given, asking for one of `phrases` also finds those, and not
    the other way round.

    `language`, a tag such as `en`, says how the words are inflected; None: as in any of the languages in use.
    """

    phrases: tuple[str, ...]
    finds: tuple[str, ...] = ()
    language: str | None = None

    def pairs(self) -> Iterator[tuple[str, str]]:
        """What is asked, and what is found as well."""
        return product(self.phrases, self.finds) if self.finds else permutations(self.phrases, 2)
