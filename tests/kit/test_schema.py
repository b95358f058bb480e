"""What the documentation shows of the tables is what the migrations make."""

from highstreet.kit import generated, schema
from highstreet.kit.postgres.server import EmbeddedPostgres


def test_docs_schema_sql_is_what_a_migrated_database_holds(postgres: EmbeddedPostgres, migrations_url: str) -> None:
    made = schema.dump(migrations_url, postgres.home.owner)
    assert generated.difference(made, generated.kept_file(schema.NAME).read_text(encoding="utf-8")) == "", (
        "run: python -m highstreet.kit.schema > docs/schema.sql"
    )


def test_a_change_of_the_tables_shows_as_a_difference() -> None:
    assert generated.difference("CREATE TABLE a;\n", "CREATE TABLE a;\n") == ""
    assert "+CREATE TABLE b;" in generated.difference("CREATE TABLE a;\nCREATE TABLE b;\n", "CREATE TABLE a;\n")
