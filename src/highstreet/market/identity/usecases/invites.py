"""Invitations: a role for whoever a one-time link reaches."""

from uuid import UUID

from highstreet.kit.database import Actor, ActorKind, Database, Transaction
from highstreet.kit.errors import InvalidInput, Unauthenticated
from highstreet.market.identity.domain.accounts import AccountState, to_address
from highstreet.market.identity.domain.logins import Begun, Method, Visitor
from highstreet.market.identity.domain.roles import REACH_OF, Permission, Reach, Role
from highstreet.market.identity.domain.throttling import SIGN_IN_FROM
from highstreet.market.identity.domain.tickets import Halfway, Purpose, Ticket
from highstreet.market.identity.usecases import accounts, letters, rights, tickets
from highstreet.market.identity.usecases.keyring import Keyring
from highstreet.market.identity.usecases.second_factors import halfway
from highstreet.market.identity.usecases.signing_in import welcome
from highstreet.market.identity.usecases.throttling import count

_STALE = "This invitation was used already or is not good any more; ask for another one"


async def invite(database: Database, actor: Actor, email: str, role: Role, scope: UUID | None) -> str:
    """A token by which whoever has the address `email` gets a role, once and within a week.

    Raises Forbidden when the actor may not give it, and InvalidInput.
    """
    address = to_address(email)
    if (REACH_OF[role] is Reach.EVERYTHING) != (scope is None):
        raise InvalidInput.at("scope", "has to be there" if scope is None else f"does not belong to the role {role}")
    async with database.transaction(actor) as tx:
        await rights.require(tx, Permission.STAFF_MANAGE, scope)
    content = {"role": role, "scope": str(scope) if scope else None, "kind": actor.kind, "by": _text(actor.id)}
    async with database.system() as tx:
        return await tickets.issue(tx, Purpose.INVITE, email=address.email, content=content)


async def mail_invite(
    database: Database, keyring: Keyring, actor: Actor, origin: str, email: str, role: Role, scope: UUID | None
) -> None:
    """Invite somebody by mail. Raises as `invite` does."""
    token = await invite(database, actor, email, role, scope)
    async with database.system() as tx:
        link = f"{origin}/account/invite?token={token}"
        await letters.send(tx, keyring.mail, "invite", to_address(email).email, "en", link)


async def whose_invite(tx: Transaction, token: str) -> Ticket | None:
    """Whom an invitation is for, for whoever has it to see before they accept it."""
    return await tickets.look(tx, Purpose.INVITE, token)


async def accept_invite(database: Database, keyring: Keyring, token: str, visitor: Visitor) -> Begun | Halfway:
    """Take the role and sign in.

    Raises Unauthenticated for an invitation that was used, is too old, or was given by somebody who might not any more.
    """
    await count(database, (SIGN_IN_FROM, visitor.network))
    async with database.system() as tx:
        found = await tickets.look(tx, Purpose.INVITE, token)
    if found is None or found.email is None:
        raise Unauthenticated(_STALE)
    role, scope = Role(found.content["role"]), UUID(found.content["scope"]) if found.content["scope"] else None
    giver = Actor(ActorKind(found.content["kind"]), UUID(found.content["by"]) if found.content["by"] else None)
    async with database.transaction(giver) as tx:
        if not await rights.may(tx, Permission.STAFF_MANAGE, scope):
            raise Unauthenticated(_STALE)
    async with database.system() as tx:
        if await tickets.take(tx, Purpose.INVITE, token) is None:
            raise Unauthenticated(_STALE)
        account = await accounts.prove(tx, to_address(found.email), "en")
        if account.state is not AccountState.REGISTERED:
            raise Unauthenticated(_STALE)
        await rights.give(tx, account.id, role, scope, giver.id)
        on = await halfway(tx, account.id, Method.LINK)
        return on or await welcome(tx, keyring, account, Method.LINK, visitor, second_factor=False)


def _text(account_id: UUID | None) -> str | None:
    return str(account_id) if account_id else None
