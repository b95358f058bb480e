"""A page of results as JSON, put together from pieces.

What a deal says of itself is the same for every search that finds it: it is encoded once, and kept. Only what this
search says of it is written each time. The page's tag is made from the tags of the pieces.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec import Struct

from highstreet.discovery.search.service import Correction, FacetCount, Generation, Hit, SearchResult, Why
from highstreet.web.api.answers import Reader
from highstreet.web.api.views import view_deal
from highstreet.web.conditional import tag_of
from highstreet.web.kept import Pieces, Shelf, key_of

_encoder = msgspec.json.Encoder()


class FoundPage(NamedTuple):
    """The body of an answer, and a tag of all in it that time alone does not change."""

    body: bytes
    tag: str


class _Said(Struct, frozen=True, gc=False):
    """A deal as JSON up to where a search has its say (`{...,`), and what stands for it in a tag."""

    json: bytes
    digest: bytes


class _Standing(Struct):
    """The end of a `FoundDealView`."""

    distance_km: float | None
    score: float
    why: Why | None


class _Counts(Struct):
    """The fields of a `DealPage` behind its deals."""

    total: int
    facets: dict[str, tuple[FacetCount, ...]]
    currency: str | None


class _Rest(Struct):
    """The fields of a `DealPage` behind those."""

    next_cursor: str | None
    relaxed: dict[str, int]
    words: int
    words_met: int
    corrected: tuple[Correction, ...]
    instead: tuple[Correction, ...]
    took_ms: float


def write_page(shelf: Shelf, index: Generation, result: SearchResult, reader: Reader, now: datetime) -> FoundPage:
    """The JSON of a `DealPage`."""
    said = _said(shelf.pieces(index), index, result.hits, reader, now)
    counts = _encoder.encode(_Counts(result.total, result.facets, result.currency))
    told = (result.relaxed, result.words, result.words_met, result.corrected, result.instead)
    rest = _encoder.encode(_Rest(result.next_cursor, *told, result.took_ms))
    deals = [b""] * (2 * len(said))
    deals[::2] = [each.json for each in said]
    deals[1::2] = _standings(result.hits)
    body = b"".join((b'{"deals":[', *deals, b"],", counts[1:-1], b",", rest[1:]))
    # Scores fade and a cursor names its instant: what differs by that alone is still the same answer.
    lasting = ([hit.distance_km for hit in result.hits], told, result.next_cursor is None)
    return FoundPage(body, tag_of(b"".join([*[each.digest for each in said], counts, _encoder.encode(lasting)])))


def _said(pieces: Pieces, index: Generation, hits: Sequence[Hit], reader: Reader, now: datetime) -> list[_Said]:
    kind = f"json {reader.language.code} {reader.origin}"
    found: list[_Said] = []
    for hit in hits:
        key = key_of(kind, hit)
        known: _Said | None = pieces.get(key)
        if known is None:
            encoded = _encoder.encode(view_deal(hit.deal, reader, index.categories, now, hit.nearest))
            known = _Said(encoded[:-1] + b",", hashlib.blake2b(encoded, digest_size=16).digest())
            pieces.put(key, known, len(encoded))
        found.append(known)
    return found


def _standings(hits: Sequence[Hit]) -> list[bytes]:
    """What follows each deal: its standing without the first brace, and the comma before the next one."""
    if not hits:
        return []
    lines = _encoder.encode_lines([_Standing(hit.distance_km, hit.score, hit.why) for hit in hits])
    return lines[1:-1].replace(b"}\n{", b"},\n").split(b"\n")
