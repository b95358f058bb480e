"""API keys: secrets that programs carry, each held to some of its account's permissions."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from highstreet.kit import crypto
from highstreet.kit.database import ActorKind, Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.identity.domain.accounts import AccountState
from highstreet.market.identity.domain.keys import HINT_CHARACTERS, MAX_DAYS, MAX_KEYS, PREFIX, Key, NewKey
from highstreet.market.identity.domain.logins import SEEN_EVERY
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.identity.repository import grants as grant_rows
from highstreet.market.identity.repository import keys as stored
from highstreet.market.identity.usecases.accounts import account

_KINDS = frozenset({ActorKind.SHOPPER, ActorKind.STAFF, ActorKind.PARTNER, ActorKind.OPERATOR})
_MAX_NAME = 100


async def make_key(
    tx: Transaction, account_id: UUID, name: str, kind: ActorKind, permissions: Collection[Permission], days: int
) -> NewKey:
    """A new key of an account. Takes a system transaction.

    What its account may not do, the key may not either, then or later. Raises InvalidInput for a name, a kind or a time
    that cannot be, and Conflict for too many keys.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= _MAX_NAME:
        raise InvalidInput.at("name", f"has 1 to {_MAX_NAME} characters")
    if kind not in _KINDS:
        raise InvalidInput.at("kind", f"is one of {', '.join(sorted(_KINDS))}")
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput.at("days", f"is a whole number from 1 to {MAX_DAYS}")
    if len(await stored.of_account(tx, account_id)) >= MAX_KEYS:
        raise Conflict(f"An account has at most {MAX_KEYS} keys; revoke one first")
    owner, grants = await account(tx, account_id), await grant_rows.of_account(tx, account_id)
    token = PREFIX + crypto.new_token()
    key = Key(
        id=tx.new_id(),
        account_id=account_id,
        account_state=owner.state,
        reaches=frozenset(each.reach for each in grants),
        name=name,
        kind=kind,
        permissions=frozenset(permissions),
        hint=token[:HINT_CHARACTERS],
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=days),
        used_at=None,
    )
    await stored.insert(tx, key, crypto.fingerprint(token))
    return NewKey(token=token, key=key)


async def recognise_key(tx: Transaction, token: str) -> Key | None:
    """Whose key this is, while it is good. Takes a system transaction."""
    (key,) = await recognise_keys(tx, [token])
    return key


async def recognise_keys(tx: Transaction, tokens: Sequence[str]) -> list[Key | None]:
    """The same of many at once, in their order."""
    prints = [crypto.fingerprint(token) if token.startswith(PREFIX) else b"" for token in tokens]
    known = await stored.by_fingerprints(tx, [each for each in dict.fromkeys(prints) if each])
    good = {each: key for each, key in known.items() if _is_good(key, tx.now)}
    used = [key.id for key in good.values() if key.used_at is None or tx.now >= key.used_at + SEEN_EVERY]
    if used:
        await stored.touch(tx, used)
    return [good.get(each) for each in prints]


def _is_good(key: Key, now: datetime) -> bool:
    return now < key.expires_at and key.account_state is AccountState.REGISTERED


async def keys_of(tx: Transaction, account_id: UUID) -> list[Key]:
    """An account's keys, those that have expired too, newest first. Takes a system transaction."""
    return await stored.of_account(tx, account_id)


async def revoke_key(tx: Transaction, account_id: UUID, key_id: UUID) -> None:
    """Raises NotFound where the account has no such key."""
    if not await stored.delete(tx, account_id, key_id):
        raise NotFound("There is no such key")
