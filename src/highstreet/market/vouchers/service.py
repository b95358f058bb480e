"""The door of vouchers, one verb each.

Each function works in the caller's transaction. Writing needs the system role, because money moves with vouchers; only
devices are registered and revoked in the transaction of whoever does it.
"""

from highstreet.market.vouchers.usecases.devices import (
    RegisteredDevice,
    devices_of,
    recognise_device,
    register_device,
    revoke_device,
)
from highstreet.market.vouchers.usecases.expiring import expire_due
from highstreet.market.vouchers.usecases.gifts import (
    claim_gift,
    gift_of_token,
    gift_token,
    give,
    hand_over,
    waiting_gift,
    withdraw,
)
from highstreet.market.vouchers.usecases.guessing import forget as forget_guesses
from highstreet.market.vouchers.usecases.issuing import issue
from highstreet.market.vouchers.usecases.keys import Codes, PublicKey, VoucherKeys
from highstreet.market.vouchers.usecases.mailing import mail_due
from highstreet.market.vouchers.usecases.reading import (
    codes_of,
    history,
    hold,
    open_by_end,
    open_paid_value,
    redemption,
    redemptions_of,
    sales_of,
    voucher,
    vouchers,
    vouchers_of,
    vouchers_of_order,
    vouchers_with_code,
)
from highstreet.market.vouchers.usecases.redeeming import redeem, redeeming_for
from highstreet.market.vouchers.usecases.refunding import refund
from highstreet.market.vouchers.usecases.reversing import RefundedRedemption, refund_redeemed, reverse, void
from highstreet.market.vouchers.usecases.showing import sales_as_csv, voucher_as_pdf, voucher_as_svg
from highstreet.market.vouchers.usecases.syncing import sync

__all__ = [
    "Codes",
    "PublicKey",
    "RefundedRedemption",
    "RegisteredDevice",
    "VoucherKeys",
    "claim_gift",
    "codes_of",
    "devices_of",
    "expire_due",
    "forget_guesses",
    "gift_of_token",
    "gift_token",
    "give",
    "hand_over",
    "history",
    "hold",
    "issue",
    "mail_due",
    "open_by_end",
    "open_paid_value",
    "recognise_device",
    "redeem",
    "redeeming_for",
    "redemption",
    "redemptions_of",
    "refund",
    "refund_redeemed",
    "register_device",
    "reverse",
    "revoke_device",
    "sales_as_csv",
    "sales_of",
    "sync",
    "void",
    "voucher",
    "voucher_as_pdf",
    "voucher_as_svg",
    "vouchers",
    "vouchers_of",
    "vouchers_of_order",
    "vouchers_with_code",
    "waiting_gift",
    "withdraw",
]
