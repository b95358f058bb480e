"""The worked examples of docs/ledger.md: each rule books exactly what the page shows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest

from highstreet.kit.money import minor_digits
from highstreet.market.ledger.domain import credits as credit_rules
from highstreet.market.ledger.domain import payments, payouts, vouchers
from highstreet.market.ledger.domain.accounts import KINDS, Account, AccountCode, grows_by_debit
from highstreet.market.ledger.domain.credits import CreditOrigin
from highstreet.market.ledger.domain.entries import Entry, EntryKind, opposite
from highstreet.market.ledger.domain.payments import CreditUsed
from highstreet.market.ledger.domain.policies import ExpiryPolicy, VoucherTax, included_tax
from highstreet.market.ledger.domain.vouchers import RefundTo, VoucherMoney, refund_account

PAGE: Final = Path(__file__).parents[3] / "docs" / "ledger.md"
NAMES: Final = {
    UUID(int=1): "the buyer",
    UUID(int=2): "the merchant",
    UUID(int=3): "a partner",
    UUID(int=10): "a guest",
}
BUYER, MERCHANT, PARTNER, ORDER, PAYMENT, ID, VOUCHER, _, _, GUEST = (UUID(int=number) for number in range(1, 11))
OWED: Final = Account(AccountCode.REFUNDS_OWED)
CLEARING, CREDIT = refund_account(RefundTo.PROVIDER, BUYER), refund_account(RefundTo.CREDIT, BUYER)

PLAIN: Final = VoucherMoney(
    voucher_id=VOUCHER,
    order_id=ORDER,
    merchant_id=MERCHANT,
    terms_version=1,
    currency="USD",
    paid_minor=4000,
    promotion_minor=1000,
    commission_minor=1000,
    commission_tax_minor=160,
)
SINGLE: Final = msgspec.structs.replace(
    PLAIN,
    currency="EUR",
    paid_minor=5000,
    promotion_minor=0,
    voucher_tax=VoucherTax.SINGLE_PURPOSE,
    voucher_tax_minor=included_tax(5000, 1900),
)
MULTI: Final = msgspec.structs.replace(SINGLE, voucher_tax=VoucherTax.MULTI_PURPOSE)
YEN: Final = msgspec.structs.replace(
    PLAIN, currency="JPY", paid_minor=1000, promotion_minor=0, commission_minor=100, commission_tax_minor=9
)
DOLLARS: Final[dict[str, Any]] = {"currency": "USD"}


def _payments() -> Iterator[tuple[str, Entry]]:
    order: dict[str, Any] = {"order_id": ORDER, "payment_id": PAYMENT, "currency": "USD"}
    yield "capture", payments.capture(**order, paid_minor=4000)
    yield "capture with credit", payments.capture(**order, paid_minor=4000, used=CreditUsed(BUYER, 1500))
    yield "provider fee", payments.provider_fee(payment_id=PAYMENT, fee_id="1", amount_minor=146, **DOLLARS)
    yield "late payment", payments.late_payment(**order, amount_minor=4000)
    back: dict[str, Any] = {"refund_id": ID, "amount_minor": 4000, **DOLLARS}
    yield "late payment, given back", payments.refund_settled(given_to=CLEARING, **back)
    yield "refund that failed", payments.refund_failed(payment_id=PAYMENT, **back)
    yield "refund that failed, as credit", payments.refund_settled(given_to=CREDIT, **back)
    dispute: dict[str, Any] = {"dispute_id": ID, "payment_id": PAYMENT, "amount_minor": 4000, **DOLLARS}
    yield "dispute opened", payments.dispute_opened(**dispute, fee_minor=1500)
    yield "dispute won", payments.dispute_won(**dispute, fee_returned_minor=1500)
    yield "vouchers that end with a dispute", vouchers.refund(PLAIN, ID, OWED)
    yield "what a merchant earned by a disputed voucher", vouchers.refund_after_redemption(PLAIN, ID, OWED)
    yield "dispute lost after either", payments.dispute_lost(**dispute, owed_minor=4000)
    yield "dispute lost and borne by the market", payments.dispute_lost(**dispute)
    yield "refund made past us", payments.refund_past_us(**order, refund_id=ID, amount_minor=4000)
    yield (
        "provider payout",
        payments.provider_payout(provider="stripe", reference="po_1", amount_minor=90000, **DOLLARS),
    )
    yield "tax remitted", payments.tax_remitted(remittance_id=ID, amount_minor=25000, **DOLLARS)


def _vouchers() -> Iterator[tuple[str, Entry]]:
    yield "redemption", vouchers.redemption(PLAIN, ID)
    yield "redemption of the first 333 of 1,000 yen", vouchers.redemption(YEN, ID, after_minor=333)
    yield "redemption of the other 667 yen", vouchers.redemption(YEN, ID, before_minor=333)
    yield "reversal", opposite(vouchers.redemption(PLAIN, ID), "reversal:1")
    yield "refund before redemption", vouchers.refund(PLAIN, ID, CLEARING)
    yield "refund before redemption, as credit", vouchers.refund(PLAIN, ID, CREDIT)
    yield "refund of what is left after 333 yen", vouchers.refund(YEN, ID, CLEARING, redeemed_minor=333)
    yield "refund after redemption", vouchers.refund_after_redemption(PLAIN, ID, CLEARING)
    yield "goodwill", vouchers.goodwill(PLAIN, ID, CLEARING, 4000)
    yield "expiry that leaves it owed", vouchers.expiry(PLAIN, ExpiryPolicy.STAYS_OPEN)
    yield "expiry as breakage", vouchers.expiry(PLAIN, ExpiryPolicy.BREAKAGE)
    yield "expiry to the state", vouchers.expiry(PLAIN, ExpiryPolicy.ESCHEAT)
    yield "expiry to the merchant", vouchers.expiry(PLAIN, ExpiryPolicy.TO_MERCHANT)
    yield "sale of a single-purpose voucher", vouchers.sales_tax(SINGLE)
    yield "redemption of a single-purpose voucher", vouchers.redemption(SINGLE, ID)
    yield "refund of a single-purpose voucher", vouchers.refund(SINGLE, ID, CLEARING)
    yield "expiry of a single-purpose voucher", vouchers.expiry(SINGLE, ExpiryPolicy.BREAKAGE)
    yield "sale of a multi-purpose voucher", vouchers.sales_tax(MULTI)
    yield "redemption of a multi-purpose voucher", vouchers.redemption(MULTI, ID)
    yield "expiry of a multi-purpose voucher", vouchers.expiry(MULTI, ExpiryPolicy.BREAKAGE)


def _credit() -> Iterator[tuple[str, Entry]]:
    grant: dict[str, Any] = {"grant_id": ID, "account_id": BUYER, "amount_minor": 500, **DOLLARS}
    yield "credit granted", credit_rules.credit_granted(**grant, origin=CreditOrigin.PROMOTION)
    yield "credit granted as goodwill", credit_rules.credit_granted(**grant, origin=CreditOrigin.GOODWILL)
    yield "credit expired", credit_rules.credit_expired(**grant, origin=CreditOrigin.PROMOTION)
    yield "credit from a refund expired", credit_rules.credit_expired(**grant, origin=CreditOrigin.REFUND)
    yield "credit moved", credit_rules.credit_moved(from_id=GUEST, to_id=BUYER, amount_minor=500, **DOLLARS)


def _settling() -> Iterator[tuple[str, Entry]]:
    merchant: dict[str, Any] = {"merchant_id": MERCHANT, **DOLLARS}
    paid: dict[str, Any] = {"payout_id": ID, "amount_minor": 36000}
    yield "payout", payouts.payout(**paid, **merchant)
    yield "payout arrived", payouts.payout_arrived(**paid, paid_from=AccountCode.BANK, **DOLLARS)
    yield "payout failed", payouts.payout_failed(**paid, **merchant)
    yield "reserve held", payouts.reserve_held(reserve_id=ID, amount_minor=4000, **merchant)
    yield "reserve released", payouts.reserve_released(reserve_id=ID, amount_minor=4000, **merchant)
    yield "debt raised", payouts.debt_raised(debt_id=ID, amount_minor=4000, **merchant)
    yield "debt recovered", payouts.debt_recovered(recovery_id=ID, amount_minor=4000, **merchant)
    yield "debt written off", payouts.debt_written_off(debt_id=ID, amount_minor=4000, **merchant)
    earned: dict[str, Any] = {"order_id": ORDER, "partner_id": PARTNER, "amount_minor": 200, **DOLLARS}
    yield "affiliate earned", payouts.affiliate_earned(**earned)
    yield "affiliate confirmed", payouts.affiliate_confirmed(**earned)
    yield "affiliate cancelled", payouts.affiliate_cancelled(**earned, confirmed=False)
    yield "affiliate cancelled after it was confirmed", payouts.affiliate_cancelled(**earned, confirmed=True)
    yield "affiliate paid", payouts.affiliate_payout(payout_id=ID, partner_id=PARTNER, amount_minor=200, **DOLLARS)


EXAMPLES: Final = dict((*_payments(), *_vouchers(), *_credit(), *_settling()))


def amount(minor: int, currency: str) -> str:
    digits = minor_digits(currency)
    return f"{minor / 10**digits:.{digits}f} {currency}"


def table(entry: Entry) -> list[tuple[str, str, str]]:
    """The rows as the page shows them: account, debit, credit."""
    shown = [(name(line.account), line.amount_minor) for line in entry.lines]
    return [
        (
            account,
            amount(minor, entry.currency) if minor > 0 else "",
            amount(-minor, entry.currency) if minor < 0 else "",
        )
        for account, minor in shown
    ]


def name(account: Account) -> str:
    return f"`{account.code}`" + (f" of {NAMES[account.party_id]}" if account.party_id else "")


def examples_of_the_page() -> dict[str, list[tuple[str, ...]]]:
    """By the words after `Example:`, the rows of the table below."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for title, rows in re.findall(r"^Example: (.+)\.\n\n((?:\|.*\n)*)", PAGE.read_text(encoding="utf-8"), re.MULTILINE):
        cells = [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows.splitlines()]
        found[title] = cells[2:]
    return found


def test_the_page_shows_every_rule() -> None:
    assert list(examples_of_the_page()) == list(EXAMPLES)
    assert {entry.kind for entry in EXAMPLES.values() if entry.lines} == set(EntryKind)


@pytest.mark.parametrize("title", EXAMPLES)
def test_a_rule_books_what_the_page_shows(title: str) -> None:
    assert examples_of_the_page()[title] == table(EXAMPLES[title])


def test_the_page_names_every_kind_of_account() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for code, (kind, party) in KINDS.items():
        assert f"| `{code}` | {kind} | {'debit' if grows_by_debit(code) else 'credit'} | {party} |" in text
