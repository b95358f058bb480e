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
        ("redeemed", "redeemed again", "redeemed elsewhere", "reversed", "given back"),
    ),
    "payout": (tuple(PayoutState), ("sent by a person", "arrived", "came back", "sent by the provider")),
}
"""Of each machine its states, and what may happen to one."""


class Coverage(msgspec.Struct):
    """How often each event met each state."""

    counts: Counter[tuple[str, str, str]] = msgspec.field(default_factory=Counter[tuple[str, str, str]])
    killed: int = 0
    steps: int = 0

    def note(self, machine: str, state: str, event: str) -> None:
        states, events = MACHINES[machine]
        assert state in states, f"{machine} has no state {state}"
        assert event in events, f"{machine} has no event {event}"
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
            never = [f"({s}, {e})" for s in states for e in events if not self.counts[machine, s, e]]
            lines.append(f"{machine}: {len(reached)} of {len(states) * len(events)} pairs reached")
            lines += reached
            lines.append(f"  never reached: {', '.join(never) or 'none'}")
        return "\n".join(lines)
