"""Mail is queued in the transaction that it tells of, and told of by what became of it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.crypto import Sealer
from highstreet.kit.database import Transaction
from highstreet.kit.jobs import Work, defer
from highstreet.kit.mail import repository
from highstreet.kit.mail.letters import Letter
from highstreet.kit.mail.repository import MailRecord
from highstreet.kit.settings import Secret
from highstreet.kit.sweeps import Sweep

KEPT_FOR: Final = timedelta(days=30)
"""How long it can be asked what became of a mail."""

_PURPOSE: Final = "mail"
_SWEEP_BATCH: Final = 5_000


class Errand(msgspec.Struct, frozen=True):
    """What the queue holds of a mail."""

    mail_id: UUID


SENDING: Final = Work("kit.send_mail", Errand)


class ReadableMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail whose words are still there, as a test or demonstration reads it."""

    id: UUID
    kind: str
    recipient: str
    queued_at: datetime
    letter: Letter


def sealer_of(secret: Secret) -> Sealer:
    """What keeps the words of mails from whoever reads the database or a backup of it."""
    return Sealer(secret, _PURPOSE)


async def send(tx: Transaction, sealer: Sealer, kind: str, recipient: str, letter: Letter) -> UUID:
    """Send a mail once the caller's transaction commits, any actor's; its id.

    `kind` says for operators what it is about, such as `identity.reset`. `recipient` is an address that was checked.
    """
    mail_id = tx.new_id()
    await repository.insert(
        tx, mail_id, kind, recipient, sealer.seal(msgspec.json.encode(letter).decode(), mail_id.bytes)
    )
    await defer(tx, SENDING, Errand(mail_id))
    return mail_id


def opened(sealer: Sealer, mail_id: UUID, sealed: bytes) -> Letter | None:
    """What a mail says; None when it was sealed with another secret key."""
    words = sealer.unseal(sealed, mail_id.bytes)
    return None if words is None else msgspec.json.decode(words, type=Letter)


async def readable(tx: Transaction, sealer: Sealer, limit: int = 100) -> list[ReadableMail]:
    """The newest mails that were not sent, with their words. Takes a system transaction."""
    return [
        ReadableMail(id=mail.id, kind=mail.kind, recipient=mail.recipient, queued_at=mail.queued_at, letter=letter)
        for mail in await repository.readable(tx, limit)
        if (letter := opened(sealer, mail.id, mail.sealed)) is not None
    ]


async def records(tx: Transaction, *, state: str | None = None, limit: int = 100) -> list[MailRecord]:
    """What became of mails, newest first. `state` is queued, sent, refused or kept. Takes a system transaction."""
    return await repository.records(tx, state, limit)


async def _sweep(tx: Transaction) -> int:
    return await repository.delete_settled(tx, KEPT_FOR, _SWEEP_BATCH)


SETTLED_MAILS: Final = Sweep("settled mails", 60.0, _sweep)
"""What became of a mail is forgotten after a while."""
