"""Every address of the sandbox provider."""

from litestar import Response, Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from highstreet.sandbox.controls import Control, control
from highstreet.web.parameters import only_json
from highstreet.web.psp import api, pages
from highstreet.web.runtime import Runtime


@post("/control", include_in_schema=False, status_code=200, guards=[only_json])
async def say_what_is_next(runtime: NamedDependency[Runtime], data: JSONBody[Control]) -> Response[Control]:
    """What happens next; the answer is what was understood."""
    async with runtime.database.system() as tx:
        await control(tx, data)
    return Response(data, headers={"cache-control": "no-store"})


def psp_router() -> Router:
    """Registered by `create_app` only where HIGHSTREET_ENV is test or demo and the sandbox takes the payments."""
    keyed = Router(
        "/v1",
        guards=[api.ours_alone],
        route_handlers=[
            api.create_payment,
            api.show_payment,
            api.capture_payment,
            api.void_payment,
            api.create_refund,
            api.list_records,
            api.create_account,
            api.show_account,
            api.link_account,
            api.create_transfer,
        ],
    )
    shown = [pages.pay_page, pages.pay, pages.onboarding_page, pages.show_who_one_is]
    return Router("/_psp", route_handlers=[keyed, *shown, say_what_is_next])
