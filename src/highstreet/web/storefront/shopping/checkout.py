"""Checkout in one page: what is bought, for whom, what it costs by which terms, and one button."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from litestar.datastructures import Cookie

from highstreet.kit import idempotency
from highstreet.kit.database import VISITOR, Actor, ActorKind
from highstreet.kit.errors import (
    Conflict,
    Forbidden,
    HighstreetError,
    InvalidInput,
    NotFound,
    Overloaded,
    TooManyRequests,
)
from highstreet.kit.idempotency import AnotherRequest
from highstreet.kit.idempotency import Answer as KeptAnswer
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import Option, PublishedDeal
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.throttling import CODES_FROM
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.orders import HELD_FOR, PAID_VALUE_FOR, REFUNDABLE_FOR, Order, Priced
from highstreet.market.orders.domain.quotes import Quote, StaleQuote
from highstreet.market.orders.service import Answered, Purchase
from highstreet.market.payments.domain.payments import Capture
from highstreet.market.promotions import service as promotions
from highstreet.web.actors import actor_of, caller_of, refuse_elsewhere, visitor_of
from highstreet.web.addresses import deal_path
from highstreet.web.answers import Answer
from highstreet.web.cookies import login_cookie
from highstreet.web.i18n import money
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other
from highstreet.web.security import content_policy
from highstreet.web.storefront.account.forms import fields_of, with_cookies
from highstreet.web.storefront.cards import where
from highstreet.web.storefront.deal_facts import fine_print
from highstreet.web.storefront.shopping import asked as typed
from highstreet.web.storefront.shopping.asked import Asked
from highstreet.web.storefront.shopping.whose import form_token, shown, with_headers
from highstreet.web.storefront.visit import Visit

_ROUTE: Final = "POST /checkout"
_BUY: Final = "buy"


@dataclass(frozen=True, slots=True)
class _Buyer:
    """`account_id` and `email` are None for a visitor whom nobody knows yet."""

    account_id: UUID | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What the page has to say: beside fields by their names, and at its top."""

    status: int = 200
    beside: dict[str, str] | None = None
    told: str = ""


async def checkout_page(request: HttpRequest, visit: Visit) -> Answer:
    asked = typed.read({name: visit.params[name] for name in ("option", "quantity") if name in visit.params})
    return await _laid_out(request, visit, asked, await _buyer(request, visit), _Said())


async def order(request: HttpRequest, visit: Visit) -> Answer:
    """Order what the form says, and go on to pay; or show the form again, with all that was typed."""
    asked = typed.read(fields := await fields_of(request))
    buyer = await _buyer(request, visit)
    try:
        await _check_ours(request)
    except Forbidden:
        refuse_elsewhere(request)
        told = visit.language.translate("You signed in meanwhile. Please look once more, and press the button again.")
        return await _laid_out(request, visit, asked, buyer, _Said(409, told=told))
    if fields.get("do") != _BUY:
        return await _laid_out(request, visit, asked, buyer, _Said())
    deal, option = await _item(visit, asked)
    problems = _problems(visit, asked, deal, buyer)
    if problems:
        return await _laid_out(request, visit, asked, buyer, _Said(422, problems))
    quote = _quote(visit, asked)
    chosen = (option.id, asked.units, asked.taken_off)
    if quote is None or (quote.lines[0].option_id, quote.lines[0].quantity, asked.seen) != chosen:
        told = visit.language.translate("The total has changed with what you chose. Please look once more.")
        return await _laid_out(request, visit, asked, buyer, _Said(told=told))
    return await _bought(request, visit, asked, buyer, quote)


async def _bought(request: HttpRequest, visit: Visit, asked: Asked, buyer: _Buyer, quote: Quote) -> Answer:
    cookies: tuple[Cookie, ...] = ()
    known = buyer
    try:
        if buyer.account_id is None:
            known, cookie = await _begun(request, visit, asked)
            cookies = (cookie,)
        address, is_new = await _placed(visit, asked, known, quote)
    except (Conflict, InvalidInput, Overloaded) as problem:
        # A guest who has ordered nothing is nobody yet: the address can still be put right.
        return await _laid_out(request, visit, asked, buyer, _why_not(visit, quote, problem))
    return with_cookies(see_other(address), *(cookies if is_new else ()))


async def _placed(visit: Visit, asked: Asked, buyer: _Buyer, quote: Quote) -> tuple[str, bool]:
    """Where to pay, and whether the order is new: a form that was sent twice leads to the order that it made."""
    runtime = visit.runtime
    deal, _option = await _item(visit, asked)
    given = typed.gifts(asked, _time_zone(deal))
    assert buyer.account_id is not None, "a guest was begun before"

    def render(order: Order) -> KeptAnswer:
        return KeptAnswer(201, runtime.selling.pay_path(order.id).encode("ascii"))

    whose = Actor(ActorKind.SHOPPER, quote.id)
    purchase = Purchase(
        account_id=buyer.account_id,
        quote=quote,
        gifts=given,
        keyed=idempotency.keyed(whose, _ROUTE, quote.id.hex, msgspec.json.encode(given)),
        render=render,
    )
    outcome = await runtime.selling.till.buy(purchase)
    assert outcome.answer is not None, "it was rendered above"
    return visit.localized(outcome.answer.body.decode("ascii")), not isinstance(outcome, Answered)


async def _begun(request: HttpRequest, visit: Visit, asked: Asked) -> tuple[_Buyer, Cookie]:
    runtime = visit.runtime
    account, begun = await identity.begin_as_guest(
        runtime.database, asked.email, visit.language.code, visitor_of(request)
    )
    return _Buyer(account.id, account.email), login_cookie(runtime.settings, begun, visit.now)


