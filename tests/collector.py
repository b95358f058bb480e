"""An OTLP/HTTP collector for tests: it listens on loopback, decodes what it is sent, and keeps the spans."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class KeptSpan:
    """A span as it arrived, ids in hexadecimal."""

    process: str
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[str, ...]
    failed: bool
    attributes: dict[str, Any]
    statements: tuple[str, ...]
    raw: str


@dataclass
class Collector:
    """What arrived so far. `status` is what it answers with."""

    url: str = ""
    status: int = 200
    spans: list[KeptSpan] = field(default_factory=list[KeptSpan])
    requests: int = 0
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def keep(self, body: bytes) -> None:
        with self.arrived:
            self.requests += 1
            if self.status == 200:
                self.spans += _spans(ExportTraceServiceRequest.FromString(body))
            self.arrived.notify_all()

    def wait_for(self, *names: str, seconds: float = 30) -> list[KeptSpan]:
        """Everything, once spans of all these names are there."""
        with self.arrived:
            done = self.arrived.wait_for(lambda: set(names) <= {span.name for span in self.spans}, seconds)
            assert done, f"only {sorted({span.name for span in self.spans})}"
            return list(self.spans)

    def named(self, name: str) -> list[KeptSpan]:
        return [span for span in self.spans if span.name == name]


@contextmanager
def collecting() -> Generator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == "/v1/traces":
                collector.keep(body)
            self.send_response(collector.status if self.path == "/v1/traces" else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name that its base gives it
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield collector
        finally:
            server.shutdown()
            serving.join()


def _spans(request: ExportTraceServiceRequest) -> Generator[KeptSpan]:
    for group in request.resource_spans:
        process = _values(group.resource.attributes)["service.name"]
        for scope in group.scope_spans:
            for span in scope.spans:
                yield KeptSpan(
                    process=process,
                    name=span.name,
                    kind=span.kind,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    links=tuple(link.span_id.hex() for link in span.links),
                    failed=span.status.code == 2,
                    attributes=_values(span.attributes),
                    statements=tuple(_values(event.attributes)["db.query.summary"] for event in span.events),
                    raw=str(span),
                )


def _values(attributes: Any) -> dict[str, Any]:  # noqa: ANN401 -- a repeated field of protobuf
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
