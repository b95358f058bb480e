"""What happens to credit by itself as time goes on, and when a guest signs in."""

from typing import Final

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.sweeps import Sweep
from highstreet.market.identity.domain import facts as identity_facts
from highstreet.market.identity.domain.facts import AccountMerged
from highstreet.market.promotions import service as promotions

ENDED_CREDITS: Final = Sweep("ended credits", 60.0, promotions.end_credits)
"""Credit ends when its time is over, and the books say so."""


async def _hand_over(tx: Transaction, fact: Fact) -> None:
    merged = outbox.read(fact, AccountMerged)
    await promotions.hand_over(tx, merged.from_id, merged.into_id)


BUYERS: Final = Subscriber("promotions.buyers", frozenset({identity_facts.MERGED}), _hand_over)
"""What a guest had and used is theirs when they sign in."""
