"""Who proves who they are is signed in, once for each proof; who does not learns nothing, and not for long."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

import pytest
from argon2 import PasswordHasher

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict, Forbidden, InvalidInput, TooManyRequests, Unauthenticated
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain import totp
from highstreet.market.identity.domain.accounts import AccountState
from highstreet.market.identity.domain.logins import Begun, Method, Visitor
from highstreet.market.identity.domain.tickets import Halfway
from highstreet.market.identity.repository import credentials
from highstreet.market.identity.service import Keyring
from tests.market.identity.conftest import HERE, LONG, ORIGIN, mails, token_of_last_mail

T = TypeVar("T")
ANN = "ann@example.com"
OTHER = "seven quiet marble bicycles"


async def linked(database: Database, keyring: Keyring, email: str = ANN, visitor: Visitor = HERE) -> Begun | Halfway:
    """Somebody who asked for a link and followed it."""
    await identity.ask_for_link(database, keyring, ORIGIN, email, "en", visitor)
    return await identity.follow_link(database, keyring, await token_of_last_mail(database, email), visitor)


async def registered(database: Database, keyring: Keyring) -> Begun:
    """An account with a password, signed in."""
    begun = await linked(database, keyring)
    assert isinstance(begun, Begun)
    await identity.choose_password(database, keyring, begun.login, LONG, None, HERE)
    return begun


async def with_app(database: Database, keyring: Keyring, clock: FixedClock, begun: Begun) -> tuple[bytes, list[str]]:
    """The secret of an authenticator app that was taken into use, and recovery codes."""
    async with database.system() as tx:
        account = await identity.account(tx, begun.login.account_id)
        await identity.begin_authenticator(tx, keyring, account)
        kept = await credentials.authenticator_of(tx, account.id)
        assert kept
        secret = bytes.fromhex(keyring.authenticators.unseal(kept.sealed, account.id.bytes) or "")
        codes = await identity.confirm_authenticator(tx, keyring, account.id, now_shown(secret, clock))
    clock.advance(timedelta(seconds=90))
    return secret, codes


def now_shown(secret: bytes, clock: FixedClock) -> str:
    return totp.code_at(secret, totp.step_at(clock.now()))


async def at_once(*tries: Awaitable[T]) -> tuple[list[T], set[type]]:
    """What came of those that succeeded, and of what kind the refusals were."""
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    won = [each for each in outcomes if not isinstance(each, BaseException)]
    return won, {type(each) for each in outcomes if isinstance(each, BaseException)}


async def test_a_link_makes_an_account_signs_in_and_is_good_once(database: Database, keyring: Keyring) -> None:
    await identity.ask_for_link(database, keyring, ORIGIN, ANN, "es", HERE)
    (mail,) = await mails(database)
    assert (mail.kind, mail.recipient, mail.letter.language) == ("identity.register", ANN, "es")
    token = await token_of_last_mail(database)
    won, refused = await at_once(*(identity.follow_link(database, keyring, token, HERE) for _ in range(6)))
    (begun,) = won
    assert isinstance(begun, Begun)
    assert begun.login.method is Method.LINK
    assert refused == {Unauthenticated}
    async with database.system() as tx:
        account = await identity.account(tx, begun.login.account_id)
    assert (account.email, account.state, account.language) == (ANN, AccountState.REGISTERED, "es")


async def test_a_link_grows_old(database: Database, keyring: Keyring, clock: FixedClock) -> None:
    await identity.ask_for_link(database, keyring, ORIGIN, ANN, "en", HERE)
    token = await token_of_last_mail(database)
    async with database.system() as tx:
        assert await identity.whose_link(tx, token) == ANN
    clock.advance(timedelta(minutes=20))
    with pytest.raises(Unauthenticated):
        await identity.follow_link(database, keyring, token, HERE)


async def test_a_password_signs_in_and_a_wrong_one_says_no_more_than_an_unknown_address(
    database: Database, keyring: Keyring
) -> None:
    begun = await registered(database, keyring)
    again = await identity.sign_in(database, keyring, " Ann@Example.com ", LONG, HERE)
    assert isinstance(again, Begun)
    assert again.token != begun.token
    assert again.login.account_id == begun.login.account_id
    said: set[str] = set()
    for email, password in ((ANN, OTHER), ("bob@example.com", LONG), ("no address", LONG), (ANN, "")):
        with pytest.raises(Unauthenticated) as refused:
            await identity.sign_in(database, keyring, email, password, HERE)
        said.add(str(refused.value))
    assert len(said) == 1


async def test_an_unknown_address_costs_as_many_comparisons_as_a_known_one(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registered(database, keyring)
    compared: list[str] = []
    verify = PasswordHasher.verify

    def counting(self: PasswordHasher, stored: str, password: str) -> bool:
        compared.append(stored.rpartition("$")[0].rpartition("$")[0])
        return verify(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    for email in (ANN, "bob@example.com", "no address"):
        with pytest.raises(Unauthenticated):
            await identity.sign_in(database, keyring, email, OTHER, HERE)
    assert len(compared) == 3
    assert len(set(compared)) == 1  # the same algorithm and parameters


async def test_whoever_asks_for_mail_gets_one_whether_there_is_an_account_or_not(
    database: Database, keyring: Keyring
) -> None:
    begun = await registered(database, keyring)
    await identity.ask_for_link(database, keyring, ORIGIN, ANN, "en", HERE)
    await identity.ask_for_link(database, keyring, ORIGIN, "bob@example.com", "en", HERE)
    await identity.ask_for_reset(database, keyring, ORIGIN, ANN, "en", HERE)
    await identity.ask_for_reset(database, keyring, ORIGIN, "bob@example.com", "en", HERE)
    kinds = [(mail.recipient, mail.kind) for mail in await mails(database)]
    assert sorted(kinds) == [
        (ANN, "identity.password_changed"),
        (ANN, "identity.register"),
        (ANN, "identity.reset"),
        (ANN, "identity.sign_in"),
        ("bob@example.com", "identity.register"),
        ("bob@example.com", "identity.register"),
    ]
    async with database.system() as tx:
        await identity.suspend(tx, begun.login.account_id)
    await identity.ask_for_link(database, keyring, ORIGIN, ANN, "en", HERE)
    assert {mail.kind for mail in await mails(database)} >= {"identity.suspended"}
    with pytest.raises(Unauthenticated):
        await identity.sign_in(database, keyring, ANN, LONG, HERE)


async def test_guesses_are_throttled_and_the_owner_elsewhere_is_not(database: Database, keyring: Keyring) -> None:
    await registered(database, keyring)
    stranger = Visitor("curl", "198.51.100.7")
    refused = 0
    for _ in range(12):
        with pytest.raises((Unauthenticated, TooManyRequests)) as told:
            await identity.sign_in(database, keyring, ANN, OTHER, stranger)
        refused += told.type is TooManyRequests
    assert refused == 2
    with pytest.raises(TooManyRequests):
        await identity.sign_in(database, keyring, ANN, LONG, stranger)
    assert isinstance(await identity.sign_in(database, keyring, ANN, LONG, HERE), Begun)


async def test_a_password_of_older_parameters_is_kept_by_todays_after_signing_in(
    database: Database, keyring: Keyring
) -> None:
    begun = await registered(database, keyring)
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(LONG)
    async with database.system() as tx:
        await tx.execute("UPDATE identity.passwords SET hash = %s", [old])
    assert isinstance(await identity.sign_in(database, keyring, ANN, LONG, HERE), Begun)
    async with database.system() as tx:
        kept = await credentials.password_of(tx, begun.login.account_id)
    assert kept
    assert "m=19456,t=2,p=1" in kept.hash
    assert isinstance(await identity.sign_in(database, keyring, ANN, LONG, HERE), Begun)


async def test_a_changed_password_signs_out_everywhere_else_and_is_told(
    database: Database, keyring: Keyring, clock: FixedClock
) -> None:
    begun = await registered(database, keyring)
    other = await identity.sign_in(database, keyring, ANN, LONG, HERE)
    assert isinstance(other, Begun)
    with pytest.raises(Unauthenticated):
        await identity.choose_password(database, keyring, begun.login, OTHER, "wrong", HERE)
    with pytest.raises(InvalidInput):
        await identity.choose_password(database, keyring, begun.login, "short", LONG, HERE)
    await identity.choose_password(database, keyring, begun.login, OTHER, LONG, HERE)
    async with database.system() as tx:
        assert [each.id for each in await identity.logins_of(tx, begun.login.account_id)] == [begun.login.id]
    assert [mail.kind for mail in await mails(database)].count("identity.password_changed") == 2
    with pytest.raises(Unauthenticated):
        await identity.sign_in(database, keyring, ANN, LONG, HERE)
    late = await linked(database, keyring, "bob@example.com")
    assert isinstance(late, Begun)
    clock.advance(timedelta(minutes=10))
    with pytest.raises(Forbidden):
        await identity.choose_password(database, keyring, late.login, LONG, None, HERE)


async def test_a_reset_is_good_once_and_a_poor_choice_does_not_use_it_up(database: Database, keyring: Keyring) -> None:
    begun = await registered(database, keyring)
    await identity.ask_for_reset(database, keyring, ORIGIN, ANN, "en", HERE)
    token = await token_of_last_mail(database, kind="reset")
    with pytest.raises(InvalidInput):
        await identity.reset_password(database, keyring, token, "password", HERE)
    won, refused = await at_once(
        *(identity.reset_password(database, keyring, token, f"{OTHER} {each}", HERE) for each in range(4))
    )
    assert (len(won), refused) == (1, {Unauthenticated})
    async with database.system() as tx:
        assert await identity.logins_of(tx, begun.login.account_id) == []
        assert await identity.whose_link(tx, token) is None
    with pytest.raises(Unauthenticated):
        await identity.sign_in(database, keyring, ANN, LONG, HERE)


async def test_with_an_app_every_first_factor_leads_to_the_second(
    database: Database, keyring: Keyring, clock: FixedClock
) -> None:
    begun = await registered(database, keyring)
    secret, _ = await with_app(database, keyring, clock, begun)
    for first in (identity.sign_in(database, keyring, ANN, LONG, HERE), linked(database, keyring)):
        on = await first
        assert isinstance(on, Halfway)
        assert (on.by_code, on.by_passkey) == (True, False)
        with pytest.raises(Unauthenticated):
            await identity.show_second_factor(database, keyring, on.ticket, "000000", HERE)
        through = await identity.show_second_factor(database, keyring, on.ticket, now_shown(secret, clock), HERE)
        assert through.login.is_stepped_up(clock.now())
        with pytest.raises(Unauthenticated):
            await identity.show_second_factor(database, keyring, on.ticket, now_shown(secret, clock), HERE)
        clock.advance(timedelta(seconds=30))
    with pytest.raises(Unauthenticated):
        await identity.show_second_factor(database, keyring, "made up", now_shown(secret, clock), HERE)


async def test_a_step_of_the_app_and_a_recovery_code_are_each_good_for_one_of_many_at_once(
    database: Database, keyring: Keyring, clock: FixedClock
) -> None:
    begun = await registered(database, keyring)
    secret, codes = await with_app(database, keyring, clock, begun)
    for code in (now_shown(secret, clock), codes[3]):
        halves = [await identity.sign_in(database, keyring, ANN, LONG, HERE) for _ in range(4)]
        tickets = [each.ticket for each in halves if isinstance(each, Halfway)]
        assert len(tickets) == 4
        won, refused = await at_once(
            *(identity.show_second_factor(database, keyring, ticket, code, HERE) for ticket in tickets)
        )
        assert (len(won), refused) == (1, {Unauthenticated}), code
    assert "identity.recovery_code_used" in {mail.kind for mail in await mails(database)}
    async with database.system() as tx:
        protection = await identity.protection_of(tx, begun.login.account_id)
        fresh = await identity.new_recovery_codes(tx, keyring, begun.login.account_id)
    assert protection.recovery_codes == 9
    assert len(set(fresh) | set(codes)) == 20


async def test_guesses_of_a_code_are_throttled_for_the_account_wherever_they_come_from(
    database: Database, keyring: Keyring, clock: FixedClock
) -> None:
    begun = await registered(database, keyring)
    secret, _ = await with_app(database, keyring, clock, begun)
    halves = [await identity.sign_in(database, keyring, ANN, LONG, HERE) for _ in range(2)]
    told: list[type] = []
    for guess in range(20):
        on = halves[guess % 2]
        assert isinstance(on, Halfway)
        with pytest.raises((Unauthenticated, TooManyRequests)) as refused:
            await identity.show_second_factor(database, keyring, on.ticket, "x", Visitor("curl", f"192.0.2.{guess}"))
        told.append(refused.type)
    assert told == [Unauthenticated] * 5 + [TooManyRequests] * 15
    with pytest.raises(TooManyRequests):
        await identity.step_up_by_code(database, keyring, begun.login, begun.token, now_shown(secret, clock))


async def test_stepping_up_by_a_code_rotates_the_token(database: Database, keyring: Keyring, clock: FixedClock) -> None:
    begun = await registered(database, keyring)
    secret, _ = await with_app(database, keyring, clock, begun)
    with pytest.raises(Unauthenticated):
        await identity.step_up_by_code(database, keyring, begun.login, begun.token, "000000")
    risen = await identity.step_up_by_code(database, keyring, begun.login, begun.token, now_shown(secret, clock))
    async with database.system() as tx:
        assert await identity.recognise(tx, begun.token, HERE) is None
        assert await identity.recognise(tx, risen.token, HERE) == risen.login
    assert risen.login.is_stepped_up(clock.now())


async def test_a_short_password_never_stands_alone(database: Database, keyring: Keyring, clock: FixedClock) -> None:
    begun = await registered(database, keyring)
    with pytest.raises(InvalidInput):
        await identity.choose_password(database, keyring, begun.login, "x7#kQ9vW!m", LONG, HERE)
    secret, _ = await with_app(database, keyring, clock, begun)
    await identity.choose_password(database, keyring, begun.login, "x7#kQ9vW!m", LONG, HERE)
    async with database.system() as tx:
        with pytest.raises(Conflict):
            await identity.remove_authenticator(tx, keyring, begun.login.account_id)
        with pytest.raises(Conflict):
            await identity.begin_authenticator(tx, keyring, await identity.account(tx, begun.login.account_id))
    risen = await identity.step_up_by_code(database, keyring, begun.login, begun.token, now_shown(secret, clock))
    await identity.choose_password(database, keyring, risen.login, OTHER, None, HERE)
    async with database.system() as tx:
        await identity.remove_authenticator(tx, keyring, begun.login.account_id)
    assert isinstance(await identity.sign_in(database, keyring, ANN, OTHER, HERE), Begun)


async def test_a_new_place_is_told_by_mail_and_a_known_one_is_not(database: Database, keyring: Keyring) -> None:
    await registered(database, keyring)
    for visitor, told in (
        (Visitor("Firefox, Linux", "198.51.100.9"), False),
        (Visitor("Safari, iPhone", "192.0.2.1"), False),
        (Visitor("curl", "203.0.113.5"), True),
    ):
        await identity.sign_in(database, keyring, ANN, LONG, visitor)
        assert ("identity.new_sign_in" in {mail.kind for mail in await mails(database)}) is told
