"""`/links`, `/login`, `/logout`, `/step-up`: being signed in."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Meta, Struct

from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.logins import Begun
from highstreet.market.identity.domain.tickets import Halfway
from highstreet.web.actors import csrf_token, login_of, login_token, refuse_elsewhere, visitor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import accepted, done, private, reader_of
from highstreet.web.api.documented import (
    ELSEWHERE,
    INVALID,
    LOGIN,
    NOT_ALLOWED,
    NOTHING,
    ON_ITS_WAY,
    REFUSED,
    TOO_OFTEN,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.cookies import login_cookie, no_login_cookie
from highstreet.web.parameters import Parameters, only_json
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime, runtime_of
from highstreet.web.security import mail_origin, origin_of

Email = Annotated[str, Meta(max_length=320, examples=["ann@example.com"])]
Token = Annotated[str, Meta(min_length=1, max_length=200)]


class LinkWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """Where to send a link."""

    email: Email


class LinkFollowed(Struct, frozen=True, forbid_unknown_fields=True):
    """What the link in the mail carries as `token`."""

    token: Token


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """An address and its password."""

    email: Email
    password: Annotated[str, Meta(max_length=1000)]


class SecondFactor(Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the authenticator app, or a recovery code."""

    ticket: Token
    code: Annotated[str, Meta(max_length=40)]


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the authenticator app, or a recovery code."""

    code: Annotated[str, Meta(max_length=40)]


class PasskeyShown(Struct, frozen=True, forbid_unknown_fields=True):
    """What the browser answered, as `PublicKeyCredential.toJSON` has it."""

    ticket: Token
    credential: dict[str, Any]


class PasskeyAsked(Struct, frozen=True):
    """What a browser is to be asked, in WebAuthn's own JSON; the ticket comes back with the answer."""

    ticket: str
    options: dict[str, Any]


class SignedIn(Struct, frozen=True, kw_only=True):
    """Either signed in, with the cookie set, or on the way to the second factor with a ticket."""

    signed_in: bool
    csrf_token: str | None = None
    ticket: Annotated[str | None, Meta(description="For `POST /login/second-factor`.")] = None
    by_code: bool = False
    by_passkey: bool = False


_SIGNED_IN = answers(SignedIn, "Signed in, or on the way to it.", REFUSED, ELSEWHERE, INVALID, TOO_OFTEN)


@post(
    "/links",
    operation_id="askForLink",
    summary="Ask for a link by mail",
    description="The mail signs in whoever has an account, and makes one for who has none: it is how one signs up too. "
    "The answer is the same for every address.",
    guards=[only_json],
    parameters=Parameters,
    sent=LinkWanted,
    responses=dict([ON_ITS_WAY, ELSEWHERE, INVALID, TOO_OFTEN]),
)
async def ask_for_link(request: HttpRequest, data: JSONBody[LinkWanted]) -> Answer:
    refuse_elsewhere(request)
    runtime = runtime_of(request)
    origin, reader = mail_origin(request, runtime.settings), reader_of(request, runtime, None)
    await identity.ask_for_link(
        runtime.database, runtime.keyring, origin, data.email, reader.language.code, visitor_of(request)
    )
    return accepted()


@post(
    "/links/follow",
    operation_id="followLink",
    summary="Sign in by a link",
    description="The token of a link is good for one use. What guests bought under the address belongs to the account.",
    guards=[only_json],
    parameters=Parameters,
    sent=LinkFollowed,
    responses=_SIGNED_IN,
)
async def follow_link(request: HttpRequest, data: JSONBody[LinkFollowed]) -> Answer:
    refuse_elsewhere(request)
    runtime = runtime_of(request)
    outcome = await identity.follow_link(runtime.database, runtime.keyring, data.token, visitor_of(request))
    return _signed_in(runtime, outcome)


@post(
    "/login",
    operation_id="signIn",
    summary="Sign in by password",
    description="The answer is the same for a wrong password and for an address without an account.",
    guards=[only_json],
    parameters=Parameters,
    sent=Credentials,
    responses=_SIGNED_IN,
)
async def sign_in(request: HttpRequest, data: JSONBody[Credentials]) -> Answer:
    refuse_elsewhere(request)
    runtime = runtime_of(request)
    outcome = await identity.sign_in(runtime.database, runtime.keyring, data.email, data.password, visitor_of(request))
    return _signed_in(runtime, outcome)


@post(
    "/login/second-factor",
    operation_id="showSecondFactor",
    summary="Go on with the second factor",
    description="By a code of the authenticator app or a recovery code. A passkey needs no first factor: see "
    "`/login/passkey`.",
    guards=[only_json],
    parameters=Parameters,
    sent=SecondFactor,
    responses=_SIGNED_IN,
)
async def show_second_factor(request: HttpRequest, data: JSONBody[SecondFactor]) -> Answer:
    refuse_elsewhere(request)
    runtime = runtime_of(request)
    begun = await identity.show_second_factor(
        runtime.database, runtime.keyring, data.ticket, data.code, visitor_of(request)
    )
    return _signed_in(runtime, begun)


