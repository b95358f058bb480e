"""What the rules promise for all amounts: entries balance, parts sum up, and what is undone leaves nothing behind."""

import itertools
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import MAX_MINOR
from highstreet.market.ledger.domain import payouts, vouchers
from highstreet.market.ledger.domain.accounts import KINDS, Account, AccountCode, Party, grows_by_debit
from highstreet.market.ledger.domain.entries import Entry, EntryKind, Line, opposite
from highstreet.market.ledger.domain.payments import CreditUsed, capture, dispute_lost, dispute_opened
from highstreet.market.ledger.domain.policies import ExpiryPolicy, VoucherTax, included_tax
from highstreet.market.ledger.domain.vouchers import RefundTo, VoucherMoney, refund_account

BUYER, MERCHANT, ORDER = UUID(int=1), UUID(int=2), UUID(int=3)
CLEARING = Account(AccountCode.PROVIDER_CLEARING)
LIABILITY = Account(AccountCode.VOUCHER_LIABILITY)
OWED = Account(AccountCode.REFUNDS_OWED)
amounts = st.integers(0, 10_000) | st.integers(0, MAX_MINOR // 4)


@st.composite
def moneys(draw: st.DrawFn) -> VoucherMoney:
    paid, promotion = draw(amounts), draw(amounts)
    commission = draw(st.integers(0, paid + promotion))
    tax = draw(st.sampled_from(VoucherTax))
    collected = 0 if tax is VoucherTax.NOT_COLLECTED else draw(st.integers(0, paid + promotion - commission))
    return VoucherMoney(
        voucher_id=UUID(int=9),
        order_id=ORDER,
        merchant_id=MERCHANT,
        terms_version=3,
        currency=draw(st.sampled_from(["USD", "JPY", "KWD"])),
        paid_minor=paid,
        promotion_minor=promotion,
        commission_minor=commission,
        commission_tax_minor=draw(st.integers(0, commission)),
        voucher_tax=tax,
        voucher_tax_minor=collected,
    )


def sums(entries: Iterable[Entry]) -> dict[Account, int]:
    """What accounts hold after entries, without those that hold nothing."""
    total = Counter[Account]()
    for entry in entries:
        for line in entry.lines:
            total[line.account] += line.amount_minor
    return {account: amount for account, amount in total.items() if amount}


def sale(money: VoucherMoney) -> list[Entry]:
    paid = capture(order_id=ORDER, payment_id=UUID(int=4), currency=money.currency, paid_minor=money.paid_minor)
    return [paid, vouchers.sales_tax(money)]


@given(st.lists(st.integers(-MAX_MINOR, MAX_MINOR).filter(bool), min_size=1, max_size=6, unique=True))
def test_an_entry_that_does_not_balance_cannot_be_built(given: list[int]) -> None:
    lines = tuple(
        Line(Account(AccountCode.CUSTOMER_CREDIT, UUID(int=number)), amount) for number, amount in enumerate(given)
    )
    if sum(given) == 0:
        assert Entry(key="a", kind=EntryKind.CAPTURE, currency="USD", lines=lines)
    else:
        with pytest.raises(InvalidInput, match="does not balance"):
            Entry(key="a", kind=EntryKind.CAPTURE, currency="USD", lines=lines)


@pytest.mark.parametrize("code", AccountCode)
def test_an_account_has_a_party_if_its_kind_has(code: AccountCode) -> None:
    with_party = KINDS[code][1] is not Party.NOBODY
    assert Account(code, MERCHANT if with_party else None)
    with pytest.raises(InvalidInput):
        Account(code, None if with_party else MERCHANT)


@given(moneys(), st.data())
def test_parts_of_a_voucher_sum_to_the_whole_and_none_is_negative(money: VoucherMoney, data: st.DataObject) -> None:
    marks = sorted({0, money.price_minor, *data.draw(st.lists(st.integers(0, money.price_minor), max_size=6))})
    cut = [vouchers.parts(money, before, after) for before, after in itertools.pairwise(marks)]
    whole = vouchers.parts(money, 0, money.price_minor)
    assert all(min(part) >= 0 for part in cut)
    for part in [*cut, whole]:
        assert part.paid_minor + part.promotion_minor == sum(part[2:])
    if cut:
        assert tuple(map(sum, zip(*cut, strict=True))) == whole
    assert whole.paid_minor == money.paid_minor
    assert whole.commission_minor + whole.commission_tax_minor == money.commission_minor
    assert whole.voucher_tax_minor == money.voucher_tax_minor


@given(moneys(), st.data())
def test_liability_is_what_open_vouchers_were_paid_at_every_step(money: VoucherMoney, data: st.DataObject) -> None:
    entries, redeemed = sale(money), 0
    while True:
        assert -sums(entries).get(LIABILITY, 0) == vouchers.open_paid_minor(money, redeemed)
        if redeemed == money.price_minor:
            break
        after = data.draw(st.integers(redeemed + 1, money.price_minor)) if len(entries) < 8 else money.price_minor
        entries.append(vouchers.redemption(money, UUID(int=len(entries)), before_minor=redeemed, after_minor=after))
        redeemed = after
    in_one_go = [*sale(money), vouchers.redemption(money, UUID(int=100))]
    assert sums(entries) == sums(in_one_go)


@given(moneys())
def test_a_reversal_is_the_exact_opposite(money: VoucherMoney) -> None:
    redeemed = vouchers.redemption(money, UUID(int=5))
    back = opposite(redeemed, "reversal:5")
    assert sums([redeemed, back]) == {}
    assert (back.reverses, back.order_id, back.voucher_id) == (redeemed.key, ORDER, money.voucher_id)


@given(moneys(), st.data())
def test_a_refund_leaves_nothing_behind_whether_before_or_after_redemption(
    money: VoucherMoney, data: st.DataObject
) -> None:
    used = data.draw(st.integers(0, money.price_minor))
    entries = sale(money)
    entries.append(vouchers.redemption(money, UUID(int=5), after_minor=used))
    entries.append(vouchers.refund(money, UUID(int=6), CLEARING, redeemed_minor=used))
    entries.append(vouchers.refund_after_redemption(money, UUID(int=7), CLEARING, after_minor=used))
    assert sums(entries) == {}


@given(moneys(), st.sampled_from(ExpiryPolicy), st.data())
def test_what_expires_is_owed_no_more_unless_the_law_keeps_it_open(
    money: VoucherMoney, policy: ExpiryPolicy, data: st.DataObject
) -> None:
    used = data.draw(st.integers(0, money.price_minor))
    entries = [*sale(money), vouchers.redemption(money, UUID(int=5), after_minor=used)]
    before = sums(entries)
    entries.append(vouchers.expiry(money, policy, redeemed_minor=used))
    after = sums(entries)
    if policy is ExpiryPolicy.STAYS_OPEN:
        assert after == before
        return
    assert LIABILITY not in after
    assert Account(AccountCode.PREPAID_TAX) not in after
    assert after.get(Account(AccountCode.PROMOTION_EXPENSE)) == before.get(Account(AccountCode.PROMOTION_EXPENSE))
    merchant = Account(AccountCode.MERCHANT_PAYABLE, MERCHANT)
    assert after.get(merchant, 0) <= before.get(merchant, 0)


@given(moneys(), st.data())
def test_credit_and_card_together_pay_what_is_owed(money: VoucherMoney, data: st.DataObject) -> None:
    used = data.draw(st.integers(0, money.paid_minor))
    booked = capture(
        order_id=ORDER,
        payment_id=None,
        currency=money.currency,
        paid_minor=money.paid_minor,
        used=CreditUsed(BUYER, used),
    )
    spent = sums([booked])
    assert spent.get(CLEARING, 0) + spent.get(Account(AccountCode.CUSTOMER_CREDIT, BUYER), 0) == money.paid_minor
    assert spent.get(LIABILITY, 0) == -money.paid_minor


@given(money=moneys().filter(lambda money: money.paid_minor > 0), bears=st.booleans(), data=st.data())
def test_a_lost_dispute_ends_what_was_owed_and_what_was_withheld(
    *, money: VoucherMoney, bears: bool, data: st.DataObject
) -> None:
    used = data.draw(st.integers(0, money.price_minor))
    entries = [*sale(money), vouchers.redemption(money, UUID(int=5), after_minor=used)]
    paid: dict[str, Any] = {"dispute_id": UUID(int=8), "payment_id": UUID(int=4), "amount_minor": money.paid_minor}
    entries.append(dispute_opened(currency=money.currency, fee_minor=1, **paid))
    entries.append(vouchers.refund(money, UUID(int=8), OWED, redeemed_minor=used))
    if bears:
        entries.append(vouchers.refund_after_redemption(money, UUID(int=8), OWED, after_minor=used))
    owed = money.paid_minor if bears else vouchers.open_paid_minor(money, used)
    entries.append(dispute_lost(currency=money.currency, owed_minor=owed, **paid))
    left = sums(entries)
    assert not {LIABILITY, OWED, Account(AccountCode.DISPUTED)} & left.keys()
    assert left.get(Account(AccountCode.CHARGEBACK_LOSS), 0) == money.paid_minor - owed
    if bears:
        assert Account(AccountCode.MERCHANT_PAYABLE, MERCHANT) not in left


def test_a_dispute_lost_after_a_payout_leaves_the_merchant_in_debt() -> None:
    money = VoucherMoney(
        voucher_id=UUID(int=9), order_id=ORDER, merchant_id=MERCHANT, terms_version=1, currency="USD",
        paid_minor=5000, commission_minor=1000,
    )  # fmt: skip
    paid = payouts.payout(payout_id=UUID(int=6), merchant_id=MERCHANT, currency="USD", amount_minor=4000)
    lost = [
        vouchers.refund_after_redemption(money, UUID(int=8), OWED),
        dispute_lost(
            dispute_id=UUID(int=8), payment_id=UUID(int=4), currency="USD", amount_minor=5000, owed_minor=5000
        ),
    ]
    left = sums([*sale(money), vouchers.redemption(money, UUID(int=5)), paid, *lost])
    assert left[Account(AccountCode.MERCHANT_PAYABLE, MERCHANT)] == 4000
    raised = payouts.debt_raised(debt_id=UUID(int=1), merchant_id=MERCHANT, currency="USD", amount_minor=4000)
    assert (
        sums([*sale(money), vouchers.redemption(money, UUID(int=5)), paid, *lost, raised])[
            Account(AccountCode.MERCHANT_RECEIVABLE, MERCHANT)
        ]
        == 4000
    )


@given(st.integers(0, MAX_MINOR), st.integers(0, 10_000))
def test_the_tax_within_a_price_is_the_nearest_whole_unit(price: int, basis_points: int) -> None:
    tax = included_tax(price, basis_points)
    assert abs(tax * (10_000 + basis_points) - price * basis_points) * 2 <= 10_000 + basis_points


@pytest.mark.parametrize(
    "wrong",
    [
        {"paid_minor": -1},
        {"commission_minor": 101},
        {"commission_minor": 10, "commission_tax_minor": 11},
        {"voucher_tax_minor": 5},
        {"voucher_tax": VoucherTax.SINGLE_PURPOSE, "voucher_tax_minor": 60, "commission_minor": 41},
    ],
)
def test_a_voucher_whose_amounts_contradict_one_another_is_refused(wrong: dict[str, int]) -> None:
    said: dict[str, Any] = {"paid_minor": 100, **wrong}
    with pytest.raises(InvalidInput):
        VoucherMoney(
            voucher_id=UUID(int=9), order_id=ORDER, merchant_id=MERCHANT, terms_version=1, currency="USD", **said
        )


def test_more_than_is_left_cannot_be_redeemed_or_given_back() -> None:
    money = VoucherMoney(
        voucher_id=UUID(int=9), order_id=ORDER, merchant_id=MERCHANT, terms_version=1, currency="JPY", paid_minor=100
    )
    with pytest.raises(InvalidInput, match="not left"):
        vouchers.redemption(money, UUID(int=5), before_minor=60, after_minor=101)
    to_credit = refund_account(RefundTo.CREDIT, BUYER)
    with pytest.raises(InvalidInput, match="more than"):
        vouchers.goodwill(money, UUID(int=5), to_credit, 101)
    given_back = sums([vouchers.goodwill(money, UUID(int=5), to_credit, 100)])
    assert given_back == {Account(AccountCode.GOODWILL): 100, to_credit: -100}
    assert refund_account(RefundTo.PROVIDER, BUYER) == CLEARING
    assert grows_by_debit(CLEARING.code)
