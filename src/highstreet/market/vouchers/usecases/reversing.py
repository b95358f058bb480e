"""Taking redemptions back, and vouchers out of use."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain import vouchers as booking
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.vouchers.domain.redemptions import (
    REVERSAL_WITHIN,
    Redeemer,
    Redemption,
    Refused,
    Why,
    refused,
    reversed_in_time,
    worth,
)
from highstreet.market.vouchers.domain.vouchers import (
    NOTHING,
    OPEN,
    Step,
    Value,
    Voucher,
    VoucherState,
    due_at,
    standing,
)
from highstreet.market.vouchers.repository import redemptions as redemption_rows
from highstreet.market.vouchers.repository import vouchers as rows
from highstreet.market.vouchers.usecases.telling import moved, tell

_MAX_REASON_LENGTH = 2_000


async def reverse(tx: Transaction, redeemer: Redeemer, redemption_id: UUID, *, reason: str) -> Redemption | Refused:
    """Give the units of a redemption back to its voucher, within 15 minutes and once. Needs the system role.

    Raises NotFound for a redemption that is not the merchant's.
    """
    _check_reason(reason)
    found = await redemption_rows.by_id(tx, redemption_id)
    if found is None or found.merchant_id != redeemer.merchant_id:
        raise NotFound(f"There is no redemption {redemption_id}.")
    voucher = await rows.hold(tx, found.voucher_id)
    assert voucher is not None
    if voucher.state not in OPEN and voucher.state is not VoucherState.REDEEMED:
        return refused(Why.CLOSED)
    if not await redemption_rows.reverse(tx, found.id, redeemer, reason, tx.now - REVERSAL_WITHIN):
        latest = await redemption_rows.by_id(tx, redemption_id)
        assert latest is not None
        return refused(reversed_in_time(latest, tx.now) or Why.REVERSED)
    await _give_back(tx, voucher, found, redeemer, reason)
    reversed_now = await redemption_rows.by_id(tx, redemption_id)
    assert reversed_now is not None
    return reversed_now


async def displace(tx: Transaction, voucher: Voucher, redemption_id: UUID, redeemer: Redeemer, reason: str) -> None:
    """Give the units of an offline redemption back to its voucher, which is held, because others were earlier."""
    found = await redemption_rows.by_id(tx, redemption_id)
    assert found is not None
    reversed_now = await redemption_rows.reverse(tx, found.id, redeemer, reason, found.recorded_at - REVERSAL_WITHIN)
    assert reversed_now, "a voucher that is held keeps its redemptions"
    await _give_back(tx, voucher, found, redeemer, reason)


async def _give_back(tx: Transaction, voucher: Voucher, found: Redemption, redeemer: Redeemer, reason: str) -> None:
    state = VoucherState.ISSUED if voucher.state is VoucherState.REDEEMED else voucher.state
    left = voucher.left.together(found.value)
    after = rows.NextState(
        state=state,
        left=left,
        step=Step.REVERSED,
        due_at=due_at(voucher.in_state(state).holding(left)),
        by_id=redeemer.id,
        reason=reason,
    )
    advanced = await rows.advance(tx, voucher, after)
    assert advanced, "nobody else changes a voucher that is held"
    await ledger.reverse(tx, f"redemption:{found.id}", new_key=f"reversal:{found.id}", memo=reason)
    await tell(tx, [moved(voucher, Step.REVERSED, found.value, redemption_id=found.id, reason=reason)])


async def void(tx: Transaction, voucher_id: UUID, *, by_id: UUID | None, reason: str) -> Voucher:
    """Take an open voucher out of use, for a reason that its owner may read. Needs the system role.

    What was paid for it is owed to whoever paid. Raises NotFound, and Conflict for a voucher that is not open.
    """
    _check_reason(reason)
    voucher = await rows.hold(tx, voucher_id)
    if voucher is None:
        raise NotFound(f"There is no voucher {voucher_id}.")
    state = standing(voucher, tx.now)
    if state not in OPEN:
        raise Conflict(f"A voucher that is {state} cannot be declared void.")
    after = rows.NextState(
        state=VoucherState.VOID, left=NOTHING, step=Step.VOIDED, due_at=None, by_id=by_id, reason=reason
    )
    advanced = await rows.advance(tx, voucher, after)
    assert advanced, "nobody else changes a voucher that is held"
    await ledger.post(tx, booking.refund(voucher.money(voucher.left), voucher.id, Account(AccountCode.REFUNDS_OWED)))
    await tell(tx, [moved(voucher, Step.VOIDED, voucher.left, reason=reason)])
    return voucher.in_state(VoucherState.VOID).holding(NOTHING)


class RefundedRedemption(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher that was redeemed and is paid back all the same, and what its merchant had earned by it."""

    voucher: Voucher
    earned: Value


async def refund_redeemed(
    tx: Transaction, voucher_ids: Sequence[UUID], *, by_id: UUID | None = None, reason: str | None = None
) -> list[RefundedRedemption]:
    """Close vouchers that were redeemed to the last unit and are to be paid back. Needs the system role.

    One that is not among the answers was not redeemed, or its redemption was reversed meanwhile. Books nothing: the
    caller books who bears it (`ledger.domain.vouchers.refund_after_redemption` of `voucher.money(earned)`).
    """
    refunded: list[RefundedRedemption] = []
    for voucher_id in sorted(voucher_ids):
        voucher = await rows.hold(tx, voucher_id)
        if voucher is None or voucher.state is not VoucherState.REDEEMED:
            continue
        after = rows.NextState(
            state=VoucherState.REFUNDED, left=NOTHING, step=Step.REFUNDED, due_at=None, by_id=by_id, reason=reason
        )
        advanced = await rows.advance(tx, voucher, after)
        assert advanced, "nobody else changes a voucher that is held"
        earned = NOTHING
        for each in await redemption_rows.of_vouchers(tx, [voucher_id]):
            earned = earned.together(worth(voucher, each.value, with_promotion=each.with_promotion))
        await tell(tx, [moved(voucher, Step.REFUNDED, earned, reason=reason)])
        refunded.append(RefundedRedemption(voucher=voucher.in_state(VoucherState.REFUNDED), earned=earned))
    return refunded


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _MAX_REASON_LENGTH or "\x00" in reason:
        raise InvalidInput.at("reason", f"is 1 to {_MAX_REASON_LENGTH} characters")
