"""Tickets: what is good for one use."""

from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec


class Purpose(StrEnum):
    """What a ticket is for; one for another purpose is none."""

    SIGN_IN = "sign_in"
    RESET = "reset"
    INVITE = "invite"
    SECOND_FACTOR = "second_factor"
    PASSKEY_NEW = "passkey_new"
    PASSKEY_SIGN_IN = "passkey_sign_in"
    PASSKEY_STEP_UP = "passkey_step_up"


LASTS: Final[dict[Purpose, timedelta]] = {
    Purpose.SIGN_IN: timedelta(minutes=20),
    Purpose.RESET: timedelta(minutes=20),
    Purpose.INVITE: timedelta(days=7),
    Purpose.SECOND_FACTOR: timedelta(minutes=10),
    Purpose.PASSKEY_NEW: timedelta(minutes=5),
    Purpose.PASSKEY_SIGN_IN: timedelta(minutes=5),
    Purpose.PASSKEY_STEP_UP: timedelta(minutes=5),
}


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """`account_id` is whose it is and `email` which address it proves, where its purpose has one."""

    purpose: Purpose
    account_id: UUID | None
    email: str | None
    content: dict[str, Any]


class Halfway(msgspec.Struct, frozen=True):
    """The first factor is proved and the second is asked for. The ticket leads on to it."""

    ticket: str
    by_code: bool
    by_passkey: bool
