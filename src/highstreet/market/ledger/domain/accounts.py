"""The kinds of accounts: on which side each grows, and of whom there is one each."""

from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import InvalidInput


class AccountClass(StrEnum):
    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


class Party(StrEnum):
    """Of whom there is one account each; of `nobody`, there is one in all."""

    NOBODY = "nobody"
    MERCHANT = "merchant"
    CUSTOMER = "customer"
    PARTNER = "partner"


class AccountCode(StrEnum):
    """What an account is for. The database holds the same table and takes no other."""

    PROVIDER_CLEARING = "provider_clearing"
    """What payment providers hold of ours."""
    BANK = "bank"
    DISPUTED = "disputed"
    """What providers withhold until a dispute is decided."""
    PREPAID_TAX = "prepaid_tax"
    """Tax on single-purpose vouchers that was due at their sale, and is charged to the merchant at redemption."""
    MERCHANT_RECEIVABLE = "merchant_receivable"
    """What merchants owe after a balance stayed negative."""
    VOUCHER_LIABILITY = "voucher_liability"
    """What was paid for vouchers that are still open."""
    MERCHANT_PAYABLE = "merchant_payable"
    MERCHANT_RESERVE = "merchant_reserve"
    """What is held back of merchants' earnings for a time."""
    PAYOUTS_IN_TRANSIT = "payouts_in_transit"
    """Payouts that were decided, and of which the provider has not said yet that they arrived."""
    CUSTOMER_CREDIT = "customer_credit"
    REFUNDS_OWED = "refunds_owed"
    """Paid for nothing, or given back in vain: it belongs to who paid, and has not reached them yet."""
    AFFILIATE_PENDING = "affiliate_pending"
    AFFILIATE_PAYABLE = "affiliate_payable"
    TAX = "tax"
    """Collected for the state."""
    ESCHEAT = "escheat"
    """Of expired vouchers, where the law gives it to the state."""
    COMMISSION = "commission"
    """What the market earns from merchants, without its tax."""
    BREAKAGE = "breakage"
    """Of expired vouchers and credit, where the law leaves it to the market."""
    PROMOTION_EXPENSE = "promotion_expense"
    GOODWILL = "goodwill"
    """Given back at the market's own cost."""
    AFFILIATE_EXPENSE = "affiliate_expense"
    PROVIDER_FEES = "provider_fees"
    CHARGEBACK_LOSS = "chargeback_loss"
    """Lost to disputes, and to merchants who owe for ever."""


KINDS: Final[dict[AccountCode, tuple[AccountClass, Party]]] = {
    AccountCode.PROVIDER_CLEARING: (AccountClass.ASSET, Party.NOBODY),
    AccountCode.BANK: (AccountClass.ASSET, Party.NOBODY),
    AccountCode.DISPUTED: (AccountClass.ASSET, Party.NOBODY),
    AccountCode.PREPAID_TAX: (AccountClass.ASSET, Party.NOBODY),
    AccountCode.MERCHANT_RECEIVABLE: (AccountClass.ASSET, Party.MERCHANT),
    AccountCode.VOUCHER_LIABILITY: (AccountClass.LIABILITY, Party.NOBODY),
    AccountCode.MERCHANT_PAYABLE: (AccountClass.LIABILITY, Party.MERCHANT),
    AccountCode.MERCHANT_RESERVE: (AccountClass.LIABILITY, Party.MERCHANT),
    AccountCode.PAYOUTS_IN_TRANSIT: (AccountClass.LIABILITY, Party.NOBODY),
    AccountCode.CUSTOMER_CREDIT: (AccountClass.LIABILITY, Party.CUSTOMER),
    AccountCode.REFUNDS_OWED: (AccountClass.LIABILITY, Party.NOBODY),
    AccountCode.AFFILIATE_PENDING: (AccountClass.LIABILITY, Party.PARTNER),
    AccountCode.AFFILIATE_PAYABLE: (AccountClass.LIABILITY, Party.PARTNER),
    AccountCode.TAX: (AccountClass.LIABILITY, Party.NOBODY),
    AccountCode.ESCHEAT: (AccountClass.LIABILITY, Party.NOBODY),
    AccountCode.COMMISSION: (AccountClass.INCOME, Party.NOBODY),
    AccountCode.BREAKAGE: (AccountClass.INCOME, Party.NOBODY),
    AccountCode.PROMOTION_EXPENSE: (AccountClass.EXPENSE, Party.NOBODY),
    AccountCode.GOODWILL: (AccountClass.EXPENSE, Party.NOBODY),
    AccountCode.AFFILIATE_EXPENSE: (AccountClass.EXPENSE, Party.NOBODY),
    AccountCode.PROVIDER_FEES: (AccountClass.EXPENSE, Party.NOBODY),
    AccountCode.CHARGEBACK_LOSS: (AccountClass.EXPENSE, Party.NOBODY),
}


def grows_by_debit(code: AccountCode) -> bool:
    """The normal side: assets and expenses grow by debits, all others by credits."""
    return KINDS[code][0] in {AccountClass.ASSET, AccountClass.EXPENSE}


class Account(msgspec.Struct, frozen=True, order=True):
    """One account. Whether it has a party is a matter of its code."""

    code: AccountCode
    party_id: UUID | None = None

    def __post_init__(self) -> None:
        if (KINDS[self.code][1] is Party.NOBODY) != (self.party_id is None):
            whose = "one for each " + KINDS[self.code][1] if self.party_id is None else "only one"
            raise InvalidInput.at("account", f"there is {whose} of {self.code}")

    def __str__(self) -> str:
        return str(self.code) if self.party_id is None else f"{self.code}:{self.party_id}"
