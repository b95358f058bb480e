"""What vouchers do by themselves as time goes on, and what they hear from others."""

from typing import Final

from highstreet.kit import outbox
from highstreet.kit.crypto import Sealer
from highstreet.kit.database import Transaction
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.sweeps import Sweep
from highstreet.market.identity.domain import facts as identity_facts
from highstreet.market.identity.domain.facts import AccountMerged
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.service import VoucherKeys

DUE_VOUCHERS: Final = Sweep("due vouchers", 5.0, vouchers.expire_due)
"""What a deal promised ends, and what was paid, where it ends at all. What somebody asks for is right without it."""

FORGOTTEN_GUESSES: Final = Sweep("forgotten guesses", 300.0, vouchers.forget_guesses)
"""What was counted of codes that do not exist goes, once nobody has to wait for it any more."""


def gift_mails(keys: VoucherKeys, sealer: Sealer, origin: str) -> Sweep:
    """Brings gifts to whom they are for on their day; links of mails begin with `origin`."""

    async def send(tx: Transaction) -> int:
        return await vouchers.mail_due(tx, keys, sealer, origin)

    return Sweep("gift mails", 5.0, send)


async def _hand_over(tx: Transaction, fact: Fact) -> None:
    merged = outbox.read(fact, AccountMerged)
    await vouchers.hand_over(tx, merged.from_id, merged.into_id)


OWNERS: Final = Subscriber("vouchers.owners", frozenset({identity_facts.MERGED}), _hand_over)
"""What a guest bought is theirs when they sign in."""
