"""What somebody would do instead: COPY the file into a table, or upsert it with a digest, in one statement of SQL.

Neither looks at a row before it is written, knows a place, a merchant or a price history, or can be undone.
"""

from pathlib import Path
from time import perf_counter

import psycopg
from psycopg.sql import SQL, Identifier

from benchmarks.feed_of_deals import COLUMNS

_NAMES = SQL(", ").join(map(Identifier, COLUMNS))
_PREPARE = """
CREATE SCHEMA bench;
CREATE TABLE bench.copied (
    id text, headline text, text text, price numeric(10, 2), "usual price" numeric(10, 2), link text, shop text,
    section text, town text, "valid until" timestamptz
);
CREATE UNLOGGED TABLE bench.stated (
    id text, headline text, text text, price text, "usual price" text, link text, shop text, section text, town text,
    "valid until" text
);
CREATE TABLE bench.deals (
    key text PRIMARY KEY, title text NOT NULL, description text, price_minor bigint NOT NULL, value_minor bigint,
    url text, merchant text, category text, place text, ends_at timestamptz, digest bytea NOT NULL
);
"""
_UPSERT = """
INSERT INTO bench.deals
SELECT
    id, headline, text, (price::numeric * 100)::bigint, ("usual price"::numeric * 100)::bigint, link, shop, section,
    town, "valid until"::timestamptz, sha256(convert_to(row_to_json(stated)::text, 'UTF8'))
FROM bench.stated AS stated
ON CONFLICT (key) DO UPDATE SET
    title = excluded.title, description = excluded.description, price_minor = excluded.price_minor,
    value_minor = excluded.value_minor, url = excluded.url, merchant = excluded.merchant, category = excluded.category,
    place = excluded.place, ends_at = excluded.ends_at, digest = excluded.digest
WHERE deals.digest <> excluded.digest
"""


def prepare(connection: psycopg.Connection) -> None:
    """Make the tables; `connection` is the owner's and commits by itself."""
    connection.execute(_PREPARE)


def copy(connection: psycopg.Connection, file: Path) -> float:
    """The seconds that a plain COPY of the rows takes: how quick this PostgreSQL can take them at all."""
    connection.execute("TRUNCATE bench.copied")
    began = perf_counter()
    _copy(connection, file, "copied")
    return perf_counter() - began


def upsert(connection: psycopg.Connection, file: Path) -> tuple[float, int]:
    """The seconds of an upsert, and how many rows it wrote."""
    connection.execute("TRUNCATE bench.stated")
    began = perf_counter()
    _copy(connection, file, "stated")
    written = connection.execute(_UPSERT).rowcount
    return perf_counter() - began, written


def _copy(connection: psycopg.Connection, file: Path, table: str) -> None:
    order = SQL("COPY bench.{} ({}) FROM STDIN (FORMAT csv, HEADER true)").format(Identifier(table), _NAMES)
    with file.open("rb") as source, connection.cursor() as cursor, cursor.copy(order) as target:
        while piece := source.read(2**20):
            target.write(piece)
