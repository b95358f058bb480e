"""Issuing vouchers, thousands in one statement."""

from collections.abc import Sequence
from typing import Final

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Unavailable
from highstreet.market.vouchers.domain.vouchers import NewVoucher, Step, Voucher, due_at, issued
from highstreet.market.vouchers.repository import gifts as gift_rows
from highstreet.market.vouchers.repository import vouchers as rows
from highstreet.market.vouchers.usecases.gifts import gift_of
from highstreet.market.vouchers.usecases.keys import VoucherKeys

_ATTEMPTS: Final = 3
_RETRY_AFTER_S: Final = 1


async def issue(tx: Transaction, keys: VoucherKeys, wanted: Sequence[NewVoucher]) -> list[Voucher]:
    """New vouchers, in the order in which they were wanted; one with a recipient begins as a gift on its way.

    Needs the system role. Books nothing: what was paid is booked as a liability by whoever captured it, in this same
    transaction. What cannot be a voucher is refused by the database (a check or a foreign key).
    """
    new_ids = tx.new_ids()
    vouchers = [issued(each, next(new_ids), tx.now) for each in wanted]
    missing = vouchers
    for _ in range(_ATTEMPTS):
        if not missing:
            break
        added = await rows.insert(tx, [(voucher, _kept(keys, voucher)) for voucher in missing])
        missing = [voucher for voucher in missing if voucher.id not in added]
    if missing:
        raise Unavailable("No free codes for vouchers were found; try again", _RETRY_AFTER_S)
    await gift_rows.insert(
        tx,
        [
            gift_of(next(new_ids), voucher, each.recipient, tx)
            for each, voucher in zip(wanted, vouchers, strict=True)
            if each.recipient is not None
        ],
    )
    return vouchers


def _kept(keys: VoucherKeys, voucher: Voucher) -> rows.KeptColumns:
    codes = keys.new_codes(voucher.id, voucher.merchant_id)
    return rows.KeptColumns(
        code_fingerprint=f"\\x{codes.code_fingerprint.hex()}",
        short_code_tag=f"\\x{codes.short_code_tag.hex()}",
        sealed_codes=f"\\x{codes.sealed_codes.hex()}",
        step=Step.ISSUED,
        due_at=due_at(voucher),
    )
