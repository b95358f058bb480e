"""Pricing a cart, and freezing what it costs and by which terms."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.crypto import Signer
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, FieldProblem, InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, Origin
from highstreet.market.catalog.domain.offers import Offer
from highstreet.market.orders.domain import quotes
from highstreet.market.orders.domain.cart import Cart, CartLine, check_cart
from highstreet.market.orders.domain.orders import LimitReached, Priced, Refused, SaleRules, SoldOut
from highstreet.market.orders.domain.quotes import AppliedPromotion, Quote, QuotedLine, StaleQuote
from highstreet.market.orders.domain.tipping import TippingState
from highstreet.market.orders.repository import orders as rows
from highstreet.market.orders.repository import stock as stock_rows
from highstreet.market.orders.repository import tipping as tipping_rows
from highstreet.market.payments.domain.payments import Capture
from highstreet.market.promotions import service as promotions
from highstreet.market.promotions.domain.promotions import Combined, Item

_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


async def quote(
    tx: Transaction, signer: Signer, rules: SaleRules, cart: Cart, *, account_id: UUID | None = None
) -> Priced:
    """What a cart costs now, signed, for `account_id` alone where one is given.

    With codes or credit it needs the system's transaction, because those are nobody's to look through. Raises
    InvalidInput for what is not on sale, SoldOut and LimitReached where so many cannot be had.
    """
    check_cart(cart)
    offers = await catalog.offers(tx, [line.option_id for line in cart.lines])
    _check_on_sale(cart, offers, rules, tx.now)
    await _check_left(tx, cart, offers)
    currency = offers[cart.lines[0].option_id].currency
    lines = tuple(_line(line, offers[line.option_id], rules) for line in cart.lines)
    combined = await _promoted(tx, cart, lines, offers, currency, account_id)
    lines = tuple(_with(line, combined, index) for index, line in enumerate(lines))
    made = Quote(
        id=tx.new_id(),
        account_id=account_id,
        made_at=tx.now,
        currency=currency,
        lines=lines,
        applied=tuple(
            AppliedPromotion(taken.promotion.id, taken.promotion.code, taken.amount_minor) for taken in combined.taken
        ),
        credit_minor=await _credit(tx, cart, lines, currency, account_id),
        capture=await _capture(tx, {offer.deal_id for offer in offers.values()}),
    )
    titles = tuple(title(offers[line.option_id]) for line in cart.lines)
    return Priced(
        quote=made,
        token=signer.sign(quotes.encode(made), made.expires_at),
        titles=titles,
        refused=tuple(Refused(code=code, why=why) for code, why in sorted(combined.refused.items())),
    )


def read(signer: Signer, token: str) -> Quote:
    """The quote that was signed. Raises InvalidInput for one that was never made here.

    Whether it has ended is said where it is ordered: whoever asks again is answered again, also later.
    """
    payload = signer.verify(token, _ALWAYS)
    if payload is None:
        raise InvalidInput.at("quote", "is not a quote of ours; ask for one, and send its token as it is")
    return quotes.decode(payload)


def problem_with(quote: Quote, account_id: UUID, offers: Mapping[UUID, Offer], now: datetime) -> Conflict | None:
    """Why a quote cannot be ordered any more; None when all is as it was quoted."""
    if now >= quote.expires_at:
        return StaleQuote("The quote has ended; ask for a new one.")
    if quote.account_id not in {None, account_id}:
        return StaleQuote("The quote was made for somebody else; ask for one of your own.")
    return next((told for line in quote.lines if (told := _change(line, offers.get(line.option_id), now))), None)


def _change(line: QuotedLine, offer: Offer | None, now: datetime) -> Conflict | None:
    if offer is None or offer.withdrawn:
        return StaleQuote("Something in the quote is no longer offered; ask for a new one.")
    if offer.state is DealState.SOLD_OUT:
        return SoldOut(line.option_id, title(offer), line.quantity, 0)
    if offer.state is not DealState.LIVE or (offer.ends_at is not None and offer.ends_at <= now):
        return StaleQuote(f"{title(offer)} is not on sale any more.")
    if offer.terms_version != line.terms_version:
        return StaleQuote(f"{title(offer)} has new terms since it was quoted; ask for a new quote.")
    return None


def title(offer: Offer) -> str:
    """What an option is called to somebody who sees nothing else of the deal."""
    return f"{offer.deal_title} ({offer.option_title})"


def _check_on_sale(cart: Cart, offers: Mapping[UUID, Offer], rules: SaleRules, now: datetime) -> None:
    problems: list[FieldProblem] = []
    for index, line in enumerate(cart.lines):
        offer = offers.get(line.option_id)
        problem = "there is no such option" if offer is None else _why_not(offer, rules, now)
        if problem is not None:
            problems.append(FieldProblem(f"lines[{index}].option_id", problem))
    if problems:
        raise InvalidInput(tuple(problems))
    currencies = {offers[line.option_id].currency for line in cart.lines}
    if len(currencies) > 1:
        raise InvalidInput.at(
            "lines", f"one order is in one currency, and these are in {', '.join(sorted(currencies))}"
        )


def _why_not(offer: Offer, rules: SaleRules, now: datetime) -> str | None:
    if offer.origin is Origin.IMPORTED:
        return "is a feed's deal, which is bought where it links to"
    if offer.origin is Origin.INVENTED and not rules.sells_invented:
        return "is invented for the demonstration, and is not sold for money"
    if offer.withdrawn or offer.terms_version is None or offer.merchant_id is None:
        return "is no longer offered"
    over = offer.ends_at is not None and offer.ends_at <= now
    if over or offer.state not in {DealState.LIVE, DealState.SOLD_OUT}:
        return "is not on sale any more"
    return None


async def _check_left(tx: Transaction, cart: Cart, offers: Mapping[UUID, Offer]) -> None:
    """An early word to the buyer. What counts is what is left when the order is placed."""
    stocks = await stock_rows.known(tx, [line.option_id for line in cart.lines])
    for line in cart.lines:
        offer = offers[line.option_id]
        stock = stocks.get(line.option_id)
        left = stock.remaining if stock else offer.cap
        if offer.state is DealState.SOLD_OUT:
            left = 0
        if left is not None and left < line.quantity:
            raise SoldOut(line.option_id, title(offer), line.quantity, left)
        if offer.per_buyer_limit is not None and line.quantity > offer.per_buyer_limit:
            raise LimitReached(line.option_id, title(offer), offer.per_buyer_limit)


async def _promoted(
    tx: Transaction,
    cart: Cart,
    lines: Sequence[QuotedLine],
    offers: Mapping[UUID, Offer],
    currency: str,
    account_id: UUID | None,
) -> Combined:
    if not cart.codes:
        return Combined(taken=(), refused={})
    items = [
        Item(
            deal_id=line.deal_id,
            merchant_id=line.merchant_id,
            category_id=offers[line.option_id].category_id,
            price_minor=line.price_minor,
        )
        for line in lines
    ]
    has_ordered = account_id is not None and await rows.has_ordered(tx, account_id)
    return await promotions.price(tx, cart.codes, items, currency, account_id=account_id, has_ordered=has_ordered)


def _with(line: QuotedLine, combined: Combined, index: int) -> QuotedLine:
    return msgspec.structs.replace(line, promotion_minor=sum(taken.by_line[index] for taken in combined.taken))


async def _credit(
    tx: Transaction, cart: Cart, lines: Sequence[QuotedLine], currency: str, account_id: UUID | None
) -> int:
    if not cart.use_credit or account_id is None:
        return 0
    left_minor = await promotions.credit_left(tx, account_id, currency)
    return min(left_minor, sum(line.price_minor - line.promotion_minor for line in lines))


async def _capture(tx: Transaction, deal_ids: set[UUID]) -> Capture:
    """A deal that has yet to tip is bought alone, because its money is taken when it has, and not before."""
    open_ones = [
        each for each in (await tipping_rows.of_deals(tx, list(deal_ids))).values() if each.state is TippingState.OPEN
    ]
    if open_ones and len(deal_ids) > 1:
        raise InvalidInput.at("lines", "a deal that runs only once enough of it are sold is ordered by itself")
    return Capture.MANUAL if open_ones else Capture.AUTOMATIC


def _line(line: CartLine, offer: Offer, rules: SaleRules) -> QuotedLine:
    assert offer.merchant_id is not None, "it is on sale"
    assert offer.terms_version is not None, "it is on sale"
    return QuotedLine(
        option_id=line.option_id,
        deal_id=offer.deal_id,
        merchant_id=offer.merchant_id,
        terms_version=offer.terms_version,
        quantity=line.quantity,
        unit_price_minor=offer.price_minor,
        promotion_minor=0,
        commission_rate=rules.commission_rate,
        commission_tax_rate=rules.commission_tax_rate,
    )
