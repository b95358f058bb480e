"""What buyers do."""

from datetime import timedelta
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit import idempotency
from highstreet.kit.database import Actor, ActorKind
from highstreet.kit.errors import HighstreetError
from highstreet.kit.idempotency import Answer
from highstreet.market.ledger.domain.credits import CreditOrigin
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.cart import Cart, CartLine
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.service import Purchase
from highstreet.market.payments import service as payments
from highstreet.market.promotions import service as promotions
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import Recipient
from highstreet.sandbox import service as sandbox
from highstreet.sandbox.domain import Answer as BanksAnswer
from tests.simulation.market import CODE
from tests.simulation.provider import ORIGIN
from tests.simulation.simulation import KEYS, SALES, SIGNER, THEN, Row, Simulation, Wish

_ORDERS: Final[LiteralString] = "SELECT id, state FROM orders.orders ORDER BY id"
_PAYMENTS: Final[LiteralString] = "SELECT id, state FROM payments.payments ORDER BY id"
_UNOPENED: Final[LiteralString] = "SELECT id, state FROM payments.payments WHERE provider_ref IS NULL ORDER BY id"
_OPENED: Final[LiteralString] = "SELECT id, state FROM payments.payments WHERE provider_ref IS NOT NULL ORDER BY id"


async def order(sim: Simulation) -> None:
    wish = await _wish(sim)
    sim.wishes.append(wish)
    sim.coverage.note("order", "none", "placed")
    sim.say(f"{wish.request.name.key} is ordered")
    async with sim.database.system() as tx:
        placed = await orders.place(tx, KEYS, wish.purchase)
    _hear(wish, placed)


async def rush(sim: Simulation) -> None:
    """Several want the same at the same moment, and are served together."""
    option_id = sim.rng.choice(sim.market.options)
    wishes: list[Wish] = []
    for _ in range(sim.rng.randint(2, 4)):
        try:
            wishes.append(await _wish(sim, (option_id,), plain=True))
        except HighstreetError:
            continue
    sim.wishes += wishes
    sim.say(f"{len(wishes)} order together")
    async with sim.database.system() as tx:
        outcomes = await orders.place_all(tx, KEYS, [wish.purchase for wish in wishes])
    for wish, outcome in zip(wishes, outcomes, strict=True):
        if not isinstance(outcome, HighstreetError):
            sim.coverage.note("order", "none", "placed")
            _hear(wish, outcome)


async def ask_again(sim: Simulation) -> None:
    """With the same key: because the answer was lost, or because somebody clicks twice."""
    if not sim.wishes:
        return
    unheard = [wish for wish in sim.wishes if wish.answer is None]
    wish = sim.rng.choice(unheard if unheard and sim.rng.random() < 0.7 else sim.wishes)
    quote_id = wish.purchase.quote.id
    found = sim.rows("SELECT id, state FROM orders.orders WHERE quote_id = %s", [quote_id])
    sim.coverage.note("order", found[0].state if found else "none", "asked again")
    sim.say(f"{wish.request.name.key} is asked again")
    async with sim.database.system() as tx:
        placed = await orders.place(tx, KEYS, wish.purchase)
    assert isinstance(placed, orders.Answered) == bool(found), "a request is answered again if it was answered"
    _hear(wish, placed)


def _hear(wish: Wish, outcome: orders.Placed | orders.Answered) -> None:
    assert outcome.answer is not None
    assert wish.answer in {None, outcome.answer}, "the same request is answered the same"
    wish.answer = outcome.answer


async def _wish(sim: Simulation, only: tuple[UUID, ...] | None = None, *, plain: bool = False) -> Wish:
    account_id = sim.rng.choice(sim.market.buyers)
    if only is None:
        only = (sim.market.tipping,) if sim.rng.random() < 0.2 else _some(sim)
    lines = tuple(CartLine(option_id=option_id, quantity=sim.rng.choice((1, 1, 1, 2, 3))) for option_id in only)
    cart = Cart(lines=lines)
    if not plain:
        cart = msgspec.structs.replace(
            cart, codes=(CODE,) if sim.rng.random() < 0.3 else (), use_credit=sim.rng.random() < 0.5
        )
    async with sim.real.system() as tx:
        priced = await orders.quote(tx, SIGNER, SALES, cart, account_id=account_id)
    quote = orders.read(SIGNER, priced.token)
    request = idempotency.keyed(
        Actor(ActorKind.SHOPPER, account_id), "POST /orders", f"wish {quote.id.hex[-6:]}", quote.id.bytes
    )
    purchase = Purchase(account_id=account_id, quote=quote, keyed=request, render=_render)
    return Wish(purchase, request)


