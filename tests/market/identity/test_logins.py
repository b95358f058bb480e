"""A login is good for whoever carries its token, until it ends, is ended, or steps up to another."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from highstreet.kit import sweeps
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import Forbidden, InvalidInput, NotFound, TooManyRequests, Unauthenticated
from highstreet.kit.sweeps import Sweep
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.logins import OF_SHOPPERS, OF_WORKERS, SEEN_EVERY, Begun, Login, Method, Visitor
from highstreet.market.identity.domain.roles import Role
from highstreet.market.identity.domain.throttling import GUESTS_FROM
from highstreet.market.identity.usecases import logins

HERE = Visitor("Firefox, Linux", "192.0.2.1")


async def registered(database: Database, email: str = "ann@example.com") -> UUID:
    async with database.system() as tx:
        return (await identity.prove(tx, to_address(email), "en")).id


async def begun(database: Database, account_id: UUID, *, second_factor: bool = False) -> Begun:
    async with database.system() as tx:
        return await logins.begin(tx, account_id, Method.PASSWORD, HERE, second_factor=second_factor)


async def recognised(database: Database, token: str) -> Login | None:
    async with database.system() as tx:
        return await identity.recognise(tx, token, HERE)


async def test_a_token_is_recognised_and_the_database_does_not_hold_it(database: Database) -> None:
    ann = await registered(database)
    login = await begun(database, ann)
    found = await recognised(database, login.token)
    assert found == login.login
    assert await recognised(database, login.token[:-1]) is None
    async with database.system() as tx:
        (row,) = await tx.fetch_all(dict[str, str], "SELECT logins::text AS text FROM identity.logins")
    assert login.token not in row["text"]


@pytest.mark.parametrize("works", [False, True])
async def test_a_login_ends_when_idle_and_at_last_however_busy(
    database: Database, clock: FixedClock, *, works: bool
) -> None:
    ann, span = await registered(database), OF_WORKERS if works else OF_SHOPPERS
    if works:
        async with database.system() as tx:
            await identity.grant(tx, ann, Role.OPERATOR_EDITOR)
    idle, busy = await begun(database, ann), await begun(database, ann)
    start = clock.now()
    clock.advance(span.idle - timedelta(seconds=1))
    assert await recognised(database, busy.token)
    clock.advance(timedelta(seconds=1))
    assert await recognised(database, idle.token) is None
    while clock.now() + span.idle / 2 < start + span.whole:
        clock.advance(span.idle / 2)
        assert await recognised(database, busy.token)
    clock.advance(start + span.whole - clock.now())
    assert await recognised(database, busy.token) is None
    assert await sweeps.sweep_once(database, Sweep("logins", 60.0, logins.sweep_logins)) == 2


async def test_stepping_up_gives_another_token_and_lasts_ten_minutes(database: Database, clock: FixedClock) -> None:
    before = await begun(database, await registered(database))
    async with database.system() as tx:
        with pytest.raises(Forbidden):
            identity.require_step_up(before.login, tx)
        after = await logins.step_up(tx, before.token)
        identity.require_step_up(after.login, tx)
    assert await recognised(database, before.token) is None
    assert await recognised(database, after.token) == after.login
    assert after.login.id == before.login.id
    clock.advance(timedelta(minutes=10))
    async with database.system() as tx:
        with pytest.raises(Forbidden):
            identity.require_step_up(after.login, tx)


async def test_of_many_who_step_up_with_one_token_at_once_one_gets_the_next(database: Database) -> None:
    login = await begun(database, await registered(database))

    async def rise() -> Begun:
        async with database.system() as tx:
            return await logins.step_up(tx, login.token)

    outcomes = await asyncio.gather(*(rise() for _ in range(8)), return_exceptions=True)
    risen = [each for each in outcomes if isinstance(each, Begun)]
    assert len(risen) == 1
    assert {type(each) for each in outcomes} == {Begun, Unauthenticated}
    assert await recognised(database, risen[0].token)


async def test_logins_are_listed_and_ended_by_their_account_alone(database: Database) -> None:
    ann, bob = await registered(database), await registered(database, "bob@example.com")
    first, second, foreign = await begun(database, ann), await begun(database, ann), await begun(database, bob)
    async with database.system() as tx:
        assert {each.id for each in await identity.logins_of(tx, ann)} == {first.login.id, second.login.id}
        with pytest.raises(NotFound):
            await identity.end_login(tx, ann, foreign.login.id)
        await identity.end_login(tx, ann, first.login.id)
    assert await recognised(database, first.token) is None
    third = await begun(database, ann)
    async with database.system() as tx:
        assert await identity.end_other_logins(tx, ann, third.login.id) == 1
    assert await recognised(database, second.token) is None
    assert await recognised(database, third.token)
    assert await recognised(database, foreign.token)


async def test_a_suspended_account_is_signed_out_everywhere(database: Database) -> None:
    ann = await registered(database)
    login = await begun(database, ann)
    async with database.system() as tx:
        await identity.suspend(tx, ann)
        await identity.restore(tx, ann)
    assert await recognised(database, login.token) is None


async def test_who_only_said_an_address_is_out_when_its_owner_comes(database: Database) -> None:
    stranger, login = await identity.begin_as_guest(database, "ann@example.com", "en", HERE)
    _, other = await identity.begin_as_guest(database, "ann@example.com", "en", HERE)
    assert (await recognised(database, login.token)) == login.login
    assert await registered(database) in {stranger.id, other.login.account_id}
    assert await recognised(database, login.token) is None
    assert await recognised(database, other.token) is None


async def test_one_network_begins_only_so_many_guests(database: Database) -> None:
    for _ in range(GUESTS_FROM.size):
        await identity.begin_as_guest(database, "ann@example.com", "en", HERE)
    with pytest.raises(TooManyRequests):
        await identity.begin_as_guest(database, "ann@example.com", "en", HERE)
    with pytest.raises(InvalidInput):
        await identity.begin_as_guest(database, "ann", "en", Visitor("Firefox", "192.0.2.2"))


async def test_many_tokens_are_looked_up_at_once_and_nobody_is_taken_for_another(
    database: Database, clock: FixedClock
) -> None:
    ann, bob = await registered(database), await registered(database, "bob@example.com")
    first, second, ended = await begun(database, ann), await begun(database, bob), await begun(database, ann)
    async with database.system() as tx:
        await identity.end_login(tx, ann, ended.login.id)
    clock.advance(SEEN_EVERY)
    elsewhere = Visitor("Safari, iPhone", "198.51.100.7")
    shown = [first.token, "nobody's", second.token, ended.token, first.token, ""]
    async with database.system() as tx:
        found = await identity.recognise_all(tx, [(token, elsewhere) for token in shown])
    assert [each and each.account_id for each in found] == [ann, None, bob, None, ann, None]
    assert {each.device for each in await every_login(database, ann, bob)} == {elsewhere.device}


async def test_nobody_waits_for_a_login_that_somebody_is_changing(database: Database, clock: FixedClock) -> None:
    ann, bob = await registered(database), await registered(database, "bob@example.com")
    first, second = await begun(database, ann), await begun(database, bob)
    clock.advance(SEEN_EVERY)
    async with database.system() as slow:
        await slow.execute("SELECT FROM identity.logins WHERE id = %s FOR UPDATE", [first.login.id])
        async with asyncio.timeout(5), database.system() as tx:
            found = await identity.recognise_all(tx, [(first.token, HERE), (second.token, HERE)])
    assert [each and each.account_id for each in found] == [ann, bob]
    seen = {each.account_id: each.seen_at for each in await every_login(database, ann, bob)}
    assert seen == {ann: first.login.seen_at, bob: clock.now()}


async def every_login(database: Database, *accounts: UUID) -> list[Login]:
    async with database.system() as tx:
        return [login for account_id in accounts for login in await identity.logins_of(tx, account_id)]
