"""`/keys`: what programs carry."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from highstreet.kit.database import ActorKind
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.keys import MAX_DAYS, Key
from highstreet.market.identity.domain.roles import Permission
from highstreet.web.actors import login_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import done, private
from highstreet.web.api.documented import (
    CONFLICT,
    INVALID,
    LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    NOTHING,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.parameters import Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class KeyView(Struct, frozen=True, kw_only=True):
    """An API key, without its secret."""

    id: UUID
    name: str
    kind: str
    permissions: tuple[str, ...]
    hint: Annotated[str, Meta(description="How the key begins.")]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class KeyList(Struct, frozen=True):
    """An account's keys, those that have expired too, newest first."""

    keys: tuple[KeyView, ...]


class KeyWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to make. What its account may not do, it may not either."""

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=["Till at the front"])]
    kind: Annotated[Literal["shopper", "staff", "partner", "operator"], Meta(description="In which part the key acts.")]
    permissions: Annotated[tuple[Permission, ...], Meta(max_length=20)]
    days: Annotated[int, Meta(ge=1, le=MAX_DAYS, description="For how long it is good.")]


class KeyMade(Struct, frozen=True, kw_only=True):
    """A new key with its secret, which is shown this once."""

    token: Annotated[str, Meta(examples=["hs_..."])]
    key: KeyView


@get(
    "/keys",
    operation_id="listKeys",
    summary="List one's API keys",
    description="The keys of the account, without their secrets.",
    parameters=Parameters,
    asks_who=LOGIN,
    responses=answers(KeyList, "The keys.", UNKNOWN_CALLER, NOT_ALLOWED),
)
async def list_keys(request: HttpRequest) -> Answer:
    read_parameters(query_pairs(request), Parameters)
    here = await login_of(request)
    async with runtime_of(request).database.system() as tx:
        return private(KeyList(tuple(_view(each) for each in await identity.keys_of(tx, here.account_id))))


@post(
    "/keys",
    operation_id="makeKey",
    summary="Make an API key",
    description="For a key that can do more than shop, a second factor has to have been shown within ten minutes.",
    guards=[only_json],
    parameters=Parameters,
    sent=KeyWanted,
    asks_who=LOGIN,
    responses={
        201: answers(KeyMade, "The key; its secret is shown this once.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, CONFLICT, INVALID]),
    },
)
async def make_key(request: HttpRequest, data: JSONBody[KeyWanted]) -> Answer:
    here = await login_of(request)
    async with runtime_of(request).database.system() as tx:
        if data.kind != ActorKind.SHOPPER:
            identity.require_step_up(here, tx)
        made = await identity.make_key(
            tx, here.account_id, data.name, ActorKind(data.kind), data.permissions, data.days
        )
    return private(KeyMade(token=made.token, key=_view(made.key)), 201)


@delete(
    "/keys/{key_id:uuid}",
    operation_id="revokeKey",
    summary="Revoke an API key",
    description="The key is good for nothing from now on.",
    status_code=200,  # what the framework is told; the answer brings its own
    parameters=Parameters,
    asks_who=LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND]),
)
async def revoke_key(
    request: HttpRequest, key_id: Annotated[UUID, PathParameter(description="The id of a key.")]
) -> Answer:
    here = await login_of(request)
    async with runtime_of(request).database.system() as tx:
        await identity.revoke_key(tx, here.account_id, key_id)
    return done()


OPERATIONS: Sequence[HTTPRouteHandler] = (list_keys, make_key, revoke_key)


def _view(key: Key) -> KeyView:
    return KeyView(
        id=key.id,
        name=key.name,
        kind=key.kind,
        permissions=tuple(sorted(key.permissions)),
        hint=key.hint,
        created_at=key.created_at,
        expires_at=key.expires_at,
        used_at=key.used_at,
    )
