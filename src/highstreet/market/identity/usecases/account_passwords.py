"""An account's password: set, changed, and reset by mail."""

from datetime import timedelta
from uuid import UUID

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Forbidden, Unauthenticated
from highstreet.market.identity.domain import passwords as rules
from highstreet.market.identity.domain.accounts import Account, AccountState, to_address
from highstreet.market.identity.domain.logins import Login, Visitor
from highstreet.market.identity.domain.throttling import MAIL_FROM, MAIL_TO, SIGN_IN_FROM, SIGN_IN_TO
from highstreet.market.identity.domain.tickets import Purpose
from highstreet.market.identity.repository import accounts as account_rows
from highstreet.market.identity.repository import credentials as stored
from highstreet.market.identity.repository import logins as login_rows
from highstreet.market.identity.repository import tickets as ticket_rows
from highstreet.market.identity.usecases import accounts, letters, passwords, tickets
from highstreet.market.identity.usecases.keyring import Keyring
from highstreet.market.identity.usecases.second_factors import protection_of
from highstreet.market.identity.usecases.throttling import count

_FRESH = timedelta(minutes=10)
_STALE = "This link was used already or is too old; ask for another one"


async def has_password(tx: Transaction, account_id: UUID) -> bool:
    return await stored.password_of(tx, account_id) is not None


async def choose_password(
    database: Database, keyring: Keyring, login: Login, new: str, current: str | None, visitor: Visitor
) -> None:
    """Set or change the password of whoever is signed in; they are signed out everywhere else.

    Who has one says it, or has shown a second factor within ten minutes; who has none has signed in within ten minutes.
    Raises InvalidInput for a password that will not do, Unauthenticated for a wrong current one, and Forbidden.
    """
    async with database.system() as tx:
        account = await accounts.account(tx, login.account_id)
        known = await stored.password_of(tx, account.id)
        protected = (await protection_of(tx, account.id)).any
        fresh = login.is_stepped_up(tx.now) or (known is None and tx.now < login.created_at + _FRESH)
    if account.state is not AccountState.REGISTERED:
        raise Forbidden("A guest has no password; have a link mailed to you first")
    if not fresh:
        if known is None:
            raise Forbidden("Sign in again first; that is good for ten minutes")
        await count(database, (SIGN_IN_TO, str(account.id)), (SIGN_IN_FROM, visitor.network))
        if not await passwords.is_right(known.hash, current or ""):
            raise Unauthenticated("The current password is wrong")
    chosen = await _hashed(keyring, account, new, protected=protected)
    async with database.system() as tx:
        await stored.put_password(tx, chosen)
        await login_rows.delete_others(tx, account.id, login.id)
        await ticket_rows.delete_of_account(tx, account.id, Purpose.RESET)
        await letters.tell_account(tx, keyring.mail, "password_changed", account.id)


async def ask_for_reset(
    database: Database, keyring: Keyring, origin: str, email: str, language: str, visitor: Visitor
) -> None:
    """Mail a link by which a new password can be chosen; who has no account is told so by mail.

    The same for every address. Raises InvalidInput for what is no address, and TooManyRequests after too many.
    """
    address = to_address(email)
    await count(database, (MAIL_TO, address.folded), (MAIL_FROM, visitor.network))
    async with database.system() as tx:
        own = await account_rows.of_address(tx, address.folded)
        if own is not None and own.state is AccountState.REGISTERED:
            ticket = await tickets.issue(tx, Purpose.RESET, account_id=own.id)
            link = f"{origin}/account/reset?token={ticket}"
            await letters.send(tx, keyring.mail, "reset", address.email, language, link)
        elif own is not None:
            await letters.send(tx, keyring.mail, "suspended", address.email, language)
        else:
            ticket = await tickets.issue(tx, Purpose.SIGN_IN, email=address.email, content={"language": language})
            link = f"{origin}/account/link?token={ticket}"
            await letters.send(tx, keyring.mail, "register", address.email, language, link)


async def reset_password(database: Database, keyring: Keyring, token: str, new: str, visitor: Visitor) -> None:
    """Choose a new password by a link that was mailed; the account is signed out everywhere.

    A second factor is asked for as ever when they sign in. Raises Unauthenticated for a link that is used up, and
    InvalidInput for a password that will not do, which leaves the link good.
    """
    await count(database, (SIGN_IN_FROM, visitor.network))
    async with database.system() as tx:
        ticket = await tickets.look(tx, Purpose.RESET, token)
        account = await account_rows.by_id(tx, ticket.account_id) if ticket and ticket.account_id else None
        protected = account is not None and (await protection_of(tx, account.id)).any
    if account is None or account.state is not AccountState.REGISTERED:
        raise Unauthenticated(_STALE)
    chosen = await _hashed(keyring, account, new, protected=protected)
    async with database.system() as tx:
        if await tickets.take(tx, Purpose.RESET, token) is None:
            raise Unauthenticated(_STALE)
        await stored.put_password(tx, chosen)
        await login_rows.delete_others(tx, account.id, None)
        await ticket_rows.delete_of_account(tx, account.id, Purpose.RESET)
        await letters.tell_account(tx, keyring.mail, "password_changed", account.id)


async def _hashed(keyring: Keyring, account: Account, new: str, *, protected: bool) -> stored.Password:
    about = [part for text in (account.email, account.name) if text for part in text.replace("@", " ").split()]
    await passwords.check_new(keyring, new, about, beside_second_factor=protected)
    return stored.Password(
        account_id=account.id, hash=await passwords.hashed(new), stands_alone=rules.stands_alone(new)
    )
