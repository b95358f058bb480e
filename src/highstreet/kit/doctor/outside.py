"""What stands outside of the program and its database: where mail, blobs and traces go."""

import asyncio
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Final, TypeVar
from urllib.parse import urlsplit

from highstreet.kit import smtp
from highstreet.kit.blobs import Blobs, directory_of, open_blobs
from highstreet.kit.clock import Clock
from highstreet.kit.doctor.checks import OutsideCheck, Verdict, fail, ok, warn
from highstreet.kit.doctor.disk import judge_space
from highstreet.kit.errors import HighstreetError, NotFound
from highstreet.kit.settings import Environment, Settings

T = TypeVar("T")

_WORD_S: Final = 5.0
"""How long a server may take for one answer."""
_BLOBS_WORK: Final = "correct HIGHSTREET_BLOBS_URL and what belongs to it, or put right what stands there"


async def _mail(settings: Settings, clock: Clock) -> Verdict:
    del clock
    if settings.smtp_url is None:
        told = "No mail can be sent: HIGHSTREET_SMTP_URL is not set."
        return warn(told, f"set it to {smtp.LOOKS_LIKE}") if settings.env is Environment.PRODUCTION else ok(told)
    address = smtp.parse(settings.smtp_url.reveal())
    try:
        await _aside(lambda: smtp.try_out(address, _WORD_S))
    except HighstreetError as problem:
        return fail(f"{problem}.", "correct HIGHSTREET_SMTP_URL, or put the mail server right")
    if address.encryption is smtp.Encryption.NONE:
        told = f"The mail server {address.place} would take mail, unencrypted."
        return ok(told) if settings.env is not Environment.PRODUCTION else warn(told, "use one that has TLS")
    return ok(f"The mail server {address.place} would take mail{', and the login is right' if address.user else ''}.")


async def _blobs(settings: Settings, clock: Clock) -> Verdict:
    directory = directory_of(settings)
    if directory is not None and not directory.exists():
        standing = next(each for each in directory.parents if each.exists())
        if not os.access(standing, os.W_OK | os.X_OK):
            return fail(f"The directory of blobs {directory} cannot be made in {standing}.", _BLOBS_WORK)
        return ok(f"The directory of blobs {directory} will be made with the first of them.")
    try:
        blobs = open_blobs(settings)
        found = await _probe(blobs, f"A probe of highstreet doctor, {clock.now().isoformat()}, {os.getpid()}".encode())
    except HighstreetError as problem:
        return fail(f"{str(problem).removesuffix('.')}.", _BLOBS_WORK)
    if found is not None or directory is None:
        return found or ok(f"Blobs can be kept in {blobs.place}, read and removed.")
    return judge_directory(directory, directory.stat().st_mode, shutil.disk_usage(directory).free)


def judge_directory(directory: Path, mode: int, free_bytes: int) -> Verdict:
    """Of a directory in which a blob could be kept. `mode` is as `stat` tells it."""
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return warn(f"Others than its owner may write into {directory}.", f"run `chmod go-w {directory}`")
    space = judge_space(free_bytes, directory)
    return space if space.advice else ok(f"Blobs can be kept in {directory}, read and removed.")


async def _probe(blobs: Blobs, data: bytes) -> Verdict | None:
    """Keep a blob, read it, remove it; what is wrong with that, if anything."""
    digest = await blobs.put(data)
    try:
        same = await blobs.get(digest) == data
    except NotFound:
        same = False
    finally:
        await blobs.delete(digest)
    if not same or await blobs.exists(digest):
        return fail(f"{blobs.place} does not keep what it is given, or does not let it go.", _BLOBS_WORK)
    return None


async def _traces(settings: Settings, clock: Clock) -> Verdict:
    del clock
    if settings.traces_url is None:
        return ok("No traces are sent: HIGHSTREET_TRACES_URL is not set.")
    parts = urlsplit(settings.traces_url.reveal())
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    right = "correct HIGHSTREET_TRACES_URL, or start the collector; until then nothing but traces is lost"
    try:
        _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        return warn(f"The collector of traces at {host}:{port} cannot be reached: {reason}.", right)
    from highstreet.kit.trace_export import takes_traces  # noqa: PLC0415 -- only who exports pays for the library

    if not await _aside(lambda: takes_traces(settings)):
        return warn(f"What answers at {host}:{port} does not take traces.", right)
    return ok(f"The collector at {host}:{port} takes traces.")


async def _aside(work: Callable[[], T]) -> T:
    """Run what blocks in a thread that nobody waits for once time is up."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(outcome: T | None, problem: Exception | None) -> None:
        if done.cancelled():
            return
        if problem is not None:
            done.set_exception(problem)
        else:
            done.set_result(outcome)  # pyright: ignore[reportArgumentType] -- there is an outcome where no problem is

    def run() -> None:
        outcome, problem = None, None
        try:
            outcome = work()
        except Exception as failed:  # noqa: BLE001 -- handed to whoever waits
            problem = failed
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, outcome, problem)

    Thread(target=run, daemon=True, name="doctor").start()
    return await done


CHECKS: Final = (OutsideCheck("mail", _mail), OutsideCheck("blobs", _blobs), OutsideCheck("traces", _traces))
