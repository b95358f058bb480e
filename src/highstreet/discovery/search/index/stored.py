"""Deals as a segment keeps them: bytes that are small on disk and quick to read, since a page reads two dozen.

A deal is packed as msgpack without the names of its fields, which makes half of what it would take with them.
"""

import zlib
from typing import Final

import msgspec

from highstreet.discovery.search.index.sections import Sections
from highstreet.kit.errors import Unavailable
from highstreet.market.catalog.domain.compact import CompactDeal, compact, published
from highstreet.market.catalog.domain.deals import PublishedDeal

_REMEMBERED: Final = 4096
"""Deals that are kept unpacked, a segment: some ten megabytes."""


_RETRY_AFTER_S: Final = 5


class DamagedRow(Unavailable):
    """What a segment holds of a deal is not what was written; the index is made anew."""


_ENCODER: Final = msgspec.msgpack.Encoder(uuid_format="bytes")
_DECODER: Final = msgspec.msgpack.Decoder(CompactDeal)


def pack(deal: PublishedDeal) -> bytes:
    """What `unpack` makes the same deal of. Instants keep their microsecond and become UTC."""
    return _ENCODER.encode(compact(deal))


def unpack(packed: bytes | memoryview) -> PublishedDeal:
    """The deal. Raises msgspec.DecodeError for bytes that `pack` of this version did not make."""
    return published(_DECODER.decode(packed))


def deal(sections: Sections, row: int) -> PublishedDeal:
    """The deal of a row, remembered for a while. Raises DamagedRow where its checksum does not hold."""
    known = sections.unpacked.get(row)
    if known is not None:
        return known
    starts = sections["stored_starts"]
    packed = sections["stored"][int(starts[row]) : int(starts[row + 1])].tobytes()
    if zlib.crc32(packed) != sections["stored_crc"][row]:
        sections.damaged()
        raise DamagedRow("The search index is damaged and is being made anew; try again", _RETRY_AFTER_S)
    found = unpack(packed)
    if len(sections.unpacked) >= _REMEMBERED:
        sections.unpacked.pop(next(iter(sections.unpacked)), None)
    sections.unpacked[row] = found
    return found
