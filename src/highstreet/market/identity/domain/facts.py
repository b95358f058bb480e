"""What identity tells the rest of the market, as payloads of facts about the aggregate `account`."""

from typing import Final
from uuid import UUID

from highstreet.kit.facts import FactPayload
from highstreet.market.identity.domain.roles import Role

AGGREGATE: Final = "account"
REGISTERED: Final = "account.registered"
MERGED: Final = "account.merged"
GRANTED: Final = "account.granted"
REVOKED: Final = "account.revoked"


class AccountRegistered(FactPayload, frozen=True, kw_only=True):
    """Somebody proved that mail reaches them; from now on the account can be signed in to."""

    account_id: UUID


class AccountMerged(FactPayload, frozen=True, kw_only=True):
    """What was `from_id`'s is `into_id`'s from now on, and nothing more will become `from_id`'s."""

    from_id: UUID
    into_id: UUID


class RoleChanged(FactPayload, frozen=True, kw_only=True):
    """A role was granted or revoked, as the fact's name says; `by_id` is None at the command line."""

    account_id: UUID
    role: Role
    scope: UUID | None
    by_id: UUID | None
