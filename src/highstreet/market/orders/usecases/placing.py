"""The first transaction of an order: stock is held, and everything is written that paying for it needs.

Several purchases are placed together, each as if it were alone: one that is refused leaves the others as they are.
The order of locks is the same for everybody: kept answers by name, promotions, limits by account, stock by
option.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from highstreet.kit import idempotency, outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, HighstreetError
from highstreet.kit.idempotency import Answer, Keyed, Name
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.offers import Offer
from highstreet.market.orders.domain import facts
from highstreet.market.orders.domain.cart import Gift, check_gifts
from highstreet.market.orders.domain.orders import HELD_FOR, Gifted, LimitReached, Line, Order, SoldOut
from highstreet.market.orders.domain.quotes import Quote, StaleQuote
from highstreet.market.orders.domain.states import HoldState, OrderState
from highstreet.market.orders.repository import limits as limit_rows
from highstreet.market.orders.repository import orders as rows
from highstreet.market.orders.repository import stock as stock_rows
from highstreet.market.orders.usecases.quoting import problem_with, title
from highstreet.market.orders.usecases.settling import settle_free
from highstreet.market.orders.usecases.telling import bought
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Wanted
from highstreet.market.promotions import service as promotions
from highstreet.market.vouchers.service import VoucherKeys


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to order.

    With `keyed` the order's answer, as `render` makes it, is kept and given again to whoever asks again.
    """

    account_id: UUID
    quote: Quote
    gifts: tuple[Gift, ...] = ()
    attribution: dict[str, Any] | None = None
    keyed: Keyed | None = None
    render: Callable[[Order], Answer] | None = None


class Placed(msgspec.Struct, frozen=True):
    """An order was made just now."""

    order: Order
    answer: Answer | None


class Answered(msgspec.Struct, frozen=True):
    """The same request was answered before, so."""

    answer: Answer


Outcome: TypeAlias = Placed | Answered | HighstreetError


class _Wanted(msgspec.Struct, frozen=True):
    """A purchase on its way, with the order that it is to be."""

    place: int
    purchase: Purchase
    order: Order
    answer: Answer | None


async def place(tx: Transaction, keys: VoucherKeys, purchase: Purchase) -> Placed | Answered:
    """Order what was quoted. Needs the system's transaction, which must be given up where this raises.

    Raises StaleQuote when anything is no longer as it was quoted, SoldOut, LimitReached, InvalidInput for gifts that
    cannot be sent, and AnotherRequest.
    """
    (outcome,) = await _grant(tx, keys, [purchase])
    if isinstance(outcome, HighstreetError):
        raise outcome
    return outcome


async def place_all(tx: Transaction, keys: VoucherKeys, purchases: Sequence[Purchase]) -> list[Outcome]:
    """Order what was quoted to several buyers, of whom each has one line; what became of each, in their order.

    Whoever is refused leaves no trace, and the others are as they would be alone.
    """
    assert all(is_plain(each) for each in purchases), "what is refused here is taken back line by line"
    return await _grant(tx, keys, purchases)


def is_plain(purchase: Purchase) -> bool:
    """Whether a purchase may be placed together with others: one line, at its price."""
    quote = purchase.quote
    return len(quote.lines) == 1 and not quote.applied and not quote.credit_minor


async def _grant(tx: Transaction, keys: VoucherKeys, purchases: Sequence[Purchase]) -> list[Outcome]:
    offers = await catalog.offers(tx, sorted({line.option_id for each in purchases for line in each.quote.lines}))
    stocks = await _stocks(tx, offers)
    problems = [_problem(tx, each, offers, stocks) for each in purchases]
    hopeless = {index: problem for index, problem in enumerate(problems) if problem is not None}
    outcomes = await _answers_to(tx, purchases, hopeless)
    ids = tx.new_ids()
    wanted = [_wanted(tx, ids, index, each, offers) for index, each in enumerate(purchases) if index not in hopeless]
    if wanted:
        behind = any(stocks[option_id].cap != offer.cap for option_id, offer in offers.items())
        wanted = await _narrow(tx, wanted, offers, outcomes, behind=behind)
        await _write(tx, keys, [(each.order, each.purchase.quote) for each in wanted])
    outcomes |= {each.place: Placed(each.order, each.answer) for each in wanted}
    return [outcomes[index] for index in range(len(purchases))]


