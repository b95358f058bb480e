"""`/me` and `/logins`: one's own account, and where it is signed in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import delete, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter
from msgspec import Meta, Struct

from highstreet.kit.database import ActorKind
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.logins import Login
from highstreet.market.identity.domain.roles import Grant
from highstreet.web.actors import actor_of, caller_of, csrf_token, login_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import done, private
from highstreet.web.api.documented import (
    KEY_OR_LOGIN,
    LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    NOTHING,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.cookies import no_login_cookie
from highstreet.web.parameters import Parameters, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class RoleView(Struct, frozen=True):
    """A role, and the merchant or the partner that it is about."""

    role: str
    scope: UUID | None


class Me(Struct, frozen=True, kw_only=True):
    """Whoever asks. A guest has no verified address."""

    id: UUID
    email: str | None
    name: str | None
    state: Annotated[str, Meta(description="`guest` or `registered`.")]
    language: str
    roles: tuple[RoleView, ...]
    csrf_token: Annotated[str | None, Meta(description="What a browser sends with every write; null for a key.")]
    second_factor_at: Annotated[datetime | None, Meta(description="When a second factor was last shown here.")]


class LoginView(Struct, frozen=True, kw_only=True):
    """A browser that is signed in."""

    id: UUID
    device: str
    network: str
    method: str
    current: Annotated[bool, Meta(description="Whether it is the one that asks.")]
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class LoginList(Struct, frozen=True):
    """Where an account is signed in, the one used last first."""

    logins: tuple[LoginView, ...]


@get(
    "/me",
    operation_id="getMe",
    summary="Read one's own account",
    description="Whoever asks, by login or by key, with their roles.",
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=answers(Me, "The account.", UNKNOWN_CALLER, NOT_ALLOWED),
)
async def get_me(request: HttpRequest) -> Answer:
    read_parameters(query_pairs(request), Parameters)
    caller, runtime = await caller_of(request), runtime_of(request)
    login = caller.login if caller else None
    actor = await actor_of(request, ActorKind(caller.key.kind) if caller and caller.key else ActorKind.SHOPPER)
    async with runtime.database.transaction(actor) as tx:
        assert actor.id
        account = await identity.account(tx, actor.id)
        grants = await identity.grants_of(tx, actor.id)
    me = Me(
        id=account.id,
        email=account.email,
        name=account.name,
        state=account.state,
        language=account.language,
        roles=tuple(_role(each) for each in grants),
        csrf_token=csrf_token(runtime.secret, login) if login else None,
        second_factor_at=login.second_factor_at if login else None,
    )
    return private(me)


@get(
    "/logins",
    operation_id="listLogins",
    summary="List where one is signed in",
    description="Every browser that is signed in to the account.",
    parameters=Parameters,
    asks_who=LOGIN,
    responses=answers(LoginList, "The logins.", UNKNOWN_CALLER, NOT_ALLOWED),
)
async def list_logins(request: HttpRequest) -> Answer:
    read_parameters(query_pairs(request), Parameters)
    here = await login_of(request)
    async with runtime_of(request).database.system() as tx:
        found = await identity.logins_of(tx, here.account_id)
    return private(LoginList(tuple(_login(each, here) for each in found)))


@delete(
    "/logins",
    operation_id="endOtherLogins",
    summary="Sign out everywhere else",
    description="Every login of the account ends but the one that asks.",
    status_code=200,  # what the framework is told; the answer brings its own
    parameters=Parameters,
    asks_who=LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED]),
)
async def end_other_logins(request: HttpRequest) -> Answer:
    here = await login_of(request)
    async with runtime_of(request).database.system() as tx:
        await identity.end_other_logins(tx, here.account_id, here.id)
    return done()


@delete(
    "/logins/{login_id:uuid}",
    operation_id="endLogin",
    summary="Sign out in one place",
    description="A login ends. The one that asks is signed out itself by its own id.",
    status_code=200,  # what the framework is told; the answer brings its own
    parameters=Parameters,
    asks_who=LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND]),
)
async def end_login(
    request: HttpRequest, login_id: Annotated[UUID, PathParameter(description="The id of a login.")]
) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    async with runtime.database.system() as tx:
        await identity.end_login(tx, here.account_id, login_id)
    return done(no_login_cookie(runtime.settings)) if login_id == here.id else done()


OPERATIONS: Sequence[HTTPRouteHandler] = (get_me, list_logins, end_other_logins, end_login)


def _role(grant: Grant) -> RoleView:
    return RoleView(grant.role, grant.scope)


def _login(login: Login, here: Login) -> LoginView:
    return LoginView(
        id=login.id,
        device=login.device,
        network=login.network,
        method=login.method,
        current=login.id == here.id,
        created_at=login.created_at,
        seen_at=login.seen_at,
        expires_at=login.expires_at,
    )
