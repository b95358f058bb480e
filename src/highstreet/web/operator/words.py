"""What the books and the records call things, in the reader's language."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

from babel.numbers import format_currency

from highstreet.kit.money import minor_digits
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.ledger.domain.entries import EntryKind
from highstreet.web import i18n
from highstreet.web.i18n import Language

_SHORT: int = 8


def amount(language: Language, minor: int, currency: str) -> str:
    """With all decimals that the currency has, so that columns of amounts can be read down."""
    return format_currency(Decimal(minor).scaleb(-minor_digits(currency)), currency, locale=language.locale)


def moment(language: Language, at: datetime) -> str:
    """By UTC, to the second: operators hold it against records of others."""
    return f"{i18n.date(language, at)}, {at.astimezone(UTC):%H:%M:%S}"


def short(own_id: UUID) -> str:
    """The end of an id, by which people tell one from another."""
    return own_id.hex[-_SHORT:].upper()


@cache
def account_names(language: Language) -> dict[AccountCode, str]:
    _ = language.translate
    return {
        AccountCode.PROVIDER_CLEARING: _("Held by payment providers"),
        AccountCode.BANK: _("Bank"),
        AccountCode.DISPUTED: _("Withheld for disputes"),
        AccountCode.PREPAID_TAX: _("Prepaid tax"),
        AccountCode.MERCHANT_RECEIVABLE: _("Owed by merchants"),
        AccountCode.VOUCHER_LIABILITY: _("Open vouchers"),
        AccountCode.MERCHANT_PAYABLE: _("Owed to merchants"),
        AccountCode.MERCHANT_RESERVE: _("Merchants' reserves"),
        AccountCode.PAYOUTS_IN_TRANSIT: _("Payouts on their way"),
        AccountCode.CUSTOMER_CREDIT: _("Customers' credit"),
        AccountCode.REFUNDS_OWED: _("Refunds owed"),
        AccountCode.AFFILIATE_PENDING: _("Affiliates, not confirmed"),
        AccountCode.AFFILIATE_PAYABLE: _("Owed to affiliates"),
        AccountCode.TAX: _("Tax collected"),
        AccountCode.ESCHEAT: _("Owed to the state for expired vouchers"),
        AccountCode.COMMISSION: _("Commission"),
        AccountCode.BREAKAGE: _("Kept of expired vouchers"),
        AccountCode.PROMOTION_EXPENSE: _("Promotions"),
        AccountCode.GOODWILL: _("Goodwill"),
        AccountCode.AFFILIATE_EXPENSE: _("Paid for affiliates"),
        AccountCode.PROVIDER_FEES: _("Providers' fees"),
        AccountCode.CHARGEBACK_LOSS: _("Lost to disputes"),
    }


@cache
def entry_names(language: Language) -> dict[EntryKind, str]:
    _ = language.translate
    return {
        EntryKind.CAPTURE: _("Paid by a buyer"),
        EntryKind.PROVIDER_FEE: _("Provider's fee"),
        EntryKind.LATE_PAYMENT: _("Paid too late"),
        EntryKind.REDEMPTION: _("Redeemed"),
        EntryKind.REVERSAL: _("Taken back"),
        EntryKind.REFUND: _("Refunded"),
        EntryKind.REFUND_AFTER_REDEMPTION: _("Refunded after it was redeemed"),
        EntryKind.REFUND_FAILED: _("A refund did not arrive"),
        EntryKind.REFUND_SETTLED: _("A refund was settled"),
        EntryKind.GOODWILL: _("Goodwill"),
        EntryKind.EXPIRY: _("Expired"),
        EntryKind.SALES_TAX: _("Tax at the sale"),
        EntryKind.DISPUTE_OPENED: _("A payment is disputed"),
        EntryKind.DISPUTE_WON: _("A dispute was won"),
        EntryKind.DISPUTE_LOST: _("A dispute was lost"),
        EntryKind.CREDIT_GRANTED: _("Credit given"),
        EntryKind.CREDIT_EXPIRED: _("Credit expired"),
        EntryKind.CREDIT_MOVED: _("Credit moved to another account"),
        EntryKind.PAYOUT: _("Paid out"),
        EntryKind.PAYOUT_ARRIVED: _("A payout arrived"),
        EntryKind.PAYOUT_FAILED: _("A payout did not arrive"),
        EntryKind.PROVIDER_PAYOUT: _("Sent to the bank by the provider"),
        EntryKind.RESERVE_HELD: _("Held back as reserve"),
        EntryKind.RESERVE_RELEASED: _("Released from the reserve"),
        EntryKind.DEBT_RAISED: _("Turned into a debt"),
        EntryKind.DEBT_RECOVERED: _("Taken for a debt"),
        EntryKind.DEBT_WRITTEN_OFF: _("A debt was given up"),
        EntryKind.AFFILIATE_EARNED: _("Earned by an affiliate"),
        EntryKind.AFFILIATE_CONFIRMED: _("An affiliate's earning was confirmed"),
        EntryKind.AFFILIATE_CANCELLED: _("An affiliate's earning was cancelled"),
        EntryKind.AFFILIATE_PAYOUT: _("Paid out to an affiliate"),
        EntryKind.TAX_REMITTED: _("Tax paid to the state"),
    }
