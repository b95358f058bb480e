"""Archives: cut short, flipped, swelling, nested, lying, or not what their names say."""

import bz2
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from random import Random

import zstandard

from tests.corpus import rows
from tests.corpus.cases import Case, Ending, feed, flipped

MEBIBYTE = 2**20


def family(rng: Random) -> list[Case]:
    content = rows.as_csv(rows.many(300))
    packed = {
        "gz": gzip.compress(content, mtime=0),
        "xz": lzma.compress(content),
        "zst": _zstd(content),
        "zip": _zip(content),
    }
    return [
        *(case for kind, whole in packed.items() for case in _cut_short(kind, whole)),
        *(case for kind, whole in packed.items() for case in _flipped(kind, whole, rng)),
        *_misnamed(packed),
        *_bombs(),
        *_gzips(packed["gz"]),
        *_headers(content),
        *_zips(content),
    ]


def _zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


def _zip(content: bytes, kind: int = zipfile.ZIP_DEFLATED, names: tuple[str, ...] = ("feed.csv",)) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", kind) as target:
        for name in names:
            target.writestr(zipfile.ZipInfo(name), content, kind)
    return archive.getvalue()


def _cut_short(kind: str, whole: bytes) -> list[Case]:
    places = {"the start": 9, "a tenth": len(whole) // 10, "the middle": len(whole) // 2, "the last part": len(whole) - 30,
              "the last byte": len(whole) - 1}  # fmt: skip
    return [
        feed(
            f"cut_{kind}_{number}",
            f"{kind} archive cut short at {place}",
            whole[:kept],
            says="is cut short",
            file=f"feed.csv.{kind}",
        )
        for number, (place, kept) in enumerate(places.items())
    ]


def _flipped(kind: str, whole: bytes, rng: Random) -> list[Case]:
    """Damage in the packed content itself, where checksums tell."""
    return [
        feed(
            f"flipped_{kind}_{number}",
            f"{kind} archive with a byte turned over at {at}",
            flipped(whole, at),
            file=f"feed.csv.{kind}",
        )
        for number, at in enumerate(sorted(rng.sample(range(60, len(whole) - 120), 5)))
    ]


def _misnamed(packed: dict[str, bytes]) -> list[Case]:
    plain = [
        feed(f"{kind}_called_csv", f"{kind} archive under the name of a CSV file", whole, says="is a", file="feed.csv")
        for kind, whole in packed.items()
    ]
    return plain + [
        feed(
            f"{kind}_called_{other}",
            f"{kind} archive under the name of a {other} archive",
            whole,
            file=f"feed.csv.{other}",
        )
        for kind, whole in packed.items()
        for other in packed
        if other != kind
    ]


def _bombs() -> list[Case]:
    size = 80 * MEBIBYTE
    makers: dict[str, Callable[[], bytes]] = {
        "gz": lambda: gzip.compress(bytes(size), 6, mtime=0),
        "xz": lambda: lzma.compress(bytes(size), preset=0),
        "zst": lambda: zstandard.compress(bytes(size)),
        "zip": lambda: _zip(bytes(size)),
    }
    swell = [
        feed(f"bomb_{kind}", f"{kind} archive of 80 MiB of zeros", make, says="times its size", file=f"feed.csv.{kind}")
        for kind, make in makers.items()
    ]
    frame = zstandard.compress(bytes(MEBIBYTE))
    return [
        *swell,
        feed("bomb_zip_bzip2", "zip archive that bzip2 packed from 80 MiB", lambda: _zip(bytes(size), zipfile.ZIP_BZIP2),
             says="times its size", file="feed.csv.zip", seconds=20),
        feed("bomb_zst_frames", "zstd archive of a hundred frames that each swell", lambda: frame * 100,
             says="times its size", file="feed.csv.zst"),
        feed("bomb_zst_blocks", "zstd archive of blocks of 4 bytes for 128 KiB each", _zstd_blocks(5_000),
             says="times its size", file="feed.csv.zst"),
        feed("bomb_xz_streams", "xz archive of a hundred streams that each swell",
             lambda: lzma.compress(bytes(MEBIBYTE), preset=0) * 100, says="times its size", file="feed.csv.xz"),
        feed("bomb_gz_members", "gzip archive of a hundred members that each swell",
             lambda: gzip.compress(bytes(MEBIBYTE), mtime=0) * 100, says="times its size", file="feed.csv.gz"),
        feed("bomb_nested_gz", "gzip archive within four others", _nested(4), says="is a gzip archive", file="feed.csv.gz"),
        feed("bomb_nested_zip", "zip archive within a zip archive", _zip(_zip(b"x" * 1000)), says="is a zip archive",
             file="feed.csv.zip"),
        feed("bomb_zip_of_bombs", "zip archive that holds a gzip bomb", lambda: _zip(makers["gz"]()),
             says="is a gzip archive", file="feed.csv.zip"),
    ]  # fmt: skip