async def _narrow(
    tx: Transaction,
    wanted: list[_Wanted],
    offers: Mapping[UUID, Offer],
    outcomes: dict[int, Outcome],
    *,
    behind: bool,
) -> list[_Wanted]:
    """Those who are given what they want; the others are told why, and what they had taken until then goes back."""
    repeated = await _keep_answers(tx, wanted)
    unanswered = _without(wanted, repeated)
    spent = await _spend_quotes(tx, unanswered)
    await _hold_promotions(tx, _without(unanswered, spent))
    beyond = await _count_limits(tx, _without(unanswered, spent), offers)
    counted = _without(unanswered, {**spent, **beyond})
    lacking = await _take_stock(tx, counted, offers, behind=behind)
    refused = {**spent, **beyond, **lacking}
    if refused:
        gone = [each for each in unanswered if each.place in refused]
        await idempotency.forget(tx, [each.purchase.keyed.name for each in gone if each.purchase.keyed])
        await limit_rows.release(tx, _limited([each for each in counted if each.place in lacking]))
    outcomes |= repeated | refused
    return _without(counted, lacking)


def _without(wanted: Sequence[_Wanted], refused: Mapping[int, object]) -> list[_Wanted]:
    return [each for each in wanted if each.place not in refused]


async def _stocks(tx: Transaction, offers: Mapping[UUID, Offer]) -> dict[UUID, stock_rows.Stock]:
    """The stock of options, of which the first buyer makes the row."""
    stocks = await stock_rows.known(tx, list(offers))
    missing = [offer for option_id, offer in sorted(offers.items()) if option_id not in stocks]
    for offer in missing:
        await stock_rows.begin(tx, offer.option_id, offer.deal_id, offer.cap)
    return stocks | (await stock_rows.known(tx, [offer.option_id for offer in missing]) if missing else {})


def _left(stock: stock_rows.Stock, offer: Offer) -> int | None:
    """What is left by the cap that the deal has now, which the stock may not have followed yet."""
    return None if offer.cap is None else max(offer.cap - stock.held - stock.sold, 0)


def _problem(
    tx: Transaction, purchase: Purchase, offers: Mapping[UUID, Offer], stocks: Mapping[UUID, stock_rows.Stock]
) -> HighstreetError | None:
    """What can be said against a purchase without writing anything."""
    try:
        check_gifts(purchase.gifts, len(purchase.quote.lines), tx.now)
    except HighstreetError as problem:
        return problem
    stale = problem_with(purchase.quote, purchase.account_id, offers, tx.now)
    if stale is not None:
        return stale
    for line in purchase.quote.lines:
        offer = offers[line.option_id]
        left = _left(stocks[line.option_id], offer)
        if _fewer(left, line.quantity):
            return SoldOut(line.option_id, title(offer), line.quantity, left or 0)
    return None


async def _answers_to(
    tx: Transaction, purchases: Sequence[Purchase], hopeless: Mapping[int, HighstreetError]
) -> dict[int, Outcome]:
    """What to say to those who cannot order: what they were answered when they still could, if they did."""
    keyed = {index: each.keyed for index, each in enumerate(purchases) if index in hopeless and each.keyed}
    kept = await idempotency.find(tx, [each.name for each in keyed.values()])
    answered = {index: _again(each, kept[each.name]) for index, each in keyed.items() if each.name in kept}
    return {**hopeless, **answered}


def _again(request: Keyed, kept: idempotency.Kept) -> Outcome:
    try:
        return Answered(idempotency.same(request, kept))
    except HighstreetError as another:
        return another


