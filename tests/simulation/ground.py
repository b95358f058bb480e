"""A database for seeds, one after the other: what every seed shares stays, what a seed wrote goes."""

import psycopg
from psycopg import sql

_TABLES = """
    SELECT tables.schemaname, tables.tablename FROM pg_tables AS tables
    WHERE tables.schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""


class Ground:
    """`administrator` is a superuser's connection to the database, which holds now what every seed shares."""

    def __init__(self, administrator: psycopg.Connection) -> None:
        self._connection = administrator
        self._names = [sql.Identifier(*row) for row in administrator.execute(_TABLES)]
        self._empty = [name for name in self._names if not self._holds_anything(name)]

    def wipe(self) -> None:
        """Empty again what was empty. Rules against it hold for everybody else."""
        written = [name for name in self._empty if self._holds_anything(name)]
        if not written:
            return
        with self._connection.transaction():
            self._connection.execute("SET LOCAL session_replication_role = replica")
            self._connection.execute(
                sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(written))
            )

    def _holds_anything(self, table: sql.Identifier) -> bool:
        row = self._connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)).fetchone()
        return bool(row and row[0])
