"""The peers, each over the documents of one feed: PostgreSQL full text, SQLite FTS5 and tantivy BM25.

All of them get the fields that ours has, weighted alike as far as they can be, a stemmer for English, and no location.
Each is asked in two ways: for all words, which is the default of two of them, and for any of them, best first; and the
one that can look for words with a wrong letter also does so. None of them tells words apart in Japanese, so there they
get the overlapping pairs of letters instead, which is what people give them who have no dictionary.
"""

import re
import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import Any, Final

import psycopg
import tantivy
from psycopg import sql

from benchmarks.relevance.documents import Document, Words
from highstreet.discovery.search.language.text import stored, words

DEPTH: Final = 20
"""How many results an engine is asked for."""

Engine = Callable[[str], Sequence[str]]
"""From a question to the ids of what was found, best first."""

_BOOSTS: Final[Mapping[str, float]] = {
    "title": 4.0,
    "merchant": 3.0,
    "category": 2.0,
    "place": 2.0,
    "description": 1.0,
    "link": 3.0,
}
"""As ours weighs its fields. Other weights, all alike among them, change no peer's figure by more than 0.01."""
_FUZZY_BOOST: Final = 0.3
_JAPANESE: Final = re.compile("[\u3005-\u30ff\u4e00-\u9fff]")


@contextmanager
def peers(connection: psycopg.Connection[Any], documents: Sequence[Document]) -> Generator[dict[str, Engine]]:
    """Every peer by name, over these documents; they are gone afterwards."""
    in_pairs = documents[0].deal.language == "ja"
    prepare = _in_pairs if in_pairs else _as_written
    texts = [(document.id, prepare(document.words)) for document in documents]
    with ExitStack() as open_ones:
        ways: dict[str, Engine] = {
            **open_ones.enter_context(_postgresql(connection, texts, "simple" if in_pairs else "english")),
            **open_ones.enter_context(_sqlite(texts)),
            **_tantivy(texts, "whitespace" if in_pairs else "stemmed"),
        }
        yield {name: _asked(way) if in_pairs else way for name, way in ways.items()}


def _as_written(texts: Words) -> tuple[str, ...]:
    return tuple(str(getattr(texts, name)) for name in _BOOSTS)


def _in_pairs(texts: Words) -> tuple[str, ...]:
    return tuple(" ".join(stored(text)) for text in _as_written(texts))


def _asked(engine: Engine) -> Engine:
    """The same engine, asked for pairs of letters."""
    return lambda question: engine(" ".join(part for word in words(question) for part in _pairs(word)))


def _pairs(word: str) -> list[str]:
    return ["".join(pair) for pair in pairwise(word)] if _JAPANESE.match(word) and len(word) > 1 else [word]


_POSTGRESQL: Final = """
SELECT id FROM documents, (SELECT {whole} AS whole, {part} AS part) AS question
WHERE vector @@ part
ORDER BY ts_rank_cd(vector, part, 1) DESC, number
LIMIT %(depth)s
"""


@contextmanager
def _postgresql(
    connection: psycopg.Connection[Any], texts: Sequence[tuple[str, tuple[str, ...]]], language: str
) -> Generator[dict[str, Engine]]:
    """`ts_rank_cd` over a weighted vector.

    Its four classes of weight are title, merchant and link, category and place, and the rest. The rank is divided by
    the logarithm of the length (normalization 1).
    """
    connection.execute("CREATE TEMPORARY TABLE documents (number integer, id text, vector tsvector)")
    classes = "ABCCDB"
    vector = sql.SQL(" || ").join(
        sql.SQL("setweight(to_tsvector({}, %s), {})").format(language, each) for each in classes
    )
    store = sql.SQL("INSERT INTO documents VALUES (%s, %s, {})").format(vector)
    for number, (each, fields) in enumerate(texts):
        connection.execute(store, (number, each, *fields))
    connection.execute("CREATE INDEX ON documents USING gin (vector)")
    whole = sql.SQL("websearch_to_tsquery({}, %(question)s)").format(language)
    some = sql.SQL("replace({}::text, ' & ', ' | ')::tsquery").format(whole)

    def ask(part: sql.Composable, question: str) -> list[str]:
        query = sql.SQL(_POSTGRESQL).format(whole=whole, part=part)
        return [each for (each,) in connection.execute(query, {"question": question, "depth": DEPTH})]

    yield {
        "PostgreSQL, all words": lambda question: ask(whole, question),
        "PostgreSQL, any word": lambda question: ask(some, question),
    }
    connection.execute("DROP TABLE documents")


