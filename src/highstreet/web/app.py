"""The web application: the faces, and around them what holds for every request."""

from collections.abc import Sequence
from functools import partial

from litestar import Litestar
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from highstreet.kit.clock import FileClock
from highstreet.kit.settings import Environment, PaymentProvider
from highstreet.web.api.router import api_router
from highstreet.web.health import health_router
from highstreet.web.merchant.router import merchant_router
from highstreet.web.metrics import metrics_router
from highstreet.web.middleware import surround
from highstreet.web.operator.router import operator_router
from highstreet.web.problems import answer
from highstreet.web.psp.router import psp_router
from highstreet.web.runtime import Runtime
from highstreet.web.storefront.errors import error_page
from highstreet.web.storefront.router import storefront_router
from highstreet.web.test_controls import test_controls
from highstreet.web.webhooks import webhooks_router

MAX_BODY_BYTES = 1_000_000
"""Nothing that is sent to us today comes near. A handler that takes files sets its own limit."""


def create_app(runtime: Runtime, *, faces: Sequence[ControllerRouterHandler] | None = None) -> Litestar:
    """The application on an open `runtime`; `faces` stands in for the house's own.

    An answer leaves when its handler has returned, and handlers open their transactions inside themselves, so what an
    answer tells of is committed.
    """

    def provide_runtime() -> Runtime:
        return runtime

    app = Litestar(
        route_handlers=[*(faces if faces is not None else _faces()), *_machine_room(runtime)],
        dependencies={"runtime": Provide(provide_runtime, sync_to_thread=False, use_cache=True)},
        exception_handlers={Exception: answer(partial(error_page, runtime.settings))},
        logging_config=None,
        openapi_config=None,
        request_max_body_size=MAX_BODY_BYTES,
    )
    app.state["runtime"] = runtime
    app.asgi_handler = surround(app.asgi_handler, runtime)
    return app


def _faces() -> list[ControllerRouterHandler]:
    return [storefront_router(), merchant_router(), operator_router(), api_router()]


def _machine_room(runtime: Runtime) -> list[ControllerRouterHandler]:
    rooms: list[ControllerRouterHandler] = [health_router(), metrics_router(), webhooks_router()]
    settings = runtime.settings
    if settings.env is not Environment.PRODUCTION and isinstance(runtime.clock, FileClock):
        rooms.append(test_controls(runtime.clock))
    if settings.env is not Environment.PRODUCTION and settings.payments is not PaymentProvider.STRIPE:
        rooms.append(psp_router())
    return rooms
