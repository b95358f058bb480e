"""The worker's side of mail: a queued mail is handed to the mail server, or kept where there is none to hand it to."""

import asyncio
from typing import Final
from urllib.parse import urlsplit

import structlog

from highstreet.kit import smtp
from highstreet.kit.database import Database
from highstreet.kit.errors import ConfigurationError, Unavailable
from highstreet.kit.jobs import Job
from highstreet.kit.mail import repository
from highstreet.kit.mail.parts import message
from highstreet.kit.mail.queue import SENDING, Errand, opened, sealer_of
from highstreet.kit.mail.repository import QueuedMail
from highstreet.kit.settings import Environment, Secret, Settings

_WORD_S: Final = 20.0
"""How long the mail server may take for one answer."""

_ATTEMPTS: Final = 30
"""Three hours and more, with the waits of the queue: servers that do not know us yet ask to come again later."""

_log = structlog.stdlib.get_logger(__name__)


def sender_of(settings: Settings) -> str:
    """The address that mail comes from."""
    if settings.mail_from is not None:
        return settings.mail_from
    host = urlsplit(settings.public_url or "").hostname
    return f"no-reply@{host or 'localhost'}"


def mail_job(settings: Settings, secret: Secret) -> Job[Errand]:
    """The job that sends one mail.

    A server that refuses the recipient or the content has spoken: the mail is `refused`, and that can be seen. All else
    is tried again. A worker that dies between sending and writing so sends it again, under the same Message-ID.
    """
    sealer = sealer_of(secret)
    address = None if settings.smtp_url is None else smtp.parse(settings.smtp_url.reveal())

    async def run(database: Database, errand: Errand) -> None:
        async with database.system() as tx:
            mail, now = await repository.queued(tx, errand.mail_id), tx.now
        if mail is None:
            return
        letter = opened(sealer, mail.id, mail.sealed)
        if letter is None:
            await _settle(database, mail, "refused", "it was sealed with another secret key")
        elif address is not None:
            made = message(mail.id, letter, sender_of(settings), mail.recipient, now)
            await _hand_over(database, mail, address, made.as_bytes())
        elif settings.env is Environment.PRODUCTION:
            await _note(database, mail, "HIGHSTREET_SMTP_URL is not set")
            raise ConfigurationError("HIGHSTREET_SMTP_URL is not set, and there is mail to send")
        else:
            await _settle(database, mail, "kept")

    async def _hand_over(database: Database, mail: QueuedMail, to: smtp.SmtpAddress, content: bytes) -> None:
        try:
            await asyncio.to_thread(smtp.deliver, to, sender_of(settings), mail.recipient, content, _WORD_S)
        except smtp.Refused as refused:
            await _settle(database, mail, "refused", str(refused))
        except Unavailable as problem:
            await _note(database, mail, str(problem))
            raise
        else:
            await _settle(database, mail, "sent")

    return Job(SENDING.name, SENDING.payload, run, _ATTEMPTS)


async def _settle(database: Database, mail: QueuedMail, state: str, problem: str | None = None) -> None:
    async with database.system() as tx:
        await repository.settle(tx, mail.id, state, problem)
    if problem is not None:
        _log.warning("mail refused", mail_id=str(mail.id), kind=mail.kind, problem=problem)


async def _note(database: Database, mail: QueuedMail, problem: str) -> None:
    async with database.system() as tx:
        await repository.note(tx, mail.id, problem)
