"""The synonyms that an operator added, and the shipped ones that do not hold here."""

from collections.abc import Sequence

import msgspec

from highstreet.discovery.search.language.synonyms import Synonym
from highstreet.kit.database import Transaction


class Change(msgspec.Struct, frozen=True):
    """How the synonyms here differ from the shipped ones: this one holds as well, or does not hold."""

    key: str
    phrases: list[str]
    finds: list[str]
    language: str | None
    holds: bool

    @property
    def synonym(self) -> Synonym:
        return Synonym(phrases=tuple(self.phrases), finds=tuple(self.finds), language=self.language)


async def changes(tx: Transaction) -> list[Change]:
    """All of them, those made first before the others."""
    return await tx.fetch_all(Change, "SELECT key, phrases, finds, language, holds FROM search.synonyms ORDER BY id")


async def insert(tx: Transaction, synonyms: Sequence[Synonym], *, holds: bool) -> None:
    """Put down that these hold, or do not; what is down already stays as it is."""
    ids = tx.new_ids()
    await tx.execute_many(
        """
        INSERT INTO search.synonyms (id, key, phrases, finds, language, holds, added_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (key) DO NOTHING
        """,
        [
            (next(ids), each.key, list(each.phrases), list(each.finds), each.language, holds, tx.now)
            for each in synonyms
        ],
    )


async def delete(tx: Transaction, keys: Sequence[str]) -> None:
    await tx.execute("DELETE FROM search.synonyms WHERE key = ANY(%s)", [list(keys)])
