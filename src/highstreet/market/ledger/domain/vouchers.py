"""What vouchers book: sale, redemption whole or in part, refund, expiry, and the tax on what they buy.

A voucher of price p was paid in part by its buyer and in part by a promotion of the market. Only what was paid is owed,
so only that is liability; the promotion becomes an expense when the voucher is redeemed. Of the price the merchant
earns what commission, the commission's tax (which the commission includes) and tax collected for the state leave.
"""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import MAX_MINOR
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.entries import Entry, EntryKind, credit, debit, entry, require_positive
from highstreet.market.ledger.domain.policies import ExpiryPolicy, VoucherTax


class VoucherMoney(msgspec.Struct, frozen=True, kw_only=True):
    """What the books need to know of a voucher. Amounts are minor units of `currency`."""

    voucher_id: UUID
    order_id: UUID
    merchant_id: UUID
    terms_version: int | None
    currency: str
    paid_minor: int
    promotion_minor: int = 0
    commission_minor: int = 0
    commission_tax_minor: int = 0
    """Included in the commission."""
    voucher_tax: VoucherTax = VoucherTax.NOT_COLLECTED
    voucher_tax_minor: int = 0
    """Included in the price, and collected by the market for what the voucher buys."""

    def __post_init__(self) -> None:
        amounts = (self.paid_minor, self.promotion_minor, self.commission_minor, self.commission_tax_minor)
        if min(*amounts, self.voucher_tax_minor) < 0 or self.price_minor > MAX_MINOR:
            raise InvalidInput.at("voucher", "its amounts are not what amounts may be")
        if self.commission_minor + self.voucher_tax_minor > self.price_minor:
            raise InvalidInput.at("commission", "commission and tax are more than the voucher's price")
        if self.commission_tax_minor > self.commission_minor:
            raise InvalidInput.at("commission_tax", "the tax is more than the commission that includes it")
        if self.voucher_tax is VoucherTax.NOT_COLLECTED and self.voucher_tax_minor:
            raise InvalidInput.at("voucher_tax", "there is no amount of a tax that is not collected")

    @property
    def price_minor(self) -> int:
        return self.paid_minor + self.promotion_minor


class Parts(NamedTuple):
    """How a part of a voucher's price is made up: `paid + promotion == merchant + commission + tax`, always."""

    paid_minor: int
    promotion_minor: int
    merchant_minor: int
    commission_minor: int
    """Without its tax."""
    commission_tax_minor: int
    voucher_tax_minor: int


def open_paid_minor(money: VoucherMoney, redeemed_minor: int) -> int:
    """What is still owed of a voucher of which `redeemed_minor` of the price was used: its share of the liability."""
    return money.paid_minor - _up_to(money, redeemed_minor).paid_minor


def parts(money: VoucherMoney, before_minor: int, after_minor: int) -> Parts:
    """The part of the price that lies between two marks, such as what was redeemed before and what is afterwards.

    Parts that meet sum up to the whole exactly, however the price was cut: each is the difference of two roundings.
    """
    if not 0 <= before_minor <= after_minor <= money.price_minor:
        raise InvalidInput.at(
            "amount", f"{after_minor - before_minor} minor units are not left of a voucher of {money.price_minor}"
        )
    until, since = _up_to(money, after_minor), _up_to(money, before_minor)
    return Parts(*(late - early for late, early in zip(until, since, strict=True)))


def _up_to(money: VoucherMoney, mark_minor: int) -> Parts:
    """From zero to a mark. Each share is cut from the one that includes it, so that no part is ever negative."""
    price_minor = money.price_minor
    paid_minor = _share(money.paid_minor, mark_minor, price_minor)
    commission_minor = _share(money.commission_minor, mark_minor, price_minor)
    commission_tax_minor = _share(money.commission_tax_minor, commission_minor, money.commission_minor)
    rest_minor = mark_minor - commission_minor
    voucher_tax_minor = _share(money.voucher_tax_minor, rest_minor, price_minor - money.commission_minor)
    return Parts(
        paid_minor,
        mark_minor - paid_minor,
        rest_minor - voucher_tax_minor,
        commission_minor - commission_tax_minor,
        commission_tax_minor,
        voucher_tax_minor,
    )