async def _buyer(request: HttpRequest, visit: Visit) -> _Buyer:
    caller = await caller_of(request)
    if caller is None:
        return _Buyer()
    async with visit.runtime.database.system() as tx:
        account = await identity.account(tx, caller.account_id)
    return _Buyer(account.id, account.email)


async def _check_ours(request: HttpRequest) -> None:
    if await caller_of(request) is None:
        refuse_elsewhere(request)
    else:
        await actor_of(request)


async def _item(visit: Visit, asked: Asked) -> tuple[PublishedDeal, Option]:
    """The deal and the option that are wanted. Raises NotFound for what no page shows."""
    nothing = NotFound("There is nothing to buy at this address")
    if asked.option_id is None:
        raise nothing
    async with visit.runtime.database.transaction(VISITOR) as tx:
        offer = (await catalog.offers(tx, [asked.option_id])).get(asked.option_id)
        deal = await catalog.published_deal(tx, offer.deal_id) if offer else None
    option = next((each for each in deal.options if each.id == asked.option_id), None) if deal else None
    if deal is None or option is None:
        raise nothing
    return deal, option


def _problems(visit: Visit, asked: Asked, deal: PublishedDeal, buyer: _Buyer) -> dict[str, str]:
    language = visit.language
    found = typed.quantity_problem(language, asked)
    found |= typed.gift_problems(language, asked, _time_zone(deal), visit.now)
    return found if buyer.email else found | typed.email_problem(language, asked)


def _quote(visit: Visit, asked: Asked) -> Quote | None:
    try:
        return orders.read(visit.runtime.selling.quotes, asked.quote)
    except InvalidInput:
        return None


def _why_not(visit: Visit, quote: Quote, problem: HighstreetError) -> _Said:
    """What to say of an order that was not made."""
    _, status = visit.language.translate, describe(problem).status
    match problem:
        case AnotherRequest():
            told = _("You have ordered this already, in another way. If you want it once more, press the button again.")
        case StaleQuote():
            was = money(visit.language, quote.due_minor, quote.currency)
            told = _(
                "You saw {price}; that was kept for 15 minutes, or has changed. See what it is now, and buy again."
            )
            told = told.format(price=was)
        case Overloaded():
            told = _("Very many are buying this at the same moment. Nothing was taken; please press the button again.")
        case _:
            return _Said(status, typed.refusal(visit.language, problem))
    return _Said(status, told=told)


async def _laid_out(request: HttpRequest, visit: Visit, asked: Asked, buyer: _Buyer, said: _Said) -> Answer:
    """The page, with a price of this moment."""
    deal, option = await _item(visit, asked)
    priced, beside = await _priced(request, visit, asked, buyer)
    language, checkout = visit.language, visit.runtime.selling
    context = {
        "asked": asked,
        "deal": deal,
        "option": option,
        "deal_path": deal_path(deal),
        "where": where(language, visit.index, deal, None),
        "fine_print": fine_print(language, deal),
        "time_zone": _time_zone(deal),
        "quote": priced.quote if priced else None,
        "token": priced.token if priced else "",
        "seen": asked.taken_off,
        "credit_minor": await _credit(visit, buyer, deal.currency),
        "set_aside": priced is not None and priced.quote.capture is Capture.MANUAL,
        "beside": {**beside, **(said.beside or {})},
        "told": said.told,
        "email": buyer.email,
        "csrf": await form_token(request),
        "most": min(option.per_buyer_limit or typed.MAX_QUANTITY, typed.MAX_QUANTITY),
        "refundable_days": REFUNDABLE_FOR.days,
        "kept_years": PAID_VALUE_FOR.days // 365,
        "kept_minutes": int(HELD_FOR.total_seconds()) // 60,
        "first_day": (visit.now + timedelta(days=1)).date().isoformat(),
        "last_day": (visit.now + timedelta(days=365)).date().isoformat(),
    }
    status = said.status if said.status != 200 or priced or not asked.units else 409
    params = {"option": str(option.id), "quantity": str(asked.units or 1)}
    answer = shown(visit, "checkout.html", language.translate("Checkout"), context, status, params=params)
    if checkout.provider_origin is None:
        return answer
    policy = content_policy().replace("form-action 'self'", f"form-action 'self' {checkout.provider_origin}")
    return with_headers(answer, (b"content-security-policy", policy.encode("ascii")))


async def _credit(visit: Visit, buyer: _Buyer, currency: str) -> int:
    """How much of their credit a buyer could spend, in minor units."""
    if buyer.account_id is None:
        return 0
    async with visit.runtime.database.system() as tx:
        return await promotions.credit_left(tx, buyer.account_id, currency)


async def _priced(
    request: HttpRequest, visit: Visit, asked: Asked, buyer: _Buyer
) -> tuple[Priced | None, dict[str, str]]:
    """What it costs now, or why it has no price, and what is to be said beside fields."""
    if asked.units is None or asked.option_id is None:
        return None, typed.quantity_problem(visit.language, asked)
    checkout = visit.runtime.selling
    cart, beside = asked.cart(asked.option_id, asked.units), dict[str, str]()
    try:
        await identity.count(visit.runtime.database, *((CODES_FROM, visitor_of(request).network) for _ in cart.codes))
    except TooManyRequests:
        beside = {"code": visit.language.translate("Too many attempts; wait a while and try again")}
        cart = msgspec.structs.replace(cart, codes=())
    try:
        async with visit.runtime.database.system() as tx:
            priced = await orders.quote(tx, checkout.quotes, checkout.rules, cart, account_id=buyer.account_id)
    except (Conflict, InvalidInput) as problem:
        return None, beside | typed.refusal(visit.language, problem)
    return priced, beside | typed.nothing_off(visit.language, priced.refused)


def _time_zone(deal: PublishedDeal) -> str | None:
    return deal.points[0].time_zone if deal.points else None
