"""Each role may do what the data says and nothing else, in Python as in policies; foreign rows stay out of sight."""

import asyncio
from uuid import UUID

import psycopg
import pytest

from highstreet.kit.database import OPERATOR, SYSTEM, VISITOR, Actor, ActorKind, Database
from highstreet.kit.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.roles import REACH_OF, Permission, Reach, Role

MERCHANT, ANOTHER = UUID(int=11), UUID(int=12)
KIND_OF = {
    Reach.EVERYTHING: ActorKind.OPERATOR,
    Reach.MERCHANT: ActorKind.STAFF,
    Reach.PARTNER: ActorKind.PARTNER,
}
MAY: dict[Role, set[str]] = {
    Role.OPERATOR_ADMIN: {str(each) for each in Permission} - {"orders.place"},
    Role.OPERATOR_EDITOR: {"deals.edit", "deals.review", "merchants.edit", "promotions.edit"},
    Role.OPERATOR_FINANCE: {"ledger.read", "orders.read", "orders.refund", "payouts.edit", "statements.read"},
    Role.OPERATOR_SUPPORT: {"accounts.manage", "orders.read", "orders.refund", "vouchers.read"},
    Role.MERCHANT_OWNER: {
        "deals.edit", "merchants.edit", "orders.read", "payouts.edit", "staff.manage", "statements.read",
        "vouchers.read", "vouchers.redeem",
    },
    Role.MERCHANT_MANAGER: {"deals.edit", "orders.read", "statements.read", "vouchers.read", "vouchers.redeem"},
    Role.MERCHANT_SCANNER: {"vouchers.redeem"},
    Role.PARTNER: {"orders.place", "orders.read"},
}  # fmt: skip


async def somebody(database: Database, email: str = "ann@example.com") -> UUID:
    async with database.system() as tx:
        return (await identity.prove(tx, to_address(email), "en")).id


async def holder(database: Database, role: Role, scope: UUID = MERCHANT, email: str = "ann@example.com") -> Actor:
    """Somebody with one role, acting in it."""
    account_id, reach = await somebody(database, email), REACH_OF[role]
    async with database.system() as tx:
        await identity.grant(tx, account_id, role, None if reach is Reach.EVERYTHING else scope)
    return Actor(KIND_OF[reach], account_id)


async def allowed(database: Database, actor: Actor, scope: UUID | None) -> set[str]:
    async with database.transaction(actor) as tx:
        return {permission for permission in Permission if await identity.may(tx, permission, scope)}


@pytest.mark.parametrize("role", Role)
async def test_a_role_may_do_what_the_data_says_within_its_scope_and_only_in_its_own_hat(
    database: Database, role: Role
) -> None:
    actor = await holder(database, role)
    everywhere = REACH_OF[role] is Reach.EVERYTHING
    assert await allowed(database, actor, MERCHANT) == MAY[role]
    assert await allowed(database, actor, ANOTHER) == (MAY[role] if everywhere else set())
    assert await allowed(database, actor, None) == (MAY[role] if everywhere else set())
    for kind in set(ActorKind) - {actor.kind, ActorKind.SYSTEM}:
        assert await allowed(database, Actor(kind, actor.id), MERCHANT) == set(), kind


async def test_the_names_in_the_code_are_the_names_in_the_data(database: Database) -> None:
    async with database.system() as tx:
        roles = await tx.fetch_all(dict[str, str], "SELECT name, reach FROM identity.roles")
        permissions = await tx.fetch_all(dict[str, str], "SELECT name FROM identity.permissions")
    assert {row["name"]: row["reach"] for row in roles} == REACH_OF
    assert {row["name"] for row in permissions} == set(Permission)


async def test_the_command_line_and_the_system_may_everything_and_a_visitor_nothing(database: Database) -> None:
    for actor in (OPERATOR, SYSTEM):
        assert await allowed(database, actor, None) == set(Permission)
    assert await allowed(database, VISITOR, None) == set()
    with pytest.raises(Unauthenticated):
        async with database.transaction(VISITOR) as tx:
            await identity.require(tx, Permission.DEALS_EDIT)


async def test_a_key_is_held_to_fewer_permissions_than_its_account_and_never_to_more(database: Database) -> None:
    actor = await holder(database, Role.MERCHANT_MANAGER)
    for within, expected in (
        ({"orders.read", "ledger.read"}, {"orders.read"}),
        (set[str](), set[str]()),
        ({"orders.rea"}, set[str]()),
    ):
        limited = Actor(actor.kind, actor.id, frozenset(within))
        assert await allowed(database, limited, MERCHANT) == expected
    assert await allowed(database, actor, MERCHANT) == MAY[Role.MERCHANT_MANAGER]


async def test_who_is_suspended_may_nothing_until_they_are_restored(database: Database) -> None:
    actor = await holder(database, Role.OPERATOR_ADMIN)
    assert actor.id
    async with database.system() as tx:
        await identity.suspend(tx, actor.id)
    assert await allowed(database, actor, None) == set()
    async with database.system() as tx:
        await identity.restore(tx, actor.id)
    assert await allowed(database, actor, None) == MAY[Role.OPERATOR_ADMIN]


