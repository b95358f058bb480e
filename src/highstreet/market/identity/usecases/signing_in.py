"""Signing in: by password, by a link, and on to the second factor.

Nobody learns here who has an account: an unknown address costs as much work and gets the same answer as a wrong
password, and what differs is told by mail to whoever reads it there.
"""

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import InvalidInput, Unauthenticated
from highstreet.market.identity.domain.accounts import Account, AccountState, to_address
from highstreet.market.identity.domain.logins import Begun, Login, Method, Visitor
from highstreet.market.identity.domain.throttling import (
    MAIL_FROM,
    MAIL_TO,
    SECOND_FACTOR,
    SIGN_IN_FROM,
    SIGN_IN_HERE,
    SIGN_IN_TO,
)
from highstreet.market.identity.domain.tickets import Halfway, Purpose
from highstreet.market.identity.repository import accounts as account_rows
from highstreet.market.identity.repository import credentials, logins
from highstreet.market.identity.usecases import accounts, letters, passwords, tickets
from highstreet.market.identity.usecases.keyring import Keyring
from highstreet.market.identity.usecases.logins import begin, step_up
from highstreet.market.identity.usecases.second_factors import halfway, use_code
from highstreet.market.identity.usecases.throttling import count, forget

_WRONG = "The address or the password is wrong"
_STALE = "This link was used already or is too old; ask for another one"


async def sign_in(database: Database, keyring: Keyring, email: str, password: str, visitor: Visitor) -> Begun | Halfway:
    """Sign in by address and password.

    Raises Unauthenticated in the same words whatever is wrong, and TooManyRequests after too many attempts.
    """
    folded = _folded(email)
    here = (SIGN_IN_HERE, f"{folded} {visitor.network}")
    await count(database, here, (SIGN_IN_TO, folded), (SIGN_IN_FROM, visitor.network))
    async with database.system() as tx:
        known = await credentials.password_of_address(tx, folded)
    if not await passwords.is_right(known.hash if known else None, password) or known is None:
        raise Unauthenticated(_WRONG)
    newer = await passwords.hashed(password) if passwords.is_outdated(known.hash) else None
    async with database.system() as tx:
        still = await credentials.password_of_address(tx, folded)
        if still is None or still.hash != known.hash:
            raise Unauthenticated(_WRONG)
        if newer is not None:
            await credentials.rehash(tx, known.account_id, known.hash, newer)
        await forget(tx, here)
        account = await accounts.account(tx, known.account_id)
        return await _enter(tx, keyring, account, Method.PASSWORD, visitor)


async def ask_for_link(
    database: Database, keyring: Keyring, origin: str, email: str, language: str, visitor: Visitor
) -> None:
    """Mail a link that signs in, or that makes an account where there is none; the same for every address.

    Raises InvalidInput for what is no address, and TooManyRequests after too many.
    """
    address = to_address(email)
    await count(database, (MAIL_TO, address.folded), (MAIL_FROM, visitor.network))
    async with database.system() as tx:
        own = await account_rows.of_address(tx, address.folded)
        ticket = await tickets.issue(tx, Purpose.SIGN_IN, email=address.email, content={"language": language})
        link = f"{origin}/account/link?token={ticket}"
        match own.state if own else None:
            case None:
                await letters.send(tx, keyring.mail, "register", address.email, language, link)
            case AccountState.SUSPENDED:
                await letters.send(tx, keyring.mail, "suspended", address.email, language)
            case _:
                await letters.send(tx, keyring.mail, "sign_in", address.email, language, link)


async def whose_link(tx: Transaction, token: str) -> str | None:
    """The address that a link would sign in, for whoever has it to see before they use it."""
    ticket = await tickets.look(tx, Purpose.SIGN_IN, token)
    return ticket.email if ticket else None


async def follow_link(database: Database, keyring: Keyring, token: str, visitor: Visitor) -> Begun | Halfway:
    """Sign in by a mailed link, which proves the address. Raises Unauthenticated for one that is used up."""
    await count(database, (SIGN_IN_FROM, visitor.network))
    async with database.system() as tx:
        ticket = await tickets.take(tx, Purpose.SIGN_IN, token)
        if ticket is None or ticket.email is None:
            raise Unauthenticated(_STALE)
        account = await accounts.prove(tx, to_address(ticket.email), str(ticket.content.get("language", "en")))
        if account.state is not AccountState.REGISTERED:
            raise Unauthenticated(_STALE)
        return await _enter(tx, keyring, account, Method.LINK, visitor)


async def show_second_factor(database: Database, keyring: Keyring, ticket: str, code: str, visitor: Visitor) -> Begun:
    """Go on from the first factor by a code of the app or a recovery code.

    The ticket outlives a wrong code, and of two who come with a right one, one is signed in. Raises Unauthenticated and
    TooManyRequests.
    """
    async with database.system() as tx:
        found = await tickets.look(tx, Purpose.SECOND_FACTOR, ticket)
    if found is None or found.account_id is None:
        raise Unauthenticated("Begin again: too much time has passed since your password")
    await count(database, (SECOND_FACTOR, str(found.account_id)))
    async with database.system() as tx:
        if await tickets.take(tx, Purpose.SECOND_FACTOR, ticket) is None:
            raise Unauthenticated("Begin again: too much time has passed since your password")
        await use_code(tx, keyring, found.account_id, code)
        await forget(tx, (SECOND_FACTOR, str(found.account_id)))
        account = await accounts.account(tx, found.account_id)
        return await welcome(tx, keyring, account, Method(found.content["method"]), visitor, second_factor=True)


async def step_up_by_code(database: Database, keyring: Keyring, login: Login, token: str, code: str) -> Begun:
    """Show the second factor again while signed in, for what is hard to take back; the browser's next token.

    Raises Unauthenticated for a wrong code or a login that has ended, and TooManyRequests.
    """
    await count(database, (SECOND_FACTOR, str(login.account_id)))
    async with database.system() as tx:
        await use_code(tx, keyring, login.account_id, code)
        await forget(tx, (SECOND_FACTOR, str(login.account_id)))
        return await step_up(tx, token)


async def welcome(
    tx: Transaction, keyring: Keyring, account: Account, method: Method, visitor: Visitor, *, second_factor: bool
) -> Begun:
    """Sign in whoever has proved all that is asked for, and tell them by mail where the place is a new one."""
    former = await logins.of_account(tx, account.id)
    if former and not any(visitor.device == each.device or visitor.network == each.network for each in former):
        told = {"device": visitor.device, "network": visitor.network}
        await letters.tell_account(tx, keyring.mail, "new_sign_in", account.id, **told)
    return await begin(tx, account.id, method, visitor, second_factor=second_factor)


async def _enter(
    tx: Transaction, keyring: Keyring, account: Account, method: Method, visitor: Visitor
) -> Begun | Halfway:
    on = await halfway(tx, account.id, method)
    return on or await welcome(tx, keyring, account, method, visitor, second_factor=False)


def _folded(email: str) -> str:
    """How tries are counted; what is no address is counted too, and belongs to nobody."""
    try:
        return to_address(email).folded
    except InvalidInput:
        return email.strip().lower()[:254]
