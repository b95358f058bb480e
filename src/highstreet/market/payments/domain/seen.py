"""What a provider tells, by a webhook or when it is asked, in words of ours."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from highstreet.market.payments.domain.disputes import DisputeSeen
from highstreet.market.payments.domain.payments import PaymentSeen
from highstreet.market.payments.domain.refunds import RefundSeen


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Of one payment, and what belongs to it.

    It is told by at least one of three names: `reference` is our id, `provider_ref` what `open` answered, `charge_ref`
    the provider's name for the money.
    """

    reference: UUID | None = None
    provider_ref: str | None = None
    charge_ref: str | None = None
    payment: PaymentSeen | None = None
    refunds: Sequence[RefundSeen] = ()
    disputes: Sequence[DisputeSeen] = ()


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook whose signature was right. `seen` is None for a kind of event that says nothing to us."""

    id: str
    kind: str
    occurred_at: datetime
    seen: Seen | None


class Outcome(StrEnum):
    """What became of an event.

    `unmatched` names a payment that we do not know yet, and is applied once we do; `mismatch` contradicts the payment
    that it names, and is shown to the operator.
    """

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    UNKNOWN_KIND = "unknown_kind"
    UNMATCHED = "unmatched"
    MISMATCH = "mismatch"


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that came, and what became of it."""

    provider_event_id: str
    kind: str
    outcome: Outcome
    problem: str | None
    occurred_at: datetime
    received_at: datetime
