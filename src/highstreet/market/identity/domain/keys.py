"""API keys."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.identity.domain.accounts import AccountState
from highstreet.market.identity.domain.roles import Permission, Reach

PREFIX: Final = "hs_"
"""How every key begins, so that one that lies about can be recognised."""

HINT_CHARACTERS: Final = 8
MAX_DAYS: Final = 400
MAX_KEYS: Final = 20


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key as its owner sees it. `kind` is the actor's kind that it acts as."""

    id: UUID
    account_id: UUID
    account_state: AccountState
    reaches: frozenset[Reach]
    """What its account has roles about."""
    name: str
    kind: str
    permissions: frozenset[Permission]
    hint: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key with its secret, which is known only now."""

    token: str
    key: Key