def _some(sim: Simulation) -> tuple[UUID, ...]:
    return tuple(sim.rng.sample(sim.market.options, sim.rng.choice((1, 1, 1, 2))))


def _render(order: Order) -> Answer:
    return Answer(201, str(order.id).encode())


async def open_page(sim: Simulation) -> None:
    payment = sim.pick(_UNOPENED if sim.rng.random() < 0.5 else _PAYMENTS, "requested")
    if payment is None:
        return
    for order_row in _order_of(sim, payment.id):
        sim.note("order", order_row, "page opened")
    await payments.open_page(sim.database, sim.provider, payment.id, f"{ORIGIN}/back", title="Pizza")


async def answer_bank(sim: Simulation) -> None:
    """On the provider's page."""
    payment = sim.pick(_OPENED, "requested")
    if payment is None:
        return
    answer = sim.rng.choice((*(BanksAnswer.APPROVE,) * 6, BanksAnswer.DECLINE, BanksAnswer.CHALLENGE))
    sim.note("payment", payment, {"approve": "approved", "decline": "declined", "challenge": "challenged"}[answer])
    async with sim.real.system() as tx:
        await sandbox.attempt(tx, ref_of(sim, payment.id), answer)


async def come_back(sim: Simulation) -> None:
    """The browser returns from the provider's page."""
    payment = sim.pick(_OPENED)
    if payment is None:
        return
    sim.note("payment", payment, "browser's return")
    await payments.refresh(sim.database, sim.provider, payment.id, THEN)


async def cancel(sim: Simulation) -> None:
    found = sim.pick(_ORDERS, "held")
    if found is None:
        return
    sim.note("order", found, "cancelled")
    async with sim.database.system() as tx:
        await orders.cancel(tx, found.id)


async def give_back(sim: Simulation) -> None:
    """All that is open of an order, or one voucher, whatever its state."""
    found = sim.pick(_ORDERS, "paid", "partly_refunded")
    if found is None:
        return
    sim.note("order", found, "given back")
    wanted: list[UUID] | None = None
    own = sim.rows("SELECT id, state FROM vouchers.vouchers WHERE order_id = %s ORDER BY id", [found.id])
    if own and sim.rng.random() < 0.6:
        chosen = next((row for row in own if row.id in sim.focus), sim.rng.choice(own))
        sim.note("voucher", chosen, "given back")
        wanted = [chosen.id]
    elif not sim.fate.aside:
        sim.focus.update(row.id for row in own)
    async with sim.database.system() as tx:
        await orders.refund(tx, found.id, wanted, by_buyer=sim.rng.random() < 0.5)


async def give_away(sim: Simulation) -> None:
    """A voucher becomes somebody else's, who may keep it, redeem it or find it used."""
    found = sim.pick("SELECT id, state FROM vouchers.vouchers ORDER BY id", "issued", "promo_expired")
    if found is None:
        return
    sim.note("voucher", found, "given away")
    async with sim.database.system() as tx:
        giver = (await vouchers.voucher(tx, found.id)).owner_account_id
        gift = await vouchers.give(tx, giver, found.id, Recipient(name="a friend"))
    async with sim.database.system() as tx:
        token = await vouchers.gift_token(tx, KEYS, gift.id)
        claimer = sim.rng.choice([each for each in sim.market.buyers if each != giver])
        await vouchers.claim_gift(tx, KEYS, token, claimer)


async def be_credited(sim: Simulation) -> None:
    account_id = sim.rng.choice(sim.market.buyers)
    async with sim.database.system() as tx:
        await promotions.grant_credit(
            tx,
            account_id,
            currency="USD",
            amount_minor=sim.rng.choice((200, 500, 5_000)),
            origin=CreditOrigin.GOODWILL,
            reason="We are sorry",
            expires_at=None if sim.rng.random() < 0.5 else tx.now + timedelta(days=sim.rng.randint(1, 9)),
        )


class _Named(msgspec.Struct, frozen=True):
    ref: str


def ref_of(sim: Simulation, payment_id: UUID) -> str:
    """What the provider calls a payment."""
    [found] = sim.onlooker.rows(_Named, "SELECT provider_ref AS ref FROM payments.payments WHERE id = %s", [payment_id])
    return found.ref


def _order_of(sim: Simulation, payment_id: UUID) -> list[Row]:
    return sim.rows(
        "SELECT id, state FROM orders.orders WHERE id = (SELECT order_id FROM payments.payments WHERE id = %s)",
        [payment_id],
    )
