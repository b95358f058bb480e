"""PostgreSQL, twice: with cells and words in one GIN index and no extension, and with PostGIS.

Both hold the same columns. Statements are prepared once, on the server, which plans them anew for each question: a plan
for all would not know which of the words is rare.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import psycopg

from benchmarks.searching.documents import TOP, Answer, Corpus, Document, Prepared

_COLUMNS: Final = """
    rank integer PRIMARY KEY, price bigint NOT NULL, discount smallint NOT NULL, currency smallint NOT NULL,
    category smallint NOT NULL, starts_us bigint NOT NULL, ends_us bigint NOT NULL, tied boolean NOT NULL,
    tokens integer[] NOT NULL
"""
_TYPES: Final = ["int4", "int8", "int2", "int2", "int2", "int8", "int8", "bool", "int4[]"]
_FILTERS: Final = """
    starts_us <= %(at)s AND ends_us > %(at)s AND currency = %(currency)s
    AND price BETWEEN %(least)s AND %(most)s AND discount >= %(discount)s
"""
_ANSWER: Final = """
SELECT
    (SELECT count(*) FROM found),
    (SELECT array_agg(ARRAY[category, number]) FROM (
        SELECT category, count(*)::integer AS number FROM found GROUP BY category
    ) AS counted),
    (SELECT array_agg(rank) FROM (SELECT rank FROM found ORDER BY price, rank LIMIT %(top)s) AS first)