def _share(of_minor: int, mark_minor: int, whole_minor: int) -> int:
    return of_minor * mark_minor // whole_minor if whole_minor else 0


def _of_what_was_paid(part: Parts) -> Parts:
    """The same part without its promotion, every other share cut in proportion."""
    whole_minor = part.paid_minor + part.promotion_minor
    with_tax_minor = part.commission_minor + part.commission_tax_minor
    commission_minor = _share(with_tax_minor, part.paid_minor, whole_minor)
    commission_tax_minor = _share(part.commission_tax_minor, commission_minor, with_tax_minor)
    rest_minor = part.paid_minor - commission_minor
    voucher_tax_minor = _share(part.voucher_tax_minor, rest_minor, whole_minor - with_tax_minor)
    return Parts(
        part.paid_minor,
        0,
        rest_minor - voucher_tax_minor,
        commission_minor - commission_tax_minor,
        commission_tax_minor,
        voucher_tax_minor,
    )


class RefundTo(StrEnum):
    """Where a refund goes: back through the payment's provider, or into the buyer's credit."""

    PROVIDER = "provider"
    CREDIT = "credit"


def refund_account(to: RefundTo, account_id: UUID) -> Account:
    """Where what is given back goes; `account_id` is the buyer's."""
    if to is RefundTo.PROVIDER:
        return Account(AccountCode.PROVIDER_CLEARING)
    return Account(AccountCode.CUSTOMER_CREDIT, account_id)


def sales_tax(money: VoucherMoney) -> Entry:
    """At the sale of a single-purpose voucher the tax is due at once. For any other voucher nothing moves."""
    due_minor = money.voucher_tax_minor if money.voucher_tax is VoucherTax.SINGLE_PURPOSE else 0
    return entry(
        f"sales_tax:{money.voucher_id}",
        EntryKind.SALES_TAX,
        money.currency,
        [debit(AccountCode.PREPAID_TAX, due_minor), credit(AccountCode.TAX, due_minor)],
        **_sources(money),
    )


def redemption(
    money: VoucherMoney, redemption_id: UUID, *, before_minor: int = 0, after_minor: int | None = None
) -> Entry:
    """The merchant has earned its share. Of a voucher with a balance, the part between two marks of its price."""
    part = parts(money, before_minor, money.price_minor if after_minor is None else after_minor)
    return entry(
        f"redemption:{redemption_id}",
        EntryKind.REDEMPTION,
        money.currency,
        [debit(AccountCode.VOUCHER_LIABILITY, part.paid_minor), *_earned(money, part)],
        **_sources(money),
    )


def refund(money: VoucherMoney, refund_id: UUID, given_to: Account, *, redeemed_minor: int = 0) -> Entry:
    """Before redemption: what is still owed goes back to the buyer. `redeemed_minor` of the price was used before."""
    part = parts(money, redeemed_minor, money.price_minor)
    return entry(
        f"refund:{refund_id}:{money.voucher_id}",
        EntryKind.REFUND,
        money.currency,
        [
            debit(AccountCode.VOUCHER_LIABILITY, part.paid_minor),
            (given_to, -part.paid_minor),
            *_tax_taken_back(money, part),
        ],
        refund_id=refund_id,
        **_sources(money),
    )


def refund_after_redemption(
    money: VoucherMoney, refund_id: UUID, given_to: Account, *, before_minor: int = 0, after_minor: int | None = None
) -> Entry:
    """The merchant bears it: what was earned is taken back, all shares alike, and the buyer is given what was paid.

    The merchant's account may become negative by it, which the next payouts make up for.
    """
    part = parts(money, before_minor, money.price_minor if after_minor is None else after_minor)
    return entry(
        f"refund:{refund_id}:{money.voucher_id}",
        EntryKind.REFUND_AFTER_REDEMPTION,
        money.currency,
        [
            *((account, -amount_minor) for account, amount_minor in _earned(money, part)),
            (given_to, -part.paid_minor),
            *_tax_taken_back(money, part),
        ],
        refund_id=refund_id,
        **_sources(money),
    )


