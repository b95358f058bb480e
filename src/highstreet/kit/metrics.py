"""The figures of one process for Prometheus, and all processes of a server together.

A server of several processes sets PROMETHEUS_MULTIPROC_DIR before it starts them: the client library then keeps every
figure in a file there, and whichever process is asked answers for all. Import nothing of `prometheus_client` elsewhere.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

SHARED_DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

REQUEST_SECONDS: Final = Histogram(
    "highstreet_http_request_seconds",
    "Time from a request's head to the end of its answer",
    ("route", "method", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
POOL_CONNECTIONS: Final = Gauge(
    "highstreet_database_connections",
    "Connections to the database by pool and state",
    ("pool", "state"),
    multiprocess_mode="livesum",
)
INDEX_AGE_SECONDS: Final = Gauge(
    "highstreet_index_age_seconds",
    "Age of the oldest search index that a process answers from",
    multiprocess_mode="livemax",
)
DELIVERIES: Final = Counter(
    "highstreet_outbox_deliveries_total",
    "Attempts to deliver a fact, by subscriber and outcome",
    ("subscriber", "outcome"),
)
WEBHOOKS: Final = Counter(
    "highstreet_payment_webhooks_total",
    "Webhooks of payment providers by what became of them; `forged` were not signed by the provider just now",
    ("provider", "outcome"),
)

Reading = tuple[str, str, dict[str, str], float]
"""A figure read at the moment of asking: name, help, labels, value."""


def exposition(readings: Iterable[Reading]) -> bytes:
    """Every figure of this server in Prometheus' text format, with what was read just now added."""
    if os.environ.get(SHARED_DIRECTORY):
        kept = CollectorRegistry()
        MultiProcessCollector(kept)
    else:
        kept = REGISTRY
    now = CollectorRegistry()
    now.register(_Readings(tuple(readings)))
    return generate_latest(kept) + generate_latest(now)


def forget_process(process_id: int, directory: str) -> None:
    """Drop the gauges of a process that has ended; its counts stay, so that no sum ever goes back."""
    for gauges in Path(directory).glob(f"gauge_live*_{process_id}.db"):
        gauges.unlink(missing_ok=True)


class _Readings(Collector):
    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self._readings = readings

    def collect(self) -> Iterable[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for name, documentation, labels, value in self._readings:
            family = families.setdefault(name, GaugeMetricFamily(name, documentation, labels=list(labels)))
            family.add_metric(list(labels.values()), value)
        return families.values()
