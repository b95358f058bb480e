"""`highstreet import FILE --suggest` as somebody meets it who has never written a mapping."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec
import pytest

from highstreet.__main__ import main
from highstreet.kit.database import Database

Save: TypeAlias = Callable[..., Path]

FEED = "ref,name,price,was,town\n" + "".join(
    f"a{n * 7},Boat tour {n} on the lake,{20 + n},{50 + n},Chicago\n" for n in range(12)
)


class Done(msgspec.Struct, frozen=True):
    """How a command ended."""

    code: object
    out: str
    err: str


Run: TypeAlias = Callable[..., Done]


@pytest.fixture
def run(
    world: Database,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    del world
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HIGHSTREET_ENV", "test")
    monkeypatch.setenv("HIGHSTREET_DATABASE_URL", database_url)
    monkeypatch.setenv("HIGHSTREET_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def make(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["highstreet", "import", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(ended.value.code, said.out, said.err)

    return make


def test_the_mapping_goes_to_a_file_the_preview_to_the_person_and_the_import_takes_it(run: Run, save: Save) -> None:
    feed = str(save("lakeside.csv", FEED))
    suggested = run(feed, "--suggest", "--output", "lakeside.toml")
    assert (suggested.code, suggested.out) == (0, "")
    assert "Boat tour 0 on the lake" in suggested.err
    assert "20.00 USD" in suggested.err
    assert "60 %" in suggested.err
    assert "12 of the 12 rows that were tried can be used." in suggested.err
    assert "Nothing was imported." in suggested.err
    assert "UNSURE feed.currency" in suggested.err
    imported = run(feed, "--mapping", "lakeside.toml")
    assert imported.code == 0
    assert "lakeside: 12 of 12 rows can be used" in imported.out


def test_the_mapping_alone_is_on_standard_output(run: Run, save: Save) -> None:
    suggested = run(str(save("lakeside.csv", FEED)), "--suggest", "--quiet")
    assert suggested.out.startswith("# A suggestion, from 12 rows of the file.")
    assert 'price = { from = "price", transforms = ["money"] }' in suggested.out
    assert suggested.err == ""


def test_all_of_it_is_to_be_had_as_data(run: Run, save: Save) -> None:
    told = json.loads(run(str(save("lakeside.csv", FEED)), "--suggest", "--json").out)
    assert [field["name"] for field in told["fields"]] == ["key", "title", "price", "value", "place"]
    assert (told["tried"]["rows"], told["tried"]["accepted"], told["looked_at"]) == (12, 12, 12)
    assert told["doubts"][0]["field"] == "feed.currency"


def test_a_file_that_is_there_is_not_written_over(run: Run, save: Save, tmp_path: Path) -> None:
    (tmp_path / "here" / "mine.toml").write_text("mine")
    refused = run(str(save("lakeside.csv", FEED)), "--suggest", "--output", "mine.toml")
    assert refused.code == 1
    assert "mine.toml is there already" in refused.err
    assert (tmp_path / "here" / "mine.toml").read_text() == "mine"


def test_what_has_to_be_finished_by_hand_is_shown_and_said(run: Run, save: Save) -> None:
    unfinished = run(str(save("notes.csv", "a,b\nx y,q\nz w,r\n")), "--suggest")
    assert unfinished.code == 1
    assert "# UNSURE: no column looks like a price" in unfinished.out
    assert "has to be finished by hand" in unfinished.err


def test_a_file_is_not_a_terminal_to_write_on(run: Run, save: Save) -> None:
    feed = "ref,name,price\n" + "".join(f"a{n},[red]Tour\x1b[31m {n}[/red] on the lake,{n + 5}\n" for n in range(8))
    suggested = run(str(save("red.csv", feed)), "--suggest")
    assert "\x1b" not in suggested.out + suggested.err


@pytest.mark.parametrize("words", [(), ("--mapping", "a.toml", "--suggest"), ("--mapping", "a.toml", "--output", "b")])
def test_one_of_mapping_and_suggest_is_said(run: Run, save: Save, words: tuple[str, ...]) -> None:
    assert run(str(save("lakeside.csv", FEED)), *words).code == 2
