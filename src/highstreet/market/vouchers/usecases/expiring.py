"""What time alone does to vouchers."""

from typing import Final

from highstreet.kit.database import Transaction
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.entries import Entry
from highstreet.market.ledger.domain.vouchers import expiry
from highstreet.market.vouchers.domain.facts import VoucherMoved
from highstreet.market.vouchers.domain.vouchers import NOTHING, Step, VoucherState, after_time, due_at
from highstreet.market.vouchers.repository import vouchers as rows
from highstreet.market.vouchers.usecases.telling import moved, tell

_SWEEP: Final = 500


async def expire_due(tx: Transaction) -> int:
    """Write what time has done, some hundreds at a time, and book what is over; how many vouchers that were.

    The jurisdiction of the sale decided whose the paid value of an ended voucher is.
    """
    entries: list[Entry] = []
    facts: list[VoucherMoved] = []
    due = await rows.due(tx, _SWEEP)
    for voucher in due:
        state = after_time(voucher, tx.now)
        over = state is VoucherState.EXPIRED
        if over:
            entries.append(expiry(voucher.money(voucher.left), voucher.expiry))
        step = Step.EXPIRED if over else Step.PROMO_EXPIRED
        left = NOTHING if over else voucher.left
        after = rows.NextState(state=state, left=left, step=step, due_at=due_at(voucher.in_state(state)))
        await rows.advance(tx, voucher, after)
        facts.append(moved(voucher, step, voucher.left))
    await ledger.post_many(tx, entries)
    await tell(tx, facts)
    return len(due)