def _zstd_blocks(number: int) -> bytes:
    """A frame of a window of 128 KiB and blocks that repeat one byte, 128 KiB of it each."""
    size = 2**17
    block = (size << 3 | 1 << 1).to_bytes(3, "little") + b" "
    last = (size << 3 | 1 << 1 | 1).to_bytes(3, "little") + b" "
    return b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([7 << 3]) + block * (number - 1) + last


def _nested(depth: int) -> bytes:
    content = rows.as_csv(rows.many(3))
    for _ in range(depth + 1):
        content = gzip.compress(content, mtime=0)
    return content


def _gzips(whole: bytes) -> list[Case]:
    name = "feed.csv.gz"
    return [
        feed("gz_trailing_garbage", "gzip archive with something else behind it", whole + b"and more", says="is damaged", file=name),
        feed("gz_wrong_checksum", "gzip archive whose checksum is another's", flipped(whole, len(whole) - 8, 4), says="is damaged", file=name),
        feed("gz_wrong_size", "gzip archive that lies about its size", flipped(whole, len(whole) - 4, 4), says="is damaged", file=name),
        feed("gz_unknown_method", "gzip archive of an unknown method", flipped(whole, 2), says="is damaged", file=name),
        feed("gz_endless_name", "gzip archive whose file name has no end", whole[:3] + b"\x08" + whole[4:10] + b"a" * MEBIBYTE, says="is cut short", file=name),
        feed("gz_extra_lies", "gzip archive whose extra field is longer than it", whole[:3] + b"\x04" + whole[4:10] + b"\xff\xff" + b"a" * 99, says="is cut short", file=name),
        feed("gz_reserved_block", "gzip archive with a kind of block that does not exist", whole[:10] + b"\x07" + whole[11:], says="is damaged", file=name),
        feed("gz_only_header", "gzip archive that ends after its header", whole[:10], says="is cut short", file=name),
        feed("gz_empty", "gzip archive of nothing", gzip.compress(b"", mtime=0), says="is empty", file=name),
    ]  # fmt: skip


def _headers(content: bytes) -> list[Case]:
    """Headers that ask for memory, or for what does not exist."""
    whole = lzma.compress(content)
    size = (whole[12] + 1) * 4
    greedy = bytearray(whole[12 : 12 + size])
    greedy[4] = 40  # a dictionary of 4 GiB
    greedy[-4:] = zlib.crc32(greedy[:-4]).to_bytes(4, "little")
    magic = b"\x28\xb5\x2f\xfd"
    end = b"\x01\x00\x00"
    return [
        feed("xz_huge_dictionary", "xz archive that asks for a dictionary of 4 GiB", whole[:12] + bytes(greedy) + whole[12 + size :],
             says="Memory usage limit exceeded", file="feed.csv.xz"),
        feed("xz_trailing_garbage", "xz archive with something else behind it", whole + b"and more!", file="feed.csv.xz"),
        feed("xz_unknown_check", "xz archive with a kind of check that does not exist", flipped(whole, 7), file="feed.csv.xz"),
        feed("xz_lzma_alone", "LZMA of the old kind under the name of xz", lzma.compress(content, lzma.FORMAT_ALONE), file="feed.csv.xz"),
        feed("zst_huge_window", "zstd archive that asks for a window of 2 GiB", magic + b"\x00" + bytes([21 << 3]) + end,
             says="too much memory", file="feed.csv.zst"),
        feed("zst_lying_size", "zstd archive that states 16 EiB of content", magic + b"\xe0" + b"\xff" * 8 + end, file="feed.csv.zst"),
        feed("zst_dictionary", "zstd archive that needs a dictionary", magic + b"\x01" + bytes([7 << 3]) + b"\x09" + end, file="feed.csv.zst"),
        feed("zst_reserved", "zstd archive with a reserved bit set", magic + b"\x08" + bytes([7 << 3]) + end, file="feed.csv.zst"),
        feed("zst_trailing_garbage", "zstd archive with something else behind it", _zstd(content) + b"and more", says="is damaged", file="feed.csv.zst"),
        feed("zst_second_cut", "zstd archive whose second frame is cut short", _zstd(content) + _zstd(content)[:50], says="is cut short", file="feed.csv.zst"),
        feed("zst_endless_skip", "zstd archive with a frame to skip that is longer than it", b"\x50\x2a\x4d\x18" + b"\xff\xff\xff\xff" + b"x", says="is cut short", file="feed.csv.zst"),
        feed("bz2", "bzip2 archive, which is not read here", bz2.compress(content), file="feed.csv"),
    ]  # fmt: skip


