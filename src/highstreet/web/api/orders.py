"""`/orders`: buying, looking at what was bought, and giving it back."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from highstreet.kit import idempotency
from highstreet.kit.database import Actor, ActorKind, Transaction
from highstreet.kit.idempotency import Answer as KeptAnswer
from highstreet.kit.idempotency import Keyed
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.cart import Gift
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.service import Purchase, Refunded
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import Voucher
from highstreet.web.actors import actor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import private
from highstreet.web.api.documented import (
    CONFLICT,
    INVALID,
    KEY_OR_LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    UNAVAILABLE,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.api.requests import keyed, sent
from highstreet.web.parameters import Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime, runtime_of
from highstreet.web.security import origin_of


class OrderWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to order. `gifts` say for whom lines of the quote are bought."""

    quote: Annotated[str, Meta(max_length=20_000, description="The `token` of a quote.")]
    gifts: Annotated[tuple[Gift, ...], Meta(max_length=20)] = ()
    attribution: (
        Annotated[
            dict[str, Annotated[str, Meta(max_length=500)]],
            Meta(max_length=20, description="Which words brought the buyer here; kept as it is."),
        ]
        | None
    ) = None


class RefundWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to give back: these vouchers, or without them all that are open."""

    vouchers: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=2000)] | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class PaymentView(Struct, frozen=True, kw_only=True):
    """How an order is paid."""

    redirect_url: Annotated[str, Meta(description="Our page that leads to the payment; whoever has it may pay.")]


class OrderLineView(Struct, frozen=True, kw_only=True):
    """A line of an order; `refunded` counts units, `promotion` is of the whole line."""

    option_id: UUID
    deal_id: UUID
    terms_version: int
    quantity: int
    refunded: int
    unit_price: int
    promotion: int
    gift_for: str | None


class OrderVoucherView(Struct, frozen=True, kw_only=True):
    """A voucher of an order."""

    id: UUID
    option_id: UUID
    state: str


class OrderView(Struct, frozen=True, kw_only=True):
    """An order. While it is `held`, its units are kept until `expires_at` for whoever pays."""

    id: UUID
    state: str
    currency: str
    price: int
    promotion: int
    credit: int
    due: int
    refunded: Annotated[int, Meta(description="What went back the way it was paid.")]
    placed_at: datetime
    paid_at: datetime | None
    expires_at: datetime
    lines: tuple[OrderLineView, ...]
    vouchers: tuple[OrderVoucherView, ...]
    payment: Annotated[PaymentView | None, Meta(description="Null where there is nothing to pay.")]


class RefundView(Struct, frozen=True, kw_only=True):
    """What was given back: `paid_back` the way it was paid, `credited` as credit."""

    id: UUID
    order_id: UUID
    vouchers: tuple[UUID, ...]
    currency: str
    paid_back: int
    credited: int
    order_state: str


class Page(Parameters, frozen=True, kw_only=True):
    """Which orders to list."""

    limit: Annotated[int, Meta(ge=1, le=100, description="How many at most.")] = 24
    before: Annotated[UUID | None, Meta(description="The `id` of the last order of the page before.")] = None


class OrderList(Struct, frozen=True):
    """One's orders, newest first."""

    orders: tuple[OrderView, ...]


_OrderId = Annotated[UUID, PathParameter(description="The `id` of an order.")]


