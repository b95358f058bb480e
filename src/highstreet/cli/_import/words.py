"""How runs are told on a terminal."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from highstreet.market.feeds.domain.runs import RunRecord, RunTold

_STOPPED = {"running": "stopped", "undoing": "half undone"}


def state_of(told: "RunTold") -> str:
    """What the run is doing, as people say it."""
    state = str(told.record.state)
    return state if told.at_work else _STOPPED.get(state, state)


def took(record: "RunRecord") -> str:
    """How long the run took, from its first moment to its last."""
    if record.ended_at is None:
        return ""
    seconds = (record.ended_at - record.started_at).total_seconds()
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def who(record: "RunRecord") -> str:
    """Who gave the command."""
    return "schedule" if record.scheduled else record.os_user or record.actor_kind
