"""Alembic's entry: runs the steps it was asked for on the connection that `highstreet.kit.migrations` brings."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="kit")
with context.begin_transaction():
    context.run_migrations()
