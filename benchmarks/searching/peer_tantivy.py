"""tantivy: words, cells and areas as terms; prices, dates and categories as fast fields; no positions.

Its bindings have no filter by distance, so that it answers about the cells that cover the circle, which hold a little
more: what it finds is compared with a count of the same cells.
"""

from pathlib import Path
from typing import Any, Final

import tantivy
from tantivy import FieldType, Occur, Query

from benchmarks.searching.documents import TOP, Answer, Corpus, Prepared

_HEAP_BYTES: Final = 1_500_000_000
_RANK_BITS: Final = 23
"""Price and rank in one number make the order whole."""
_CATEGORIES: Final = {"categories": {"terms": {"field": "category", "size": 200}}}


class Tantivy:
    """An index in a directory. One thread fills it, so that it becomes few segments."""

    name = "tantivy"

    def __init__(self, directory: Path, corpus: Corpus) -> None:
        self._corpus = corpus
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
        builder.add_text_field("places", tokenizer_name="whitespace", index_option="basic")
        for name in ("order", "price", "discount", "currency", "category", "starts", "ends"):
            builder.add_integer_field(name, fast=True, indexed=name == "currency")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema, path=str(directory))
        self._fill()
        self._index.reload()
        self._searcher = self._index.searcher()
        self.segments: int = self._searcher.num_segments

    def _fill(self) -> None:
        writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for document in self._corpus.documents():
            writer.add_document(
                tantivy.Document(
                    words=" ".join(map(str, document.words)),
                    places=" ".join([*map(str, document.cells), *document.areas]),
                    order=document.price << _RANK_BITS | document.rank,
                    price=document.price,
                    discount=document.discount,
                    currency=document.currency,
                    category=document.category,
                    starts=document.starts_us,
                    ends=document.ends_us,
                )
            )
        writer.commit()
        writer.wait_merging_threads()

    def ask(self, question: Prepared) -> Answer:
        query = self._query(question)
        result: Any = self._searcher.search(
            query, limit=TOP, count=True, order_by_field="order", order=tantivy.Order.Asc
        )
        searcher: Any = self._searcher
        buckets = searcher.aggregate(query, _CATEGORIES)["categories"]["buckets"]
        return Answer(
            total=result.count,
            categories=self._corpus.counted({int(bucket["key"]): bucket["doc_count"] for bucket in buckets}),
            deals=[order & (1 << _RANK_BITS) - 1 for order, _ in result.hits],
        )

    def _query(self, question: Prepared) -> Query:
        schema, places = self._schema, [*map(str, question.cells), *question.areas]
        parts = [Query.term_query(schema, "words", str(word), index_option="basic") for word in question.words]
        parts.append(Query.const_score_query(Query.term_set_query(schema, "places", places), 0.0))
        parts.append(Query.term_query(schema, "currency", question.currency))
        ranges: list[tuple[str, int | None, int | None]] = [
            ("starts", None, question.at_us),
            ("ends", question.at_us + 1, None),
        ]
        if question.least_price > 0 or question.most_price < 100_000_000:
            ranges.append(("price", question.least_price, question.most_price))
        if question.least_discount > 0:
            ranges.append(("discount", question.least_discount, None))
        parts += [Query.range_query(schema, name, FieldType.Integer, low, high) for name, low, high in ranges]
        return Query.boolean_query([(Occur.Must, part) for part in parts])