"""


class _Tokens:
    """Whole numbers for words, cells and areas, in that order of kinds."""

    def __init__(self) -> None:
        self._numbers: dict[int | str, int] = {}

    def words(self, words: Sequence[int]) -> list[int]:
        return [-1 - word for word in words]

    def places(self, places: Sequence[int | str]) -> list[int]:
        """Numbers that last; what no document has gets one that none will have."""
        return [self._numbers.setdefault(place, len(self._numbers)) for place in places]


class PostgreSQL:
    """Cells, areas and words are numbers in one array, under one GIN index."""

    name = "PostgreSQL"

    def __init__(self, connection: psycopg.Connection[Any], corpus: Corpus) -> None:
        self._connection, self._corpus, self._tokens = connection, corpus, _Tokens()
        connection.execute("SET plan_cache_mode = force_custom_plan")
        connection.execute(f"CREATE TABLE deals ({_COLUMNS}, x float8, y float8, z float8, others float8[])")
        with connection.cursor().copy("COPY deals FROM STDIN (FORMAT binary)") as copy:
            copy.set_types([*_TYPES, "float8", "float8", "float8", "float8[]"])
            for document in corpus.documents():
                copy.write_row(self._row(document))
        connection.execute("CREATE INDEX ON deals USING gin (tokens) WITH (fastupdate = off)")
        connection.execute("VACUUM (ANALYZE, FREEZE) deals")

    def _row(self, document: Document) -> tuple[object, ...]:
        tied = len(document.points) > 0
        first = document.points[0].tolist() if tied else (None, None, None)
        others = document.points[1:].ravel().tolist() or None
        places = self._tokens.places([*document.cells, *document.areas])
        return (*_row(document), [*self._tokens.words(document.words), *places], *first, others)

    def ask(self, question: Prepared) -> Answer:
        words = "tokens @> %(words)s::integer[] AND" if question.words else ""
        statement = f"""
            WITH found AS MATERIALIZED (
                SELECT rank, price, category FROM deals
                WHERE {words} tokens && %(places)s::integer[] AND {_FILTERS}
                    AND (NOT tied OR x * %(x)s + y * %(y)s + z * %(z)s >= %(cosine)s OR others IS NOT NULL AND EXISTS (
                        SELECT FROM generate_series(1, array_length(others, 1), 3) AS at
                        WHERE others[at] * %(x)s + others[at + 1] * %(y)s + others[at + 2] * %(z)s >= %(cosine)s
                    ))
            ) {_ANSWER}
        """  # noqa: S608 -- of parts that stand here
        x, y, z = question.centre
        values = {
            **_values(question),
            "words": self._tokens.words(question.words),
            "places": self._tokens.places([*question.cells, *question.areas]),
            "x": x,
            "y": y,
            "z": z,
            "cosine": question.least_cosine,
        }
        return _answer(self._connection, self._corpus, statement, values)


class PostGIS:
    """Points are a geography under GiST, on the sphere as everybody's here; words an array under GIN."""

    name = "PostGIS"

    def __init__(self, connection: psycopg.Connection[Any], corpus: Corpus) -> None:
        self._connection, self._corpus, self._tokens = connection, corpus, _Tokens()
        connection.execute("CREATE EXTENSION postgis")
        connection.execute("SET plan_cache_mode = force_custom_plan")
        connection.execute(f"CREATE TABLE loaded ({_COLUMNS}, points text)")
        with connection.cursor().copy("COPY loaded FROM STDIN (FORMAT binary)") as copy:
            copy.set_types([*_TYPES, "text"])
            for document in corpus.documents():
                tokens = [*self._tokens.words(document.words), *self._tokens.places(document.areas)]
                copy.write_row((*_row(document), tokens, _multipoint(document)))
        connection.execute(
            "CREATE TABLE deals AS SELECT rank, price, discount, currency, category, starts_us, ends_us, tied, tokens,"
            " points::geography AS points FROM loaded ORDER BY ST_GeoHash(points::geometry)"
        )
        connection.execute("CREATE INDEX ON deals USING gin (tokens) WITH (fastupdate = off)")
        connection.execute("CREATE INDEX ON deals USING gist (points)")
        connection.execute("VACUUM (ANALYZE, FREEZE) deals")

    def ask(self, question: Prepared) -> Answer:
        words = "tokens @> %(words)s::integer[] AND" if question.words else ""
        statement = f"""
            WITH found AS MATERIALIZED (
                SELECT rank, price, category FROM deals
                WHERE {words} {_FILTERS} AND ST_DWithin(
                    points, ST_SetSRID(ST_MakePoint(%(longitude)s, %(latitude)s), 4326)::geography, %(radius)s, false
                )
                UNION ALL
                SELECT rank, price, category FROM deals
                WHERE {words} {_FILTERS} AND NOT tied AND tokens && %(areas)s::integer[]
            ) {_ANSWER}
        """  # noqa: S608 -- of parts that stand here
        values = {
            **_values(question),
            "words": self._tokens.words(question.words),
            "areas": self._tokens.places(question.areas),
            "latitude": question.latitude,
            "longitude": question.longitude,
            "radius": question.radius_m + 0.5,
        }
        return _answer(self._connection, self._corpus, statement, values)


def _row(document: Document) -> tuple[object, ...]:
    return (
        *(document.rank, document.price, document.discount, document.currency, document.category),
        *(document.starts_us, document.ends_us, len(document.points) > 0),
    )


def _multipoint(document: Document) -> str | None:
    if not len(document.points):
        return None
    latitudes = np.degrees(np.arcsin(document.points[:, 2]))
    longitudes = np.degrees(np.arctan2(document.points[:, 1], document.points[:, 0]))
    points = ", ".join(f"({along!r} {up!r})" for along, up in zip(longitudes.tolist(), latitudes.tolist(), strict=True))
    return f"SRID=4326;MULTIPOINT({points})"


def _values(question: Prepared) -> dict[str, Any]:
    return {
        "at": question.at_us,
        "currency": question.currency,
        "least": question.least_price,
        "most": question.most_price,
        "discount": question.least_discount,
        "top": TOP,
    }


def _answer(connection: psycopg.Connection[Any], corpus: Corpus, statement: str, values: dict[str, Any]) -> Answer:
    row = connection.execute(statement.encode(), values, prepare=True, binary=True).fetchone()
    assert row is not None
    total, counted, deals = row
    return Answer(total, corpus.counted(dict(counted or ())), deals or [])
