"""Giving back what was paid for vouchers that are still open."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, FieldProblem, InvalidInput, NotFound
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.payments import refund_settled
from highstreet.market.ledger.domain.vouchers import refund as refund_entry
from highstreet.market.orders.domain import facts
from highstreet.market.orders.domain.orders import REFUNDABLE_FOR, Order
from highstreet.market.orders.domain.states import REFUNDABLE
from highstreet.market.orders.repository import limits as limit_rows
from highstreet.market.orders.repository import orders as rows
from highstreet.market.orders.repository import stock as stock_rows
from highstreet.market.payments import service as payments
from highstreet.market.promotions import service as promotions
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import OPEN, Voucher

_ANOTHERS: Final = "A voucher that somebody else has claimed as a gift is theirs; it cannot be given back for them."


class Refunded(msgspec.Struct, frozen=True, kw_only=True):
    """What was given back: `paid_back_minor` the way it was paid, `credited_minor` as credit."""

    id: UUID
    order: Order
    voucher_ids: tuple[UUID, ...]
    paid_back_minor: int
    credited_minor: int


async def refund(
    tx: Transaction,
    order_id: UUID,
    voucher_ids: Sequence[UUID] | None = None,
    *,
    by_id: UUID | None = None,
    reason: str | None = None,
    by_buyer: bool = False,
) -> Refunded:
    """Take vouchers back and return what was paid for them; without ids all that are open. The system's transaction.

    A buyer may until REFUNDABLE_FOR after paying, and not what somebody else has claimed as a gift. Raises NotFound,
    InvalidInput for vouchers of another order, and Conflict where one was used or given back meanwhile: then nothing is
    given back, as the transaction has to be given up.
    """
    order = await _hold(tx, order_id)
    if order.state not in REFUNDABLE:
        raise Conflict(f"An order that is {order.state} has nothing to give back.")
    assert order.paid_at is not None, "it was paid"
    if by_buyer and tx.now >= order.paid_at + REFUNDABLE_FOR:
        raise Conflict(f"Vouchers can be given back for {REFUNDABLE_FOR.days} days after paying, and these are over.")
    wanted = await _wanted(tx, order, voucher_ids, by_buyer=by_buyer)
    taken = await vouchers.refund(tx, wanted, by_id=by_id, reason=reason)
    if len(taken) < len(wanted):
        raise Conflict("A voucher was used or given back meanwhile, so nothing was given back; look again.")
    if by_buyer and any(voucher.owner_account_id != order.account_id for voucher in taken):
        raise Conflict(_ANOTHERS)  # also where it was claimed since it was looked at: now nobody else can
    return await _pay_back(tx, order, taken, reason)


async def _hold(tx: Transaction, order_id: UUID) -> Order:
    """The order, locked behind its payment."""
    order = await rows.find(tx, order_id)
    if order is not None and order.payment_id is not None:
        await payments.standing(tx, order.payment_id)
    locked = await rows.lock(tx, order_id)
    if locked is None:
        raise NotFound(f"There is no order {order_id}.")
    return locked


async def _wanted(tx: Transaction, order: Order, voucher_ids: Sequence[UUID] | None, *, by_buyer: bool) -> list[UUID]:
    own = {voucher.id: voucher for voucher in await vouchers.vouchers_of_order(tx, order.id)}
    if voucher_ids is None:
        wanted = [
            voucher.id
            for voucher in own.values()
            if voucher.state in OPEN and (not by_buyer or voucher.owner_account_id == order.account_id)
        ]
    else:
        wanted = list(dict.fromkeys(voucher_ids))
    problems = tuple(
        FieldProblem(f"vouchers[{index}]", "is not a voucher of this order")
        for index, voucher_id in enumerate(wanted)
        if voucher_id not in own
    )
    if problems:
        raise InvalidInput(problems)
    closed = [own[voucher_id] for voucher_id in wanted if own[voucher_id].state not in OPEN]
    if closed:
        raise Conflict(f"A voucher that is {closed[0].state} cannot be given back.")
    if not wanted:
        raise Conflict("None of the vouchers of this order is open any more.")
    return wanted


async def _pay_back(tx: Transaction, order: Order, taken: Sequence[Voucher], reason: str | None) -> Refunded:
    """Money goes back the way it came as long as some of it did, and what was paid by credit becomes credit."""
    refund_id = tx.new_id()
    owed_minor = sum(voucher.paid_left_minor for voucher in taken)
    cash_minor = min(owed_minor, order.due_minor - order.refunded_minor)
    credit_minor = owed_minor - cash_minor
    if cash_minor:
        assert order.payment_id is not None, "it was paid with money"
        await payments.request_refund(tx, order.payment_id, refund_id, cash_minor)
    await _book(tx, order, taken, refund_id, cash_minor, credit_minor)
    if credit_minor:
        await promotions.return_credit(tx, order.account_id, currency=order.currency, amount_minor=credit_minor)
    by_line = Counter(voucher.line_id for voucher in taken)
    state = await rows.refund(tx, order, by_line, cash_minor=cash_minor, credit_minor=credit_minor)
    await limit_rows.release(
        tx, {(order.account_id, line.option_id): by_line[line.id] for line in order.lines if line.limited}
    )
    refunded = facts.OrderRefunded(
        order_id=order.id,
        account_id=order.account_id,
        refund_id=refund_id,
        voucher_ids=tuple(voucher.id for voucher in taken),
        currency=order.currency,
        paid_back_minor=cash_minor,
        credited_minor=credit_minor,
        state=state,
        reason=reason,
    )
    await outbox.record(tx, aggregate=facts.AGGREGATE, aggregate_id=order.id, name=facts.REFUNDED, payload=refunded)
    await stock_rows.give_back(tx, Counter(voucher.option_id for voucher in taken))
    after = await rows.find(tx, order.id)
    assert after is not None, "it is locked"
    return Refunded(
        id=refund_id,
        order=after,
        voucher_ids=refunded.voucher_ids,
        paid_back_minor=cash_minor,
        credited_minor=credit_minor,
    )


async def _book(
    tx: Transaction, order: Order, taken: Sequence[Voucher], refund_id: UUID, cash_minor: int, credit_minor: int
) -> None:
    """Each voucher's share is booked for itself; where some of it becomes credit, all of it is owed in between."""
    clearing = Account(AccountCode.PROVIDER_CLEARING)
    given_to = Account(AccountCode.REFUNDS_OWED) if credit_minor else clearing
    entries = [refund_entry(voucher.money(voucher.left), refund_id, given_to) for voucher in taken]
    if credit_minor and cash_minor:
        entries.append(
            refund_settled(refund_id=refund_id, given_to=clearing, currency=order.currency, amount_minor=cash_minor)
        )
    if credit_minor:
        entries.append(
            refund_settled(
                refund_id=tx.new_id(),
                given_to=Account(AccountCode.CUSTOMER_CREDIT, order.account_id),
                currency=order.currency,
                amount_minor=credit_minor,
            )
        )
    await ledger.post_many(tx, entries)
