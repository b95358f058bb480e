"""Sends what `kit.tracing` records to a collector, as OTLP over HTTP.

A thread of its own sends batches. A collector that is away, slow or wrong costs spans and nothing else: what it does
not take in time is dropped, and the log says so once in a while. At the end of a process what is left is sent, for a
bounded time.
"""

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import metadata
from random import Random
from threading import Thread
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from highstreet.kit import tracing
from highstreet.kit.settings import Settings

SEND_WITHIN_S: Final = 3.0
"""How long one batch may take."""
FLUSH_WITHIN_S: Final = 4.0
"""How long the end of a process may wait for what is left."""
COMPLAIN_EVERY_S: Final = 60.0
_EVERY_MS: Final = 1_000
_BATCH: Final = 512
_WAITING: Final = 4_096
_PATH: Final = "/v1/traces"

_log = structlog.stdlib.get_logger(__name__)


@contextmanager
def exporting(settings: Settings, process: str, rng: Random) -> Generator[None]:
    """Record and send spans meanwhile to the collector that is set; `process` says what this one is: web, worker, ...

    A trace that begins here is kept with the chance that is set; one that came from elsewhere as was decided there.
    """
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it repeats itself, and may show the address
    exporter = _Forbearing(OTLPSpanExporter(endpoint=endpoint_of(settings), timeout=SEND_WITHIN_S))
    provider = TracerProvider(
        sampler=ParentBased(root=TraceIdRatioBased(settings.traces_ratio)),
        resource=Resource.create(
            {
                "service.namespace": "highstreet",
                "service.name": f"highstreet-{process}",
                "service.version": metadata.version("highstreet"),
                "deployment.environment.name": settings.env.value,
            }
        ),
        shutdown_on_exit=False,
        id_generator=_Ids(rng),
    )
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter, max_queue_size=_WAITING, schedule_delay_millis=_EVERY_MS, max_export_batch_size=_BATCH
        )
    )
    before = tracing.export_through(provider.get_tracer("highstreet", metadata.version("highstreet")))
    try:
        yield
    finally:
        tracing.export_through(before)
        exporter.ending = True
        # The library would wait for its own thread for half a minute.
        flushing = Thread(target=provider.shutdown, daemon=True, name="traces-flush")
        flushing.start()
        flushing.join(FLUSH_WITHIN_S)


def endpoint_of(settings: Settings) -> str:
    """Where spans are sent to: the address that is set, with OTLP's path where it has none."""
    assert settings.traces_url is not None
    url = settings.traces_url.reveal()
    return url if urlsplit(url).path.strip("/") else url.rstrip("/") + _PATH


def takes_traces(settings: Settings) -> bool:
    """Whether the collector takes a batch, which is sent empty. Blocks, for as long as a batch may take."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    exporter = OTLPSpanExporter(endpoint=endpoint_of(settings), timeout=SEND_WITHIN_S)
    try:
        return exporter.export(()) is SpanExportResult.SUCCESS
    finally:
        exporter.shutdown()


class _Forbearing(SpanExporter):
    """Counts what could not be sent, and says so once in a while."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._lost = 0
        self._complained_at = -COMPLAIN_EVERY_S
        self.ending = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self.ending and self._lost:  # it is away: what is left would only hold up the end
            return SpanExportResult.FAILURE
        if self._inner.export(spans) is SpanExportResult.SUCCESS:
            self._lost = 0
            return SpanExportResult.SUCCESS
        self._lost += len(spans)
        if monotonic() - self._complained_at >= COMPLAIN_EVERY_S:
            self._complained_at = monotonic()
            _log.warning("traces are not taken", lost=self._lost, advice="see what `highstreet doctor` says of traces")
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self._inner.shutdown()


class _Ids(IdGenerator):
    """Ids from the house's own chance."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def generate_span_id(self) -> int:
        return self._rng.getrandbits(64) or self.generate_span_id()

    def generate_trace_id(self) -> int:
        return self._rng.getrandbits(128) or self.generate_trace_id()

    def is_trace_id_random(self) -> bool:
        return True
