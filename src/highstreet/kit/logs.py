"""Logs: one line an event, JSON for machines, readable at a terminal; the libraries' own lines in the same form.

What must never be in a line: secrets, query strings, addresses of visitors. `_hide_secrets` is the last guard, not the
first; whoever logs names only what an operator needs.
"""

import contextlib
import json
import logging
import sys
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import Final, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from highstreet.kit import tracing
from highstreet.kit.settings import LogFormat, Secret

_SECRET_WORDS: Final = ("password", "secret", "token", "authorization", "cookie", "api_key")
_HIDDEN: Final = "***"

_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_encode_plain: Final = msgspec.json.Encoder().encode
_encode: Final = json.JSONEncoder(default=repr).encode


def configure_logs(log_format: LogFormat | None = None, stream: TextIO | None = None) -> None:
    """Send every log line of the process to `stream`, standard error by default.

    Without a `log_format`, a terminal gets readable lines and anything else JSON. Call it once, before the first line.
    """
    target = stream or sys.stderr
    readable = log_format is LogFormat.CONSOLE or (log_format is None and target.isatty())
    ending: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=target.isatty())]
        if readable
        else [structlog.processors.format_exc_info, _as_json]
    )
    _paper.stream, _paper.ending = target, ending
    # Ours do not take the way through the standard library, which costs more than most of what they tell of.
    structlog.configure(
        processors=[_complete, _paper.render],
        logger_factory=_Pen,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_complete],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # Some chatter; httpx and stripe also tell the addresses that they ask, and an address may open somebody's page.
    for noisy in ("procrastinate", "alembic", "uvicorn", "httpx", "stripe"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class _Paper:
    """Where our own lines go and how they end. Loggers are kept for good, so they look here for each line."""

    def __init__(self) -> None:
        self.stream: TextIO = sys.stderr
        self.ending: list[Processor] = []
        self._lock = Lock()

    def render(self, logger: WrappedLogger, method: str, line: EventDict) -> str:
        done = line
        for processor in self.ending:
            done = processor(logger, method, done)  # pyright: ignore[reportArgumentType]  # only the last gives a text
        return str(done)

    def write(self, text: str) -> None:
        with self._lock:
            self.stream.write(text + "\n")
            self.stream.flush()


_paper: Final = _Paper()


class _Pen:
    """The logger at the end of the chain: all levels write alike."""

    def __init__(self, name: str = "highstreet") -> None:
        self.name = name

    def msg(self, text: str) -> None:
        _paper.write(text)

    debug = info = warning = error = critical = msg


def _as_json(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    """In ASCII, whatever the encoding of the stream is. The quick encoder gets only what needs no second look."""
    if _PLAIN.issuperset(map(type, line.values())):
        with contextlib.suppress(ValueError):  # half of a character
            packed = _encode_plain(line)
            if packed.isascii():
                return packed.decode()
    return _encode(line)


def _complete(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """What every line tells, ours or a library's. One step: a chain of small ones costs as much as the line itself."""
    structlog.contextvars.merge_contextvars(logger, method, line)
    if found := tracing.ids():
        line["trace_id"], line["span_id"] = found
    for key, value in line.items():
        if isinstance(value, Secret) or (value and _is_secret(key)):
            line[key] = _HIDDEN
    record = line.get("_record")
    line["level"] = method
    line["logger"] = logger.name if record is None else record.name
    line["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return line


@lru_cache(maxsize=1024)
def _is_secret(key: str) -> bool:
    return any(word in key.lower() for word in _SECRET_WORDS)
