"""Streams of xz and zstd archives that cannot ask for more memory than they may, and end only where they should.

The standard library's xz file sets no limit of memory, and zstandard's reader takes a cut-off frame for the end.
"""

import lzma
from typing import IO

import zstandard

from highstreet.market.feeds.readers.limits import MAX_UNPACKING_BYTES

_CHUNK_BYTES = 2**20
_MOUTHFUL_BYTES = 2**10
"""Of a zstd archive at once. One such piece can become 32 MiB, since four bytes may stand for a block of 128 KiB."""


class XzStream:
    """What an xz archive holds. Raises EOFError where it is cut short, and LZMAError where it is damaged."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._decoder = _xz()

    def read(self, size: int, /) -> bytes:
        while True:
            packed = b""
            if self._decoder.eof:
                # An archive may hold several streams, one behind the other, with zeros between them.
                packed = self._decoder.unused_data.lstrip(b"\0")
                while not packed:
                    piece = self._source.read(_CHUNK_BYTES)
                    if not piece:
                        return b""
                    packed = piece.lstrip(b"\0")
                self._decoder = _xz()
            elif self._decoder.needs_input:
                packed = self._source.read(_CHUNK_BYTES)
                if not packed:
                    raise EOFError
            if unpacked := self._decoder.decompress(packed, size):
                return unpacked


class ZstdStream:
    """What a zstd archive of any number of frames holds. Raises EOFError or ZstdError as XzStream does its own."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._decoder = _zstd()
        self._begun = False

    def read(self, _size: int, /) -> bytes:
        """The next piece, which may be longer than what was asked for."""
        while True:
            packed = self._decoder.unused_data or self._source.read(_MOUTHFUL_BYTES)
            if self._decoder.eof:
                self._decoder = _zstd()
                self._begun = False
            if not packed:
                if self._begun:
                    raise EOFError
                return b""
            self._begun = True
            if unpacked := self._decoder.decompress(packed):
                return unpacked


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_UNPACKING_BYTES)


def _zstd() -> "zstandard.ZstdDecompressionObj":  # a name that only the type stubs have
    return zstandard.ZstdDecompressor(max_window_size=MAX_UNPACKING_BYTES).decompressobj()
