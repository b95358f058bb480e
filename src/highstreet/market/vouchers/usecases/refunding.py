"""Taking vouchers back, for refunds that orders decide on."""

from collections.abc import Sequence
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.market.vouchers.domain.vouchers import Step, Voucher
from highstreet.market.vouchers.repository import vouchers as rows
from highstreet.market.vouchers.usecases.telling import moved, tell


async def refund(
    tx: Transaction, voucher_ids: Sequence[UUID], *, by_id: UUID | None = None, reason: str | None = None
) -> list[Voucher]:
    """Close vouchers that are to be paid back; those that were still open, as they were: `left` is to be paid back.

    A voucher that is not among them was redeemed, refunded, voided or over already: whoever redeems at the same time
    wins or loses, never both. Needs the system role. Books nothing: where the money goes back to, and the entry for it,
    is decided by the caller in this same transaction.
    """
    worth = await rows.refund(tx, voucher_ids, by_id, reason)
    found = await rows.find(tx, list(worth))
    refunded = [found[own_id].holding(worth[own_id]) for own_id in voucher_ids if own_id in worth]
    await tell(tx, (moved(voucher, Step.REFUNDED, voucher.left, reason=reason) for voucher in refunded))
    return refunded
