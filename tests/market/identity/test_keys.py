"""A key is good for what it was made for, until it expires, is revoked, or its account may not any more."""

from datetime import timedelta
from uuid import UUID

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import ActorKind, Database
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.keys import MAX_KEYS, Key, NewKey
from highstreet.market.identity.domain.roles import Permission


async def registered(database: Database, email: str = "ann@example.com") -> UUID:
    async with database.system() as tx:
        return (await identity.prove(tx, to_address(email), "en")).id


async def made(database: Database, account_id: UUID, *, name: str = "till", days: int = 30) -> NewKey:
    async with database.system() as tx:
        return await identity.make_key(tx, account_id, name, ActorKind.STAFF, {Permission.VOUCHERS_REDEEM}, days)


async def recognised(database: Database, token: str) -> Key | None:
    async with database.system() as tx:
        return await identity.recognise_key(tx, token)


async def test_a_key_is_recognised_and_the_database_does_not_hold_it(database: Database, clock: FixedClock) -> None:
    new = await made(database, await registered(database))
    assert new.token.startswith("hs_")
    assert await recognised(database, new.token) == new.key
    for wrong in (new.token[:-1], new.token.removeprefix("hs_"), "", "hs_"):
        assert await recognised(database, wrong) is None
    async with database.system() as tx:
        (row,) = await tx.fetch_all(dict[str, str], "SELECT keys::text AS text FROM identity.keys")
        (listed,) = await identity.keys_of(tx, new.key.account_id)
    assert new.token not in row["text"]
    assert listed.used_at == clock.now()
    assert listed.permissions == {Permission.VOUCHERS_REDEEM}


async def test_a_key_ends_when_it_expires_and_when_it_is_revoked_by_its_owner(
    database: Database, clock: FixedClock
) -> None:
    ann, bob = await registered(database), await registered(database, "bob@example.com")
    first, second = await made(database, ann, days=1), await made(database, ann)
    clock.advance(timedelta(days=1))
    assert await recognised(database, first.token) is None
    with pytest.raises(NotFound):
        async with database.system() as tx:
            await identity.revoke_key(tx, bob, second.key.id)
    assert await recognised(database, second.token)
    async with database.system() as tx:
        await identity.revoke_key(tx, ann, second.key.id)
    assert await recognised(database, second.token) is None


async def test_a_suspended_accounts_keys_are_good_for_nothing(database: Database) -> None:
    ann = await registered(database)
    new = await made(database, ann)
    async with database.system() as tx:
        await identity.suspend(tx, ann)
    assert await recognised(database, new.token) is None


async def test_what_no_key_can_be_is_refused_by_its_field(database: Database) -> None:
    ann = await registered(database)
    for field, name, days in (("name", " ", 1), ("name", "x" * 101, 1), ("days", "till", 0), ("days", "till", 401)):
        with pytest.raises(InvalidInput, match=field):
            await made(database, ann, name=name, days=days)
    for _ in range(MAX_KEYS):
        await made(database, ann)
    with pytest.raises(Conflict):
        await made(database, ann)
