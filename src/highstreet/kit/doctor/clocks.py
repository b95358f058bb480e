"""The clocks: the machine's, the database server's, and the one that tests move."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from highstreet.kit.clock import Clock, SystemClock
from highstreet.kit.database import Transaction
from highstreet.kit.doctor.checks import MachineCheck, ServerCheck, Verdict, fail, ok, warn
from highstreet.kit.settings import Settings

_APART: Final = timedelta(seconds=2)
_FAR_APART: Final = timedelta(minutes=1)
_MOVED: Final = timedelta(seconds=1)

_SERVER_TIME: Final = "SELECT query_start AS at FROM pg_catalog.pg_stat_activity WHERE pid = pg_backend_pid()"
"""The server notes the beginning of each query; no statement of ours asks it for the time."""


class _Instant(msgspec.Struct, frozen=True):
    at: datetime


def judge_server_clock(ahead: timedelta) -> Verdict:
    """`ahead` is the server's clock less the machine's. Jobs compare both to tell which worker is dead."""
    seconds = abs(ahead.total_seconds())
    if abs(ahead) < _APART:
        return ok("The clocks of the machine and of the database server agree.")
    told = (
        f"The database server's clock is {seconds:.0f} seconds {'ahead of' if ahead > timedelta() else 'behind'} ours."
    )
    advice = "let both machines take the time from NTP"
    return fail(told, advice) if abs(ahead) >= _FAR_APART else warn(told, advice)


def judge_house_clock(ahead: timedelta, advice: str) -> Verdict:
    """`ahead` is the house's clock less the machine's."""
    if abs(ahead) < _MOVED:
        return ok("The house goes by the machine's clock.")
    way = "ahead of" if ahead > timedelta() else "behind"
    whole = timedelta(seconds=round(abs(ahead).total_seconds()))
    return warn(f"The test clock was moved: it is {whole} {way} the machine's.", advice)


async def _server_clock(tx: Transaction) -> Verdict:
    clock = SystemClock()
    before = clock.now()
    told = await tx.fetch_one(_Instant, _SERVER_TIME)
    after = clock.now()
    assert told is not None
    # It was asked at some instant between the two, so that a slow network does not pass for a wrong clock.
    return judge_server_clock(told.at - min(max(told.at, before), after))


def _house_clock(settings: Settings, clock: Clock) -> Verdict:
    return judge_house_clock(
        clock.now() - SystemClock().now(), f"remove {settings.data_dir / 'clock'} to go by the machine's clock again"
    )


CHECKS: Final = (MachineCheck("test clock", _house_clock), ServerCheck("server clock", _server_clock))
