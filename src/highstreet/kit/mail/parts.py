"""A letter as mail programs read it: the same words as text and as HTML."""

import textwrap
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import Final
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined

from highstreet.kit.mail.letters import Letter

SENDER_NAME: Final = "Highstreet"
_WIDTH: Final = 76
_POLICY: Final = SMTP.clone(cte_type="7bit")
"""Seven bits a byte, since not every server on the way has to take eight."""


def text_of(letter: Letter) -> str:
    """The part for who reads no HTML. A link has a line of its own and is never broken."""
    blocks = [textwrap.fill(paragraph, _WIDTH) for paragraph in letter.paragraphs]
    if letter.rows:
        blocks.append("\n".join(f"{label}: {value}" for label, value in letter.rows))
    if letter.link:
        blocks.append(f"{letter.action}:\n{letter.link}")
    blocks += [textwrap.fill(paragraph, _WIDTH) for paragraph in letter.closing]
    return "\n\n".join(blocks) + "\n"


def html_of(letter: Letter) -> str:
    return _environment().get_template("letter.html").render(letter=letter)


def message(mail_id: UUID, letter: Letter, sender: str, recipient: str, now: datetime) -> EmailMessage:
    """The mail with its headers. Its Message-ID is its id, so that one that is sent twice is seen to be the same."""
    made = EmailMessage(policy=_POLICY)
    made["From"] = Address(SENDER_NAME, addr_spec=sender)
    made["To"] = Address(addr_spec=recipient)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    made["Content-Language"] = letter.language
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text_of(letter))
    made.add_alternative(html_of(letter), subtype="html")
    return made


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("highstreet.kit.mail"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
