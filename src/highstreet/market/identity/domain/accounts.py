"""Accounts and the addresses that name them."""

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import InvalidInput

MAX_ADDRESS_CHARACTERS: Final = 254
_MAX_LOCAL_CHARACTERS: Final = 64
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
_UNLIKE: Final = "must look like name@example.com"


class AccountState(StrEnum):
    """`guest`: an address that nobody has proved, and no way to sign in. `registered`: mail to it was answered."""

    GUEST = "guest"
    REGISTERED = "registered"
    SUSPENDED = "suspended"
    MERGED = "merged"
    CLOSED = "closed"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """`email` is None for accounts that are merged or closed."""

    id: UUID
    state: AccountState
    email: str | None
    verified_at: datetime | None
    name: str | None
    language: str
    merged_into: UUID | None
    created_at: datetime


class Address(msgspec.Struct, frozen=True):
    """An e-mail address: `email` is where mail goes, `folded` tells whether two are the same."""

    email: str
    folded: str


def to_address(text: str, field: str = "email") -> Address:
    """Raises InvalidInput, naming `field`, for what no mail could be sent to.

    The name before the `@` is kept as it was typed and has to be ASCII, so that no two letters that look alike are two
    mailboxes; a domain of other letters is written as its ASCII form. Folding ignores case and nothing else: what
    dots and tags mean is the mailbox's own affair.
    """
    local, at, domain = unicodedata.normalize("NFKC", text.strip()).rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        domain = ""
    email = f"{local}@{domain}"
    fits = len(local) <= _MAX_LOCAL_CHARACTERS and len(email) <= MAX_ADDRESS_CHARACTERS
    if not (at and fits and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise InvalidInput.at(field, _UNLIKE)
    return Address(email, email.lower())
