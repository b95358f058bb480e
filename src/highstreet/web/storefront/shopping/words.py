"""What pages say of vouchers and orders: a state in a word, and until when something is good."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from highstreet.market.orders.domain.states import OrderState
from highstreet.market.vouchers.domain.vouchers import OPEN, Step, Voucher, VoucherState
from highstreet.web import i18n
from highstreet.web.i18n import Language
from highstreet.web.storefront.shopping.whose import Holder


class VoucherCard(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher in a list. The paths have the language's prefix."""

    voucher: Voucher
    path: str
    pdf_path: str
    state: str
    when: str
    is_open: bool


def voucher_cards(language: Language, vouchers: Sequence[Voucher], holder: Holder) -> list[VoucherCard]:
    return [
        VoucherCard(
            voucher=each,
            path=language.localized(holder.path(f"/vouchers/{each.id}")),
            pdf_path=language.localized(holder.path(f"/vouchers/{each.id}/pdf")),
            state=voucher_state(language, each.state),
            when=good_until(language, each),
            is_open=each.state in OPEN,
        )
        for each in vouchers
    ]


def voucher_state(language: Language, state: VoucherState) -> str:
    _ = language.translate
    return {
        VoucherState.ISSUED: _("Ready to use"),
        VoucherState.PROMO_EXPIRED: _("Still good for what was paid"),
        VoucherState.REDEEMED: _("Used"),
        VoucherState.REFUNDED: _("Given back"),
        VoucherState.VOID: _("No longer valid"),
        VoucherState.EXPIRED: _("Over"),
    }[state]


def good_until(language: Language, voucher: Voucher) -> str:
    """Until when, in a sentence; on which day it closed for one that is not open."""
    _ = language.translate
    zone = voucher.time_zone
    if voucher.state not in OPEN:
        return i18n.date(language, voucher.changed_at, zone)
    if voucher.state is VoucherState.PROMO_EXPIRED:
        return paid_value(language, voucher)
    if voucher.redeem_until is None:
        return _("To be used at any time")
    day = i18n.last_day(language, voucher.redeem_until, zone)
    return _("To be used by %(last)s") % {"last": day}


def paid_value(language: Language, voucher: Voucher) -> str:
    """Until when what was paid for it stays good."""
    _ = language.translate
    amount = i18n.money(language, voucher.paid_left_minor, voucher.currency)
    if voucher.paid_value_until is None:
        return _("{amount} that were paid stay good without an end.").format(amount=amount)
    day = i18n.last_day(language, voucher.paid_value_until, voucher.time_zone)
    return _("{amount} that were paid stay good until {day}.").format(amount=amount, day=day)


def voucher_step(language: Language, step: Step) -> str:
    _ = language.translate
    return {
        Step.ISSUED: _("Made out"),
        Step.REDEEMED: _("Used at the merchant"),
        Step.REVERSED: _("The use was taken back"),
        Step.REFUNDED: _("Given back"),
        Step.VOIDED: _("Made void"),
        Step.PROMO_EXPIRED: _("Its last day for the deal was over"),
        Step.EXPIRED: _("Over"),
        Step.TRANSFERRED: _("Came to you as a gift, with new codes"),
    }[step]


def order_state(language: Language, state: OrderState) -> str:
    _ = language.translate
    return {
        OrderState.HELD: _("Waits to be paid"),
        OrderState.AUTHORISED: _("Money set aside"),
        OrderState.PAID: _("Paid"),
        OrderState.PARTLY_REFUNDED: _("Partly given back"),
        OrderState.REFUNDED: _("Given back"),
        OrderState.EXPIRED: _("Not paid in time"),
        OrderState.CANCELLED: _("Given up"),
        OrderState.VOIDED: _("The deal did not run"),
    }[state]


def moment(language: Language, at: datetime, time_zone: str) -> str:
    """A day with its time of day."""
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{i18n.date(language, at, time_zone)}, {i18n.clock(language, local.time())}"
