"""What the documentation shows of the tables is what the migrations make."""

from highstreet.kit import schema
from highstreet.kit.postgres.server import EmbeddedPostgres


def test_docs_schema_sql_is_what_a_migrated_database_holds(postgres: EmbeddedPostgres, migrations_url: str) -> None:
    made = schema.dump(migrations_url, postgres.home.owner)
    assert schema.difference(made, schema.kept_file().read_text(encoding="utf-8")) == "", (
        "run: python -m highstreet.kit.schema > docs/schema.sql"
    )


def test_a_change_of_the_tables_shows_as_a_difference() -> None:
    assert schema.difference("CREATE TABLE a;\n", "CREATE TABLE a;\n") == ""
    assert "+CREATE TABLE b;" in schema.difference("CREATE TABLE a;\nCREATE TABLE b;\n", "CREATE TABLE a;\n")