async def test_a_careless_query_shows_ones_own_account_and_roles_alone(database: Database) -> None:
    scanner = await holder(database, Role.MERCHANT_SCANNER)
    await holder(database, Role.MERCHANT_OWNER, ANOTHER, "bob@example.com")
    for kind in (ActorKind.SHOPPER, ActorKind.STAFF, ActorKind.PARTNER, ActorKind.OPERATOR):
        async with database.transaction(Actor(kind, scanner.id)) as tx:
            accounts = await tx.fetch_all(dict[str, UUID], "SELECT id FROM identity.accounts")
            grants = await tx.fetch_all(dict[str, UUID], "SELECT account_id FROM identity.grants")
        assert [row["id"] for row in accounts] == [scanner.id], kind
        assert [row["account_id"] for row in grants] == [scanner.id], kind
    async with database.transaction(VISITOR) as tx:
        assert await tx.fetch_all(dict[str, UUID], "SELECT id FROM identity.accounts") == []
        assert await tx.fetch_all(dict[str, UUID], "SELECT account_id FROM identity.grants") == []


async def test_an_owner_sees_and_dismisses_their_own_staff_and_nobody_elses(database: Database) -> None:
    owner = await holder(database, Role.MERCHANT_OWNER)
    scanner = await holder(database, Role.MERCHANT_SCANNER, MERCHANT, "sam@example.com")
    foreign = await holder(database, Role.MERCHANT_SCANNER, ANOTHER, "tim@example.com")
    assert owner.id
    assert scanner.id
    assert foreign.id
    async with database.transaction(owner) as tx:
        staff = await identity.staff_of(tx, Reach.MERCHANT, MERCHANT)
        assert {each.account_id for each in staff} == {owner.id, scanner.id}
        assert (await identity.account(tx, scanner.id)).email == "sam@example.com"
        with pytest.raises(NotFound):
            await identity.account(tx, foreign.id)
        await identity.revoke(tx, next(each.id for each in staff if each.account_id == scanner.id))
    assert await allowed(database, scanner, MERCHANT) == set()
    async with database.system() as tx:
        (theirs,) = await identity.grants_of(tx, foreign.id)
    with pytest.raises(NotFound):
        async with database.transaction(owner) as tx:
            await identity.revoke(tx, theirs.id)
    with pytest.raises(Forbidden):
        async with database.transaction(owner) as tx:
            await identity.staff_of(tx, Reach.MERCHANT, ANOTHER)


@pytest.mark.parametrize("role", [Role.MERCHANT_OWNER, Role.OPERATOR_SUPPORT])
async def test_nobody_gives_themselves_more_than_they_may_give(database: Database, role: Role) -> None:
    actor = await holder(database, role)
    assert actor.id
    for wanted, scope in ((Role.OPERATOR_ADMIN, None), (Role.MERCHANT_OWNER, ANOTHER)):
        with pytest.raises(Forbidden):
            async with database.transaction(actor) as tx:
                await identity.grant(tx, actor.id, wanted, scope)
        with pytest.raises(Forbidden):
            async with database.transaction(actor) as tx:
                await tx.execute(
                    """
                    INSERT INTO identity.grants (id, account_id, role, reach, scope, granted_at)
                    SELECT %s, %s, name, reach, %s, %s FROM identity.roles WHERE name = %s
                    """,
                    [tx.new_id(), actor.id, scope, tx.now, wanted],
                )
    with pytest.raises(Forbidden):
        async with database.transaction(actor) as tx:
            await tx.execute("UPDATE identity.accounts SET state = 'registered' WHERE id = %s", [actor.id])


async def test_a_role_is_given_with_the_scope_that_it_needs(database: Database) -> None:
    account_id = await somebody(database)
    for role, scope in ((Role.MERCHANT_OWNER, None), (Role.OPERATOR_ADMIN, MERCHANT)):
        with pytest.raises(InvalidInput, match="scope"):
            async with database.system() as tx:
                await identity.grant(tx, account_id, role, scope)
    with pytest.raises(psycopg.errors.CheckViolation):
        async with database.system() as tx:
            await tx.execute(
                "INSERT INTO identity.grants VALUES (%s, %s, 'merchant_owner', 'merchant', NULL, NULL, %s)",
                [tx.new_id(), account_id, tx.now],
            )


async def test_of_two_owners_who_dismiss_each_other_at_once_one_stays(database: Database) -> None:
    ann = await holder(database, Role.MERCHANT_OWNER)
    bob = await holder(database, Role.MERCHANT_OWNER, MERCHANT, "bob@example.com")

    async with database.system() as tx:
        grants = {each.account_id: each.id for each in await identity.staff_of(tx, Reach.MERCHANT, MERCHANT)}
    assert ann.id
    assert bob.id

    async def dismiss(by: Actor, grant_id: UUID) -> None:
        async with database.transaction(by) as tx:
            await identity.revoke(tx, grant_id)

    outcomes = await asyncio.gather(dismiss(ann, grants[bob.id]), dismiss(bob, grants[ann.id]), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] in ([Conflict], [Forbidden], [NotFound])
    async with database.system() as tx:
        assert len(await identity.staff_of(tx, Reach.MERCHANT, MERCHANT)) == 1
