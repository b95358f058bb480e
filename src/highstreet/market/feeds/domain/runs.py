"""Runs: each import of a feed as a record, and what it did."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

import msgspec

from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportOutcome
from highstreet.market.feeds.domain.rows import Reject

GUARDED_DEALS = 20
"""From so many standing deals on, a run that would end more than half of them ends none unless it is told to."""

KEPT_REJECTS = 10_000
"""How many refused rows of a run are kept; all are counted."""


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    """At work, or killed at work: then the same import goes on where it was."""
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Killed at work, and another import came instead."""
    UNDOING = "undoing"
    UNDONE = "undone"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants an import, and by what name they call its mapping."""

    os_user: str | None = None
    """The operating system's name of whoever gave the command."""
    mapping_name: str | None = None
    scheduled: bool = False


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has done so far. Every row that is done is new, changed, the same or rejected."""

    rows_done: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_same: int = 0
    rows_rejected: int = 0
    rows_over: int = 0
    """How many of the accepted deals are over, so that nobody finds them."""
    deals_vanished: int = 0
    """How many deals were ended because the feed no longer states them."""
    deals_spared: int = 0
    """How many would have been, had it been sure that they are gone."""
    by_reach: dict[str, int] = {}
    """Accepted deals by where they can be used."""
    rejected_by_field: dict[str, int] = {}

    @property
    def accepted(self) -> int:
        return self.rows_new + self.rows_changed + self.rows_same

    @property
    def written(self) -> int:
        """How many deals the run made, changed or ended."""
        return self.rows_new + self.rows_changed + self.deals_vanished

    def after(
        self, deals: Iterable[ImportedDeal], outcome: ImportOutcome, rejects: Iterable[Reject], now: datetime
    ) -> "Counts":
        """The counts with one more batch; `now` is the run's."""
        reaches, fields = Counter(self.by_reach), Counter(self.rejected_by_field)
        accepted = list(deals)
        refused = Counter(each.field or "row" for each in rejects)
        reaches.update(str(deal.reach) for deal in accepted)
        fields.update(refused)
        assert outcome.new + outcome.changed + outcome.same == len(accepted), "an accepted deal is one of these"
        return Counts(
            rows_done=self.rows_done + len(accepted) + refused.total(),
            rows_new=self.rows_new + outcome.new,
            rows_changed=self.rows_changed + outcome.changed,
            rows_same=self.rows_same + outcome.same,
            rows_rejected=self.rows_rejected + refused.total(),
            rows_over=self.rows_over + sum(deal.state_at(now) is DealState.ENDED for deal in accepted),
            deals_vanished=self.deals_vanished,
            deals_spared=self.deals_spared,
            by_reach=dict(sorted(reaches.items())),
            rejected_by_field=dict(sorted(fields.items())),
        )


class RunRecord(Counts, frozen=True, kw_only=True):
    """One import of a feed."""

    id: UUID
    number: int
    feed: str
    state: RunState
    replays: UUID | None
    """The run whose rejects it read again."""
    scheduled: bool
    actor_kind: str
    actor_id: UUID | None
    os_user: str | None
    source: str
    """The name of the file, or the address without its query."""
    source_sha256: str | None
    """Of the file's content, unpacked; None where it could not be read."""
    mapping_name: str | None
    mapping: str
    """The mapping, in JSON."""
    mapping_sha256: str
    shift_dates: bool
    shifted_days: int
    started_at: datetime
    ended_at: datetime | None
    undone_at: datetime | None
    rows_total: int | None
    error: str | None

    def counts(self) -> Counts:
        return Counts(**{name: getattr(self, name) for name in Counts.__struct_fields__})


class RunTold(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and whether it is at work: one that runs and is not at work was killed, and can be gone on with."""

    record: RunRecord
    at_work: bool


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or with `dry_run` would do. `accepted` is new, changed and same together."""

    run: int | None
    """The number of the run; None for a dry run."""
    continued_at: int
    """How many rows a run that was killed had done before; 0 for one that began now."""
    feed: str
    source: str
    """The name of the file, or the address without its query."""
    rows: int
    accepted: int
    rejected: int
    new: int
    changed: int
    same: int
    vanished: int
    """How many deals were ended because the feed no longer states them."""
    spared: int
    """How many would have been, had it been sure that they are gone."""
    by_reach: dict[str, int]
    """Accepted deals by where they can be used."""
    rejected_by_field: dict[str, int]
    ended: int
    """How many of the accepted deals are over, so that nobody finds them."""
    shifted_days: int
    dry_run: bool
    found: dict[str, str]
    """What the mapping left open about the file and was found in it, where that is not the usual: keys of `[file]`."""
    never_stated: list[str]
    """Mapped fields that no row states, where the file does not say beforehand what its rows may state."""


class RefusedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that a run refused, as it is kept and as people mend it."""

    row: int
    """Its place in the file; the first is 1."""
    line: int
    field: str | None
    value: str | None
    reason: str
    same_key_as: int | None = None
    """The line of the row that had its key, if that is why it was refused."""
    cells: dict[str, str | None] | None
    """What the row states; None if it could not be taken apart, or is too large to be kept."""

    @classmethod
    def of(
        cls, row: int, reject: Reject, cells: dict[str, str | None] | None, *, same_key_as: int | None = None
    ) -> Self:
        """The refused row `row` with what it states."""
        return cls(
            row=row,
            line=reject.line,
            field=reject.field,
            value=reject.value,
            reason=reject.reason,
            same_key_as=same_key_as,
            cells=cells,
        )


class KeptSince(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an undo left as it is, because people changed it after the run."""

    subject_id: UUID
    reason: str


class UndoSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What undoing a run did."""

    run: int
    feed: str
    removed: int
    """New deals that left the catalogue."""
    restored: int
    """Changed deals that say again what they said."""
    revived: int
    """Ended deals that stand again where they stood."""
    kept: list[KeptSince]
