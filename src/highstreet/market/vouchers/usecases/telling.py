"""Recording what happened to vouchers."""

from collections.abc import Iterable
from uuid import UUID

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.market.vouchers.domain.facts import AGGREGATE, VoucherMoved
from highstreet.market.vouchers.domain.vouchers import Step, Value, Voucher


def moved(
    voucher: Voucher, step: Step, value: Value, *, redemption_id: UUID | None = None, reason: str | None = None
) -> VoucherMoved:
    """The fact of a step, and what it was about."""
    return VoucherMoved(
        voucher_id=voucher.id,
        order_id=voucher.order_id,
        merchant_id=voucher.merchant_id,
        owner_account_id=voucher.owner_account_id,
        step=step,
        currency=voucher.currency,
        units=value.units,
        paid_minor=value.paid_minor,
        redemption_id=redemption_id,
        reason=reason,
    )


async def tell(tx: Transaction, facts: Iterable[VoucherMoved]) -> None:
    """Record facts, each about its own voucher."""
    await outbox.record_many(tx, [outbox.Happening(AGGREGATE, fact.voucher_id, fact.name, fact) for fact in facts])
