"""`/operator/promotions` and `/operator/credits`: what operators give."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from highstreet.kit import idempotency
from highstreet.kit.database import ActorKind
from highstreet.kit.idempotency import Answer as KeptAnswer
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.ledger.domain.credits import CreditOrigin
from highstreet.market.promotions import service as promotions
from highstreet.market.promotions.domain.promotions import Draft, Promotion
from highstreet.web.actors import actor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import done, private
from highstreet.web.api.documented import (
    CONFLICT,
    INVALID,
    KEY_OR_LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    NOTHING,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.api.requests import keyed, sent
from highstreet.web.parameters import Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class PromotionMade(Struct, frozen=True):
    """The id of a new promotion."""

    id: UUID


class PromotionList(Struct, frozen=True):
    """The newest promotions, with what was given of them. `rate` is in ten-thousandths, amounts in minor units."""

    promotions: tuple[Promotion, ...]


class CreditWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Credit to give."""

    account_id: UUID
    currency: str
    amount: int
    origin: Literal["goodwill", "promotion"]
    reason: Annotated[str, Meta(min_length=1, max_length=500, description="What the buyer reads beside it.")]
    expires_at: datetime | None = None


class CreditMade(Struct, frozen=True):
    """The id of the grant."""

    id: UUID


_PromotionId = Annotated[UUID, PathParameter(description="The `id` of a promotion.")]


@post(
    "/operator/promotions",
    operation_id="makePromotion",
    summary="Make a promotion code",
    description="A code that takes something off; for operators who may edit promotions.",
    guards=[only_json],
    parameters=Parameters,
    sent=Draft,
    asks_who=KEY_OR_LOGIN,
    responses={
        201: answers(PromotionMade, "The promotion's id.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, CONFLICT, INVALID]),
    },
)
async def make_promotion(request: HttpRequest, data: JSONBody[Draft]) -> Answer:
    actor = await actor_of(request, ActorKind.OPERATOR)
    async with runtime_of(request).database.transaction(actor) as tx:
        await identity.require(tx, Permission.PROMOTIONS_EDIT)
        return private(PromotionMade(await promotions.create(tx, data)), 201)


@get(
    "/operator/promotions",
    operation_id="listPromotions",
    summary="List promotion codes",
    description="The newest hundred, with what was given of each.",
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=answers(PromotionList, "The promotions.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID),
)
async def list_promotions(request: HttpRequest) -> Answer:
    read_parameters(query_pairs(request), Parameters)
    actor = await actor_of(request, ActorKind.OPERATOR)
    async with runtime_of(request).database.transaction(actor) as tx:
        await identity.require(tx, Permission.PROMOTIONS_EDIT)
        return private(PromotionList(tuple(await promotions.promotions(tx))))


@post(
    "/operator/promotions/{promotion_id:uuid}/pause",
    operation_id="pausePromotion",
    summary="Pause a promotion code",
    description="It takes nothing off from now on; orders that hold it keep it.",
    status_code=200,
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND]),
)
async def pause_promotion(request: HttpRequest, promotion_id: _PromotionId) -> Answer:
    actor = await actor_of(request, ActorKind.OPERATOR)
    async with runtime_of(request).database.transaction(actor) as tx:
        await identity.require(tx, Permission.PROMOTIONS_EDIT)
        await promotions.pause(tx, promotion_id)
    return done()


@post(
    "/operator/promotions/{promotion_id:uuid}/resume",
    operation_id="resumePromotion",
    summary="Let a promotion code be used again",
    description="Undoes a pause.",
    status_code=200,
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND]),
)
async def resume_promotion(request: HttpRequest, promotion_id: _PromotionId) -> Answer:
    actor = await actor_of(request, ActorKind.OPERATOR)
    async with runtime_of(request).database.transaction(actor) as tx:
        await identity.require(tx, Permission.PROMOTIONS_EDIT)
        await promotions.resume(tx, promotion_id)
    return done()


@post(
    "/operator/credits",
    operation_id="giveCredit",
    summary="Give a buyer credit",
    description="At the house's cost, and booked at once. Needs the header `Idempotency-Key`.",
    guards=[only_json],
    parameters=Parameters,
    sent=CreditWanted,
    asks_who=KEY_OR_LOGIN,
    responses={
        201: answers(CreditMade, "The grant's id.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT, INVALID]),
    },
)
async def give_credit(request: HttpRequest, data: JSONBody[CreditWanted]) -> Answer:
    runtime, actor = runtime_of(request), await actor_of(request, ActorKind.OPERATOR)
    asked = await keyed(request, actor, "POST /operator/credits")
    async with runtime.database.transaction(actor) as tx:
        await identity.require(tx, Permission.PROMOTIONS_EDIT)
    async with runtime.database.system() as tx:
        await identity.account(tx, data.account_id)

        async def give() -> KeptAnswer:
            credit = await promotions.grant_credit(
                tx,
                data.account_id,
                currency=data.currency,
                amount_minor=data.amount,
                origin=CreditOrigin(data.origin),
                reason=data.reason,
                expires_at=data.expires_at,
            )
            return KeptAnswer(201, msgspec.json.encode(CreditMade(credit.id)))

        return sent(await idempotency.once(tx, asked, give))


OPERATIONS: Sequence[HTTPRouteHandler] = (
    make_promotion,
    list_promotions,
    pause_promotion,
    resume_promotion,
    give_credit,
)
