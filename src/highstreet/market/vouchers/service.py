"""The door of vouchers, one verb each.

Each function works in the caller's transaction. Writing needs the system role, because money moves with vouchers.
"""

from highstreet.market.vouchers.usecases.expiring import expire_due
from highstreet.market.vouchers.usecases.guessing import forget as forget_guesses
from highstreet.market.vouchers.usecases.issuing import issue
from highstreet.market.vouchers.usecases.keys import Codes, VoucherKeys
from highstreet.market.vouchers.usecases.reading import (
    codes_of,
    history,
    open_paid_value,
    redemptions_of,
    voucher,
    vouchers_of,
    vouchers_of_order,
)
from highstreet.market.vouchers.usecases.redeeming import redeem, redeeming_for
from highstreet.market.vouchers.usecases.refunding import refund
from highstreet.market.vouchers.usecases.reversing import RefundedRedemption, refund_redeemed, reverse, void

__all__ = [
    "Codes",
    "RefundedRedemption",
    "VoucherKeys",
    "codes_of",
    "expire_due",
    "forget_guesses",
    "history",
    "issue",
    "open_paid_value",
    "redeem",
    "redeeming_for",
    "redemptions_of",
    "refund",
    "refund_redeemed",
    "reverse",
    "void",
    "voucher",
    "vouchers_of",
    "vouchers_of_order",
]
