"""`/quotes`: what a cart costs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Meta, Struct

from highstreet.kit.database import VISITOR
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.throttling import CODES_FROM
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.cart import MAX_CODES, Cart
from highstreet.market.orders.domain.orders import Priced
from highstreet.web.actors import actor_of, caller_of, visitor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import private
from highstreet.web.api.documented import (
    ANYBODY,
    CONFLICT,
    INVALID,
    NOT_ALLOWED,
    TOO_OFTEN,
    UNAVAILABLE,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.parameters import Parameters, only_json
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class QuotedLineView(Struct, frozen=True, kw_only=True):
    """A line with its price; `promotion` is what promotions take off the whole line."""

    option_id: UUID
    deal_id: UUID
    title: str
    terms_version: Annotated[int, Meta(description="By which version of the deal's terms it is sold.")]
    quantity: int
    unit_price: int
    price: int
    promotion: int


class AppliedView(Struct, frozen=True, kw_only=True):
    """A promotion that takes something off."""

    code: str
    amount: int


class RefusedView(Struct, frozen=True, kw_only=True):
    """A promotion that was asked for and takes nothing off, and why."""

    code: str
    why: str


class QuoteView(Struct, frozen=True, kw_only=True):
    """What a cart costs. `token` is what an order is made of."""

    token: Annotated[str, Meta(description="This quote under our signature.")]
    expires_at: datetime
    currency: str
    lines: tuple[QuotedLineView, ...]
    price: int
    promotion: int
    credit: int
    due: Annotated[int, Meta(description="What is left to be paid.")]
    capture: Annotated[str, Meta(description="`manual`: the money is only taken once the deal has enough buyers.")]
    applied: tuple[AppliedView, ...]
    refused: tuple[RefusedView, ...]


@post(
    "/quotes",
    operation_id="makeQuote",
    summary="Ask what a cart costs",
    description="Prices a cart and freezes the prices and the terms under our signature for some minutes. Nothing is "
    "kept back for the buyer until it is ordered. Whoever is signed in gets a quote of their own.",
    guards=[only_json],
    parameters=Parameters,
    sent=Cart,
    asks_who=ANYBODY,
    responses={
        201: answers(QuoteView, "The quote.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, CONFLICT, INVALID, TOO_OFTEN, UNAVAILABLE]),
    },
)
async def make_quote(request: HttpRequest, data: JSONBody[Cart]) -> Answer:
    runtime = runtime_of(request)
    checkout = runtime.selling
    actor = VISITOR if await caller_of(request) is None else await actor_of(request)
    if data.codes:
        network = visitor_of(request).network
        await identity.count(runtime.database, *((CODES_FROM, network) for _ in data.codes[:MAX_CODES]))
    nobodys = bool(data.codes) or data.use_credit
    async with runtime.database.system() if nobodys else runtime.database.transaction(actor) as tx:
        priced = await orders.quote(tx, checkout.quotes, checkout.rules, data, account_id=actor.id)
    return private(_view(priced), 201)


OPERATIONS: Sequence[HTTPRouteHandler] = (make_quote,)


def _view(priced: Priced) -> QuoteView:
    quote = priced.quote
    return QuoteView(
        token=priced.token,
        expires_at=quote.expires_at,
        currency=quote.currency,
        lines=tuple(
            QuotedLineView(
                option_id=line.option_id,
                deal_id=line.deal_id,
                title=title,
                terms_version=line.terms_version,
                quantity=line.quantity,
                unit_price=line.unit_price_minor,
                price=line.price_minor,
                promotion=line.promotion_minor,
            )
            for line, title in zip(quote.lines, priced.titles, strict=True)
        ),
        price=quote.price_minor,
        promotion=quote.promotion_minor,
        credit=quote.credit_minor,
        due=quote.due_minor,
        capture=quote.capture,
        applied=tuple(AppliedView(code=each.code, amount=each.amount_minor) for each in quote.applied),
        refused=tuple(RefusedView(code=each.code, why=each.why) for each in priced.refused),
    )
