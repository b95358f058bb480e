"""Merchants' accounts at a provider, to which their money is sent."""

from uuid import UUID

import msgspec


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
