"""What bookings hear from others."""

from typing import Final

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.market.bookings import service as bookings
from highstreet.market.identity.domain import facts as identity_facts
from highstreet.market.identity.domain.facts import AccountMerged


async def _hand_over(tx: Transaction, fact: Fact) -> None:
    merged = outbox.read(fact, AccountMerged)
    await bookings.hand_over(tx, merged.from_id, merged.into_id)


GUESTS: Final = Subscriber("bookings.guests", frozenset({identity_facts.MERGED}), _hand_over)
"""What a guest booked is theirs when they sign in."""
