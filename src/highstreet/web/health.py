"""What machines of the operator ask: whether the process lives, and whether it should be sent visitors."""

import asyncio

import msgspec
import structlog
from litestar import Response, Router, get
from litestar.di import NamedDependency

from highstreet.web.runtime import Check, Runtime

_CHECK_TIMEOUT_S = 2.0
_NO_STORE = {"cache-control": "no-store"}

_log = structlog.stdlib.get_logger(__name__)


class Health(msgspec.Struct, frozen=True):
    """`checks` maps each check to `ok` or to what is wrong."""

    status: str
    checks: dict[str, str]


@get("/live", include_in_schema=False)
async def live() -> Response[Health]:
    """Answers for as long as the process can answer anything; restart it when this fails."""
    return Response(Health("ok", {}), headers=_NO_STORE)


@get("/ready", include_in_schema=False)
async def ready(runtime: NamedDependency[Runtime]) -> Response[Health]:
    """200 when visitors may come; 503 while it starts, while it ends, and while something it needs is away."""
    names = list(runtime.checks)
    results = await asyncio.gather(*(_outcome(name, runtime.checks[name]) for name in names))
    checks = {name: result or "ok" for name, result in zip(names, results, strict=True)}
    if runtime.lifecycle.draining:
        checks["lifecycle"] = "the process is ending"
    fine = all(result == "ok" for result in checks.values())
    return Response(
        Health("ok" if fine else "unavailable", checks), status_code=200 if fine else 503, headers=_NO_STORE
    )


async def _outcome(name: str, check: Check) -> str | None:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            return await check()
    except Exception as problem:  # noqa: BLE001 - whatever stops a check is what the check found
        _log.warning("readiness check failed", check=name, error=f"{type(problem).__name__}: {problem}")
        return "the check itself failed; the log says how"


def health_router() -> Router:
    return Router("/health", route_handlers=[live, ready])
