"""`/staff`: who works for a merchant or here, by invitation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from highstreet.kit.database import Actor, ActorKind
from highstreet.kit.errors import InvalidInput
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import REACH_OF, Reach, Role
from highstreet.web.actors import actor_of, login_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import accepted, done, private
from highstreet.web.api.documented import (
    CONFLICT,
    INVALID,
    LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    NOTHING,
    ON_ITS_WAY,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.api.signing_in import Email
from highstreet.web.parameters import Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of
from highstreet.web.security import mail_origin

MerchantId = Annotated[UUID, Meta(description="A merchant's id; without one it is about who works here.")]


class StaffMember(Struct, frozen=True, kw_only=True):
    """Somebody with a role. `id` is that of the role given, by which it is taken away."""

    id: UUID
    account_id: UUID
    email: str | None
    name: str | None
    role: str
    granted_at: datetime


class StaffList(Struct, frozen=True):
    """Everybody with a role there, longest first."""

    staff: tuple[StaffMember, ...]


class StaffWanted(Parameters, frozen=True, kw_only=True):
    """Whose staff is meant."""

    merchant_id: MerchantId | None = None


class Invitation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite, and to what."""

    email: Email
    role: Role
    merchant_id: MerchantId | None = None


@get(
    "/staff",
    operation_id="listStaff",
    summary="List who works somewhere",
    description="With a merchant's id those who work for it, for whoever may manage them; else those who work here.",
    parameters=StaffWanted,
    asks_who=LOGIN,
    responses=answers(StaffList, "The staff.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID),
)
async def list_staff(request: HttpRequest) -> Answer:
    wanted = read_parameters(query_pairs(request), StaffWanted)
    actor = await _manager(request, wanted.merchant_id)
    reach = Reach.MERCHANT if wanted.merchant_id else Reach.EVERYTHING
    async with runtime_of(request).database.transaction(actor) as tx:
        grants = await identity.staff_of(tx, reach, wanted.merchant_id)
        accounts = {each.account_id: await identity.account(tx, each.account_id) for each in grants}
    told = StaffList(
        tuple(
            StaffMember(
                id=each.id,
                account_id=each.account_id,
                email=accounts[each.account_id].email,
                name=accounts[each.account_id].name,
                role=each.role,
                granted_at=each.granted_at,
            )
            for each in grants
        )
    )
    return private(told)


@post(
    "/staff",
    operation_id="inviteStaff",
    summary="Invite somebody to work somewhere",
    description="They get a mail with a link that is good once and for a week. The role is theirs when they follow it.",
    guards=[only_json],
    parameters=Parameters,
    sent=Invitation,
    asks_who=LOGIN,
    responses=dict([ON_ITS_WAY, UNKNOWN_CALLER, NOT_ALLOWED, INVALID]),
)
async def invite_staff(request: HttpRequest, data: JSONBody[Invitation]) -> Answer:
    runtime, actor = runtime_of(request), await _manager(request, data.merchant_id)
    if REACH_OF[data.role] is Reach.PARTNER:
        raise InvalidInput.at("role", "is given to nobody by mail")
    origin = mail_origin(request, runtime.settings)
    await identity.mail_invite(
        runtime.database, runtime.keyring, actor, origin, data.email, data.role, data.merchant_id
    )
    return accepted()


@delete(
    "/staff/{grant_id:uuid}",
    operation_id="dismissStaff",
    summary="Take a role away",
    description="It ends at once. The last role by which others could be given stays.",
    status_code=200,  # what the framework is told; the answer brings its own
    parameters=StaffWanted,
    asks_who=LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT]),
)
async def dismiss_staff(
    request: HttpRequest, grant_id: Annotated[UUID, PathParameter(description="The id of a role that was given.")]
) -> Answer:
    wanted = read_parameters(query_pairs(request), StaffWanted)
    actor = await _manager(request, wanted.merchant_id)
    async with runtime_of(request).database.transaction(actor) as tx:
        await identity.revoke(tx, grant_id)
    return done()


OPERATIONS: Sequence[HTTPRouteHandler] = (list_staff, invite_staff, dismiss_staff)


async def _manager(request: HttpRequest, merchant_id: UUID | None) -> Actor:
    """A person, never a key, in the part that is asked for: a merchant's staff, or else an operator."""
    await login_of(request)
    return await actor_of(request, ActorKind.STAFF if merchant_id else ActorKind.OPERATOR)
