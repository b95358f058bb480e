"""Whatever a file does to its reader, the answer is its rows, rejects, or one sentence; never a half-read file."""

import gzip
import json
import lzma
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.deals import StatedDeal
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.readers import json_rows
from highstreet.market.feeds.readers.feed import open_feed

Record = dict[str, str | None]
Make = Callable[..., Record]
Write = Callable[..., Path]
Read = Callable[[Path, Mapping], list[StatedDeal | Reject]]

HEADER = b"link,title,price,usual,ends,town\n"
GOOD = b'https://deals.example/1-tour,Tour,19,38,2015-09-26T09:59:00Z,"Chicago, IL"\n'
OTHER = GOOD.replace(b"/1-", b"/2-")


def sentence(file: Path, mapping: Mapping) -> str:
    """The one sentence that refuses `file`."""
    with pytest.raises(InvalidInput) as caught, open_feed(file, mapping):
        pass
    message = str(caught.value)
    assert message.startswith(f"{file.name}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("packed", ["", ".xz", ".gz", ".zst", ".zip"])
@pytest.mark.parametrize("kind", ["json", "jsonl", "xml", "csv", "sqlite", "parquet"])
def test_every_format_states_the_same(
    kind: str, packed: str, mapping_text: str, record: Make, write: Write, read: Read
) -> None:
    mapping = parse_mapping(
        mapping_text.replace('"json"', f'"{kind}"' + ('\ntable = "deals"' if kind == "sqlite" else "")), "lakeside.toml"
    )
    records = [record(number, title=f'Two "rooms",\r\nno. {number} é’🎉', usual=None) for number in range(1, 8)]
    found = read(write(records, f"feed.{kind}{packed}"), mapping)
    assert [deal.key for deal in found if isinstance(deal, StatedDeal)] == [str(number) for number in range(1, 8)]
    assert isinstance(found[0], StatedDeal)
    assert found[0].title == 'Two "rooms", no. 1 é’🎉'
    assert found[0].options[0].value_minor is None


@pytest.mark.parametrize("packed", [".xz", ".gz", ".zst"])
def test_an_archive_cut_short_anywhere_is_refused(packed: str, mapping: Mapping, record: Make, write: Write) -> None:
    whole = write([record(number) for number in range(200)], f"feed.json{packed}")
    content = whole.read_bytes()
    for kept in (len(content) - 1, len(content) // 2, 30):
        whole.write_bytes(content[:kept])
        assert "cut short" in sentence(whole, mapping)
    damaged = bytearray(content)
    damaged[len(content) // 2] ^= 0xFF
    whole.write_bytes(damaged)
    assert "damaged" in sentence(whole, mapping)


@pytest.mark.parametrize("name", ["feed.json.xz", "feed.json.gz"])
def test_a_file_that_is_not_the_archive_it_is_called_is_refused(name: str, mapping: Mapping, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(b"[{}]" * 20)
    assert "not the kind of archive that its name says" in sentence(file, mapping)


def test_a_file_of_another_kind_than_the_mapping_says_is_named(
    mapping: Mapping, sqlite_mapping: Mapping, record: Make, write: Write
) -> None:
    assert "is a SQLite database; the mapping says json" in sentence(write([record()], "feed.sqlite"), mapping)
    for packed, kind in ((".xz", "an xz archive, whose name has to end in .xz"), (".gz", "a gzip archive")):
        file = write([record()], f"feed.json{packed}")
        assert f"is {kind}" in sentence(file.rename(file.with_suffix("")), mapping)
        file = write([record()], f"feed.sqlite{packed}")
        assert f"is {kind}" in sentence(file.rename(file.with_suffix("")), sqlite_mapping)


def test_json_cut_short_anywhere_is_refused(mapping: Mapping, record: Make, write: Write) -> None:
    file = write([record(number) for number in (1, 2)])
    content = file.read_bytes()
    for kept in range(1, len(content)):
        file.write_bytes(content[:kept])
        assert "cut short" in sentence(file, mapping), content[:kept]


def test_a_sqlite_file_cut_short_is_refused(sqlite_mapping: Mapping, record: Make, write: Write) -> None:
    file = write([record(number, title="x" * 150) for number in range(400)], "feed.sqlite")
    content = file.read_bytes()
    for kept in (50, 4096, len(content) // 2, len(content) - 4096):
        file.write_bytes(content[:kept])
        assert "cut short" in sentence(file, sqlite_mapping) or "cannot be read as a SQLite" in sentence(
            file, sqlite_mapping
        )


@pytest.mark.parametrize("ending", [b'https://deals.example/2-tour,"To', b"https://deals.example/2-tour,Tour,19"])
def test_a_csv_file_that_ends_within_a_row_is_refused(ending: bytes, csv_mapping: Mapping, tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes(HEADER + GOOD + ending)
    assert "cut short" in sentence(file, csv_mapping)


def test_nothing_is_no_feed_and_no_rows_are_none(
    mapping: Mapping, csv_mapping: Mapping, tmp_path: Path, read: Read
) -> None:
    file = tmp_path / "feed.json"
    file.write_bytes(b"")
    assert "is empty" in sentence(file, mapping)
    file.write_bytes(b" \n ")
    assert "holds no array" in sentence(file, mapping)
    file.write_bytes(b"[]")
    assert read(file, mapping) == []
    file.write_bytes(HEADER)
    assert read(file, csv_mapping) == []
    assert "cannot be read: No such file" in sentence(tmp_path / "none.json", mapping)
    assert "cannot be read: Is a directory" in sentence(tmp_path, mapping)


@pytest.mark.parametrize("kind", ["csv", "sqlite", "parquet"])
def test_a_column_that_is_not_there_is_answered_with_the_nearest(
    kind: str, mapping_text: str, record: Make, write: Write
) -> None:
    misspelt = mapping_text.replace('from = "usual"', 'from = "usuall"')
    file = write([record()], f"feed.{kind}")
    stated = f'"{kind}"' + ('\ntable = "deals"' if kind == "sqlite" else "")
    expected = "has no 'usuall', which the mapping names for value; did you mean usual?"
    assert expected in sentence(file, parse_mapping(misspelt.replace('"json"', stated), "m"))
    if kind == "sqlite":
        mapping = parse_mapping(misspelt.replace('"json"', '"sqlite"\ntable = "dealz"'), "m")
        assert "has no table 'dealz'; did you mean deals?" in sentence(file, mapping)


@pytest.mark.parametrize("kind", ["json", "jsonl", "xml"])
def test_a_member_that_no_row_states_is_told_and_one_that_every_row_needs_is_wanted(
    kind: str, mapping_text: str, record: Make, write: Write
) -> None:
    rows = [{name: text for name, text in record(number).items() if name not in {"usual", "ends"}} for number in (1, 2)]
    file = write(rows, f"feed.{kind}")
    mapping = parse_mapping(mapping_text.replace('"json"', f'"{kind}"'), "m")
    with open_feed(file, mapping) as feed:
        assert (feed.total, feed.never_stated) == (2, ["value", "ends_at"])
    misspelt = parse_mapping(mapping_text.replace('"json"', f'"{kind}"').replace('"title", tr', '"titel", tr'), "m")
    assert "has no 'titel', which the mapping names for title; did you mean title?" in sentence(file, misspelt)


def test_a_member_that_only_some_rows_have_is_fine(mapping: Mapping, tmp_path: Path, record: Make, read: Read) -> None:
    bare = {name: text for name, text in record(1).items() if name != "usual"}
    file = tmp_path / "feed.json"
    file.write_text(json.dumps([bare, record(2)]))
    assert all(isinstance(deal, StatedDeal) for deal in read(file, mapping))


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8-sig", "utf-8"), ("cp1252", "cp1252"), ("utf-16", "utf-16"), ("shift_jis", "shift_jis")],
)
def test_text_is_read_in_the_declared_encoding(
    encoding: str, declared: str, mapping_text: str, tmp_path: Path, read: Read
) -> None:
    title = "お茶" if encoding == "shift_jis" else "Crème brûlée"
    file = tmp_path / "feed.csv"
    file.write_bytes((HEADER + GOOD).decode().replace("Tour", title).encode(encoding))
    mapping = parse_mapping(mapping_text.replace('"json"', f'"csv"\nencoding = "{declared}"'), "m")
    (deal,) = read(file, mapping)
    assert isinstance(deal, StatedDeal)
    assert deal.title == title


def test_text_that_is_not_in_the_declared_encoding_is_refused_with_its_line(mapping_text: str, tmp_path: Path) -> None:
    csv_mapping = parse_mapping(mapping_text.replace('"json"', '"csv"\nencoding = "utf-8"'), "m")
    file = tmp_path / "feed.csv"
    file.write_bytes(HEADER + GOOD + GOOD.replace(b"Tour", b"Caf\xe9"))
    assert "line 3 is not utf-8 (byte 0xE9)" in sentence(file, csv_mapping)
    file.write_bytes((HEADER + GOOD).decode().encode("utf-16"))
    assert 'set encoding = "utf-16"' in sentence(file, csv_mapping)
    file.write_bytes(HEADER + GOOD + "é".encode()[:1])
    assert "cut short" in sentence(file, csv_mapping)


def test_line_breaks_of_all_kinds_may_be_mixed(csv_mapping: Mapping, tmp_path: Path, read: Read) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes(HEADER.replace(b"\n", b"\r\n") + GOOD + b"\r\n\n" + OTHER.replace(b"\n", b"\r") + b"x,y\n")
    first, second, last = read(file, csv_mapping)
    assert isinstance(first, StatedDeal)
    assert isinstance(second, StatedDeal)
    assert (first.line, second.line) == (2, 5)
    assert last == Reject(line=6, field=None, value=None, reason="has 2 columns, and the header has 6")


def test_a_quote_out_of_place_costs_its_row_only(csv_mapping: Mapping, tmp_path: Path, read: Read) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes(HEADER + b'https://deals.example/9-x,"Tour" de luxe,19,38,,\n' + GOOD)
    broken, good = read(file, csv_mapping)
    assert isinstance(broken, Reject)
    assert broken.line == 2
    assert "quote out of place" in broken.reason
    assert isinstance(good, StatedDeal)


def test_a_quote_that_is_never_closed_is_refused(csv_mapping: Mapping, tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes(HEADER + GOOD + b'https://deals.example/9-x,"Tour,19,38,,\n' + OTHER.replace(b'"', b""))
    assert "a quote is never closed: the row that begins on line 3 has no end" in sentence(file, csv_mapping)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b"\n", "has no header"),
        (b"link,title,title\n", "names the column 'title' twice"),
        (b"li\x00nk,title\n", "the encoding under [file] may be wrong"),
        (b",".join(b"c%d" % number for number in range(10_000)) + b"\n", "has 10,000 columns; at most 1,000"),
        (b'"link\n', "has no header that can be read"),
    ],
)
def test_a_header_that_cannot_be_one_is_refused(header: bytes, why: str, csv_mapping: Mapping, tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes(header)
    assert why in sentence(file, csv_mapping)


def test_hostile_rows_cost_themselves_only(mapping: Mapping, tmp_path: Path, record: Make, read: Read) -> None:
    good = json.dumps(record(1))
    rows = {
        "7": "is not an object",
        '"text"': "is not an object",
        "null": "is not an object",
        good.replace('"19"', "NaN"): "holds NaN, which is not JSON",
        good.replace('"19"', "-Infinity"): "holds -Infinity, which is not JSON",
        good.replace('"19"', "-19"): "is not an amount",
        good.replace('"19"', "1e400"): "is not an amount",
        good.replace('"19"', "9" * 5000): "is not an amount",
        good.replace('"19"', '"19", "price": "5"'): "states the member 'price' twice",
        good.replace('"19"', '"19",'): "is not JSON",
        good.replace('"19"', "19 38"): "is not JSON",
        good.replace("Boat", "\\ud83c"): "not text",
        good.replace("Boat", "\\u0000"): "control character U+0000",
        good.replace('"19"', "[" * 5000 + "]" * 5000): "nested 5,001 levels deep",
        good.replace('"19"', json.dumps({f"c{number}": 1 for number in range(10_000)})): "has 10,005 members",
        good.replace("Boat Tour No. 1", "x" * 10_000_000): "10,000,000 characters",
    }
    file = tmp_path / "feed.json"
    file.write_text("[" + ",\n".join([*rows, good]) + "]")
    *rejects, last = read(file, mapping)
    assert isinstance(last, StatedDeal)
    for line, (found, reason) in enumerate(zip(rejects, rows.values(), strict=True), start=1):
        assert isinstance(found, Reject)
        assert found.line == line
        assert reason in found.reason
        assert len(found.value or "") < 300


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{}", "holds no array of rows"),
        ("nonsense", "holds no array of rows"),
        ("[{}] tail", "goes on after the end"),
        ("[{},]", "has a comma before the end"),
        ("[{} {}]", "has '{' where ',' should be"),
        ("[:]", "has ':' where a value should be"),
        ("[" * 100_000, "cut short"),
    ],
)
def test_json_that_is_no_array_of_rows_is_refused_with_its_line(
    content: str, why: str, mapping: Mapping, tmp_path: Path
) -> None:
    file = tmp_path / "feed.json"
    file.write_text(content)
    assert why in sentence(file, mapping)
    assert "line 1" in sentence(file, mapping)


def test_rows_may_be_a_member_of_an_object(mapping_text: str, tmp_path: Path, record: Make, read: Read) -> None:
    mapping = parse_mapping(mapping_text.replace('"json"', '"json"\nrows = "deals"'), "m")
    file = tmp_path / "feed.json"
    file.write_text(json.dumps({"count": 2, "page": {"of": [1, 2]}, "deals": [record(1), record(2)], "next": None}))
    assert len(read(file, mapping)) == 2
    file.write_text(json.dumps({"items": []}))
    assert "has no member 'deals'" in sentence(file, mapping)
    file.write_text("[]")
    assert "is not an object" in sentence(file, mapping)


def test_members_of_members_have_dotted_names(mapping_text: str, tmp_path: Path, record: Make, read: Read) -> None:
    mapping = parse_mapping(mapping_text.replace('from = "price"', 'from = "cost.tiers.0.amount"'), "m")
    file = tmp_path / "feed.json"
    file.write_text(json.dumps([{**record(1), "cost": {"tiers": [{"amount": 12.5}]}}]))
    (deal,) = read(file, mapping)
    assert isinstance(deal, StatedDeal)
    assert deal.options[0].price_minor == 1250


def test_a_file_of_one_endless_row_is_refused(csv_mapping: Mapping, mapping: Mapping, tmp_path: Path) -> None:
    endless = b"x" * (17 * 2**20)
    file = tmp_path / "feed.csv"
    file.write_bytes(HEADER + endless)
    assert "larger than 16 MiB" in sentence(file, csv_mapping)
    file.write_bytes(b'[{"title": "' + endless)
    assert "larger than 16 MiB" in sentence(file, mapping)


def test_an_archive_that_unpacks_without_end_is_refused(
    mapping: Mapping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("highstreet.market.feeds.readers.archives.MAX_FILE_BYTES", 2**30 // 256)
    for name, pack in (("feed.json.xz", lzma.compress), ("feed.json.gz", gzip.compress)):
        file = tmp_path / name
        file.write_bytes(pack(b" " * (2**30 // 128)))
        assert "once unpacked" in sentence(file, mapping)


def test_a_file_that_is_no_sqlite_database_is_refused(sqlite_mapping: Mapping, tmp_path: Path) -> None:
    file = tmp_path / "feed.sqlite"
    file.write_bytes(b"link,title\n" * 500)
    assert "cannot be read as a SQLite database" in sentence(file, sqlite_mapping)


def test_a_sqlite_file_with_unfinished_changes_is_refused(sqlite_mapping: Mapping, write: Write, record: Make) -> None:
    file = write([record()], "feed.sqlite")
    file.with_name("feed.sqlite-wal").write_bytes(b"pages")
    assert "unfinished changes in feed.sqlite-wal" in sentence(file, sqlite_mapping)


def test_sqlite_cells_of_every_kind_are_read_or_refused(sqlite_mapping: Mapping, tmp_path: Path, read: Read) -> None:
    file = tmp_path / "feed.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE deals (link, title, price, usual, ends, town)")
        rows = [
            ("https://deals.example/1-x", "Integer", 19, None, None, None),
            ("https://deals.example/2-x", "Real", 19.5, None, None, None),
            ("https://deals.example/3-x", b"\x00\x01", 19, None, None, None),
            ("https://deals.example/4-x", "Infinite", float("inf"), None, None, None),
        ]
        connection.executemany("INSERT INTO deals VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.execute(
            "INSERT INTO deals SELECT link || '5', CAST(x'436166e9' AS TEXT), 19, NULL, NULL, NULL FROM deals LIMIT 1"
        )
        connection.execute("CREATE VIEW shown AS SELECT * FROM deals")
    connection.close()
    integer, real, binary, infinite, latin = read(file, sqlite_mapping)
    assert isinstance(integer, StatedDeal)
    assert isinstance(real, StatedDeal)
    assert (integer.options[0].price_minor, real.options[0].price_minor) == (1900, 1950)
    assert binary == Reject(line=3, field=None, value=None, reason="has binary data in the column 'title'")
    assert isinstance(infinite, Reject)
    assert infinite.field == "price"
    assert isinstance(latin, Reject)
    assert "not text in the file's encoding" in latin.reason
    views = msgspec.structs.replace(sqlite_mapping, file=msgspec.structs.replace(sqlite_mapping.file, table="shown"))
    assert "has no table 'shown'" in sentence(file, views)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=6),
    st.sampled_from([None, 1]),
    st.integers(1, 40),
    st.booleans(),
)
def test_any_json_is_read_as_json_reads_it_wherever_its_chunks_end(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[dict[str, object]],
    indent: int | None,
    chunk: int,
    escape: bool,  # noqa: FBT001 - given by Hypothesis
) -> None:
    monkeypatch.setattr(json_rows, "_CHUNK", chunk)
    text = json.dumps(rows, indent=indent, ensure_ascii=escape)
    file = tmp_path / "feed.json"
    file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    found = list(json_rows.rows(file, "feed.json", None))
    assert len(found) == len(rows)
    for read, row in zip(found, rows, strict=True):
        assert isinstance(read, Row)
        for key, value in row.items():
            if value is None or isinstance(value, str):
                assert read.cells[key] == value
            elif isinstance(value, bool | int):
                assert read.cells[key] == json.dumps(value)
