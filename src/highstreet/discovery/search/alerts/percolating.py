"""Deals that went live or changed are held against the saved searches, and each match is recorded once.

Everything of one step commits together: which deals were looked at, what they matched, and the facts that say so. A
process that dies in the middle has done nothing, and the next one begins where it began.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Final

from highstreet.discovery.search import repository
from highstreet.discovery.search.alerts.matching import matches
from highstreet.discovery.search.alerts.standing import Standing
from highstreet.discovery.search.language.widening import Widening
from highstreet.discovery.search.repository import Matched
from highstreet.discovery.search.saved import MATCHED
from highstreet.discovery.search.store.tables import Tables, read_tables
from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.outbox import Happening
from highstreet.kit.threads import in_thread
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.changes import ChangeCursor

STEP_DEALS: Final = 500
_MOVE_AFTER: Final = timedelta(minutes=1)
_LOOK_FOR_REMOVED_S: Final = 60.0
_SPARE_TEXTS: Final = 1000


@dataclass(slots=True)
class Held:
    """The saved searches in the memory of one process, as the database had them at `since`."""

    standing: Standing
    since: ChangeCursor
    tables: Tables
    widening: Widening
    compared_at: float


class Percolator:
    """One a process. Of several one at a time takes a step, and it does not matter which."""

    def __init__(self, step_deals: int = STEP_DEALS) -> None:
        self._step_deals = step_deals
        self._held: Held | None = None

    async def step(self, tx: Transaction) -> int:
        """Hold the next deals that changed against the saved searches; how many these were. Needs the system role.

        What was live before the first step is matched when it changes.
        """
        position = await repository.matched(tx)
        # Taken before the saved searches are read: who saved one before a deal changed is told of it.
        present = await catalog.present(tx)
        if position is None or not await repository.is_past(tx, position.since):
            await repository.keep_matched(tx, Matched(present.snapshot, None, None, tx.now))
            return 0
        until = present.snapshot if position.until is None else position.until
        deals = await catalog.changed_live(
            tx, ChangeCursor(position.since), ChangeCursor(until), position.after, self._step_deals
        )
        if deals:
            held = await self._caught_up(tx)
            work = partial(matches, held.standing, deals, held.tables, held.widening, tx.now)
            pairs = await in_thread(work) if len(held.standing) else []
            told = await repository.insert_matches(tx, pairs) if pairs else []
            await outbox.record_many(
                tx,
                [Happening("saved_search", each.search_id, MATCHED, each) for each in told],
            )
        if len(deals) == self._step_deals:
            await repository.keep_matched(tx, Matched(position.since, until, deals[-1].id, tx.now))
        elif deals or position.until is not None or tx.now - position.moved_at > _MOVE_AFTER:
            await repository.keep_matched(tx, Matched(until, None, None, tx.now))
        return len(deals)

    async def _caught_up(self, tx: Transaction) -> Held:
        """What is held, as the database has it now."""
        held, since, tables = self._held, await catalog.present(tx), await read_tables(tx)
        if held is not None and held.standing.texts > 2 * len(held.standing) + _SPARE_TEXTS:
            held = None  # most texts have no search any more
        if held is None:
            widening = Widening(tables.synonyms, tables.categories)
            held = Held(Standing(widening), since, tables, widening, monotonic())
            for search in await repository.standing_searches(tx):
                held.standing.put(search)
            self._held = held
            return held
        for search in await repository.changed_searches(tx, held.since.snapshot):
            if search.paused or search.expires_at <= tx.now:
                held.standing.drop([search.id])
            else:
                held.standing.put(search)
        held.since = since
        if monotonic() - held.compared_at > _LOOK_FOR_REMOVED_S:
            held.standing.drop(held.standing.ids() - await repository.saved_search_ids(tx))
            held.compared_at = monotonic()
        if (tables.synonyms, tables.categories) != (held.tables.synonyms, held.tables.categories):
            held.widening = Widening(tables.synonyms, tables.categories)
            held.standing.widen(held.widening)
        held.tables = tables
        return held