@contextmanager
def _sqlite(texts: Sequence[tuple[str, tuple[str, ...]]]) -> Generator[dict[str, Engine]]:
    """`bm25` with a weight a column, over Porter's stems."""
    database = sqlite3.connect(":memory:")
    columns = ", ".join(_BOOSTS)
    database.execute(f"CREATE VIRTUAL TABLE documents USING fts5(id UNINDEXED, {columns}, tokenize='porter unicode61')")
    database.executemany("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)", ((each, *rest) for each, rest in texts))
    weights = ", ".join(str(boost) for boost in _BOOSTS.values())
    best_first = f"ORDER BY bm25(documents, 0, {weights}), rowid"
    query = f"SELECT id FROM documents WHERE documents MATCH ? {best_first} LIMIT ?"  # noqa: S608 -- numbers of ours

    def ask(question: str, between: str) -> list[str]:
        asked = between.join(f'"{word}"' for word in words(question))
        return [each for (each,) in database.execute(query, (asked, DEPTH))] if asked else []

    yield {
        "SQLite FTS5, all words": lambda question: ask(question, " "),
        "SQLite FTS5, any word": lambda question: ask(question, " OR "),
    }
    database.close()


def _tantivy(texts: Sequence[tuple[str, tuple[str, ...]]], tokenizer: str) -> dict[str, Engine]:
    """BM25 with boosted fields, over English stems without accents."""
    schema = tantivy.SchemaBuilder().add_text_field("id", stored=True, tokenizer_name="raw")
    for name in _BOOSTS:
        schema.add_text_field(name, tokenizer_name=tokenizer)
    index = tantivy.Index(schema.build())
    plain = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    stems = plain.filter(tantivy.Filter.ascii_fold()).filter(tantivy.Filter.stemmer("english"))
    index.register_tokenizer("stemmed", stems.build())
    writer = index.writer(heap_size=50_000_000, num_threads=1)
    for each, fields in texts:
        writer.add_document(tantivy.Document(id=[each], **{n: [text] for n, text in zip(_BOOSTS, fields, strict=True)}))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def parse(question: str, *, all_words: bool, fuzzy: bool = False) -> tantivy.Query:
        asked, _ = index.parse_query_lenient(
            " ".join(words(question)),
            list(_BOOSTS),
            dict(_BOOSTS),
            fuzzy_fields=dict.fromkeys(_BOOSTS, (False, 1, True)) if fuzzy else {},
            conjunction_by_default=all_words,
        )
        return asked

    def near(question: str) -> tantivy.Query:
        exactly, nearly = parse(question, all_words=False), parse(question, all_words=False, fuzzy=True)
        least = tantivy.Query.boost_query(nearly, _FUZZY_BOOST)
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, exactly), (tantivy.Occur.Should, least)])

    def ask(asked: tantivy.Query) -> list[str]:
        return [str(searcher.doc(address)["id"][0]) for _, address in searcher.search(asked, DEPTH).hits]

    return {
        "tantivy, all words": lambda question: ask(parse(question, all_words=True)),
        "tantivy, any word": lambda question: ask(parse(question, all_words=False)),
        "tantivy, any word, a letter may be wrong": lambda question: ask(near(question)),
    }
