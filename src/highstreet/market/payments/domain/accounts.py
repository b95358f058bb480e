"""Merchants' accounts at a provider, to which their money is sent."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.kit.money import is_currency

_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)


class AccountSeen(msgspec.Struct, frozen=True, kw_only=True):
    """`ready` says that money may be sent there. `missing` is what its owner has to show, in the provider's words."""

    provider_ref: str
    ready: bool
    missing: tuple[str, ...] = ()


class AccountWanted(msgspec.Struct, frozen=True, kw_only=True):
    """An account for a merchant, in a country (ISO 3166) and a currency (ISO 4217)."""

    merchant_id: UUID
    country: str
    currency: str
    email: str | None = None


class TransferWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Money for a merchant's account. The same `id` again is the same money."""

    id: UUID
    account_ref: str
    amount_minor: int
    currency: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant's account at a provider, as it was when the provider was last asked."""

    merchant_id: UUID
    provider: str
    provider_ref: str
    country: str
    currency: str
    ready: bool
    missing: tuple[str, ...]
    opened_at: datetime
    asked_at: datetime


def check_wanted(wanted: AccountWanted) -> None:
    """Raises InvalidInput for what no provider takes."""
    problems: list[FieldProblem] = []
    if not _COUNTRY.fullmatch(wanted.country):
        problems.append(FieldProblem("country", f"{wanted.country!r} is not an ISO 3166 code of two letters"))
    if not is_currency(wanted.currency):
        problems.append(FieldProblem("currency", f"{wanted.currency!r} is not an ISO 4217 currency code"))
    if problems:
        raise InvalidInput(tuple(problems))
