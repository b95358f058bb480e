"""Archives of every kind: one file comes out of them, or one sentence."""

import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import zstandard

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.deals import StatedDeal
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.rows import Reject
from highstreet.market.feeds.readers.feed import open_feed

Read = Callable[[Path, Mapping], list[StatedDeal | Reject]]

FEED = b"link,title,price,usual,ends,town\nhttps://deals.example/1-tour,Tour,19,38,,\n"


def sentence(file: Path, mapping: Mapping) -> str:
    with pytest.raises(InvalidInput) as caught, open_feed(file, mapping):
        pass
    message = str(caught.value)
    assert message.startswith(f"{file.name}: ")
    assert "\n" not in message
    return message


def with_member(mapping: Mapping, member: str) -> Mapping:
    return msgspec.structs.replace(mapping, file=msgspec.structs.replace(mapping.file, member=member))


def packed(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", kind) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    def make(content: bytes, name: str = "feed.zip") -> Path:
        file = tmp_path / name
        file.write_bytes(content)
        return file

    return make


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_one_file_of_a_zip_archive_is_read(
    kind: int, csv_mapping: Mapping, archive: Callable[..., Path], read: Read
) -> None:
    file = archive(packed({"a/": b"", "a/feed.csv": FEED, "__MACOSX/a/._feed.csv": b"\0", "a/.DS_Store": b"\0"}, kind))
    (deal,) = read(file, csv_mapping)
    assert isinstance(deal, StatedDeal)


def test_of_several_files_the_mapping_names_one(csv_mapping: Mapping, archive: Callable[..., Path], read: Read) -> None:
    file = archive(packed({"deals.csv": FEED, "readme.txt": b"hello"}))
    assert "holds 2 files, and one is wanted; set member under [file] to one of them" in sentence(file, csv_mapping)
    assert "there are: deals.csv, readme.txt" in sentence(file, csv_mapping)
    assert len(read(file, with_member(csv_mapping, "deals.csv"))) == 1
    assert "holds no file 'deal.csv' (file.member in the mapping); did you mean deals.csv?" in sentence(
        file, with_member(csv_mapping, "deal.csv")
    )
    assert "holds 0 files" in sentence(archive(packed({"a/": b""})), csv_mapping)
    assert "is no zip archive, so it has no member" in sentence(
        archive(FEED, "feed.csv"), with_member(csv_mapping, "deals.csv")
    )


def test_names_with_paths_lead_nowhere(
    csv_mapping: Mapping, archive: Callable[..., Path], read: Read, tmp_path: Path
) -> None:
    for name in ("../../escaped.csv", "/etc/escaped.csv", "C:\\escaped.csv"):
        assert len(read(archive(packed({name: FEED})), csv_mapping)) == 1
    assert [file.name for file in tmp_path.rglob("*") if "escaped" in file.name] == []
    assert not (tmp_path.parent / "escaped.csv").exists()


def test_an_archive_in_an_archive_is_refused(csv_mapping: Mapping, archive: Callable[..., Path]) -> None:
    inner = packed({"feed.csv": FEED})
    assert "is a zip archive" in sentence(archive(packed({"feed.zip": inner})), csv_mapping)
    assert "is a gzip archive" in sentence(archive(packed({"feed.csv.gz": gzip.compress(FEED)})), csv_mapping)
    assert "is a zip archive" in sentence(archive(gzip.compress(inner), "feed.zip.gz"), csv_mapping)


def test_a_spreadsheet_is_called_by_its_name(csv_mapping: Mapping, archive: Callable[..., Path]) -> None:
    sheet = packed({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    assert "is a spreadsheet or a document; save it as CSV" in sentence(archive(sheet), csv_mapping)
    assert "or a spreadsheet" in sentence(archive(sheet, "feed.xlsx"), csv_mapping)


def test_what_cannot_be_unpacked_is_named(csv_mapping: Mapping, archive: Callable[..., Path]) -> None:
    assert "whose name has to end in .zst" in sentence(archive(b"\x28\xb5\x2f\xfd rest", "feed.csv"), csv_mapping)
    assert "is a Parquet file; the mapping says csv" in sentence(archive(b"PAR1 rest", "feed.parquet"), csv_mapping)


def test_a_zip_archive_cut_short_or_damaged_anywhere_is_refused(
    csv_mapping: Mapping, archive: Callable[..., Path]
) -> None:
    whole = packed({"feed.csv": FEED * 50})
    for kept in range(1, len(whole), 7):
        assert "cut short" in sentence(archive(whole[:kept]), csv_mapping) or kept < 4
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        file = archive(bytes(damaged))
        try:
            with open_feed(file, csv_mapping):
                pass
        except InvalidInput as problem:
            assert "\n" not in str(problem)  # noqa: PT017 - harmless damage (a date, an attribute) raises nothing
    assert "not the kind of archive" in sentence(archive(FEED), csv_mapping)


def test_a_locked_archive_is_named(csv_mapping: Mapping, archive: Callable[..., Path]) -> None:
    content = bytearray(packed({"feed.csv": FEED}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "is locked with a password" in sentence(archive(bytes(content)), csv_mapping)


def test_an_archive_that_swells_is_refused(
    csv_mapping: Mapping, archive: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("highstreet.market.feeds.readers.archives.RATIO_FROM_BYTES", 2**20)
    bomb = b" " * (8 * 2**20)
    for content, name in (
        (packed({"feed.csv": bomb}), "feed.zip"),
        (gzip.compress(bomb), "feed.csv.gz"),
        (lzma.compress(bomb), "feed.csv.xz"),
        (zstandard.compress(bomb), "feed.csv.zst"),
        (zstandard.compress(b" " * 2**20) * 8, "feed.csv.zst"),
    ):
        assert "unpacks to more than 200 times its size" in sentence(archive(content, name), csv_mapping)
    monkeypatch.setattr("highstreet.market.feeds.readers.archives.MAX_FILE_BYTES", 2**20)
    assert "once unpacked" in sentence(archive(packed({"f": bomb})), csv_mapping)


def test_an_xz_archive_of_several_streams_is_one_file(
    csv_mapping: Mapping, archive: Callable[..., Path], read: Read
) -> None:
    middle = FEED.index(b"https")
    streams = lzma.compress(FEED[:middle]) + bytes(8) + lzma.compress(b"") + lzma.compress(FEED[middle:]) + bytes(4)
    assert len(read(archive(streams, "feed.csv.xz"), csv_mapping)) == 1
    assert "damaged" in sentence(archive(streams + b"something else", "feed.csv.xz"), csv_mapping)


def test_an_xz_archive_that_asks_for_too_much_memory_is_refused(
    csv_mapping: Mapping, archive: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("highstreet.market.feeds.readers.streams.MAX_UNPACKING_BYTES", 2**20)
    assert "Memory usage limit exceeded" in sentence(archive(lzma.compress(FEED), "feed.csv.xz"), csv_mapping)


def test_a_zstd_archive_of_several_frames_is_one_file(
    csv_mapping: Mapping, archive: Callable[..., Path], read: Read
) -> None:
    middle = FEED.index(b"https")
    skipped = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"
    frames = [zstandard.compress(FEED[:middle]), skipped, zstandard.compress(b""), zstandard.compress(FEED[middle:])]
    assert len(read(archive(b"".join([*frames, skipped]), "feed.csv.zst"), csv_mapping)) == 1
    assert "damaged" in sentence(archive(b"".join(frames) + b"something else", "feed.csv.zst"), csv_mapping)
    for kept in range(1, 12):
        assert "cut short" in sentence(archive(b"".join(frames) + frames[0][:kept], "feed.csv.zst"), csv_mapping)


def test_a_zstd_archive_that_asks_for_too_much_memory_is_refused(
    csv_mapping: Mapping, archive: Callable[..., Path], read: Read
) -> None:
    for log, allowed in ((27, True), (28, False)):
        window = zstandard.ZstdCompressionParameters(window_log=log, write_content_size=False)
        packer = zstandard.ZstdCompressor(compression_params=window).compressobj()
        file = archive(packer.compress(FEED) + packer.flush(), "feed.csv.zst")
        if allowed:
            assert len(read(file, csv_mapping)) == 1
        else:
            assert "requires too much memory" in sentence(file, csv_mapping)


def test_a_name_in_a_zip_archive_that_is_no_text_is_damage(csv_mapping: Mapping, archive: Callable[..., Path]) -> None:
    content = packed({"é.csv": FEED}).replace("é".encode(), b"\xff\xff")
    assert "its list of files makes no sense" in sentence(archive(content), csv_mapping)


def test_a_zip_archive_that_lies_about_its_sizes_is_refused(
    csv_mapping: Mapping, archive: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(packed({"feed.csv": FEED * 100}))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    assert sentence(archive(bytes(content)), csv_mapping)
    monkeypatch.setattr("highstreet.market.feeds.readers.archives.MAX_DIRECTORY_BYTES", 1000)
    many = packed({f"{number}.csv": b"" for number in range(100)})
    assert "lists more files" in sentence(archive(many), csv_mapping)
