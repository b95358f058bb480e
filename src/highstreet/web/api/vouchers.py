"""`/vouchers`: what one bought, the codes of it, and giving it away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from highstreet.kit.database import Actor, ActorKind
from highstreet.kit.errors import NotFound
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.codes import shown_short_code
from highstreet.market.vouchers.domain.vouchers import Passage, Recipient, Voucher
from highstreet.web.actors import actor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import done, private, reader_of
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
from highstreet.web.api.views import in_words
from highstreet.web.parameters import Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class VoucherView(Struct, frozen=True, kw_only=True):
    """A voucher as it stands now. Amounts are minor units of `currency`."""

    id: UUID
    state: Annotated[str, Meta(description="`promo_expired`: still good for what was paid.")]
    title: str
    deal_id: UUID
    option_id: UUID
    merchant_id: UUID
    order_id: UUID
    currency: str
    price: int
    paid: int
    units: Annotated[int, Meta(description="Visits, or minor units of money where `in_money` is true.")]
    units_left: int
    in_money: bool
    location_ids: Annotated[tuple[UUID, ...], Meta(description="None: wherever the merchant redeems.")]
    fine_print: tuple[str, ...]
    redeem_from: datetime | None
    redeem_until: Annotated[datetime | None, Meta(description="From then on it is good for what was paid.")]
    paid_value_until: Annotated[datetime | None, Meta(description="Null: what was paid does not end.")]
    issued_at: datetime


class VoucherList(Struct, frozen=True):
    """One's vouchers, newest first."""

    vouchers: tuple[VoucherView, ...]


class CodesView(Struct, frozen=True, kw_only=True):
    """What is shown to be scanned, and what staff may type instead."""

    qr: Annotated[str, Meta(description="What the picture holds: the bearer code, signed for devices without network.")]
    bearer: str
    short: Annotated[str, Meta(examples=["7K3QP-9XMT2"])]


class PassageView(Struct, frozen=True, kw_only=True):
    """A step of a voucher."""

    step: str
    state: str
    units_left: int
    at: datetime
    reason: str | None


class VoucherShown(Struct, frozen=True, kw_only=True):
    """A voucher with its codes and its history."""

    voucher: VoucherView
    codes: CodesView
    history: tuple[PassageView, ...]


class GiftWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom a voucher is given, for the mail that brings it; all of it can be left out."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    email: Annotated[str, Meta(min_length=3, max_length=320)] | None = None
    message: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class GiftView(Struct, frozen=True, kw_only=True):
    """A voucher on its way. Whoever sends the token first has it."""

    id: UUID
    token: str
    expires_at: datetime


class VoidWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a voucher is declared void."""

    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


class GiftClaimed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token of a gift."""

    token: Annotated[str, Meta(min_length=1, max_length=500)]


class Page(Parameters, frozen=True, kw_only=True):
    """Which vouchers to list."""

    limit: Annotated[int, Meta(ge=1, le=100, description="How many to list.")] = 24
    before: Annotated[UUID | None, Meta(description="The `id` of the last voucher of the page before.")] = None


class FileWanted(Parameters, frozen=True, kw_only=True):
    """In which form."""

    form: Annotated[Literal["pdf", "svg"], Meta(description="`pdf` or `svg`.")] = "pdf"


_VoucherId = Annotated[UUID, PathParameter(description="The `id` of a voucher.")]


@get(
    "/vouchers",
    operation_id="listVouchers",
    summary="List one's vouchers",
    description="The vouchers of whoever asks, newest first, as they stand now.",
    parameters=Page,
    asks_who=KEY_OR_LOGIN,
    responses=answers(VoucherList, "The vouchers.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID),
)
async def list_vouchers(request: HttpRequest) -> Answer:
    page = read_parameters(query_pairs(request), Page)
    actor = await actor_of(request)
    async with runtime_of(request).database.transaction(actor) as tx:
        found = await vouchers.vouchers_of(tx, _account(actor), before=page.before, limit=page.limit)
    return private(VoucherList(tuple(_view(request, each) for each in found)))


@get(
    "/vouchers/{voucher_id:uuid}",
    operation_id="getVoucher",
    summary="Read a voucher",
    description="One of one's own vouchers, with its codes and its history.",
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=answers(VoucherShown, "The voucher.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND),
)
async def get_voucher(request: HttpRequest, voucher_id: _VoucherId) -> Answer:
    read_parameters(query_pairs(request), Parameters)
    actor, runtime = await actor_of(request), runtime_of(request)
    async with runtime.database.transaction(actor) as tx:
        found = await vouchers.voucher(tx, voucher_id)
        codes = await vouchers.codes_of(tx, runtime.voucher_keys, voucher_id, _account(actor))
        steps = await vouchers.history(tx, voucher_id)
    shown = CodesView(
        qr=runtime.voucher_keys.signed_text(found, codes.bearer, tx.now),
        bearer=codes.bearer,
        short=shown_short_code(codes.short),
    )
    return private(VoucherShown(voucher=_view(request, found), codes=shown, history=tuple(map(_passage, steps))))


@get(
    "/vouchers/{voucher_id:uuid}/file",
    operation_id="getVoucherFile",
    summary="Fetch a voucher as a file",
    description="As PDF, to be printed or kept; or as SVG, the picture alone that is scanned.",
    parameters=FileWanted,
    asks_who=KEY_OR_LOGIN,
    responses={
        200: ResponseSpec(None, description="The file, as `application/pdf` or `image/svg+xml`."),
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, INVALID]),
    },
)
async def get_voucher_file(request: HttpRequest, voucher_id: _VoucherId) -> Answer:
    wanted = read_parameters(query_pairs(request), FileWanted)
    actor, runtime = await actor_of(request), runtime_of(request)
    make = vouchers.voucher_as_pdf if wanted.form == "pdf" else vouchers.voucher_as_svg
    async with runtime.database.system() as tx:
        content = await make(tx, runtime.voucher_keys, voucher_id, _account(actor))
    kind = b"application/pdf" if wanted.form == "pdf" else b"image/svg+xml"
    name = f'inline; filename="voucher-{voucher_id}.{wanted.form}"'
    headers = (
        (b"content-type", kind),
        (b"content-length", str(len(content)).encode("ascii")),
        (b"content-disposition", name.encode("ascii")),
        (b"cache-control", b"no-store"),
    )
    return Answer(200, headers, content)


