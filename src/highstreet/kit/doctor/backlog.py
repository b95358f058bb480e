"""What waits to be carried or done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from highstreet.kit import jobs, outbox
from highstreet.kit.database import Transaction
from highstreet.kit.doctor.checks import HouseCheck, Verdict, fail, ok, warn
from highstreet.kit.mail import queue as mails
from highstreet.kit.outbox_repository import Standing

_LATE_S: Final = 60.0
_STUCK_S: Final = 3_600.0
_SHOWN_JOBS: Final = 1_000


def judge_letters(standings: Sequence[Standing]) -> Verdict:
    dead = {each.subscriber: each.dead for each in standings if each.dead}
    if dead:
        told = ", ".join(f"{count} for {name}" for name, count in dead.items())
        return warn(
            f"There are dead letters, and facts may wait behind them: {told}.",
            "`highstreet outbox list` says why; put it right, then `highstreet outbox replay --all`",
        )
    return ok("There are no dead letters.")


def judge_backlog(standings: Sequence[Standing], now: datetime) -> Verdict:
    """Facts wait some tenths of a second where a worker runs. Behind dead letters they wait for a person instead."""
    moving = [each for each in standings if each.pending and not each.dead]
    late = max((outbox.seconds_behind(each, now) for each in moving), default=0.0)
    waiting = sum(each.pending for each in standings)
    if late > _LATE_S:
        told = f"{waiting} deliveries wait, the oldest for {late:.0f} seconds."
        advice = "see that `highstreet worker` runs, and what it logs"
        return fail(told, advice) if late > _STUCK_S else warn(told, advice)
    return ok(f"{waiting} deliveries wait." if waiting else "Every fact is delivered.")


def judge_jobs(failed: int) -> Verdict:
    if failed:
        count = f"{failed} or more" if failed == _SHOWN_JOBS else str(failed)
        return warn(
            f"{count} jobs failed for good.",
            "`highstreet jobs list --status=failed` names them; put it right, then `highstreet jobs retry`",
        )
    return ok("No job has failed for good.")


def judge_mails(refused: int) -> Verdict:
    if refused:
        count = f"{refused} or more" if refused == _SHOWN_JOBS else str(refused)
        return warn(
            f"{count} mails were refused.", "`highstreet mail list --state=refused` says to whom, and by what code"
        )
    return ok("No mail was refused.")


async def _letters(tx: Transaction) -> Verdict:
    return judge_letters(await outbox.standing(tx))


async def _backlog(tx: Transaction) -> Verdict:
    return judge_backlog(await outbox.standing(tx), tx.now)


async def _jobs(tx: Transaction) -> Verdict:
    return judge_jobs(len(await jobs.waiting(tx, status="failed", limit=_SHOWN_JOBS)))


async def _mails(tx: Transaction) -> Verdict:
    return judge_mails(len(await mails.records(tx, state="refused", limit=_SHOWN_JOBS)))


CHECKS: Final = (
    HouseCheck("outbox backlog", _backlog),
    HouseCheck("dead letters", _letters),
    HouseCheck("failed jobs", _jobs),
    HouseCheck("refused mail", _mails),
)
