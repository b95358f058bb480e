"""`/metrics` for Prometheus, for the holder of HIGHSTREET_METRICS_TOKEN.

Behind a proxy on the same machine every visitor comes from a loopback address, so an address proves nothing: in
production there are no metrics without a token. Demo and test, which listen on loopback, show them without one.
"""

import asyncio
import hmac
from collections.abc import Iterator
from datetime import datetime

from litestar import Response, Router, get
from litestar.di import NamedDependency

from highstreet.kit import metrics, outbox
from highstreet.kit.errors import NotFound, Unauthenticated
from highstreet.kit.outbox_repository import Standing
from highstreet.kit.settings import Environment
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime

_SAMPLE_EVERY_S = 2.0


@get("/", include_in_schema=False)
async def show_metrics(request: HttpRequest, runtime: NamedDependency[Runtime]) -> Response[bytes]:
    """All processes of this server together; the outbox is read from the database at this moment."""
    _check_token(request, runtime)
    sample(runtime)
    async with runtime.database.system() as tx:
        readings = [reading for standing in await outbox.standing(tx) for reading in _readings(standing, tx.now)]
    body = await asyncio.to_thread(metrics.exposition, readings)
    return Response(body, media_type=metrics.CONTENT_TYPE, headers={"cache-control": "no-store"})


async def sample_continually(runtime: Runtime) -> None:
    """Keep this process's gauges fresh for whichever process is asked; until cancelled."""
    while True:
        sample(runtime)
        await asyncio.sleep(_SAMPLE_EVERY_S)


def sample(runtime: Runtime) -> None:
    for (pool, state), count in runtime.database.connections().items():
        metrics.POOL_CONNECTIONS.labels(pool, state).set(count)
    age = runtime.follower.age_seconds()
    if age is not None:
        metrics.INDEX_AGE_SECONDS.set(age)


def metrics_router() -> Router:
    return Router("/metrics", route_handlers=[show_metrics])


def _readings(standing: Standing, now: datetime) -> Iterator[metrics.Reading]:
    labels = {"subscriber": standing.subscriber}
    behind = outbox.seconds_behind(standing, now)
    yield "highstreet_outbox_lag_seconds", "Age of the oldest fact that was not handed over", labels, behind
    yield "highstreet_outbox_pending", "Facts that wait to be handed over", labels, float(standing.pending)
    yield "highstreet_outbox_dead_letters", "Deliveries that were given up", labels, float(standing.dead)


def _check_token(request: HttpRequest, runtime: Runtime) -> None:
    token = runtime.settings.metrics_token
    if token is None:
        if runtime.settings.env is Environment.PRODUCTION:
            raise NotFound("There is nothing at this address")
        return
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), token.reveal().encode()):
        raise Unauthenticated("Metrics are shown to the holder of the metrics token")