@post(
    "/login/passkey/options",
    operation_id="askForPasskey",
    summary="Begin to sign in by passkey",
    description="What the browser is to be asked.",
    parameters=Parameters,
    responses=answers(PasskeyAsked, "The question.", ELSEWHERE),
)
async def ask_for_passkey(request: HttpRequest) -> Answer:
    refuse_elsewhere(request)
    runtime = runtime_of(request)
    async with runtime.database.system() as tx:
        return private(PasskeyAsked(*await identity.ask_for_passkey(tx, origin_of(request, runtime.settings))))


@post(
    "/login/passkey",
    operation_id="signInByPasskey",
    summary="Sign in by passkey",
    description="A passkey is both factors at once.",
    guards=[only_json],
    parameters=Parameters,
    sent=PasskeyShown,
    responses=_SIGNED_IN,
)
async def sign_in_by_passkey(request: HttpRequest, data: JSONBody[PasskeyShown]) -> Answer:
    refuse_elsewhere(request)
    runtime = runtime_of(request)
    origin = origin_of(request, runtime.settings)
    begun = await identity.sign_in_by_passkey(
        runtime.database, runtime.keyring, origin, data.ticket, data.credential, visitor_of(request)
    )
    return _signed_in(runtime, begun)


@post(
    "/logout",
    operation_id="signOut",
    summary="Sign out",
    description="The login that asks ends.",
    parameters=Parameters,
    asks_who=LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED]),
)
async def sign_out(request: HttpRequest) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    async with runtime.database.system() as tx:
        await identity.end_login(tx, here.account_id, here.id)
    return done(no_login_cookie(runtime.settings))


@post(
    "/step-up",
    operation_id="stepUpByCode",
    summary="Show the second factor again",
    description="Good for ten minutes, for what is hard to take back. The cookie is replaced.",
    guards=[only_json],
    parameters=Parameters,
    sent=Code,
    asks_who=LOGIN,
    responses={**_SIGNED_IN, **dict([UNKNOWN_CALLER, NOT_ALLOWED])},
)
async def step_up(request: HttpRequest, data: JSONBody[Code]) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    begun = await identity.step_up_by_code(runtime.database, runtime.keyring, here, login_token(request), data.code)
    return _signed_in(runtime, begun)


@post(
    "/step-up/passkey/options",
    operation_id="askForOwnPasskey",
    summary="Begin to step up by passkey",
    description="What the browser is to be asked.",
    parameters=Parameters,
    asks_who=LOGIN,
    responses=answers(PasskeyAsked, "The question.", UNKNOWN_CALLER, NOT_ALLOWED),
)
async def ask_for_own_passkey(request: HttpRequest) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    origin = origin_of(request, runtime.settings)
    async with runtime.database.system() as tx:
        return private(PasskeyAsked(*await identity.ask_for_passkey(tx, origin, here.account_id)))


@post(
    "/step-up/passkey",
    operation_id="stepUpByPasskey",
    summary="Show a passkey again",
    description="Good for ten minutes, for what is hard to take back. The cookie is replaced.",
    guards=[only_json],
    parameters=Parameters,
    sent=PasskeyShown,
    asks_who=LOGIN,
    responses={**_SIGNED_IN, **dict([UNKNOWN_CALLER, NOT_ALLOWED])},
)
async def step_up_by_passkey(request: HttpRequest, data: JSONBody[PasskeyShown]) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    origin, token = origin_of(request, runtime.settings), login_token(request)
    begun = await identity.step_up_by_passkey(runtime.database, origin, here, token, data.ticket, data.credential)
    return _signed_in(runtime, begun)


OPERATIONS: Sequence[HTTPRouteHandler] = (
    ask_for_link,
    follow_link,
    sign_in,
    show_second_factor,
    ask_for_passkey,
    sign_in_by_passkey,
    sign_out,
    step_up,
    ask_for_own_passkey,
    step_up_by_passkey,
)


def _signed_in(runtime: Runtime, outcome: Begun | Halfway) -> Answer:
    if isinstance(outcome, Halfway):
        return private(
            SignedIn(signed_in=False, ticket=outcome.ticket, by_code=outcome.by_code, by_passkey=outcome.by_passkey)
        )
    told = SignedIn(signed_in=True, csrf_token=csrf_token(runtime.secret, outcome.login))
    return private(told, 200, login_cookie(runtime.settings, outcome, runtime.clock.now()))
