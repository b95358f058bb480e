"""What the sandbox knows, and says over its API: the shapes here are its public answers."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

ID_BITS: Final = 160
"""Of the random part of ids: the id of a payment opens its page, so nobody may guess one."""

_FEE_PERCENT, _FEE_FIXED_MINOR = 2, 20
DISPUTE_FEE_MINOR: Final = 1500
RETRIES_S: Final = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 7200, 14400, 28800)
"""How long after each failed delivery a webhook is sent again; after the last it is given up."""


class PageState(StrEnum):
    """`challenged` is a payment whose bank asks its owner to confirm it."""

    OPEN = "open"
    CHALLENGED = "challenged"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


PAYABLE: Final = frozenset({PageState.OPEN, PageState.CHALLENGED})


class Answer(StrEnum):
    """What a bank answers to an attempt to pay."""

    APPROVE = "approve"
    DECLINE = "decline"
    CHALLENGE = "challenge"


class Fault(StrEnum):
    """What happens to a webhook on its way."""

    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DROP = "drop"
    FORGE = "forge"


class RefundOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    payment: str
    reference: str | None
    amount_minor: int
    currency: str
    state: str
    problem: str | None


class DisputeOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    amount_minor: int
    currency: str
    reason: str
    state: str
    evidence_due_at: datetime


class PaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """`declined` counts the attempts that a bank turned down; a payment stays open after one."""

    id: str
    reference: str
    amount_minor: int
    currency: str
    capture: str
    title: str
    return_url: str
    language: str
    state: PageState
    charge: str | None
    fee_minor: int | None
    declined: int
    expires_at: datetime
    created_at: datetime
    url: str = ""
    refunds: Sequence[RefundOut] = ()
    disputes: Sequence[DisputeOut] = ()

    @property
    def refunded_minor(self) -> int:
        return sum(each.amount_minor for each in self.refunds if each.state != "failed")


class EventOut(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a webhook."""

    id: str
    kind: str
    created_at: datetime
    payment: PaymentOut | None = None


class RecordOut(msgspec.Struct, frozen=True, kw_only=True):
    """A movement of the balance. `amount_minor` is signed and without the fee; `subject` is what moved it."""

    id: str
    kind: str
    amount_minor: int
    fee_minor: int
    currency: str
    subject: str
    reference: str | None
    payment: str | None
    at: datetime


class AccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is paid out to. `ready` once they have shown who they are."""

    id: str
    reference: str
    country: str
    currency: str
    ready: bool


class TransferOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    account: str
    reference: str
    amount_minor: int
    currency: str


def fee_minor(amount_minor: int) -> int:
    """What the sandbox keeps of a payment: two percent and twenty minor units, rounded up, never more than all."""
    return min(amount_minor, -(-amount_minor * _FEE_PERCENT // 100) + _FEE_FIXED_MINOR)
