"""Makes the checks, one after the other, and changes nothing."""

import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from random import Random
from typing import Any, Final

import psycopg

from highstreet.kit.clock import Clock, SystemClock
from highstreet.kit.database import SYSTEM, Transaction, open_database, server_name
from highstreet.kit.doctor.checks import (
    Check,
    Finding,
    HouseCheck,
    MachineCheck,
    OutsideCheck,
    ServerCheck,
    Verdict,
    fail,
    ok,
)
from highstreet.kit.errors import HighstreetError
from highstreet.kit.settings import Settings

DATABASE: Final = "database"
"""The check that all others of the database stand on; it is made by connecting."""

LOOK_WITHIN_S: Final = 20.0
"""How long a look at something outside may take."""

_FIRST = "put right what failed above, then look again"


async def examine(
    checks: Sequence[Check], settings: Settings, clock: Clock, rng: Random, database: str | Verdict
) -> list[Finding]:
    """A finding for each check. `database` is its URL, or the verdict that there is none.

    Where the database cannot be reached, the checks that need it are told as failed, since nobody knows.
    """
    found = [_found(check.name, check.look(settings, clock)) for check in checks if isinstance(check, MachineCheck)]
    outside = (check for check in checks if isinstance(check, OutsideCheck))
    found += await asyncio.gather(*(_look_outside(check, settings, clock) for check in outside))
    server = [check for check in checks if isinstance(check, ServerCheck)]
    house = [check for check in checks if isinstance(check, HouseCheck)]
    if isinstance(database, Verdict):
        found.append(_found(DATABASE, database))
        return [*found, *(_unknown(check) for check in (*server, *house))]
    try:
        found += await _ask_server(server, database)
    except psycopg.OperationalError as problem:
        reason = str(problem).strip().splitlines()[-1].strip()
        verdict = fail(
            f"The database {server_name(database)} does not answer: {reason}",
            "start PostgreSQL, or correct HIGHSTREET_DATABASE_URL",
        )
        return [*found, _found(DATABASE, verdict), *(_unknown(check) for check in (*server, *house))]
    try:
        async with open_database(database, clock, rng, max_connections=1) as opened:
            return [*found, *[await _look(check, opened.system()) for check in house]]
    except HighstreetError:  # what stands against it has its own finding already
        return [*found, *(_unknown(check) for check in house)]


async def _look_outside(check: OutsideCheck, settings: Settings, clock: Clock) -> Finding:
    try:
        async with asyncio.timeout(LOOK_WITHIN_S):
            verdict = await check.look(settings, clock)
    except TimeoutError:
        verdict = fail(f"Nothing answered within {LOOK_WITHIN_S:.0f} seconds.", "see what holds it up, then look again")
    return _found(check.name, verdict)


async def _ask_server(checks: Sequence[ServerCheck], url: str) -> list[Finding]:
    async with await psycopg.AsyncConnection[Any].connect(url, connect_timeout=5, autocommit=True) as connection:
        tx = Transaction(connection, SYSTEM, SystemClock().now(), Random(0))
        answers = _found(DATABASE, ok(f"The database {server_name(url)} answers."))
        return [answers, *[await _look(check, contextlib.nullcontext(tx)) for check in checks]]


async def _look(check: ServerCheck | HouseCheck, transaction: AbstractAsyncContextManager[Transaction]) -> Finding:
    try:
        async with transaction as tx:
            verdict = await check.look(tx)
    except (HighstreetError, psycopg.Error) as problem:  # a table that a migration has yet to make, a missing right
        reason = str(problem).splitlines()[0].removesuffix(".")
        verdict = fail(f"Nobody could look at this: {reason}.", _FIRST)
    return _found(check.name, verdict)


def _found(name: str, verdict: Verdict) -> Finding:
    return Finding(name, verdict.level, verdict.says, verdict.advice)


def _unknown(check: ServerCheck | HouseCheck) -> Finding:
    return _found(check.name, fail("Nobody could look at this without the database.", _FIRST))
