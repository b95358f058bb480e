"""Logs: one line an event, JSON for machines, readable at a terminal; the libraries' own lines in the same form.

What must never be in a line: secrets, query strings, addresses of visitors. `_hide_secrets` is the last guard, not the
first; whoever logs names only what an operator needs.
"""

import logging
import sys
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from highstreet.kit import tracing
from highstreet.kit.settings import LogFormat, Secret

_SECRET_WORDS: Final = ("password", "secret", "token", "authorization", "cookie", "api_key")
_HIDDEN: Final = "***"


def configure_logs(log_format: LogFormat | None = None, stream: TextIO | None = None) -> None:
    """Send every log line of the process to `stream`, standard error by default.

    Without a `log_format`, a terminal gets readable lines and anything else JSON. Call it once, before the first line.
    """
    target = stream or sys.stderr
    readable = log_format is LogFormat.CONSOLE or (log_format is None and target.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _name_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
    ]
    ending: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=target.isatty())]
        if readable
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("procrastinate", "alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _name_trace(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    if found := tracing.ids():
        line["trace_id"], line["span_id"] = found
    return line


def _hide_secrets(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    for key, value in line.items():
        if isinstance(value, Secret) or (value and any(word in key.lower() for word in _SECRET_WORDS)):
            line[key] = _HIDDEN
    return line