@post(
    "/orders",
    operation_id="placeOrder",
    summary="Order what was quoted",
    description="Keeps the units for some minutes and answers with the page on which the order is paid. Needs the "
    "header `Idempotency-Key`: the same request with the same key is answered the same for two days. 409 says what is "
    "left where that is not enough; 503 that too many buy the same at this moment.",
    guards=[only_json],
    parameters=Parameters,
    sent=OrderWanted,
    asks_who=KEY_OR_LOGIN,
    responses={
        201: answers(OrderView, "The order.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, CONFLICT, INVALID, UNAVAILABLE]),
    },
)
async def place_order(request: HttpRequest, data: JSONBody[OrderWanted]) -> Answer:
    runtime, actor = runtime_of(request), await actor_of(request)
    assert actor.id is not None, "whoever buys has an account"
    origin = origin_of(request, runtime.settings)

    def render(order: Order) -> KeptAnswer:
        return KeptAnswer(201, msgspec.json.encode(_view(order, runtime, origin)))

    purchase = Purchase(
        account_id=actor.id,
        quote=orders.read(runtime.selling.quotes, data.quote),
        gifts=data.gifts,
        attribution=data.attribution,
        keyed=await keyed(request, actor, "POST /orders"),
        render=render,
    )
    outcome = await runtime.selling.till.buy(purchase)
    assert outcome.answer is not None, "it was rendered above"
    return sent(outcome.answer)


@get(
    "/orders",
    operation_id="listOrders",
    summary="List one's orders",
    description="The orders of the account, newest first.",
    parameters=Page,
    asks_who=KEY_OR_LOGIN,
    responses=answers(OrderList, "The orders.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID),
)
async def list_orders(request: HttpRequest) -> Answer:
    wanted = read_parameters(query_pairs(request), Page)
    runtime, actor = runtime_of(request), await actor_of(request)
    assert actor.id is not None, "whoever asks has an account"
    async with runtime.database.transaction(actor) as tx:
        found = await orders.orders_of(tx, actor.id, before=wanted.before, limit=wanted.limit)
    origin = origin_of(request, runtime.settings)
    return private(OrderList(tuple(_view(order, runtime, origin) for order in found)))


@get(
    "/orders/{order_id:uuid}",
    operation_id="getOrder",
    summary="Read an order",
    description="One of one's own orders, with the vouchers that it became.",
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=answers(OrderView, "The order.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, INVALID),
)
async def get_order(request: HttpRequest, order_id: _OrderId) -> Answer:
    read_parameters(query_pairs(request), Parameters)
    runtime, actor = runtime_of(request), await actor_of(request)
    async with runtime.database.transaction(actor) as tx:
        order = await orders.order(tx, order_id)
        issued = await vouchers.vouchers_of_order(tx, order_id)
    return private(_view(order, runtime, origin_of(request, runtime.settings), issued))


@post(
    "/orders/{order_id:uuid}/cancellation",
    operation_id="cancelOrder",
    summary="Give up an order that is not paid",
    description="Its units go back at once. What is paid for it afterwards is sent back by itself.",
    status_code=200,
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=answers(OrderView, "The order.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT),
)
async def cancel_order(request: HttpRequest, order_id: _OrderId) -> Answer:
    runtime, actor = runtime_of(request), await actor_of(request)
    async with runtime.database.transaction(actor) as tx:
        await orders.order(tx, order_id)
    async with runtime.database.system() as tx:
        order = await orders.cancel(tx, order_id)
    return private(_view(order, runtime, origin_of(request, runtime.settings)))


@post(
    "/orders/{order_id:uuid}/refunds",
    operation_id="refundOrder",
    summary="Give vouchers back",
    description="Takes back vouchers of one's own order that were not used, until two weeks after paying. Needs the "
    "header `Idempotency-Key`.",
    guards=[only_json],
    parameters=Parameters,
    sent=RefundWanted,
    asks_who=KEY_OR_LOGIN,
    responses={
        201: answers(RefundView, "What was given back.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT, INVALID]),
    },
)
async def refund_order(request: HttpRequest, order_id: _OrderId, data: JSONBody[RefundWanted]) -> Answer:
    runtime, actor = runtime_of(request), await actor_of(request)
    async with runtime.database.transaction(actor) as tx:
        await orders.order(tx, order_id)
    asked = await keyed(request, actor, f"POST /orders/{order_id}/refunds")
    return await _refund(runtime, asked, actor, order_id, data, by_buyer=True)


@post(
    "/operator/orders/{order_id:uuid}/refunds",
    operation_id="refundAnyOrder",
    summary="Give vouchers of any order back",
    description="For operators who may refund orders, at any time. Needs the header `Idempotency-Key`.",
    guards=[only_json],
    parameters=Parameters,
    sent=RefundWanted,
    asks_who=KEY_OR_LOGIN,
    responses={
        201: answers(RefundView, "What was given back.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT, INVALID]),
    },
)
async def refund_any_order(request: HttpRequest, order_id: _OrderId, data: JSONBody[RefundWanted]) -> Answer:
    runtime, actor = runtime_of(request), await actor_of(request, ActorKind.OPERATOR)
    async with runtime.database.transaction(actor) as tx:
        await identity.require(tx, Permission.ORDERS_REFUND)
        await orders.order(tx, order_id)
    asked = await keyed(request, actor, f"POST /operator/orders/{order_id}/refunds")
    return await _refund(runtime, asked, actor, order_id, data, by_buyer=False)


OPERATIONS: Sequence[HTTPRouteHandler] = (
    place_order,
    list_orders,
    get_order,
    cancel_order,
    refund_order,
    refund_any_order,
)


async def _refund(
    runtime: Runtime, asked: Keyed, actor: Actor, order_id: UUID, wanted: RefundWanted, *, by_buyer: bool
) -> Answer:
    async with runtime.database.system() as tx:
        return sent(await idempotency.once(tx, asked, _refunding(tx, actor, order_id, wanted, by_buyer=by_buyer)))


def _refunding(
    tx: Transaction, actor: Actor, order_id: UUID, wanted: RefundWanted, *, by_buyer: bool
) -> Callable[[], Awaitable[KeptAnswer]]:
    async def work() -> KeptAnswer:
        refunded = await orders.refund(
            tx, order_id, wanted.vouchers, by_id=actor.id, reason=wanted.reason, by_buyer=by_buyer
        )
        return KeptAnswer(201, msgspec.json.encode(_refund_view(refunded)))

    return work


def _view(order: Order, runtime: Runtime, origin: str, issued: Sequence[Voucher] = ()) -> OrderView:
    to_pay = order.due_minor > 0 and order.paid_at is None
    return OrderView(
        id=order.id,
        state=order.state,
        currency=order.currency,
        price=order.price_minor,
        promotion=order.promotion_minor,
        credit=order.credit_minor,
        due=order.due_minor,
        refunded=order.refunded_minor,
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        expires_at=order.expires_at,
        lines=tuple(
            OrderLineView(
                option_id=line.option_id,
                deal_id=line.deal_id,
                terms_version=line.terms_version,
                quantity=line.quantity,
                refunded=line.refunded,
                unit_price=line.unit_price_minor,
                promotion=line.promotion_minor,
                gift_for=line.gift.recipient_name if line.gift else None,
            )
            for line in order.lines
        ),
        vouchers=tuple(
            OrderVoucherView(id=voucher.id, option_id=voucher.option_id, state=voucher.state) for voucher in issued
        ),
        payment=PaymentView(redirect_url=origin + runtime.selling.pay_path(order.id)) if to_pay else None,
    )


def _refund_view(refunded: Refunded) -> RefundView:
    return RefundView(
        id=refunded.id,
        order_id=refunded.order.id,
        vouchers=refunded.voucher_ids,
        currency=refunded.order.currency,
        paid_back=refunded.paid_back_minor,
        credited=refunded.credited_minor,
        order_state=refunded.order.state,
    )
