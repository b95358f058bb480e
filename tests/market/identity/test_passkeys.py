"""A passkey signs in whoever has it and is known to it, on this site alone, and an answer is good once."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import Account, to_address
from highstreet.market.identity.domain.logins import Begun, Method
from highstreet.market.identity.domain.tickets import Halfway
from highstreet.market.identity.service import Keyring
from highstreet.market.identity.usecases import logins
from tests.market.identity.authenticator import SecurityKey
from tests.market.identity.conftest import HERE, LONG, ORIGIN, mails


async def registered(database: Database, email: str = "ann@example.com") -> tuple[Account, Begun]:
    async with database.system() as tx:
        account = await identity.prove(tx, to_address(email), "en")
        return account, await logins.begin(tx, account.id, Method.LINK, HERE)


async def add(database: Database, keyring: Keyring, account: Account, key: SecurityKey) -> list[str]:
    async with database.system() as tx:
        ticket, options = await identity.offer_passkey(tx, account, ORIGIN)
    answer = key.register(options, ORIGIN)
    async with database.system() as tx:
        return await identity.add_passkey(tx, keyring, account.id, ORIGIN, ticket, answer, "blue key")


async def asked(database: Database) -> tuple[str, dict[str, Any]]:
    async with database.system() as tx:
        return await identity.ask_for_passkey(tx, ORIGIN)


async def test_a_passkey_signs_in_with_both_factors_and_an_answer_is_good_once(
    database: Database, keyring: Keyring
) -> None:
    account, _ = await registered(database)
    key = SecurityKey(b"first")
    assert len(await add(database, keyring, account, key)) == 10
    assert (await mails(database))[0].kind == "identity.second_factor_added"
    ticket, options = await asked(database)
    answer = key.sign(options, ORIGIN)
    tries = [identity.sign_in_by_passkey(database, keyring, ORIGIN, ticket, answer, HERE) for _ in range(5)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    (begun,) = [each for each in outcomes if isinstance(each, Begun)]
    assert {type(each) for each in outcomes} == {Begun, Unauthenticated}
    assert (begun.login.account_id, begun.login.method) == (account.id, Method.PASSKEY)
    assert begun.login.second_factor_at


async def test_of_a_key_and_its_copy_at_once_one_gets_in(database: Database, keyring: Keyring) -> None:
    account, _ = await registered(database)
    key = SecurityKey(b"first")
    await add(database, keyring, account, key)
    tries: list[Coroutine[Any, Any, Begun]] = []
    for _each in range(6):
        ticket, options = await asked(database)
        key.counts = 7  # every copy counts for itself
        answer = key.sign(options, ORIGIN)
        tries.append(identity.sign_in_by_passkey(database, keyring, ORIGIN, ticket, answer, HERE))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Begun", *["Unauthenticated"] * 5]


async def test_what_is_not_the_answer_of_a_registered_key_to_this_site_is_refused(
    database: Database, keyring: Keyring
) -> None:
    account, _ = await registered(database)
    key, stranger = SecurityKey(b"first"), SecurityKey(b"first")
    await add(database, keyring, account, key)
    for spoil in ("key", "site", "challenge", "owner", "count", "shape"):
        ticket, options = await asked(database)
        used, origin = key, ORIGIN
        if spoil == "key":
            used, stranger.counts = stranger, key.counts
        if spoil == "site":
            origin = "https://deals.example.evil.example"
        if spoil == "challenge":
            _, options = await asked(database)
        key.knows_owner = spoil != "owner"
        answer = used.sign(options, origin)
        if spoil == "count":
            await identity.sign_in_by_passkey(database, keyring, ORIGIN, ticket, answer, HERE)
            key.counts -= 1  # a copy of the key, which counts for itself
            ticket, options = await asked(database)
            answer = key.sign(options, origin)
        if spoil == "shape":
            answer = {"id": answer["id"], "response": 7}
        with pytest.raises(Unauthenticated):
            await identity.sign_in_by_passkey(database, keyring, ORIGIN, ticket, answer, HERE)


@pytest.mark.parametrize("answer", [{}, {"id": 3}, {"id": "!"}, {"id": "Zmlyc3Q", "response": {}}])
async def test_an_answer_of_no_shape_is_refused(database: Database, keyring: Keyring, answer: dict[str, Any]) -> None:
    account, _ = await registered(database)
    await add(database, keyring, account, SecurityKey(b"first"))
    ticket, _ = await asked(database)
    with pytest.raises(Unauthenticated):
        await identity.sign_in_by_passkey(database, keyring, ORIGIN, ticket, answer, HERE)
    async with database.system() as tx:
        ticket, _ = await identity.offer_passkey(tx, account, ORIGIN)
    with pytest.raises(InvalidInput):
        async with database.system() as tx:
            await identity.add_passkey(tx, keyring, account.id, ORIGIN, ticket, answer, "blue key")


async def test_a_passkey_is_registered_once_and_by_whom_it_was_offered_to(database: Database, keyring: Keyring) -> None:
    ann, _ = await registered(database)
    bob, _ = await registered(database, "bob@example.com")
    key = SecurityKey(b"first")
    await add(database, keyring, ann, key)
    with pytest.raises(Conflict):
        await add(database, keyring, bob, key)
    async with database.system() as tx:
        ticket, options = await identity.offer_passkey(tx, ann, ORIGIN)
    answer = SecurityKey(b"second").register(options, ORIGIN)
    with pytest.raises(InvalidInput):
        async with database.system() as tx:
            await identity.add_passkey(tx, keyring, bob.id, ORIGIN, ticket, answer, "blue key")
    unknown = SecurityKey(b"third", knows_owner=False)
    with pytest.raises(InvalidInput):
        await add(database, keyring, ann, unknown)


async def test_a_passkey_steps_up_its_own_account_and_protects_it(database: Database, keyring: Keyring) -> None:
    ann, begun = await registered(database)
    bob, _ = await registered(database, "bob@example.com")
    key, foreign = SecurityKey(b"first"), SecurityKey(b"second")
    await add(database, keyring, ann, key)
    await add(database, keyring, bob, foreign)
    for used, good in ((foreign, False), (key, True)):
        async with database.system() as tx:
            ticket, options = await identity.ask_for_passkey(tx, ORIGIN, ann.id)
        rising = identity.step_up_by_passkey(
            database, ORIGIN, begun.login, begun.token, ticket, used.sign(options, ORIGIN)
        )
        if good:
            assert (await rising).token != begun.token
        else:
            with pytest.raises(Unauthenticated):
                await rising
    await identity.choose_password(database, keyring, begun.login, LONG, None, HERE)
    on = await identity.sign_in(database, keyring, "ann@example.com", LONG, HERE)
    assert isinstance(on, Halfway)
    assert (on.by_code, on.by_passkey) == (False, True)
    async with database.system() as tx:
        (mine,) = await identity.passkeys_of(tx, ann.id)
        (theirs,) = await identity.passkeys_of(tx, bob.id)
        assert (mine.name, mine.transports) == ("blue key", ("usb",))
        with pytest.raises(NotFound):
            await identity.remove_passkey(tx, keyring, ann.id, theirs.id)
        await identity.remove_passkey(tx, keyring, ann.id, mine.id)
    assert isinstance(await identity.sign_in(database, keyring, "ann@example.com", LONG, HERE), Begun)
