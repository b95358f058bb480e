"""`/redemptions`: what a merchant's staff and devices redeem."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from highstreet.kit.database import ActorKind
from highstreet.kit.errors import InvalidInput
from highstreet.market.bookings import service as bookings
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.claims import Claim, Told
from highstreet.market.vouchers.domain.redemptions import Presented, Redeemer, Redemption, Refused, Why, refused
from highstreet.web.actors import actor_of, bearer_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import private, reader_of
from highstreet.web.api.documented import (
    DEVICE,
    INVALID,
    NOT_ALLOWED,
    NOT_FOUND,
    STAFF_OR_DEVICE,
    TOO_OFTEN,
    UNAVAILABLE,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.headers import header
from highstreet.web.parameters import Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import PROBLEM_JSON, HttpRequest
from highstreet.web.runtime import runtime_of

_DEVICE_TOKEN = "hsd_"  # noqa: S105 -- how tokens of devices begin, and no token


class RedemptionWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to redeem, as it was scanned or typed."""

    code: Annotated[str, Meta(min_length=1, max_length=1000)]
    merchant_id: Annotated[UUID | None, Meta(description="For whom staff redeem; a device knows its merchant.")] = None
    location_id: Annotated[UUID | None, Meta(description="Where; needed unless the voucher names no locations.")] = None
    units: Annotated[
        Annotated[int, Meta(ge=1, le=2**31 - 1)] | None,
        Meta(description="Visits, one where nothing is said; of a voucher in money, minor units, which are needed."),
    ] = None
    age_years: Annotated[
        Annotated[int, Meta(ge=0, le=150)] | None, Meta(description="What a document showed: at least so many years.")
    ] = None
    booked_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="When the visit was booked, where that was not done here."),
    ] = None


class RedemptionView(Struct, frozen=True, kw_only=True):
    """Units of a voucher that were used."""

    id: UUID
    voucher_id: UUID
    merchant_id: UUID
    location_id: UUID | None
    units: int
    with_promotion: Annotated[bool, Meta(description="False: honour what was paid, `paid`, and nothing more.")]
    paid: int
    channel: str
    redeemed_at: datetime
    reversed_at: datetime | None


class RedemptionList(Struct, frozen=True):
    """What was redeemed at a merchant, newest first."""

    redemptions: tuple[RedemptionView, ...]


class ReversalWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a redemption is taken back."""

    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


class ToldRedemption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device did without network, by its own clock and under a nonce of its own."""

    code: Annotated[str, Meta(min_length=1, max_length=1000)]
    nonce: Annotated[str, Meta(min_length=1, max_length=100)]
    at: Annotated[datetime, Meta(tz=True)]
    location_id: UUID | None = None
    units: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    age_years: Annotated[int, Meta(ge=0, le=150)] | None = None
    booked_at: Annotated[datetime, Meta(tz=True)] | None = None


class SyncWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device tells, and what its clock reads meanwhile."""

    device_now: Annotated[datetime, Meta(tz=True)]
    redemptions: Annotated[tuple[ToldRedemption, ...], Meta(max_length=200)]


class ClaimView(Struct, frozen=True, kw_only=True):
    """What became of a redemption without network; asked again, by now."""

    nonce: str
    outcome: Annotated[str, Meta(description="`accepted`, `contested` (others were earlier) or `refused`.")]
    why: str | None
    reason: Annotated[str | None, Meta(description="The same in a sentence.")]
    redemption_id: UUID | None
    redeemed_at: datetime


class Synced(Struct, frozen=True):
    """An answer to each, in the order in which they were told."""

    redemptions: tuple[ClaimView, ...]


class RefusedProblem(Struct, frozen=True, kw_only=True):
    """Nothing was redeemed or reversed. `why` is for programs, `reasons` are for people."""

    status: int
    title: str
    detail: str
    why: Why
    reasons: tuple[str, ...]
    type: str = "about:blank"


class OfMerchant(Parameters, frozen=True, kw_only=True):
    """Whose redemptions to list."""

    merchant_id: Annotated[UUID, Meta(description="The `id` of a merchant.")]
    limit: Annotated[int, Meta(ge=1, le=100, description="How many to list.")] = 24
    before: Annotated[UUID | None, Meta(description="The `id` of the last redemption of the page before.")] = None


_RedemptionId = Annotated[UUID, PathParameter(description="The `id` of a redemption.")]
_REFUSED = (
    409,
    ResponseSpec(
        RefusedProblem,
        description="It was refused; `why` names the reason and `reasons` say it.",
        media_type=PROBLEM_JSON,
        generate_examples=False,
    ),
)


@post(
    "/redemptions",
    operation_id="redeem",
    summary="Redeem a voucher",
    description="By a merchant's staff or one of its devices. Needs the header `Idempotency-Key`: what is sent "
    "twice with the same key is redeemed once.",
    guards=[only_json],
    parameters=Parameters,
    sent=RedemptionWanted,
    asks_who=STAFF_OR_DEVICE,
    responses={
        201: answers(RedemptionView, "It is redeemed.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, _REFUSED, INVALID, TOO_OFTEN, UNAVAILABLE]),
    },
)
async def redeem(request: HttpRequest, data: JSONBody[RedemptionWanted]) -> Answer:
    nonce = header(request, b"idempotency-key")
    if not nonce:
        raise InvalidInput.at("Idempotency-Key", "is a header that this needs: a new random text for each redemption")
    redeemer, runtime = await redeemer_of(request, data.merchant_id), runtime_of(request)
    presented = Presented(
        code=data.code,
        nonce=nonce,
        location_id=data.location_id,
        units=data.units,
        age_years=data.age_years,
        booked_at=data.booked_at,
    )
    async with runtime.database.system() as tx:
        done = await vouchers.redeem(tx, runtime.voucher_keys, redeemer, presented, bookings.booked_at)
    return _answered(request, done, 201)


@get(
    "/redemptions",
    operation_id="listRedemptions",
    summary="List what was redeemed at a merchant",
    description="For the merchant's staff, newest first.",
    parameters=OfMerchant,
    asks_who=STAFF_OR_DEVICE[:2],
    responses=answers(RedemptionList, "The redemptions.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID),
)
async def list_redemptions(request: HttpRequest) -> Answer:
    page = read_parameters(query_pairs(request), OfMerchant)
    actor = await actor_of(request, ActorKind.STAFF)
    async with runtime_of(request).database.transaction(actor) as tx:
        await vouchers.redeeming_for(tx, page.merchant_id)
        found = await vouchers.redemptions_of(tx, page.merchant_id, before=page.before, limit=page.limit)
    return private(RedemptionList(tuple(map(_view, found))))


@post(
    "/redemptions/{redemption_id:uuid}/reversal",
    operation_id="reverseRedemption",
    summary="Take a redemption back",
    description="Within 15 minutes, once, by the merchant's staff or one of its devices. The voucher is good again.",
    status_code=200,
    guards=[only_json],
    parameters=Parameters,
    sent=ReversalWanted,
    asks_who=STAFF_OR_DEVICE,
    responses=answers(RedemptionView, "It is reversed.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, _REFUSED, INVALID),
)
async def reverse_redemption(
    request: HttpRequest, redemption_id: _RedemptionId, data: JSONBody[ReversalWanted]
) -> Answer:
    runtime = runtime_of(request)
    if bearer_of(request).startswith(_DEVICE_TOKEN):
        redeemer = await redeemer_of(request, None)
    else:
        async with runtime.database.transaction(await actor_of(request, ActorKind.STAFF)) as tx:
            found = await vouchers.redemption(tx, redemption_id)
            redeemer = await vouchers.redeeming_for(tx, found.merchant_id)
    async with runtime.database.system() as tx:
        answer = await vouchers.reverse(tx, redeemer, redemption_id, reason=data.reason)
    return _answered(request, answer, 200)


@post(
    "/redemptions/sync",
    operation_id="syncRedemptions",
    summary="Tell what was redeemed without network",
    description="Of several devices that redeemed the same voucher the earliest did, whichever tells first; what was "
    "redeemed with network stands. Told again, each is answered by what became of it since.",
    status_code=200,
    guards=[only_json],
    parameters=Parameters,
    sent=SyncWanted,
    asks_who=DEVICE,
    responses=answers(Synced, "What became of each.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID, UNAVAILABLE),
)
async def sync_redemptions(request: HttpRequest, data: JSONBody[SyncWanted]) -> Answer:
    redeemer, runtime = await redeemer_of(request, None), runtime_of(request)
    told = [msgspec.convert(each, Told, from_attributes=True) for each in data.redemptions]
    async with runtime.database.system() as tx:
        claims = await vouchers.sync(tx, runtime.voucher_keys, redeemer, told, data.device_now)
    answered = (
        _claim(each, _in_words(request, refused(each.why))[0] if each.why is not None else None) for each in claims
    )
    return private(Synced(tuple(answered)))


OPERATIONS: Sequence[HTTPRouteHandler] = (redeem, list_redemptions, reverse_redemption, sync_redemptions)


async def redeemer_of(request: HttpRequest, merchant_id: UUID | None) -> Redeemer:
    """Who redeems: a device by its token, or staff for a merchant that they name.

    Raises Unauthenticated, Forbidden, and InvalidInput for staff who name none.
    """
    runtime, token = runtime_of(request), bearer_of(request)
    if token.startswith(_DEVICE_TOKEN):
        async with runtime.database.system() as tx:
            return await vouchers.recognise_device(tx, token)
    actor = await actor_of(request, ActorKind.STAFF)
    if merchant_id is None:
        raise InvalidInput.at("merchant_id", "say for which merchant you redeem")
    async with runtime.database.transaction(actor) as tx:
        return await vouchers.redeeming_for(tx, merchant_id)


def _answered(request: HttpRequest, done: Redemption | Refused, status: int) -> Answer:
    if isinstance(done, Redemption):
        return private(_view(done), status)
    reasons = _in_words(request, done)
    problem = RefusedProblem(status=409, title="Conflict", detail=" ".join(reasons), why=done.why, reasons=reasons)
    encoded = msgspec.json.encode(problem)
    size = str(len(encoded)).encode("ascii")
    named = (b"content-type", PROBLEM_JSON.encode("ascii"))
    return Answer(409, (named, (b"content-length", size), (b"cache-control", b"no-store")), encoded)


def _in_words(request: HttpRequest, done: Refused) -> tuple[str, ...]:
    translations = reader_of(request, runtime_of(request), None).language.translations
    return done.in_words(translations.gettext, translations.ngettext)


def _view(redemption: Redemption) -> RedemptionView:
    return RedemptionView(
        id=redemption.id,
        voucher_id=redemption.voucher_id,
        merchant_id=redemption.merchant_id,
        location_id=redemption.location_id,
        units=redemption.units,
        with_promotion=redemption.with_promotion,
        paid=redemption.paid_minor,
        channel=redemption.channel,
        redeemed_at=redemption.redeemed_at,
        reversed_at=redemption.reversed_at,
    )


def _claim(claim: Claim, reason: str | None) -> ClaimView:
    return ClaimView(
        nonce=claim.nonce,
        outcome=claim.outcome,
        why=claim.why,
        reason=reason,
        redemption_id=claim.redemption_id,
        redeemed_at=claim.claimed_at,
    )
