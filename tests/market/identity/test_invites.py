"""A role is taken by a one-time link, from whoever may still give it; every letter is there in every language."""

import asyncio
import string
from datetime import timedelta
from uuid import UUID

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Actor, ActorKind, Database
from highstreet.kit.errors import Forbidden, InvalidInput, Unauthenticated
from highstreet.kit.mail import letters
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.logins import Begun
from highstreet.market.identity.domain.roles import Permission, Reach, Role
from highstreet.market.identity.service import Keyring
from tests.market.identity.conftest import HERE, ORIGIN, token_of_last_mail

MERCHANT = UUID(int=11)


async def accepted(database: Database, keyring: Keyring, token: str) -> Actor:
    begun = await identity.accept_invite(database, keyring, token, HERE)
    assert isinstance(begun, Begun)
    return Actor(ActorKind.SHOPPER, begun.login.account_id)


async def test_the_first_operator_comes_in_by_a_link_that_is_good_once(database: Database, keyring: Keyring) -> None:
    token = await identity.invite(database, OPERATOR, "ann@example.com", Role.OPERATOR_ADMIN, None)
    tries = [identity.accept_invite(database, keyring, token, HERE) for _ in range(5)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    (begun,) = [each for each in outcomes if isinstance(each, Begun)]
    assert {type(each) for each in outcomes} == {Begun, Unauthenticated}
    async with database.transaction(Actor(ActorKind.OPERATOR, begun.login.account_id)) as tx:
        assert await identity.may(tx, Permission.SETTINGS_EDIT)


async def test_an_owner_invites_their_own_staff_while_they_may(
    database: Database, keyring: Keyring, clock: FixedClock
) -> None:
    token = await identity.invite(database, OPERATOR, "ann@example.com", Role.MERCHANT_OWNER, MERCHANT)
    owner = Actor(ActorKind.STAFF, (await accepted(database, keyring, token)).id)
    with pytest.raises(Forbidden):
        await identity.invite(database, owner, "bob@example.com", Role.MERCHANT_SCANNER, UUID(int=12))
    with pytest.raises(Forbidden):
        await identity.invite(database, owner, "bob@example.com", Role.OPERATOR_ADMIN, None)
    with pytest.raises(InvalidInput):
        await identity.invite(database, owner, "bob@example.com", Role.MERCHANT_SCANNER, None)
    await identity.mail_invite(database, keyring, owner, ORIGIN, "bob@example.com", Role.MERCHANT_SCANNER, MERCHANT)
    bob = await accepted(database, keyring, await token_of_last_mail(database, "bob@example.com"))
    async with database.transaction(Actor(ActorKind.STAFF, bob.id)) as tx:
        assert await identity.may(tx, Permission.VOUCHERS_REDEEM, MERCHANT)
    late = await identity.invite(database, owner, "cleo@example.com", Role.MERCHANT_SCANNER, MERCHANT)
    orphaned = await identity.invite(database, owner, "dan@example.com", Role.MERCHANT_SCANNER, MERCHANT)
    async with database.system() as tx:
        staff = await identity.staff_of(tx, Reach.MERCHANT, MERCHANT)
        await identity.grant(tx, bob.id or MERCHANT, Role.MERCHANT_OWNER, MERCHANT)
        await identity.revoke(tx, next(each.id for each in staff if each.account_id == owner.id))
    with pytest.raises(Unauthenticated):
        await identity.accept_invite(database, keyring, orphaned, HERE)
    clock.advance(timedelta(days=7))
    with pytest.raises(Unauthenticated):
        await identity.accept_invite(database, keyring, late, HERE)


def test_every_letter_is_there_in_every_language_with_the_same_values() -> None:
    written = letters.wordings("highstreet.market.identity")
    assert set(written) == {"en", "es"}
    assert set(written["en"]) == set(written["es"])
    for name, english in written["en"].items():
        spanish = written["es"][name]
        assert _values(english) == _values(spanish), name
        assert (english.action is None) == (spanish.action is None), name
        assert len(english.closing) == len(spanish.closing), name


def _values(wording: letters.Wording) -> set[str]:
    texts = (wording.subject, *wording.paragraphs, *wording.closing)
    return {field for text in texts for _, field, _, _ in string.Formatter().parse(text) if field}
