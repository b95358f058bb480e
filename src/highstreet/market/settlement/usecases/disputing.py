"""What disputes and refunds do to the books once their provider has told of them."""

from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.payments import (
    dispute_lost,
    dispute_opened,
    dispute_won,
    refund_failed,
    refund_past_us,
)
from highstreet.market.ledger.domain.vouchers import refund_after_redemption
from highstreet.market.payments.domain.facts import DisputeMoved, RefundMoved
from highstreet.market.settlement.repository import payees
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import OPEN, Voucher, VoucherState

_REASON = "its payment was disputed"


async def open_dispute(tx: Transaction, moved: DisputeMoved) -> None:
    """The provider has taken the money; whether it comes back is open."""
    await ledger.post(
        tx,
        dispute_opened(
            dispute_id=moved.dispute_id,
            payment_id=moved.payment_id,
            currency=moved.currency,
            amount_minor=moved.amount_minor,
        ),
    )


async def win_dispute(tx: Transaction, moved: DisputeMoved) -> None:
    """It came back."""
    await ledger.post(
        tx,
        dispute_won(
            dispute_id=moved.dispute_id,
            payment_id=moved.payment_id,
            currency=moved.currency,
            amount_minor=moved.amount_minor,
        ),
    )


async def lose_dispute(tx: Transaction, moved: DisputeMoved) -> None:
    """It is gone. Open vouchers of the order end, and what was earned by redeemed ones goes back where that was agreed.

    What vouchers account for beyond the disputed amount, such as a part that was paid by credit, stays owed to the
    buyer. Raises Conflict where a voucher is just being redeemed; then it is right the next time.
    """
    if await ledger.is_booked(tx, f"dispute_lost:{moved.dispute_id}"):
        return
    owed_minor = 0
    for voucher in await vouchers.vouchers_of_order(tx, moved.order_id):
        if voucher.state in OPEN:
            await vouchers.void(tx, voucher.id, by_id=None, reason=_REASON)
            owed_minor += voucher.left.paid_minor
        elif voucher.state is VoucherState.REDEEMED and await _bears(tx, voucher):
            owed_minor += await _take_back(tx, voucher.id, moved.dispute_id)
    await ledger.post(
        tx,
        dispute_lost(
            dispute_id=moved.dispute_id,
            payment_id=moved.payment_id,
            currency=moved.currency,
            amount_minor=moved.amount_minor,
            owed_minor=min(owed_minor, moved.amount_minor),
        ),
    )


async def follow_failed_refund(tx: Transaction, moved: RefundMoved) -> None:
    """What was booked as given back is with the provider still."""
    if not moved.own:
        await ledger.reverse(tx, f"refund_past_us:{moved.refund_id}", new_key=f"refund_failed:{moved.refund_id}")
        return
    await ledger.post(
        tx,
        refund_failed(
            refund_id=moved.refund_id,
            payment_id=moved.payment_id,
            currency=moved.currency,
            amount_minor=moved.amount_minor,
        ),
    )


async def follow_refund(tx: Transaction, moved: RefundMoved) -> None:
    """One of ours was booked when it was asked for; one that somebody made past us is booked now."""
    if not moved.own:
        await ledger.post(
            tx,
            refund_past_us(
                refund_id=moved.refund_id,
                payment_id=moved.payment_id,
                order_id=moved.order_id,
                currency=moved.currency,
                amount_minor=moved.amount_minor,
            ),
        )


async def _bears(tx: Transaction, voucher: Voucher) -> bool:
    payee = await payees.find(tx, voucher.merchant_id, voucher.currency)
    return payee is not None and payee.terms.bears_disputes


async def _take_back(tx: Transaction, voucher_id: UUID, dispute_id: UUID) -> int:
    """What was paid for a redeemed voucher, which its merchant has earned no more, in minor units."""
    taken_minor = 0
    for each in await vouchers.refund_redeemed(tx, [voucher_id], reason=_REASON):
        money = each.voucher.money(each.earned)
        await ledger.post(tx, refund_after_redemption(money, dispute_id, Account(AccountCode.REFUNDS_OWED)))
        taken_minor += money.paid_minor
    return taken_minor
