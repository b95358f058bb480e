"""Looking after the synonyms: the shipped ones, less those taken back here, and those that the operator added."""

from collections.abc import Sequence

from highstreet.discovery.search import repository
from highstreet.discovery.search.language.synonyms import MOST_SYNONYMS, Synonym, checked, shipped
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, NotFound


async def synonyms(tx: Transaction) -> tuple[Synonym, ...]:
    """All that hold now, by which questions are widened: the shipped ones first."""
    changes = {change.key: change for change in await repository.synonym_changes(tx)}
    kept = [synonym for key, synonym in shipped().items() if key not in changes]
    return (*kept, *(change.synonym for change in changes.values() if change.holds))


async def add_synonym(tx: Transaction, synonym: Synonym) -> Synonym:
    """Let a synonym hold. Raises InvalidInput for one that cannot be, Conflict if it holds already."""
    tidy = checked(synonym)
    held = await synonyms(tx)
    if tidy.key in {each.key for each in held}:
        raise Conflict(f"{tidy} is among the synonyms already, as {tidy.key}.")
    if len(held) >= MOST_SYNONYMS:
        raise Conflict(f"There are {MOST_SYNONYMS:,} synonyms, which is as many as there may be; remove one first.")
    await _hold(tx, [tidy])
    return tidy


async def remove_synonym(tx: Transaction, key: str) -> Synonym:
    """Let a synonym hold no longer, be it shipped or added here. Raises NotFound."""
    for synonym in await synonyms(tx):
        if synonym.key == key:
            await _drop(tx, [synonym])
            return synonym
    raise NotFound(f"No synonym is called {key!r}; `highstreet search synonyms list` shows those that there are.")


async def put_synonyms(tx: Transaction, wanted: Sequence[Synonym], *, replace: bool) -> tuple[int, int]:
    """Let these hold as well; or, to `replace`, these and no others. How many came and how many went."""
    held = {synonym.key: synonym for synonym in await synonyms(tx)}
    given = {synonym.key: synonym for synonym in map(checked, wanted)}
    come = [synonym for key, synonym in given.items() if key not in held]
    gone = [synonym for key, synonym in held.items() if key not in given] if replace else []
    if len(held) + len(come) - len(gone) > MOST_SYNONYMS:
        raise Conflict(f"With these there would be more than {MOST_SYNONYMS:,} synonyms; nothing was changed.")
    await _drop(tx, gone)
    await _hold(tx, come)
    return len(come), len(gone)


async def _hold(tx: Transaction, come: Sequence[Synonym]) -> None:
    """A shipped one that was taken back holds again; any other is put down."""
    await repository.delete_synonyms(tx, [synonym.key for synonym in come])
    await repository.insert_synonyms(tx, [synonym for synonym in come if synonym.key not in shipped()], holds=True)


async def _drop(tx: Transaction, gone: Sequence[Synonym]) -> None:
    await repository.delete_synonyms(tx, [synonym.key for synonym in gone])
    await repository.insert_synonyms(tx, [synonym for synonym in gone if synonym.key in shipped()], holds=False)
