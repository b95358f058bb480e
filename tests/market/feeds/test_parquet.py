"""Parquet: its cells become the text that other formats have, and whatever it does to its reader stays there."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.rows import Row
from highstreet.market.feeds.readers import parquet_rows
from highstreet.market.feeds.readers.feed import open_feed
from tests.duck import write_parquet

Make = Callable[..., dict[str, str | None]]
Write = Callable[..., Path]
Copy = Callable[..., Path]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A Parquet file of what a query gives."""

    def make(query: str, options: str = "") -> Path:
        file = tmp_path / "feed.parquet"
        file.unlink(missing_ok=True)
        write_parquet(file, query, options, before=[("SET TimeZone = 'America/Chicago'", ())])
        return file

    return make


@pytest.fixture
def parquet_mapping(mapping_text: str) -> Mapping:
    return parse_mapping(mapping_text.replace('"json"', '"parquet"'), "lakeside.toml")


def cells(file: Path, *wanted: str) -> list[dict[str, str | None]]:
    written, names = parquet_rows.unpack(file, file.name, list(wanted) or None)
    assert set(wanted) <= set(names)
    found = list(parquet_rows.rows(written, file.name))
    assert [row.line for row in found] == list(range(1, len(found) + 1))
    return [row.cells for row in found if isinstance(row, Row)]


