"""What proves who somebody is, for tests."""

import re

import pytest

from highstreet.kit.database import Database
from highstreet.kit.mail import queue
from highstreet.kit.settings import Secret, Settings
from highstreet.market.identity.domain.logins import Visitor
from highstreet.market.identity.service import Keyring, keyring_of

SECRET = Secret("a secret of the tests, and of nobody else")
HERE = Visitor("Firefox, Linux", "192.0.2.1")
ORIGIN = "https://deals.example"
LONG = "four wobbly green teapots"


@pytest.fixture
def keyring(settings: Settings) -> Keyring:
    return keyring_of(settings, SECRET)


async def mails(database: Database) -> list[queue.ReadableMail]:
    """What was mailed, the newest first."""
    async with database.system() as tx:
        return await queue.readable(tx, queue.sealer_of(SECRET))


async def token_of_last_mail(database: Database, recipient: str = "ann@example.com", kind: str = "") -> str:
    """What the newest link in a mail to somebody carries. Mails of one instant have no order."""
    wanted = [mail for mail in await mails(database) if mail.recipient == recipient and mail.kind.endswith(kind)]
    found = re.search(r"token=([\w-]+)", next(mail.letter.link for mail in wanted if mail.letter.link))
    assert found
    return found[1]
