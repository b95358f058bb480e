"""Parquet: the columns that are wanted, written down as JSON Lines by a process that may fail, then read like those."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.kit.threads import on_stop
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.readers import json_lines
from highstreet.market.feeds.readers.limits import (
    MAX_FILE_BYTES,
    MAX_PARQUET_MEMORY_BYTES,
    MAX_PARQUET_SECONDS,
    MAX_RATIO,
    RATIO_FROM_BYTES,
)

_MAGIC = b"PAR1"
_LOCKED = b"PARE"
_PATIENCE_S = 30.0
"""How much longer than its processor time the process may take, on a machine that does other things as well."""


class Request(msgspec.Struct, frozen=True):
    """What to read, and how much of it. `file` and `rows` are names in `folder`; nothing else can be reached."""

    folder: str
    file: str
    rows: str
    wanted: list[str] | None
    """The columns and members that matter, such as `a.b`; None is all but binary data."""
    max_bytes: int
    """Of what is written to `rows`."""
    max_memory_bytes: int
    max_seconds: int
    """Of processor time."""


class Answer(msgspec.Struct, frozen=True):
    """What the file has, or why nothing of it can be used. Rows are written once all that is wanted is there."""

    columns: list[str] = []
    """Columns and members by the names of JSON: `a.b` is member b of a, `a.0` the first of a list."""
    refused: str | None = None


def unpack(copy: Path, name: str, wanted: list[str] | None) -> tuple[Path, list[str]]:
    """JSON Lines beside `copy` with the `wanted` columns as text, and the names of all columns and members.

    Nothing is written unless the file has all of them. Raises InvalidInput with one sentence that begins with `name`.
    """
    _check_ends(copy, name)
    target = copy.with_name("rows")
    request = Request(
        folder=str(copy.parent),
        file=copy.name,
        rows=target.name,
        wanted=wanted,
        max_bytes=min(MAX_FILE_BYTES, max(RATIO_FROM_BYTES, copy.stat().st_size * MAX_RATIO)),
        max_memory_bytes=MAX_PARQUET_MEMORY_BYTES,
        max_seconds=MAX_PARQUET_SECONDS,
    )
    answer = _answer(request)
    if answer is None:
        limits = f"{MAX_PARQUET_SECONDS} seconds or {MAX_PARQUET_MEMORY_BYTES // 2**20:,} MiB"
        raise InvalidInput.at(name, f"is damaged, or would take more than {limits} to read")
    if answer.refused is not None:
        raise InvalidInput.at(name, answer.refused)
    return target, answer.columns


def rows(written: Path, name: str) -> Iterator[Row | Reject]:
    """Every row, numbered in the file's own order."""
    return json_lines.rows(written, name)


def _check_ends(copy: Path, name: str) -> None:
    with copy.open("rb") as source:
        start = source.read(len(_MAGIC))
        source.seek(-min(len(_MAGIC), copy.stat().st_size), 2)
        end = source.read()
    if _LOCKED in {start, end}:
        raise InvalidInput.at(name, "is encrypted; write it without encryption")
    if start != _MAGIC:
        raise InvalidInput.at(name, "is not a Parquet file: it does not begin like one")
    if end != _MAGIC:
        raise InvalidInput.at(name, "is cut short: a Parquet file ends with its list of columns; fetch it again")


def _answer(request: Request) -> Answer | None:
    """What the process answers; None if it ended without a word, as damage may make it do."""
    command = [sys.executable, "-P", "-m", "highstreet.market.feeds.readers.parquet_child"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    watch = Timer(request.max_seconds + _PATIENCE_S, process.kill)
    watch.start()
    try:
        with on_stop(process.kill):
            answer = _asked(process, request)
    finally:
        watch.cancel()
        watch.join()
        process.kill()
        process.wait()
    try:
        return msgspec.json.decode(answer, type=Answer)
    except msgspec.DecodeError:
        return None


def _asked(process: subprocess.Popen[bytes], request: Request) -> bytes:
    """What it says. Its input stays open meanwhile: the end of it tells the process that nobody waits any more."""
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout as answer:
        try:
            with process.stdin as question:
                question.write(msgspec.json.encode(request) + b"\n")
                question.flush()
                return answer.read()
        except BrokenPipeError:
            return b""
