"""Row-level security holds for every table and everybody, the owner of the tables included."""

from uuid import UUID

import msgspec
import psycopg
import pytest

from highstreet.kit.database import VISITOR, Actor, ActorKind, Database
from highstreet.kit.errors import Forbidden

OUR_SCHEMAS = "nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND nspname NOT LIKE 'pg_temp%'"
OWNERS_RECORD = "kit.alembic_version"  # the migrations' own: its owner must see it, so it is enabled and not forced


class Table(msgspec.Struct, frozen=True):
    name: str
    enabled: bool
    forced: bool


class Secret(msgspec.Struct, frozen=True):
    text: str


@pytest.fixture
def secrets(migrations_url: str) -> None:
    """A table that everybody is granted and no policy opens, and one that opens a row to the shopper it is of."""
    with psycopg.connect(migrations_url) as owner:
        owner.execute("""
            CREATE TABLE kit.secrets (text text NOT NULL);
            CREATE TABLE kit.letters (shopper uuid NOT NULL, text text NOT NULL);
            INSERT INTO kit.secrets VALUES ('closed');
            INSERT INTO kit.letters VALUES ('00000000-0000-0000-0000-000000000001', 'one'),
                                           ('00000000-0000-0000-0000-000000000002', 'two');
            ALTER TABLE kit.secrets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
            ALTER TABLE kit.letters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
            CREATE POLICY own ON kit.letters TO highstreet_app
            USING (kit.actor_kind() = 'shopper' AND shopper = kit.actor_id());
            GRANT SELECT, INSERT ON kit.secrets, kit.letters TO highstreet_app, highstreet_system;
        """)


async def test_every_table_has_row_level_security_enabled_and_forced(database: Database) -> None:
    async with database.system() as tx:
        tables = await tx.fetch_all(
            Table,
            f"""
            SELECT nspname || '.' || relname AS name, relrowsecurity AS enabled, relforcerowsecurity AS forced
            FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE relkind IN ('r', 'p', 'f') AND {OUR_SCHEMAS}
            """,
        )
    assert len(tables) > 5
    assert [table.name for table in tables if not table.enabled] == []
    assert [table.name for table in tables if not table.forced] == [OWNERS_RECORD]


@pytest.mark.usefixtures("secrets")
async def test_a_table_without_a_policy_shows_nothing_to_any_role(database: Database) -> None:
    for context in (database.transaction(VISITOR), database.system()):
        async with context as tx:
            assert await tx.fetch_all(Secret, "SELECT text FROM kit.secrets") == []
    with pytest.raises(Forbidden):
        async with database.system() as tx:
            await tx.execute("INSERT INTO kit.secrets VALUES ('new')")


@pytest.mark.usefixtures("secrets")
def test_the_owner_of_the_tables_is_held_to_the_policies_too(migrations_url: str) -> None:
    with psycopg.connect(migrations_url) as owner:
        assert owner.execute("SELECT text FROM kit.secrets").fetchall() == []
        assert owner.execute("SELECT text FROM kit.letters").fetchall() == []


@pytest.mark.usefixtures("secrets")
async def test_a_policy_sees_who_acts_and_the_next_transaction_does_not_inherit_it(database: Database) -> None:
    letters = "SELECT text FROM kit.letters"
    async with database.transaction(Actor(ActorKind.SHOPPER, UUID(int=1))) as tx:
        assert await tx.fetch_all(Secret, letters) == [Secret("one")]
    async with database.transaction(VISITOR) as tx:
        assert await tx.fetch_all(Secret, letters) == []
    async with database.transaction(Actor(ActorKind.STAFF, UUID(int=1))) as tx:
        assert await tx.fetch_all(Secret, letters) == []
    async with database.transaction(Actor(ActorKind.SHOPPER, UUID(int=2))) as tx:
        assert await tx.fetch_all(Secret, letters) == [Secret("two")]


def test_no_role_can_step_around_row_level_security(administrator: psycopg.Connection, database_url: str) -> None:
    powers = administrator.execute("""
        SELECT rolname, rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname LIKE 'highstreet%' ORDER BY 1
    """).fetchall()
    assert powers == [
        ("highstreet", False),
        ("highstreet_app", False),
        ("highstreet_owner", False),
        ("highstreet_system", False),
    ]
    with psycopg.connect(database_url) as bare, pytest.raises(psycopg.errors.InsufficientPrivilege):
        bare.execute("SELECT version_num FROM kit.alembic_version")  # the login itself may do nothing


async def test_nothing_is_granted_to_everybody(database: Database) -> None:
    async with database.system() as tx:
        open_relations = await tx.fetch_all(
            dict[str, str],
            f"""
            SELECT nspname || '.' || relname AS name
            FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace,
                 aclexplode(relacl) AS granted
            WHERE granted.grantee = 0 AND {OUR_SCHEMAS}
            UNION ALL
            SELECT nspname || '.' || proname
            FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace,
                 aclexplode(coalesce(proacl, acldefault('f', proowner))) AS granted
            WHERE granted.grantee = 0 AND {OUR_SCHEMAS}
            """,
        )
        creatable = await tx.fetch_all(
            dict[str, str],
            "SELECT nspname AS name FROM pg_catalog.pg_namespace WHERE has_schema_privilege(oid, 'CREATE')",
        )
    assert open_relations == []
    assert creatable == []
