"""Cursors: where a page ended, bound to the question it belongs to.

A cursor names the last deal's place in the order rather than a count, so that deals which come or go elsewhere neither
repeat nor skip another. It also fixes what must not move between pages: the instant that freshness is counted from, the
currency, how many of the words are needed, and how much each of them counts.

The tag tells a cursor of another question, an old or a mangled one. It keeps no secret: whoever computes a valid one by
hand only starts reading elsewhere in an order that is public.
"""

import base64
import hashlib
import re
import struct
from datetime import UTC, datetime

import msgspec

from highstreet.discovery.search.domain import SearchQuery
from highstreet.kit.errors import InvalidInput

_MOST_WEIGHTS = 12
_LAYOUT = struct.Struct(f">BqqQQ3sB{_MOST_WEIGHTS}s")
_TAG_BYTES = 14
_VERSION = 2
_ANY_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
_SPELLING = re.compile(r"[A-Za-z0-9_-]{84}")
"""63 bytes in base64: a multiple of three, so that there are no spare bits and each cursor has one spelling."""


class Position(msgspec.Struct, frozen=True):
    """The last deal of a page: its key in the order, and its id in two halves."""

    scored_at_us: int
    key: int
    id_high: int
    id_low: int
    currency: str | None
    level: int
    """How many of the words a deal must have."""
    weights: bytes
    """How much each of the words counts, 1 to 255."""


def encode(position: Position, query: SearchQuery) -> str:
    """A cursor that continues `query` behind `position`."""
    body = _LAYOUT.pack(
        _VERSION,
        position.scored_at_us,
        position.key,
        position.id_high,
        position.id_low,
        (position.currency or "").encode("ascii"),
        position.level,
        position.weights,
    )
    return base64.urlsafe_b64encode(body + _tag(body, query)).decode("ascii")


def decode(cursor: str, query: SearchQuery) -> Position:
    """Where `query` goes on. Raises InvalidInput unless `encode` made the cursor for the same question."""
    if not _SPELLING.fullmatch(cursor):
        raise refusal()
    raw = base64.urlsafe_b64decode(cursor)
    body, tag = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
    if body[0] != _VERSION or tag != _tag(body, query):
        raise refusal()
    _, scored_at_us, key, id_high, id_low, currency, level, weights = _LAYOUT.unpack(body)
    words = weights.rstrip(b"\0")
    if level > len(words) or 0 in words:
        raise refusal()
    return Position(scored_at_us, key, id_high, id_low, currency.rstrip(b"\0").decode("ascii") or None, level, words)


def _tag(body: bytes, query: SearchQuery) -> bytes:
    question = msgspec.structs.replace(query, at=_ANY_INSTANT, cursor=None, limit=1, explain=False)
    return hashlib.blake2b(body + msgspec.json.encode(question), digest_size=_TAG_BYTES).digest()


def refusal() -> InvalidInput:
    return InvalidInput.at("cursor", "does not belong to this search; start again without it")
