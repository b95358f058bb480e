"""Traces: one request followed into its transactions, its facts and its jobs, across processes.

This is all of tracing that the house knows; `kit.trace_export` sends what is recorded here. While nothing is exported,
a span is one object that does nothing, and no context is carried along.

A span holds names that stand in our own code, numbers and outcomes. Never in a span: paths and queries of requests,
parameters of statements, messages of errors, anything about a person. Spans are timed by the machine's clock, not by
the house's.
"""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from time import perf_counter
from types import TracebackType
from typing import Final, Protocol, Self, TypeAlias

from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from highstreet.kit.errors import HighstreetError, Overloaded

Value: TypeAlias = str | int | float | bool

_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_KNOWN_FLAGS: Final = 0b11
"""Sampled, and that the trace's id is random."""
_VERB: Final = re.compile(r"\b(INSERT|UPDATE|DELETE|COPY)\s+(?:INTO|FROM|[a-z_]+\.)", re.IGNORECASE)
_TARGET: Final = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN|COPY)\s+([a-z_]+\.[a-z_0-9]+)(?![\w(])", re.IGNORECASE)
_TARGETS_NAMED: Final = 3


class Span(Protocol):
    """One piece of work, while it lasts."""

    def note(self, name: str, value: Value) -> None:
        """Add what became known meanwhile."""

    def rename(self, name: str) -> None: ...

    def fail(self, kind: str) -> None:
        """Mark it as failed. `kind` is the class of the error or a status, never its message."""

    def forget(self) -> None:
        """Let it never have been: for work that turned out to be none."""


class _Nothing:
    """A span that is not recorded."""

    __slots__ = ()

    def note(self, name: str, value: Value) -> None: ...

    def rename(self, name: str) -> None: ...

    def fail(self, kind: str) -> None: ...

    def forget(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None: ...


class _Recorded:
    """A span that is the present one within its `with`, and ends with it."""

    __slots__ = ("_forgotten", "_span", "_token")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._forgotten = False

    def note(self, name: str, value: Value) -> None:
        self._span.set_attribute(name, value)

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def fail(self, kind: str) -> None:
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))

    def forget(self) -> None:
        self._forgotten = True  # a span that never ends is never exported

    def __enter__(self) -> Self:
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, _where: TracebackType | None
    ) -> None:
        context.detach(self._token)
        if kind is not None:
            if isinstance(problem, HighstreetError) and not isinstance(problem, Overloaded):
                self.note("error.type", kind.__qualname__)  # a refusal is an answer, not a failure
            else:
                self.fail(kind.__qualname__)
        if not self._forgotten:
            self._span.end()


class _Exported:
    """Whether this process exports its spans, and through what."""

    tracer: trace.Tracer | None = None


_NOTHING: Final = _Nothing()
_exported: Final = _Exported()


def export_through(tracer: trace.Tracer | None) -> trace.Tracer | None:
    """Record from now on, or with None no longer; what it was before. For `kit.trace_export` alone."""
    before, _exported.tracer = _exported.tracer, tracer
    return before


def is_exported() -> bool:
    """Whether spans of this process are recorded at all."""
    return _exported.tracer is not None


def request(method: str, traceparent: str | None) -> AbstractContextManager[Span]:
    """The span of a request that came in. `traceparent` is that of a proxy which is believed."""
    return _begin(method, SpanKind.SERVER, {"http.request.method": method}, traceparent)


def root(name: str, attributes: Mapping[str, Value] | None = None) -> AbstractContextManager[Span]:
    """The span of work that nobody asked for just now: a sweep, an operator's command."""
    return _begin(name, SpanKind.INTERNAL, attributes, None)


def processing(
    destination: str, message_id: str, traceparent: str | None, attributes: Mapping[str, Value]
) -> AbstractContextManager[Span]:
    """The span of handing one message to its reader: child of, and linked to, the span in which it was written.

    OpenTelemetry's conventions for messaging ask for the link, and allow the parent where a span processes one message.
    """
    if _exported.tracer is None:
        return _NOTHING
    known = {
        "messaging.system": "postgresql",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.name": destination,
        "messaging.message.id": message_id,
    }
    return _begin(f"process {destination}", SpanKind.CONSUMER, {**known, **attributes}, traceparent, linked=True)


def part(name: str, attributes: Mapping[str, Value] | None = None) -> AbstractContextManager[Span]:
    """A piece of the work that is being recorded; nothing where none is, so that what polls leaves no trace."""
    if _exported.tracer is None or not trace.get_current_span().is_recording():
        return _NOTHING
    return _Recorded(_exported.tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes))


class Stopwatch:
    """Notes a statement on the present span when it is done, with how long it took."""

    __slots__ = ("_began", "_sql")

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def __enter__(self) -> None:
        self._began = perf_counter()

    def __exit__(self, kind: type[BaseException] | None, *_exc: object) -> None:
        took_ms = round((perf_counter() - self._began) * 1000, 3)
        attributes: dict[str, Value] = {"db.query.summary": summary(self._sql), "duration_ms": took_ms}
        if kind is not None:
            attributes["error.type"] = kind.__qualname__
        trace.get_current_span().add_event("statement", attributes)


def statement(sql: str) -> AbstractContextManager[object]:
    """Surrounds one statement. Only what it does to which tables is noted: no text, no parameter."""
    if _exported.tracer is None or not trace.get_current_span().is_recording():
        return _NOTHING
    return Stopwatch(sql)


@lru_cache(maxsize=1024)
def summary(sql: str) -> str:
    """What a statement does, and to which tables: `UPDATE kit.deliveries`. The first few tables, in their order."""
    found = _VERB.search(sql)
    verb = found.group(1).upper() if found else (sql.split(maxsplit=1) or [""])[0].upper().rstrip(";")
    targets = list(dict.fromkeys(target.lower() for target in _TARGET.findall(sql)))[:_TARGETS_NAMED]
    return " ".join(("SELECT" if verb == "WITH" else verb, *targets))


def traceparent() -> str | None:
    """The present span as W3C Trace Context writes it, to be kept beside what is written for others to read."""
    here = _here()
    return None if here is None else f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"


def ids() -> tuple[str, str] | None:
    """The ids of the present trace and of the present span, in hexadecimal."""
    here = _here()
    return None if here is None else (f"{here.trace_id:032x}", f"{here.span_id:016x}")


def trace_id_of(traceparent: str | None) -> str | None:
    """The id of the trace that a kept `traceparent` belongs to."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    return found.group(1) if found else None


def _here() -> SpanContext | None:
    if _exported.tracer is None:
        return None
    here = trace.get_current_span().get_span_context()
    return here if here.is_valid else None


def _begin(
    name: str,
    kind: SpanKind,
    attributes: Mapping[str, Value] | None,
    traceparent: str | None,
    *,
    linked: bool = False,
) -> AbstractContextManager[Span]:
    if _exported.tracer is None:
        return _NOTHING
    origin = _read(traceparent)
    span = _exported.tracer.start_span(
        name,
        context=context.Context() if origin is None else trace.set_span_in_context(NonRecordingSpan(origin)),
        kind=kind,
        attributes=attributes,
        links=[trace.Link(origin)] if origin is not None and linked else None,
    )
    return _Recorded(span)


def _read(traceparent: str | None) -> SpanContext | None:
    """None for what is not of version 00, which is the only one there is, or names no span."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None:
        return None
    here, parent, flags = (int(part, 16) for part in found.groups())
    read = SpanContext(here, parent, is_remote=True, trace_flags=TraceFlags(flags & _KNOWN_FLAGS))
    return read if read.is_valid else None