async def _keep_answers(tx: Transaction, wanted: Sequence[_Wanted]) -> dict[int, Outcome]:
    """Those whose request is answered already, or stands twice among these."""
    refused: dict[int, Outcome] = {}
    first: dict[Name, tuple[_Wanted, Keyed, Answer]] = {}
    for each in wanted:
        request = each.purchase.keyed
        if request is None or each.answer is None:
            continue
        if request.name in first:
            refused[each.place] = Conflict(idempotency.IN_FLIGHT)
        else:
            first[request.name] = (each, request, each.answer)
    answers = [(request, answer) for _, request, answer in first.values()]
    kept = await idempotency.keep(tx, answers)
    return refused | {first[name][0].place: _again(first[name][1], found) for name, found in kept.items()}


async def _spend_quotes(tx: Transaction, wanted: Sequence[_Wanted]) -> dict[int, HighstreetError]:
    """Those whose quote was ordered already. Who is at it at the same moment is refused by the database."""
    if not wanted:
        return {}
    spent = await rows.quotes_spent(tx, [each.purchase.quote.id for each in wanted])
    refused: dict[int, HighstreetError] = {}
    for each in wanted:
        if each.purchase.quote.id in spent:
            refused[each.place] = StaleQuote("The quote has been ordered already; ask for a new one.")
        spent.add(each.purchase.quote.id)
    return refused


async def _hold_promotions(tx: Transaction, wanted: Sequence[_Wanted]) -> None:
    """Whoever uses a code or credit is alone in the transaction, so what is used up meanwhile may end it."""
    for each in wanted:
        quote, order = each.purchase.quote, each.order
        taken = [(applied.promotion_id, applied.code, applied.amount_minor) for applied in quote.applied]
        await promotions.hold(tx, order.id, order.account_id, taken)
        if quote.credit_minor:
            await promotions.hold_credit(
                tx, order.id, order.account_id, currency=quote.currency, amount_minor=quote.credit_minor
            )


async def _count_limits(
    tx: Transaction, wanted: Sequence[_Wanted], offers: Mapping[UUID, Offer]
) -> dict[int, HighstreetError]:
    """Those who would have more than one person may. Each account has a turn at a time: a statement counts it once."""
    refused: dict[int, HighstreetError] = {}
    waiting = [each for each in wanted if any(line.limited for line in each.order.lines)]
    while waiting:
        turn = {each.order.account_id: each for each in reversed(waiting)}
        wishes = [wish for each in turn.values() for wish in _wishes(each, offers)]
        granted = await limit_rows.take(tx, wishes)
        for wish in wishes:
            if (wish.account_id, wish.option_id) not in granted:
                told = LimitReached(wish.option_id, title(offers[wish.option_id]), wish.limit)
                refused[turn[wish.account_id].place] = told
        waiting = _without(waiting, {each.place: each for each in turn.values()})
    return refused


def _wishes(wanted: _Wanted, offers: Mapping[UUID, Offer]) -> list[limit_rows.Wish]:
    return [
        limit_rows.Wish(wanted.order.account_id, line.option_id, line.quantity, limit)
        for line in wanted.order.lines
        if (limit := offers[line.option_id].per_buyer_limit) is not None
    ]


def _limited(wanted: Sequence[_Wanted]) -> Counter[tuple[UUID, UUID]]:
    counted = Counter[tuple[UUID, UUID]]()
    for each in wanted:
        for line in each.order.lines:
            if line.limited:
                counted[each.order.account_id, line.option_id] += line.quantity
    return counted


async def _take_stock(
    tx: Transaction, wanted: Sequence[_Wanted], offers: Mapping[UUID, Offer], *, behind: bool
) -> dict[int, HighstreetError]:
    """Those for whom not enough is left. Who came first is served first.

    Where the stock is `behind` a cap that the merchant changed, it follows now.
    """
    totals = Counter[UUID]()
    for each in wanted:
        totals.update({line.option_id: line.quantity for line in each.order.lines})
    if not behind and len(totals) == 1 and await stock_rows.take(tx, *next(iter(totals.items()))):
        return {}
    stocks = await stock_rows.lock(tx, list(totals))
    for option_id in sorted(stocks) if behind else ():
        await stock_rows.recap(tx, option_id, offers[option_id].cap)
    left = {option_id: _left(stock, offers[option_id]) for option_id, stock in stocks.items()}
    refused: dict[int, HighstreetError] = {}
    for each in wanted:
        lack = next((line for line in each.order.lines if _fewer(left[line.option_id], line.quantity)), None)
        if lack is not None:
            remaining = left[lack.option_id] or 0
            refused[each.place] = SoldOut(lack.option_id, title(offers[lack.option_id]), lack.quantity, remaining)
            totals.subtract({line.option_id: line.quantity for line in each.order.lines})
            continue
        for line in each.order.lines:
            some = left[line.option_id]
            left[line.option_id] = None if some is None else some - line.quantity
    for option_id, quantity in sorted(totals.items()):
        assert not quantity or await stock_rows.take(tx, option_id, quantity), "the row is locked, and it was enough"
    return refused