def sentence(file: Path, *wanted: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        parquet_rows.unpack(file, file.name, list(wanted) or None)
    message = str(caught.value)
    assert message.startswith(f"{file.name}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("stated", "text"),
    [
        ("19.90::DECIMAL(18, 2)", "19.90"),
        ("9007199254740993::BIGINT", "9007199254740993"),
        ("19.9::DOUBLE", "19.9"),
        ("'inf'::DOUBLE", "inf"),
        ("true", "true"),
        ("DATE '2015-09-26'", "2015-09-26"),
        ("TIMESTAMP '2015-09-26 09:59:00'", "2015-09-26 09:59:00"),
        ("TIMESTAMPTZ '2015-09-26 09:59:00-05'", "2015-09-26 14:59:00+00"),
        ("DATE '0001-01-01 (BC)'", "0001-01-01 (BC)"),
        ("'é’🎉'", "é’🎉"),
        ("'{\"a\": 1}'::JSON", '{"a": 1}'),
        ("NULL::INTEGER", None),
    ],
)
def test_a_cell_becomes_the_text_that_other_formats_state(stated: str, text: str | None, copy: Copy) -> None:
    assert cells(copy(f"SELECT {stated} AS cell"), "cell") == [{"cell": text}]


def test_members_and_elements_have_the_names_that_json_gives_them(copy: Copy) -> None:
    file = copy("""
        SELECT {'name': 'Spa', 'at': {'town': 'Chicago'}, 'price': 1.10::DECIMAL(5, 2)} AS shop, [10, 20] AS prices,
               MAP {'fr': 'Bain', 'es': 'Baño'} AS titles, 'plain' AS "shop.name.short"
    """)
    asked = ("shop.at.town", "shop.price", "prices.1", "titles.es", "shop.name.short")
    (found,) = cells(file, *asked)
    assert [found[name] for name in asked] == ["Chicago", "1.10", "20", "Baño", "plain"]


def test_only_what_is_wanted_is_read_and_what_is_missing_is_named(copy: Copy) -> None:
    file = copy("SELECT 1 AS id, 'x' AS title, '\\xAB'::BLOB AS picture, {'raw': '\\xAB'::BLOB} AS more")
    assert cells(file, "id") == [{"id": "1"}]
    assert cells(file) == [{"id": "1", "title": "x"}]
    assert sentence(file, "id", "picture") == (
        "feed.parquet: has binary data in the column 'picture', and text is wanted"
    )
    assert "'more.raw'" in sentence(file, "more.raw")
    file.with_name("rows").unlink()
    written, names = parquet_rows.unpack(file, file.name, ["id", "price"])
    assert names == ["id", "title", "picture", "more.raw"]
    assert not written.exists()


def test_a_column_that_is_not_there_is_answered_with_the_nearest(parquet_mapping: Mapping, copy: Copy) -> None:
    file = copy("SELECT 'x' AS link, 'x' AS titel, 1 AS price, 1 AS usual, '' AS ends, '' AS town")
    with pytest.raises(InvalidInput, match=r"has no 'title', which the mapping names for title; did you mean titel\?"):
        open_feed(file, parquet_mapping).__enter__()


def test_a_file_cut_short_or_damaged_anywhere_is_refused_or_read(
    parquet_mapping: Mapping, record: Make, write: Write
) -> None:
    file = write([record(number) for number in range(1, 50)], "feed.parquet")
    whole = file.read_bytes()
    for kept in (1, 3, 4, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:kept])
        with pytest.raises(InvalidInput, match=r"^feed\.parquet: is (cut short|damaged|not a Parquet file)"):
            open_feed(file, parquet_mapping).__enter__()
    for at in range(4, len(whole), len(whole) // 12):
        file.write_bytes(whole[:at] + bytes(byte ^ 0xFF for byte in whole[at : at + 3]) + whole[at + 3 :])
        try:
            with open_feed(file, parquet_mapping) as feed:
                assert feed.total <= 49
        except InvalidInput as problem:
            assert "\n" not in str(problem)  # noqa: PT017 - damage to a cell's letters raises nothing
            assert str(problem).startswith("feed.parquet: ")  # noqa: PT017 - and when something does


def test_a_locked_file_is_named(copy: Copy) -> None:
    file = copy("SELECT 1 AS id")
    file.write_bytes(b"PARE" + file.read_bytes()[4:-4] + b"PARE")
    assert sentence(file) == "feed.parquet: is encrypted; write it without encryption"


def test_a_file_that_swells_is_refused(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("highstreet.market.feeds.readers.parquet_rows.RATIO_FROM_BYTES", 2**20)
    file = copy("SELECT repeat('deal', 50) AS title FROM range(200_000)")
    assert file.stat().st_size * 200 < 40_000_000
    assert "once unpacked" in sentence(file)


def test_a_file_that_takes_too_much_memory_is_refused(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    file = copy("SELECT i AS id, repeat(md5(i::VARCHAR), 300) AS title FROM range(20_000) AS rows (i)")
    assert len(cells(file)) == 20_000
    monkeypatch.setattr("highstreet.market.feeds.readers.parquet_rows.MAX_PARQUET_MEMORY_BYTES", 300 * 2**20)
    assert "to read" in sentence(file)


def test_a_file_of_too_many_columns_is_refused(copy: Copy) -> None:
    file = copy(f"SELECT {', '.join(f'{number} AS c{number}' for number in range(1_001))}")
    assert "has 1,001 columns; at most 1,000 can be read" in sentence(file)


def test_a_reader_that_falls_over_is_one_sentence(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    file = copy("SELECT 1 AS id")
    started: list[int] = []
    start = subprocess.Popen

    def start_and_shoot(*args: Any, **named: Any) -> object:  # noqa: ANN401 - whatever Popen takes
        process = start(*args, **named)
        started.append(process.pid)
        os.kill(process.pid, signal.SIGSEGV)
        return process

    monkeypatch.setattr(parquet_rows.subprocess, "Popen", start_and_shoot)
    assert "is damaged, or would take more than 120 seconds" in sentence(file)
    assert not psutil.pid_exists(started[0])


def test_the_reader_ends_with_whoever_started_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "feed")  # nobody ever writes to it
    request = parquet_rows.Request(str(tmp_path), "feed", "rows", None, 2**20, 2**30, 60)
    command = [sys.executable, "-m", "highstreet.market.feeds.readers.parquet_child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(request) + b"\n")
        process.stdin.close()
        assert process.wait(timeout=30) == 1