def goodwill(money: VoucherMoney, refund_id: UUID, given_to: Account, amount_minor: int) -> Entry:
    """The market bears it: the merchant keeps what it earned, and the buyer is given up to what was paid."""
    require_positive(amount_minor, "amount")
    if amount_minor > money.paid_minor:
        raise InvalidInput.at("amount", f"{amount_minor} is more than the {money.paid_minor} that were paid")
    return entry(
        f"refund:{refund_id}:{money.voucher_id}",
        EntryKind.GOODWILL,
        money.currency,
        [debit(AccountCode.GOODWILL, amount_minor), (given_to, -amount_minor)],
        refund_id=refund_id,
        **_sources(money),
    )


def expiry(money: VoucherMoney, policy: ExpiryPolicy, *, redeemed_minor: int = 0) -> Entry:
    """What was paid and not used goes where the jurisdiction says; nothing moves where it stays owed.

    Tax that was due at the sale stays paid, and tax that would be due at redemption never becomes due, except where
    the merchant is paid as if the voucher had been redeemed. A promotion that was not used costs nothing, so such a
    merchant earns in proportion to what the buyer paid.
    """
    part = parts(money, redeemed_minor, money.price_minor)
    gone = debit(AccountCode.VOUCHER_LIABILITY, part.paid_minor)
    taxed_minor = part.voucher_tax_minor if money.voucher_tax is VoucherTax.SINGLE_PURPOSE else 0
    paid_tax = credit(AccountCode.PREPAID_TAX, taxed_minor)
    match policy:
        case ExpiryPolicy.STAYS_OPEN:
            movements = []
        case ExpiryPolicy.BREAKAGE:
            movements = [gone, paid_tax, credit(AccountCode.BREAKAGE, part.paid_minor - taxed_minor)]
        case ExpiryPolicy.ESCHEAT:
            movements = [gone, credit(AccountCode.ESCHEAT, part.paid_minor)]
            movements += [paid_tax, debit(AccountCode.BREAKAGE, taxed_minor)]
        case ExpiryPolicy.TO_MERCHANT:
            paid = _of_what_was_paid(part)
            movements = [gone, *_earned(money, paid)]
            if money.voucher_tax is VoucherTax.SINGLE_PURPOSE:
                beyond_minor = part.voucher_tax_minor - paid.voucher_tax_minor
                movements += [credit(AccountCode.PREPAID_TAX, beyond_minor), debit(AccountCode.BREAKAGE, beyond_minor)]
    return entry(f"expiry:{money.voucher_id}", EntryKind.EXPIRY, money.currency, movements, **_sources(money))


def _earned(money: VoucherMoney, part: Parts) -> list[tuple[Account, int]]:
    """What a redeemed part does, but for the liability that it ends."""
    due_before = money.voucher_tax is VoucherTax.SINGLE_PURPOSE
    voucher_tax_account = AccountCode.PREPAID_TAX if due_before else AccountCode.TAX
    return [
        debit(AccountCode.PROMOTION_EXPENSE, part.promotion_minor),
        credit(AccountCode.MERCHANT_PAYABLE, part.merchant_minor, money.merchant_id),
        credit(AccountCode.COMMISSION, part.commission_minor),
        credit(AccountCode.TAX, part.commission_tax_minor),
        credit(voucher_tax_account, part.voucher_tax_minor),
    ]


def _tax_taken_back(money: VoucherMoney, part: Parts) -> list[tuple[Account, int]]:
    """What was due at the sale of a single-purpose voucher is due no more, once the sale is undone."""
    undone_minor = part.voucher_tax_minor if money.voucher_tax is VoucherTax.SINGLE_PURPOSE else 0
    return [debit(AccountCode.TAX, undone_minor), credit(AccountCode.PREPAID_TAX, undone_minor)]


def _sources(money: VoucherMoney) -> dict[str, UUID | int | None]:
    return {"order_id": money.order_id, "voucher_id": money.voucher_id, "terms_version": money.terms_version}
