"""`/guests`: buying without signing in."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Meta, Struct

from highstreet.kit.errors import Forbidden
from highstreet.market.identity import service as identity
from highstreet.web.actors import csrf_token, visitor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import private
from highstreet.web.api.documented import INVALID, NOT_ALLOWED, TOO_OFTEN, answers
from highstreet.web.cookies import login_cookie
from highstreet.web.i18n import languages
from highstreet.web.parameters import Parameters, only_json
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of
from highstreet.web.security import is_from_elsewhere, origin_of


class GuestWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a guest's receipt and vouchers are sent."""

    email: Annotated[str, Meta(min_length=3, max_length=254, examples=["somebody@example.com"])]
    language: Annotated[str, Meta(pattern="^[a-z]{2}$")] = "en"


class GuestMade(Struct, frozen=True, kw_only=True):
    """A guest, whose cookie comes along. What they buy is theirs when they prove the address later."""

    id: UUID
    csrf_token: Annotated[str, Meta(description="What a browser sends with every write.")]


@post(
    "/guests",
    operation_id="beginGuest",
    summary="Buy without signing in",
    description="Makes an account that cannot be signed in to, for the browser that asks, and answers with its cookie.",
    guards=[only_json],
    parameters=Parameters,
    sent=GuestWanted,
    responses={
        201: answers(GuestMade, "The guest.")[200],
        **dict([NOT_ALLOWED, INVALID, TOO_OFTEN]),
    },
)
async def begin_guest(request: HttpRequest, data: JSONBody[GuestWanted]) -> Answer:
    runtime = runtime_of(request)
    if is_from_elsewhere(request, origin_of(request, runtime.settings)):
        raise Forbidden("This did not come from one of our own pages; reload the page and try again")
    known = {language.code for language in languages()}
    language = data.language if data.language in known else "en"
    account, begun = await identity.begin_as_guest(runtime.database, data.email, language, visitor_of(request))
    made = GuestMade(id=account.id, csrf_token=csrf_token(runtime.secret, begun.login))
    return private(made, 201, login_cookie(runtime.settings, begun, runtime.clock.now()))


OPERATIONS: Sequence[HTTPRouteHandler] = (begin_guest,)
