"""SQLite: the rows of one table, from a private copy that nothing can change; the file's own code is never run."""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.rows import Reject, Row, reject
from highstreet.market.feeds.domain.spelling import nearest
from highstreet.market.feeds.readers.limits import MAX_ROW_CHARACTERS


def columns(copy: Path, name: str, table: str) -> list[str]:
    """The columns of `table`; `name` is the file's in errors. Checks the whole file first."""
    with _opened(copy, name) as connection:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise InvalidInput.at(name, f"is damaged or cut short: {str(found).splitlines()[-1]}")
        tables = [row[0] for row in connection.execute(_TABLES)]
        if table not in tables:
            raise InvalidInput.at(name, f"has no table {table!r}{nearest(table, tables)}")
        return [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def tables(copy: Path, name: str) -> list[str]:
    """The names of all tables; those with the most columns first."""
    with _opened(copy, name) as connection:
        found = [row[0] for row in connection.execute(_TABLES)]
        query = "SELECT count(*) FROM pragma_table_info(?)"
        widths = {table: connection.execute(query, (table,)).fetchone()[0] for table in found}
    return sorted(found, key=lambda table: (-widths[table], table))


_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


def rows(copy: Path, name: str, table: str, wanted: list[str]) -> Iterator[Row | Reject]:
    """Every row of `table`, with its `wanted` columns, numbered in the table's own order."""
    chosen = ", ".join(map(_quoted, wanted))
    with _opened(copy, name) as connection:
        for number, cells in enumerate(connection.execute(f"SELECT {chosen} FROM {_quoted(table)}"), start=1):  # noqa: S608 - names from the file's own schema, quoted
            binary = next((column for column, cell in zip(wanted, cells, strict=True) if isinstance(cell, bytes)), None)
            if binary is not None:
                yield reject(number, f"has binary data in the column {binary!r}")
            else:
                yield Row(number, {column: _text(cell) for column, cell in zip(wanted, cells, strict=True)})


def _text(cell: Any) -> str | None:  # noqa: ANN401 - whatever SQLite stores
    return None if cell is None else str(cell)


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


@contextmanager
def _opened(copy: Path, name: str) -> Generator[sqlite3.Connection]:
    """A read-only connection. SQLite's complaints become one sentence about the file."""
    try:
        address = f"{copy.as_uri()}?mode=ro&immutable=1"
        # The rows are read by one thread after another, never by two at once.
        with closing(sqlite3.connect(address, uri=True, check_same_thread=False)) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_ROW_CHARACTERS)
            connection.execute("PRAGMA trusted_schema = OFF")
            # Bytes that are not UTF-8 come through as surrogates, which the rules for text refuse row by row.
            connection.text_factory = _decoded
            yield connection
    except sqlite3.Error as problem:
        raise InvalidInput.at(name, f"cannot be read as a SQLite database: {problem}") from None
