"""Feeds of a few good rows, in every format, for the corpus to damage."""

import csv
import io
import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from tests.corpus.cases import COLUMNS, GOOD
from tests.duck import write_parquet

Cells = Sequence[str]


def good(number: int) -> Cells:
    """A good row of its own key."""
    return (f"https://deals.example/{number}-tour", f"Boat tour no. {number}", *GOOD[2:])


def many(number: int) -> list[Cells]:
    """Good rows that do not all look the same when they are packed."""
    return [good(each) for each in range(1, number + 1)]


def changed(**cells: str) -> Cells:
    """A row that is good but for some cells, with a key of its own."""
    row = dict(zip(COLUMNS, good(2), strict=True))
    return tuple((row | cells).values())


def as_csv(rows: Iterable[Cells], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([COLUMNS, *rows])
    return text.getvalue().encode("utf-8", "surrogatepass")


def as_json(rows: Iterable[Cells]) -> bytes:
    return json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows], indent=0).encode()


def as_json_lines(rows: Iterable[Cells]) -> bytes:
    return b"".join(json.dumps(dict(zip(COLUMNS, row, strict=True))).encode() + b"\n" for row in rows)


def as_xml(rows: Iterable[Cells]) -> bytes:
    items = "\n".join(
        "<item>"
        + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in zip(COLUMNS, row, strict=True))
        + "</item>"
        for row in rows
    )
    return f'<?xml version="1.0"?>\n<rss version="2.0"><channel>\n{items}\n</channel></rss>\n'.encode()


def as_sqlite(rows: Iterable[Cells], *statements: str) -> bytes:
    """A database with the table deals; `statements` come after its rows."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE deals ({', '.join(f'{name} TEXT' for name in COLUMNS)})")
    connection.executemany("INSERT INTO deals VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    content = connection.serialize()
    connection.close()
    return content


def as_parquet(query: str, options: str = "") -> bytes:
    """A Parquet file of what a query of DuckDB gives."""
    with TemporaryDirectory() as folder:
        write_parquet(Path(folder) / "feed", query, options)
        return (Path(folder) / "feed").read_bytes()


def in_parquet(number: int, **cells: str) -> str:
    """A query for `number` rows that are good but for the columns that SQL says otherwise."""
    columns = {
        "link": "'https://deals.example/' || i || '-tour'",
        "title": "'Boat tour no. ' || i",
        **{name: f"'{text}'" for name, text in zip(COLUMNS[2:], GOOD[2:], strict=True)},
        **cells,
    }
    return f"SELECT {', '.join(f'{sql} AS {name}' for name, sql in columns.items())} FROM range(1, {number + 1}) AS rows (i)"