@post(
    "/vouchers/{voucher_id:uuid}/gift",
    operation_id="giveVoucher",
    summary="Give a voucher away",
    description="Makes a token that is good once. Until somebody claims it, the voucher stays one's own.",
    guards=[only_json],
    parameters=Parameters,
    sent=GiftWanted,
    asks_who=KEY_OR_LOGIN,
    responses={
        201: answers(GiftView, "The gift.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT, INVALID]),
    },
)
async def give_voucher(request: HttpRequest, voucher_id: _VoucherId, data: JSONBody[GiftWanted]) -> Answer:
    actor, runtime = await actor_of(request), runtime_of(request)
    recipient = Recipient(name=data.name, email=data.email, message=data.message)
    async with runtime.database.system() as tx:
        gift = await vouchers.give(tx, _account(actor), voucher_id, recipient)
        token = await vouchers.gift_token(tx, runtime.voucher_keys, gift.id)
    return private(GiftView(id=gift.id, token=token, expires_at=gift.expires_at), 201)


@delete(
    "/gifts/{gift_id:uuid}",
    operation_id="withdrawGift",
    summary="Take a gift back",
    description="Its token is good for nothing from now on. One that was claimed stays with whoever claimed it.",
    status_code=200,  # what the framework is told; the answer brings its own
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, CONFLICT]),
)
async def withdraw_gift(
    request: HttpRequest, gift_id: Annotated[UUID, PathParameter(description="The `id` of a gift.")]
) -> Answer:
    actor = await actor_of(request)
    async with runtime_of(request).database.system() as tx:
        await vouchers.withdraw(tx, _account(actor), gift_id)
    return done()


@post(
    "/gifts/claims",
    operation_id="claimGift",
    summary="Claim a gift",
    description="The voucher becomes one's own and gets new codes; what the giver has of it is worth nothing then.",
    guards=[only_json],
    parameters=Parameters,
    sent=GiftClaimed,
    asks_who=KEY_OR_LOGIN,
    responses={
        201: answers(VoucherView, "The voucher.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT, INVALID]),
    },
)
async def claim_gift(request: HttpRequest, data: JSONBody[GiftClaimed]) -> Answer:
    actor, runtime = await actor_of(request), runtime_of(request)
    async with runtime.database.system() as tx:
        mine = await vouchers.claim_gift(tx, runtime.voucher_keys, data.token, _account(actor))
    return private(_view(request, mine), 201)


@post(
    "/vouchers/{voucher_id:uuid}/void",
    operation_id="voidVoucher",
    summary="Declare a voucher void",
    description="For operators who may refund orders. Its owner reads the reason; what was paid is owed to who paid.",
    status_code=200,
    guards=[only_json],
    parameters=Parameters,
    sent=VoidWanted,
    asks_who=KEY_OR_LOGIN,
    responses=answers(VoucherView, "The voucher.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT, INVALID),
)
async def void_voucher(request: HttpRequest, voucher_id: _VoucherId, data: JSONBody[VoidWanted]) -> Answer:
    actor, database = await actor_of(request, ActorKind.OPERATOR), runtime_of(request).database
    async with database.transaction(actor) as tx:
        await identity.require(tx, Permission.ORDERS_REFUND)
    async with database.system() as tx:
        voided = await vouchers.void(tx, voucher_id, by_id=actor.id, reason=data.reason)
    return private(_view(request, voided))


OPERATIONS: Sequence[HTTPRouteHandler] = (
    list_vouchers,
    get_voucher,
    get_voucher_file,
    give_voucher,
    withdraw_gift,
    claim_gift,
    void_voucher,
)


def _account(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotFound("Nobody without an account has vouchers.")
    return actor.id


def _view(request: HttpRequest, voucher: Voucher) -> VoucherView:
    language = reader_of(request, runtime_of(request), None).language
    return VoucherView(
        id=voucher.id,
        state=voucher.state,
        title=voucher.title,
        deal_id=voucher.deal_id,
        option_id=voucher.option_id,
        merchant_id=voucher.merchant_id,
        order_id=voucher.order_id,
        currency=voucher.currency,
        price=voucher.price_minor,
        paid=voucher.paid_minor,
        units=voucher.units,
        units_left=voucher.units_left,
        in_money=voucher.in_money,
        location_ids=voucher.location_ids,
        fine_print=tuple(in_words(rule, language) for rule in voucher.fine_print),
        redeem_from=voucher.redeem_from,
        redeem_until=voucher.redeem_until,
        paid_value_until=voucher.paid_value_until,
        issued_at=voucher.issued_at,
    )


def _passage(passage: Passage) -> PassageView:
    return PassageView(
        step=passage.step,
        state=passage.after,
        units_left=passage.units_left,
        at=passage.at,
        reason=passage.reason,
    )
