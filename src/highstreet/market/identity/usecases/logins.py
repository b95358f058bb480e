"""Being signed in: a token in the browser, its fingerprint in a row."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from highstreet.kit import crypto
from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Forbidden, NotFound, Unauthenticated
from highstreet.market.identity.domain.accounts import Account, AccountState
from highstreet.market.identity.domain.logins import (
    OF_SHOPPERS,
    OF_WORKERS,
    SEEN_EVERY,
    Begun,
    Login,
    Method,
    Visitor,
)
from highstreet.market.identity.domain.throttling import GUESTS_FROM
from highstreet.market.identity.repository import grants as grant_rows
from highstreet.market.identity.repository import logins as stored
from highstreet.market.identity.usecases import accounts
from highstreet.market.identity.usecases.throttling import count

_IN_USE = frozenset({AccountState.GUEST, AccountState.REGISTERED})
_SWEEP_BATCH = 5_000


async def begin(
    tx: Transaction, account_id: UUID, method: Method, visitor: Visitor, *, second_factor: bool = False
) -> Begun:
    """Sign somebody in who has proved who they are. Takes a system transaction.

    The token is new, whatever the browser carried before.
    """
    token = crypto.new_token()
    works_here = bool(await grant_rows.of_account(tx, account_id))
    await stored.insert(
        tx,
        account_id,
        crypto.fingerprint(token),
        method,
        visitor,
        OF_WORKERS if works_here else OF_SHOPPERS,
        tx.now if second_factor else None,
    )
    begun = await stored.by_fingerprint(tx, crypto.fingerprint(token))
    assert begun is not None
    return Begun(token, begun)


async def begin_as_guest(database: Database, email: str, language: str, visitor: Visitor) -> tuple[Account, Begun]:
    """A guest's account, and a login for the browser that began it.

    Raises InvalidInput for what is no address, and TooManyRequests where one network begins too many.
    """
    await count(database, (GUESTS_FROM, visitor.network))
    async with database.system() as tx:
        guest = await accounts.begin_guest(tx, email, language)
        return guest, await begin(tx, guest.id, Method.GUEST, visitor)


async def recognise(tx: Transaction, token: str, visitor: Visitor) -> Login | None:
    """Whose token this is, if they are still signed in. Takes a system transaction.

    That it was used is noted every few minutes.
    """
    (login,) = await recognise_all(tx, [(token, visitor)])
    return login


async def recognise_all(tx: Transaction, shown: Sequence[tuple[str, Visitor]]) -> list[Login | None]:
    """The same of many tokens at once, in their order."""
    prints = [crypto.fingerprint(token) for token, _ in shown]
    known = await stored.by_fingerprints(tx, list(dict.fromkeys(prints)))
    good = {each: login for each, login in known.items() if _is_good(login, tx.now)}
    seen = {
        good[each].id: visitor
        for each, (_, visitor) in zip(prints, shown, strict=True)
        if each in good and tx.now >= good[each].seen_at + SEEN_EVERY
    }
    if seen:
        await stored.touch(tx, seen)
    return [good.get(each) for each in prints]


def _is_good(login: Login, now: datetime) -> bool:
    return not login.has_ended(now) and login.account_state in _IN_USE


async def step_up(tx: Transaction, token: str) -> Begun:
    """Note that a second factor was shown just now, and give the browser another token.

    Takes a system transaction. Raises Unauthenticated where the token is no longer one, because somebody was quicker
    with it too.
    """
    before, after = crypto.fingerprint(token), crypto.new_token()
    login = await stored.by_fingerprint(tx, before)
    if login is None or login.has_ended(tx.now):
        raise Unauthenticated("Sign in again")
    if not await stored.rotate(tx, login.id, before, crypto.fingerprint(after)):
        raise Unauthenticated("Sign in again")
    risen = await stored.by_fingerprint(tx, crypto.fingerprint(after))
    assert risen is not None
    return Begun(after, risen)


async def logins_of(tx: Transaction, account_id: UUID) -> list[Login]:
    """Where an account is signed in, the one used last first. Takes a system transaction."""
    return [each for each in await stored.of_account(tx, account_id) if not each.has_ended(tx.now)]


async def end_login(tx: Transaction, account_id: UUID, login_id: UUID) -> None:
    """Sign an account out in one place. Raises NotFound where it is not signed in by that login."""
    if not await stored.delete(tx, account_id, login_id):
        raise NotFound("You are not signed in there any more")


async def end_other_logins(tx: Transaction, account_id: UUID, but: UUID | None) -> int:
    """Sign an account out everywhere, or everywhere but here; in how many places it was."""
    return await stored.delete_others(tx, account_id, but)


def require_step_up(login: Login, tx: Transaction) -> None:
    """Raises Forbidden unless a second factor was shown within the last minutes."""
    if not login.is_stepped_up(tx.now):
        raise Forbidden("Confirm with your second factor first; that is good for ten minutes")


async def sweep_logins(tx: Transaction) -> int:
    """Forget logins that have ended."""
    return await stored.delete_ended(tx, _SWEEP_BATCH)
