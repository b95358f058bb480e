"""Which events met which states: of each machine every pair that was reached, and those that never were."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from highstreet.market.orders.domain.states import OrderState
from highstreet.market.payments.domain.payments import PaymentState
from highstreet.market.settlement.domain.payouts import PayoutState
from highstreet.market.vouchers.domain.vouchers import VoucherState

MACHINES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "order": (
        ("none", *OrderState),
        ("placed", "asked again", "page opened", "cancelled", "given back", "word of its payment"),
    ),
    "payment": (
        tuple(PaymentState),
        (
            "approved",
            "declined",
            "challenged",
            "webhook",
            "webhook repeated",
            "webhook lost",
            "browser's return",
            "tended",
            "refund sent",
            "refund turned away",
            "refunded past us",
            "disputed",
            "dispute won",
            "dispute lost",
        ),
    ),
    "voucher": (
        tuple(VoucherState),
        (
            "redeemed",
            "redeemed again",
            "redeemed elsewhere",
            "reversed",
            "given back",
            "given away",
            "declared void",
            "booked",
            "booking moved",
            "booking cancelled",
        ),
    ),
    "payout": (tuple(PayoutState), ("sent by a person", "arrived", "came back", "sent by the provider")),
}
"""Of each machine its states, and what may happen to one."""

_NO_MONEY: Final = ("requested", "authorised", "voided", "expired")
_OF_MONEY: Final = (
    "refund sent",
    "refund turned away",
    "refunded past us",
    "disputed",
    "dispute won",
    "dispute lost",
)

IMPOSSIBLE: Final[tuple[tuple[str, tuple[str, ...], tuple[str, ...], str], ...]] = (
    (
        "order",
        ("none",),
        ("page opened", "cancelled", "given back", "word of its payment"),
        "there is no order to which it could happen",
    ),
    ("order", tuple(OrderState), ("placed",), "an order is placed once; whoever asks again is answered again"),
    ("payment", _NO_MONEY, _OF_MONEY, "money that was never taken is neither paid back nor disputed"),
    (
        "payment",
        ("failed",),
        MACHINES["payment"][1],
        "the sandbox ends no payment as failed: who is declined may try again until the page closes",
    ),
    (
        "voucher",
        ("expired",),
        ("booked", "booking moved"),
        "slots are offered for days, and what was paid for a voucher is good for years",
    ),
    (
        "payout",
        ("failed",),
        ("arrived",),
        "who is asked looks at the provider first, and what failed is not found there",
    ),
)
"""Of a machine, which states never meet which events, and why."""


class Coverage(msgspec.Struct):
    """How often each event met each state."""

    counts: Counter[tuple[str, str, str]] = msgspec.field(default_factory=Counter[tuple[str, str, str]])
    killed: int = 0
    steps: int = 0

    def note(self, machine: str, state: str, event: str) -> None:
        states, events = MACHINES[machine]
        assert state in states, f"{machine} has no state {state}"
        assert event in events, f"{machine} has no event {event}"
        assert _why_not(machine, state, event) is None, f"{machine}, {state}: {event} was thought impossible"
        self.counts[machine, str(state), event] += 1

    def add(self, others: Iterable["Coverage"]) -> None:
        for other in others:
            self.counts.update(other.counts)
            self.killed += other.killed
            self.steps += other.steps

    def report(self) -> str:
        """A line for every pair that was reached, with how often, then the pairs that never were."""
        lines: list[str] = []
        for machine, (states, events) in MACHINES.items():
            reached = [
                f"    {state:16} {event:20} {count:8}"
                for state in states
                for event in events
                if (count := self.counts[machine, state, event])
            ]
            possible = [(s, e) for s in states for e in events if _why_not(machine, s, e) is None]
            never = [f"({s}, {e})" for s, e in possible if not self.counts[machine, s, e]]
            lines.append(f"{machine}: {len(reached)} of {len(possible)} possible pairs reached")
            lines += reached
            lines.append(f"  never reached: {', '.join(never) or 'none'}")
            for about, never_in, never_met, why in IMPOSSIBLE:
                if about == machine:
                    lines.append(f"  impossible, as {why}: ({' | '.join(never_in)}, {' | '.join(never_met)})")
        return "\n".join(lines)


def _why_not(machine: str, state: str, event: str) -> str | None:
    """Why a pair cannot be; None where it can."""
    found = (
        why for about, states, events, why in IMPOSSIBLE if about == machine and state in states and event in events
    )
    return next(found, None)
