"""Who may do what: the one question, and the grants that answer it."""

from uuid import UUID

from highstreet.kit import outbox
from highstreet.kit.database import ActorKind, Transaction
from highstreet.kit.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from highstreet.market.identity.domain.accounts import AccountState
from highstreet.market.identity.domain.facts import AGGREGATE, GRANTED, REVOKED, RoleChanged
from highstreet.market.identity.domain.roles import REACH_OF, Grant, Permission, Reach, Role
from highstreet.market.identity.repository import accounts as account_rows
from highstreet.market.identity.repository import grants as stored

_INDISPENSABLE = {Reach.EVERYTHING: Role.OPERATOR_ADMIN, Reach.MERCHANT: Role.MERCHANT_OWNER}
"""The role that somebody has to have, of each reach, so that the others can be given at all."""


async def may(tx: Transaction, permission: Permission, scope: UUID | None = None) -> bool:
    """Whether the actor may, about the merchant or partner `scope`, or without one about everything.

    PostgreSQL answers, by the same function that its policies ask.
    """
    return await stored.may(tx, permission, scope)


async def require(tx: Transaction, permission: Permission, scope: UUID | None = None) -> None:
    """Raises Forbidden when the actor may not, and Unauthenticated when nobody is signed in."""
    if tx.actor.kind is ActorKind.VISITOR:
        raise Unauthenticated("Sign in to do this")
    if not await stored.may(tx, permission, scope):
        raise Forbidden("Your account may not do this")


async def grant(tx: Transaction, account_id: UUID, role: Role, scope: UUID | None = None) -> None:
    """Give an account a role; one that it has stays as it is.

    Raises Forbidden without `staff.manage` there, NotFound where the actor sees no such account that can sign in, and
    InvalidInput for a role that needs a scope and has none, or the other way about.
    """
    await require(tx, Permission.STAFF_MANAGE, scope)
    reach = REACH_OF[role]
    if (reach is Reach.EVERYTHING) != (scope is None):
        raise InvalidInput.at("scope", "has to be there" if scope is None else f"does not belong to the role {role}")
    account = await account_rows.by_id(tx, account_id)
    if account is None or account.state is not AccountState.REGISTERED:
        raise NotFound("There is no account that could have this role")
    await give(tx, account_id, role, scope, tx.actor.id)


async def give(tx: Transaction, account_id: UUID, role: Role, scope: UUID | None, by: UUID | None) -> None:
    """The same on behalf of `by`, who was asked before whether they may."""
    given = Grant(
        id=tx.new_id(),
        account_id=account_id,
        role=role,
        reach=REACH_OF[role],
        scope=scope,
        granted_by=by,
        granted_at=tx.now,
    )
    if await stored.insert(tx, given):
        await _tell(tx, GRANTED, given, by)


async def revoke(tx: Transaction, grant_id: UUID) -> None:
    """Take a role away.

    Raises NotFound for a grant that the actor does not see, Forbidden for one that is not theirs to take away, and
    Conflict for the last one with which others could be given.
    """
    found = await stored.by_id(tx, grant_id)
    if found is None:
        raise NotFound("There is no such role to take away")
    await require(tx, Permission.STAFF_MANAGE, found.scope)
    await stored.take_turn(tx, found.scope)
    if _INDISPENSABLE.get(found.reach) is found.role:
        others = await stored.of_scope(tx, found.reach, found.scope)
        if not any(other.role is found.role and other.id != grant_id for other in others):
            raise Conflict("Nobody could give roles any more; give this role to somebody else first")
    taken = await stored.delete(tx, grant_id)
    if taken is None:
        raise NotFound("There is no such role to take away")
    await _tell(tx, REVOKED, taken, tx.actor.id)


async def grants_of(tx: Transaction, account_id: UUID) -> list[Grant]:
    """The roles of an account that the actor may see: their own, and those that they manage."""
    return await stored.of_account(tx, account_id)


async def staff_of(tx: Transaction, reach: Reach, scope: UUID | None) -> list[Grant]:
    """Who works for a merchant, a partner, or here. Raises Forbidden without `staff.manage` there."""
    await require(tx, Permission.STAFF_MANAGE, scope)
    return await stored.of_scope(tx, reach, scope)


async def _tell(tx: Transaction, name: str, grant: Grant, by: UUID | None) -> None:
    changed = RoleChanged(account_id=grant.account_id, role=grant.role, scope=grant.scope, by_id=by)
    await outbox.record(tx, aggregate=AGGREGATE, aggregate_id=grant.account_id, name=name, payload=changed)