def _zips(content: bytes) -> list[Case]:
    name, whole = "feed.csv.zip", _zip(content)
    entry = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")

    def patched(at: int, value: bytes) -> bytes:
        return whole[:at] + value + whole[at + len(value) :]

    twice = whole[:entry] + whole[entry:end] * 2 + _end_record(2, 2 * (end - entry), entry)
    return [
        feed("zip_many_files", "zip archive of 50,000 empty files", lambda: _zip(b"", names=tuple(f"{n:05}-{'x' * 40}" for n in range(50_000))),
             says="lists more files", file=name),
        feed("zip_two_files", "zip archive of two files, and nobody says which", _zip(content, names=("a.csv", "b.csv")), says="holds 2 files", file=name),
        feed("zip_no_file", "zip archive of nothing", _zip(b"", names=()), file=name),
        feed("zip_only_folder", "zip archive of a folder", _zip(b"", names=("deals/",)), says="holds 0 files", file=name),
        feed("zip_overlapping", "zip archive whose two files are the same bytes", twice, Ending.CONTAINED, file=name),
        feed("zip_overlapping_chosen", "the same, and the mapping chooses one", twice, Ending.CONTAINED, file=name, more='member = "feed.csv"'),
        feed("zip_locked", "zip archive with a password", patched(entry + 8, b"\x01\x00"), says="is locked", file=name),
        feed("zip_unknown_method", "zip archive of a method that does not exist", patched(entry + 10, b"\x63\x00"), file=name),
        feed("zip_size_lies", "zip archive that lies about its size", patched(entry + 24, (10).to_bytes(4, "little")), file=name),
        feed("zip_packed_size_lies", "zip archive that states too little packed content", patched(entry + 20, (50).to_bytes(4, "little")), file=name),
        feed("zip_checksum_lies", "zip archive whose checksum is another's", patched(entry + 16, b"\0\0\0\0"), file=name),
        feed("zip_offset_outside", "zip archive whose file begins outside of it", patched(entry + 42, b"\xff\xff\xff\x7f"), file=name),
        feed("zip_directory_outside", "zip archive whose list begins outside of it", patched(end + 16, b"\xff\xff\xff\x7f"), file=name),
        feed("zip_directory_huge", "zip archive that states a list of 2 GiB", patched(end + 12, b"\xff\xff\xff\x7f"), file=name),
        feed("zip_name_is_no_text", "zip archive of a name that is no text", _zip(content, names=("é.csv",)).replace("é".encode(), b"\xff\xff"), file=name),
        feed("zip_other_local_name", "zip archive that calls its file differently twice", whole.replace(b"feed.csv", b"deal.csv", 1), file=name),
        feed("zip_cut_list", "zip archive whose list is cut short", whole[: entry + 20] + whole[end:], file=name),
        feed("zip_spreadsheet", "spreadsheet under the name of a zip archive", _zip(b"<Types/>", names=("[Content_Types].xml", "xl/workbook.xml")), says="spreadsheet", file=name),
        feed("zip_absent_member", "zip archive without the file that the mapping names", whole, says="holds no file 'deals.csv'", file=name, more='member = "deals.csv"'),
        feed("zip_path", "zip archive whose file is called like a path to elsewhere, and cut short",
             _zip(content[:-9], names=("../../../../etc/cron.d/deals",)), says="is cut short", file=name),
    ]  # fmt: skip


def _end_record(files: int, size: int, offset: int) -> bytes:
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, files, files, size, offset, 0)
