"""What the ledger hears from others."""

from typing import Final

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.market.identity.domain import facts as identity_facts
from highstreet.market.identity.domain.facts import AccountMerged
from highstreet.market.ledger import service as ledger


async def _move(tx: Transaction, fact: Fact) -> None:
    merged = outbox.read(fact, AccountMerged)
    await ledger.move_credit(tx, merged.from_id, merged.into_id)


CREDIT: Final = Subscriber("ledger.credit", frozenset({identity_facts.MERGED}), _move)
"""Credit that a guest was given is theirs when they sign in."""
