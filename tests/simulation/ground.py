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
        self._asked = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} AS name WHERE EXISTS (SELECT FROM {})").format(sql.Literal(number), name)
            for number, name in enumerate(self._names)
        )
        self._shared = self._filled()

    def wipe(self) -> None:
        """Empty again what was empty. Rules against it hold for everybody else."""
        written = [self._names[number] for number in sorted(self._filled() - self._shared)]
        if not written:
            return
        with self._connection.transaction():
            self._connection.execute("SET LOCAL session_replication_role = replica")
            self._connection.execute(
                sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(written))
            )

    def _filled(self) -> set[int]:
        return {row[0] for row in self._connection.execute(self._asked, prepare=True)}
