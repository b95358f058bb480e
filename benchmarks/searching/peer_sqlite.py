"""SQLite FTS5: words and cells in one full-text table without positions, everything else in a table beside it."""

import sqlite3
from pathlib import Path
from typing import Final

from benchmarks.searching.documents import TOP, Answer, Corpus, Document, Prepared

_TABLES: Final = """
CREATE TABLE deals (
    rank INTEGER PRIMARY KEY, price INTEGER, discount INTEGER, currency INTEGER, category INTEGER,
    starts_us INTEGER, ends_us INTEGER, tied INTEGER, several INTEGER, x REAL, y REAL, z REAL
);
CREATE TABLE points (rank INTEGER, ordinal INTEGER, x REAL, y REAL, z REAL, PRIMARY KEY (rank, ordinal)) WITHOUT ROWID;
CREATE VIRTUAL TABLE tokens USING fts5(words, content='', detail='none', columnsize=0, tokenize='ascii');
"""
_QUESTION: Final = """
WITH found AS MATERIALIZED (
    SELECT deals.rank, price, category
    FROM tokens CROSS JOIN deals ON deals.rank = tokens.rowid
    WHERE tokens MATCH :match
        AND starts_us <= :at AND ends_us > :at AND currency = :currency
        AND price BETWEEN :least AND :most AND discount >= :discount
        AND (
            NOT tied OR x * :x + y * :y + z * :z >= :cosine
            OR several AND EXISTS (
                SELECT 1 FROM points
                WHERE points.rank = deals.rank AND points.x * :x + points.y * :y + points.z * :z >= :cosine
            )
        )
)
SELECT 0, (SELECT count(*) FROM found), 0
UNION ALL SELECT 1, category, number FROM (SELECT category, count(*) AS number FROM found GROUP BY category)
UNION ALL SELECT 2, rank, 0 FROM (SELECT rank FROM found ORDER BY price, rank LIMIT :top)
"""


class Sqlite:
    """A file of its own, mapped into memory. Statements are prepared and kept by the module."""

    name = "SQLite FTS5"

    def __init__(self, file: Path, corpus: Corpus) -> None:
        self._corpus = corpus
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.executescript(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "PRAGMA cache_size = -1000000; PRAGMA mmap_size = 8000000000; PRAGMA temp_store = MEMORY;" + _TABLES
        )
        self._fill()

    def _fill(self) -> None:
        connection = self._connection
        connection.execute("BEGIN")
        for document in self._corpus.documents():
            several = len(document.points) > 1
            tied = len(document.points) > 0
            first = document.points[0].tolist() if tied else (None, None, None)
            connection.execute(
                "INSERT INTO deals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(document.rank, document.price, document.discount, document.currency, document.category),
                    *(document.starts_us, document.ends_us, tied, several, *first),
                ),
            )
            if several:
                connection.executemany(
                    "INSERT INTO points VALUES (?, ?, ?, ?, ?)",
                    ((document.rank, place, *point) for place, point in enumerate(document.points[1:].tolist())),
                )
            connection.execute("INSERT INTO tokens (rowid, words) VALUES (?, ?)", (document.rank, _tokens(document)))
        connection.execute("COMMIT")
        connection.execute("INSERT INTO tokens (tokens) VALUES ('optimize')")
        connection.execute("ANALYZE")

    def ask(self, question: Prepared) -> Answer:
        x, y, z = question.centre
        places = [f"c{cell:x}" for cell in question.cells] + [_area(area) for area in question.areas]
        match = " AND ".join([*(f"w{word}" for word in question.words), f"({' OR '.join(places)})"])
        rows = self._connection.execute(
            _QUESTION,
            {
                "match": match,
                "at": question.at_us,
                "currency": question.currency,
                "least": question.least_price,
                "most": question.most_price,
                "discount": question.least_discount,
                "x": x,
                "y": y,
                "z": z,
                "cosine": question.least_cosine,
                "top": TOP,
            },
        ).fetchall()
        return Answer(
            total=next(value for kind, value, _ in rows if kind == 0),
            categories=self._corpus.counted({value: number for kind, value, number in rows if kind == 1}),
            deals=[value for kind, value, _ in rows if kind == 2],
        )

    def close(self) -> None:
        self._connection.close()


def _tokens(document: Document) -> str:
    words = [f"w{word}" for word in document.words] + [f"c{cell:x}" for cell in document.cells]
    return " ".join([*words, *map(_area, document.areas)])


def _area(slug: str) -> str:
    """A slug as one token: the tokeniser parts at hyphens."""
    return "a" + slug.replace("-", "")
