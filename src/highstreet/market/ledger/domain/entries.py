"""An entry: lines that sum to zero in one currency. One that does not balance cannot be built."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import MAX_MINOR, is_currency
from highstreet.market.ledger.domain.accounts import Account, AccountCode, grows_by_debit

_MAX_LINES: Final = 1000


class EntryKind(StrEnum):
    """What happened, for whoever reads the books."""

    CAPTURE = "capture"
    PROVIDER_FEE = "provider_fee"
    LATE_PAYMENT = "late_payment"
    REDEMPTION = "redemption"
    REVERSAL = "reversal"
    REFUND = "refund"
    REFUND_AFTER_REDEMPTION = "refund_after_redemption"
    REFUND_FAILED = "refund_failed"
    REFUND_SETTLED = "refund_settled"
    GOODWILL = "goodwill"
    EXPIRY = "expiry"
    SALES_TAX = "sales_tax"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    CREDIT_GRANTED = "credit_granted"
    CREDIT_EXPIRED = "credit_expired"
    CREDIT_MOVED = "credit_moved"
    PAYOUT = "payout"
    PAYOUT_ARRIVED = "payout_arrived"
    PAYOUT_FAILED = "payout_failed"
    PROVIDER_PAYOUT = "provider_payout"
    RESERVE_HELD = "reserve_held"
    RESERVE_RELEASED = "reserve_released"
    DEBT_RAISED = "debt_raised"
    DEBT_RECOVERED = "debt_recovered"
    DEBT_WRITTEN_OFF = "debt_written_off"
    AFFILIATE_EARNED = "affiliate_earned"
    AFFILIATE_CONFIRMED = "affiliate_confirmed"
    AFFILIATE_CANCELLED = "affiliate_cancelled"
    AFFILIATE_PAYOUT = "affiliate_payout"
    TAX_REMITTED = "tax_remitted"


class Line(msgspec.Struct, frozen=True, order=True):
    """`amount_minor` is positive for a debit and negative for a credit, and never zero."""

    account: Account
    amount_minor: int

    def __post_init__(self) -> None:
        if self.amount_minor == 0 or abs(self.amount_minor) > MAX_MINOR:
            raise InvalidInput.at("amount", f"{self.amount_minor} minor units cannot stand on a line")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is booked at once.

    `key` is its own for ever, such as `redemption:<id>`: posted again with the same lines nothing happens. An entry
    without lines says that nothing moved, as with a voucher that cost nothing; it is not kept. `reverses` is the key of
    the entry that this one takes back. The ids say what it stands for.
    """

    key: str
    kind: EntryKind
    currency: str
    lines: tuple[Line, ...]
    reverses: str | None = None
    order_id: UUID | None = None
    voucher_id: UUID | None = None
    payment_id: UUID | None = None
    refund_id: UUID | None = None
    payout_id: UUID | None = None
    terms_version: int | None = None
    memo: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.key) <= 200:
            raise InvalidInput.at("key", "the key of an entry has 1 to 200 characters")
        if not is_currency(self.currency):
            raise InvalidInput.at("currency", f"{self.currency!r} is not an ISO 4217 currency code")
        if len(self.lines) > _MAX_LINES or len({line.account for line in self.lines}) < len(self.lines):
            raise InvalidInput.at("lines", f"an entry has one line for each account, and at most {_MAX_LINES}")
        off_minor = sum(line.amount_minor for line in self.lines)
        if off_minor:
            raise InvalidInput.at("lines", f"entry {self.key} does not balance: its lines sum to {off_minor}")


class PostedEntry(Entry, frozen=True, kw_only=True):
    """An entry as it stands in the books."""

    id: UUID
    posted_at: datetime


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of one account, with the entry that it is part of and what that stands for."""

    entry_id: UUID
    position: int
    account: Account
    currency: str
    amount_minor: int
    key: str
    kind: EntryKind
    posted_at: datetime
    reverses: str | None
    order_id: UUID | None
    voucher_id: UUID | None
    payment_id: UUID | None
    refund_id: UUID | None
    payout_id: UUID | None
    terms_version: int | None
    memo: str | None


class RunningLine(AccountLine, frozen=True, kw_only=True):
    """A line, and what the account held with it: debits less credits."""

    held_minor: int

    @property
    def normal_held_minor(self) -> int:
        """On the account's normal side."""
        return self.held_minor if grows_by_debit(self.account.code) else -self.held_minor


class LinesWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines of an account: posted within a span, of one kind, older than those of the entry `before`."""

    since: datetime | None = None
    until: datetime | None = None
    kind: EntryKind | None = None
    before: UUID | None = None


class StatedLine(AccountLine, frozen=True, kw_only=True):
    """A line as it is stated to its party, with what its entry books beside it, debits less credits.

    `tax_minor` is all tax, `commission_minor` is without it.
    """

    commission_minor: int
    tax_minor: int


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What an account holds: debits less credits, in minor units. `lines` counts what it sums up."""

    account: Account
    currency: str
    debit_minor: int
    lines: int

    @property
    def normal_minor(self) -> int:
        """On the account's normal side: positive for what it is meant to hold."""
        return self.debit_minor if grows_by_debit(self.account.code) else -self.debit_minor


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What all accounts of a kind hold together: debits less credits. All totals of a currency sum to zero."""

    code: AccountCode
    currency: str
    debit_minor: int
    lines: int

    @property
    def normal_minor(self) -> int:
        """On the normal side of the kind."""
        return self.debit_minor if grows_by_debit(self.code) else -self.debit_minor


def debit(code: AccountCode, amount_minor: int, party_id: UUID | None = None) -> tuple[Account, int]:
    """A movement, which `entry` makes a line of. A negative amount is a credit."""
    return Account(code, party_id), amount_minor


def credit(code: AccountCode, amount_minor: int, party_id: UUID | None = None) -> tuple[Account, int]:
    """A movement, which `entry` makes a line of. A negative amount is a debit."""
    return Account(code, party_id), -amount_minor


def entry(
    key: str,
    kind: EntryKind,
    currency: str,
    movements: Iterable[tuple[Account, int]],
    **sources: Any,  # noqa: ANN401 - the ids that an Entry has, by name; the struct refuses others
) -> Entry:
    """An entry of movements: those of one account become one line, and what comes to nothing none."""
    sums: dict[Account, int] = {}
    for account, amount_minor in movements:
        sums[account] = sums.get(account, 0) + amount_minor
    lines = tuple(Line(account, amount_minor) for account, amount_minor in sums.items() if amount_minor)
    return Entry(key=key, kind=kind, currency=currency, lines=lines, **sources)


def opposite(posted: Entry, key: str, *, memo: str | None = None) -> Entry:
    """The entry that takes `posted` back, cent for cent and for the same order and voucher."""
    return Entry(
        key=key,
        kind=EntryKind.REVERSAL,
        currency=posted.currency,
        lines=tuple(Line(line.account, -line.amount_minor) for line in posted.lines),
        reverses=posted.key,
        order_id=posted.order_id,
        voucher_id=posted.voucher_id,
        payment_id=posted.payment_id,
        refund_id=posted.refund_id,
        payout_id=posted.payout_id,
        terms_version=posted.terms_version,
        memo=memo,
    )


def require_positive(amount_minor: int, field: str) -> None:
    """Raises InvalidInput for what cannot be moved."""
    if not 0 < amount_minor <= MAX_MINOR:
        raise InvalidInput.at(field, f"{amount_minor} minor units cannot be moved; the amount has to be positive")
