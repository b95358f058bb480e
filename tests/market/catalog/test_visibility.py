"""Who may see and change what, held by the database itself."""

from uuid import UUID

import psycopg
import pytest

from highstreet.kit.database import OPERATOR, VISITOR, Actor, ActorKind, Database
from highstreet.kit.errors import Forbidden
from highstreet.market.catalog import service as catalog
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.roles import Role
from tests.market.catalog.conftest import Publish, World, pizza

TABLES = (
    "adoptions",
    "allowed_transitions",
    "categories",
    "deal_passages",
    "deal_pictures",
    "deal_points",
    "deal_terms",
    "deals",
    "departed_deals",
    "divisions",
    "duplicate_searches",
    "duplicates",
    "locations",
    "merchants",
    "option_prices",
    "options",
    "pictures",
    "place_loads",
    "place_names",
    "places",
)
HIDDEN = (
    "deals",
    "deal_points",
    "options",
    "option_prices",
    "merchants",
    "locations",
    "deal_terms",
    "deal_passages",
    "adoptions",
    "deal_pictures",
    "pictures",
)
SHOPPER = Actor(ActorKind.SHOPPER, UUID(int=7))


async def counts(database: Database, actor: Actor) -> dict[str, int]:
    async with database.transaction(actor) as tx:
        found: dict[str, int] = {}
        for table in HIDDEN:
            cursor = await tx.connection.execute(f"SELECT count(*) FROM catalog.{table}".encode())
            row = await cursor.fetchone()
            assert row is not None
            found[table] = row[0]
        return found


async def test_every_table_forces_its_policies(database: Database) -> None:
    async with database.system() as tx:
        cursor = await tx.connection.execute(
            """
            SELECT relname FROM pg_catalog.pg_class
            WHERE relnamespace = 'catalog'::regnamespace AND relkind = 'r' AND relrowsecurity AND relforcerowsecurity
            ORDER BY relname
            """
        )
        assert tuple(row[0] for row in await cursor.fetchall()) == TABLES


async def test_a_draft_and_everything_of_it_is_the_operators_alone(database: Database, world: World) -> None:
    async with database.transaction(OPERATOR) as tx:
        deal_id = await catalog.create_deal(tx, pizza(world))
        assert len(await catalog.history(tx, deal_id)) == 1
    assert set((await counts(database, VISITOR)).values()) == {0}
    assert set((await counts(database, SHOPPER)).values()) == {0}
    seen = await counts(database, OPERATOR)
    assert (seen["deals"], seen["options"], seen["deal_points"], seen["merchants"]) == (1, 2, 2, 1)


async def test_the_public_sees_what_is_public_and_not_how_it_came_about(database: Database, publish: Publish) -> None:
    await publish()
    seen = await counts(database, VISITOR)
    assert seen == {
        "deals": 1,
        "deal_points": 2,
        "options": 2,
        "option_prices": 2,
        "merchants": 1,
        "locations": 2,
        "deal_terms": 0,
        "deal_passages": 0,
        "adoptions": 0,
        "deal_pictures": 0,
        "pictures": 0,
    }


async def test_a_deal_has_a_page_in_public_states_only(database: Database, publish: Publish) -> None:
    deal_id = await publish()
    steps = (
        (catalog.sell_out, True),
        (catalog.restock, True),
        (catalog.pause, False),
        (catalog.resume, True),
        (catalog.end, True),
        (catalog.archive, False),
    )
    for step, has_page in steps:
        async with database.transaction(OPERATOR) as tx:
            await step(tx, deal_id)
        async with database.transaction(VISITOR) as tx:
            assert (await catalog.published_deal(tx, deal_id) is not None) == has_page, step


async def test_nobody_but_an_operator_writes(database: Database, world: World, publish: Publish) -> None:
    deal_id = await publish()
    for actor in (VISITOR, SHOPPER):
        with pytest.raises(Forbidden):
            async with database.transaction(actor) as tx:
                await tx.execute("INSERT INTO catalog.merchants SELECT * FROM catalog.merchants")
        async with database.transaction(actor) as tx:
            assert await tx.execute("UPDATE catalog.deals SET title = 'Mine' WHERE id = %s", [deal_id]) == 0
        async with database.transaction(actor) as tx:
            with pytest.raises(Exception, match="there is no"):
                await catalog.create_deal(tx, pizza(world))


async def test_neither_role_may_do_what_nobody_does(database: Database, publish: Publish) -> None:
    await publish()
    for statement in (
        "DELETE FROM catalog.places",
        "DELETE FROM catalog.categories",
        "DELETE FROM catalog.locations",
        "UPDATE catalog.deal_terms SET version = 9",
        "UPDATE catalog.option_prices SET price_minor = 9",
        "INSERT INTO catalog.allowed_transitions VALUES ('written', 'killed', 'live')",
        "ALTER TABLE catalog.deals DISABLE TRIGGER ALL",
    ):
        for begin in (lambda: database.transaction(OPERATOR), database.system):
            with pytest.raises(Forbidden):
                async with begin() as tx:
                    await tx.connection.execute(statement.encode())


async def test_what_only_an_undone_import_takes_away_is_nobodys_else(database: Database, publish: Publish) -> None:
    await publish()
    refusals = {
        "DELETE FROM catalog.deals": r"is written and stays",
        "DELETE FROM catalog.merchants": "violates .*foreign key",
        "DELETE FROM catalog.option_prices": "only ever added",
        "DELETE FROM catalog.deal_passages": "only ever added",
    }
    for statement, refusal in refusals.items():
        with pytest.raises(Forbidden):
            async with database.transaction(OPERATOR) as tx:
                await tx.connection.execute(statement.encode())
        with pytest.raises(psycopg.errors.IntegrityError, match=refusal):
            async with database.system() as tx:
                await tx.connection.execute(statement.encode())


async def test_an_operator_sees_and_changes_of_the_catalogue_what_their_role_allows(
    database: Database, publish: Publish, world: World
) -> None:
    async with database.transaction(OPERATOR) as tx:
        draft = await catalog.create_deal(tx, pizza(world))
    shown = await publish()
    seen: dict[str, set[UUID]] = {}
    for number, role in enumerate((Role.OPERATOR_EDITOR, Role.OPERATOR_SUPPORT)):
        async with database.system() as tx:
            account = await identity.prove(tx, to_address(f"operator{number}@example.com"), "en")
            await identity.grant(tx, account.id, role)
        operator = Actor(ActorKind.OPERATOR, account.id)
        async with database.transaction(operator) as tx:
            rows = await tx.fetch_all(dict[str, UUID], "SELECT id FROM catalog.deals")
            seen[role] = {row["id"] for row in rows}
            changed = await tx.execute("UPDATE catalog.deals SET sold = sold WHERE id = %s", [shown])
        assert changed == (role is Role.OPERATOR_EDITOR)
    assert seen == {Role.OPERATOR_EDITOR: {draft, shown}, Role.OPERATOR_SUPPORT: {shown}}
