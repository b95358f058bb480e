"""What orders do by themselves as time goes on, and what they hear from others."""

from typing import Final

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.sweeps import Sweep
from highstreet.market.bookings import service as bookings
from highstreet.market.catalog.domain import facts as catalog_facts
from highstreet.market.identity.domain import facts as identity_facts
from highstreet.market.identity.domain.facts import AccountMerged
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain import facts as order_facts
from highstreet.market.orders.domain.facts import OrderMoved, OrderRefunded
from highstreet.market.orders.domain.states import OrderState
from highstreet.market.orders.service import Writer
from highstreet.market.payments.domain.payments import Payment
from highstreet.market.payments.service import Then
from highstreet.market.vouchers.domain.facts import AGGREGATE, VoucherMoved
from highstreet.market.vouchers.domain.vouchers import Step
from highstreet.market.vouchers.service import VoucherKeys

EXPIRED_HOLDS: Final = Sweep("expired holds", 1.0, orders.expire)
"""What is held for whoever did not pay in time goes back."""

SOLD_COUNTS: Final = Sweep("sold counts", 1.0, orders.tell_catalogue)
"""The catalogue shows what was sold, and what is sold out."""


TIPPING: Final = Sweep("tipping deals", 1.0, orders.tip)
"""Money that was set aside is taken where enough were sold, and let go where they were not in time."""


async def _follow_caps(tx: Transaction, fact: Fact) -> None:
    await orders.follow_caps(tx, fact.aggregate_id)


CAPS: Final = Subscriber("orders.caps", frozenset({catalog_facts.REVISED}), _follow_caps)
"""Stock follows the caps that merchants change."""


def after_payment(keys: VoucherKeys) -> Then:
    """What follows on word of a payment: its order is brought to where it is, in the same transaction."""

    async def settle(tx: Transaction, payment: Payment) -> None:
        await orders.settle(tx, keys, payment.id)

    return settle


async def _hand_over(tx: Transaction, fact: Fact) -> None:
    merged = outbox.read(fact, AccountMerged)
    await orders.hand_over(tx, merged.from_id, merged.into_id)


BUYERS: Final = Subscriber("orders.buyers", frozenset({identity_facts.MERGED}), _hand_over)
"""What a guest ordered is theirs when they sign in."""


async def _give_seats_up(tx: Transaction, fact: Fact) -> None:
    await bookings.give_up(tx, outbox.read(fact, VoucherMoved).voucher_id)


SEATS: Final = Subscriber(
    "orders.seats", frozenset(f"{AGGREGATE}.{step}" for step in (Step.REFUNDED, Step.VOIDED)), _give_seats_up
)
"""Whoever gave a voucher back does not come: the seats that were booked with it are free for others."""


def letters(writer: Writer) -> Subscriber:
    """Those who bought hear of it by mail: of what they paid, what went back, and a deal that did not run."""

    async def write(tx: Transaction, fact: Fact) -> None:
        if fact.name == order_facts.REFUNDED:
            refunded = outbox.read(fact, OrderRefunded)
            await writer.tell(tx, "refund", refunded.order_id, refunded.paid_back_minor + refunded.credited_minor)
        else:
            moved = outbox.read(fact, OrderMoved)
            await writer.tell(tx, "receipt" if moved.after is OrderState.PAID else "voided", moved.order_id)

    wanted = {order_facts.REFUNDED, order_facts.MOVED[OrderState.PAID], order_facts.MOVED[OrderState.VOIDED]}
    return Subscriber("orders.letters", frozenset(wanted), write)