def _fewer(remaining: int | None, wanted: int) -> bool:
    return remaining is not None and remaining < wanted


def _wanted(
    tx: Transaction, ids: Iterator[UUID], index: int, purchase: Purchase, offers: Mapping[UUID, Offer]
) -> _Wanted:
    order = _order(tx, ids, purchase, offers)
    return _Wanted(index, purchase, order, purchase.render(order) if purchase.render else None)


def _order(tx: Transaction, ids: Iterator[UUID], purchase: Purchase, offers: Mapping[UUID, Offer]) -> Order:
    quote, order_id = purchase.quote, next(ids)
    gifts = {gift.line: _gifted(gift) for gift in purchase.gifts}
    return Order(
        id=order_id,
        account_id=purchase.account_id,
        state=OrderState.HELD,
        state_reason=None,
        currency=quote.currency,
        price_minor=quote.price_minor,
        promotion_minor=quote.promotion_minor,
        credit_minor=quote.credit_minor,
        due_minor=quote.due_minor,
        refunded_minor=0,
        refunded_credit_minor=0,
        capture=quote.capture,
        payment_id=None,
        attribution=purchase.attribution,
        placed_at=tx.now,
        paid_at=None,
        changed_at=tx.now,
        hold=HoldState.HELD,
        expires_at=tx.now + HELD_FOR,
        lines=tuple(
            Line(
                id=next(ids),
                order_id=order_id,
                position=position,
                deal_id=line.deal_id,
                option_id=line.option_id,
                merchant_id=line.merchant_id,
                terms_version=line.terms_version,
                quantity=line.quantity,
                refunded=0,
                unit_price_minor=line.unit_price_minor,
                promotion_minor=line.promotion_minor,
                commission_rate=line.commission_rate,
                commission_tax_rate=line.commission_tax_rate,
                limited=offers[line.option_id].per_buyer_limit is not None,
                gift=gifts.get(position),
            )
            for position, line in enumerate(quote.lines)
        ),
    )


def _gifted(gift: Gift) -> Gifted:
    return Gifted(
        recipient_name=gift.recipient_name,
        recipient_email=gift.recipient_email,
        message=gift.message,
        send_at=gift.send_at,
    )


async def _write(tx: Transaction, keys: VoucherKeys, made: Sequence[tuple[Order, Quote]]) -> None:
    """Write orders for which everything was taken, ask for their payments, and tell of them. What is free is paid."""
    if not made:
        return
    orders = [order for order, _ in made]
    async with tx.pipeline():
        await rows.insert(tx, orders, {order.id: quote.id for order, quote in made})
        await payments.request_many(tx, [_payment(order) for order in orders if order.due_minor])
        await outbox.record_many(
            tx, [outbox.Happening(facts.AGGREGATE, order.id, facts.PLACED, _placed(order)) for order in orders]
        )
    free = [order.id for order in orders if not order.due_minor]
    if free:
        await settle_free(tx, keys, free)


def _payment(order: Order) -> Wanted:
    return Wanted(
        order_id=order.id,
        account_id=order.account_id,
        amount_minor=order.due_minor,
        currency=order.currency,
        capture=order.capture,
        expires_at=order.expires_at,
    )


def _placed(order: Order) -> facts.OrderPlaced:
    return facts.OrderPlaced(
        order_id=order.id,
        account_id=order.account_id,
        currency=order.currency,
        due_minor=order.due_minor,
        lines=bought(order),
        attribution=order.attribution,
    )
