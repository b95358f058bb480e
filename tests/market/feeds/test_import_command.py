"""`highstreet import` as an operator meets it: exit codes, one sentence, the rejects file."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec
import psycopg
import pytest

from highstreet.__main__ import main
from highstreet.kit.database import Database
from highstreet.kit.postgres.server import ADMINISTRATOR, EmbeddedPostgres

Record: TypeAlias = dict[str, str | None]
Make: TypeAlias = Callable[..., Record]
Write: TypeAlias = Callable[..., Path]


class Done(msgspec.Struct, frozen=True):
    """How a command ended."""

    code: object
    out: str
    err: str


Import: TypeAlias = Callable[..., Done]


@pytest.fixture
def run_import(
    lakeside: Database,
    database_url: str,
    mapping_text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Import:
    """Run the command on a file with the invented feed's mapping, in an empty directory."""
    del lakeside
    (tmp_path / "lakeside.toml").write_text(mapping_text)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HIGHSTREET_ENV", "test")
    monkeypatch.setenv("HIGHSTREET_DATABASE_URL", database_url)
    monkeypatch.setenv("HIGHSTREET_DATA_DIR", str(tmp_path / "data"))

    def run(file: Path | str, *options: str) -> Done:
        mapping = str(tmp_path / "lakeside.toml")
        monkeypatch.setattr(sys, "argv", ["highstreet", "import", str(file), "--mapping", mapping, *options])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(ended.value.code, said.out, said.err)

    return run


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "here"


def test_rejects_are_kept_and_the_rest_is_imported(run_import: Import, row: Make, write: Write, here: Path) -> None:
    done = run_import(write([row(1), row(2, price="call us"), row(3, town="Nowhere, IL"), row(4, title="\x1b[31mred")]))
    assert (done.code, done.err) == (0, "")
    assert "lakeside: 1 of 4 rows can be used, 3 cannot.\n1 new, 0 changed, 0 as they were.\n" in done.out
    assert "Where: 1 in a town.\n" in done.out
    assert "line 2: price 'call us' is not an amount in USD" in done.out
    assert "\x1b" not in done.out
    kept = [json.loads(line) for line in (here / "lakeside.rejects.jsonl").read_text().splitlines()]
    assert [(each["line"], each["field"], each["value"]) for each in kept] == [
        (2, "price", "call us"),
        (3, "place", "Nowhere, IL"),
        (4, "title", "\x1b[31mred"),
    ]
    again = run_import(write([row(1)]), "--json")
    outcome = json.loads(again.out)
    assert (again.code, outcome["same"], outcome["rejected"]) == (0, 1, 0)
    assert (here / "lakeside.rejects.jsonl").read_text() == "", "what was refused once is not refused now"
    assert run_import(write([row(1)]), "--quiet") == Done(0, "", "")


def test_a_dry_run_leaves_no_trace(run_import: Import, row: Make, write: Write, here: Path) -> None:
    file = write([row(1), row(2, price="call us")])
    dry = run_import(file, "--dry-run")
    assert dry.code == 0
    assert "1 new" in dry.out
    assert "Rejects: not kept; --rejects FILE keeps them." in dry.out
    assert "A dry run: nothing was written to the catalogue." in dry.out
    assert list(here.iterdir()) == []
    named = run_import(file, "--dry-run", "--rejects", "found.jsonl", "--json")
    assert json.loads(named.out)["rejects"] == "found.jsonl"
    assert json.loads(named.out)["new"] == 1
    assert len((here / "found.jsonl").read_text().splitlines()) == 1


def test_an_old_feed_is_told_to_be_over(run_import: Import, record: Make, write: Write) -> None:
    file = write([record(1)])
    assert "1 are over, and found by nobody; --shift-dates moves an old feed's dates to today." in run_import(file).out
    assert "Dates were moved by " in run_import(file, "--shift-dates").out


def test_a_file_that_is_cut_short_gets_one_sentence(run_import: Import, row: Make, write: Write, here: Path) -> None:
    file = write([row(1)], "feed.json.xz")
    file.write_bytes(file.read_bytes()[:-9])
    sentence = "feed.json.xz: is cut short: the archive ends before its end mark; fetch it again"
    assert run_import(file) == Done(1, "", f"highstreet: {sentence}\n")
    assert list(here.iterdir()) == []


def test_a_broken_mapping_gets_one_sentence(
    run_import: Import, row: Make, write: Write, here: Path, mapping_text: str
) -> None:
    file = write([row(1)])
    file.with_name("lakeside.toml").write_text(mapping_text.replace('"money"', '"mony"', 1))
    sentence = "lakeside.toml line 21, fields.price.transforms: 'mony' is not a transform; did you mean money?"
    assert run_import(file) == Done(1, "", f"highstreet: {sentence}\n")
    assert list(here.iterdir()) == []


def test_a_rejects_file_that_cannot_be_written_stops_the_import_before_it_begins(
    run_import: Import, row: Make, write: Write
) -> None:
    file = write([row(1)])
    refused = run_import(file, "--rejects", "nowhere/found.jsonl")
    sentence = "--rejects: nowhere/found.jsonl cannot be written (No such file or directory); name another place"
    assert refused == Done(1, "", f"highstreet: {sentence}\n")
    assert "1 new" in run_import(file, "--dry-run").out


def test_a_file_of_which_nothing_can_be_used_is_a_failure(
    run_import: Import, row: Make, write: Write, here: Path
) -> None:
    refused = run_import(write([row(1, price="call us")]))
    assert refused.code == 1
    assert refused.err == "highstreet: feed.json: none of its 1 rows can be used; is this its mapping?\n"
    assert "call us" in (here / "lakeside.rejects.jsonl").read_text()


def test_a_second_import_of_the_feed_is_refused_while_one_is_under_way(
    run_import: Import, row: Make, write: Write, postgres: EmbeddedPostgres, database_name: str
) -> None:
    file = write([row(1)])
    with psycopg.connect(postgres.url(ADMINISTRATOR, database_name)) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('feed:lakeside', 0))")
        sentence = "An import of lakeside is already under way; wait for it to end."
        assert run_import(file) == Done(1, "", f"highstreet: {sentence}\n")
    assert run_import(file).code == 0


def test_standard_input_is_a_feed_too_and_what_was_found_in_it_is_said(
    run_import: Import, row: Make, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapping_text: str
) -> None:
    (tmp_path / "lakeside.toml").write_text(mapping_text.replace('"json"', '"csv"'))
    content = write([row(1, title="Crème brûlée", town="Chicago Area")], "feed.csv").read_text().replace(",", ";")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode("cp1252"))))
    done = run_import("-")
    assert (done.code, done.err) == (0, "")
    assert "1 new" in done.out
    assert 'Found in the file, as the mapping does not say: encoding "cp1252", delimiter ";".' in done.out


def test_an_address_of_a_private_network_needs_the_operators_word(
    run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = run_import("http://127.0.0.1:1/feed.csv")
    sentence = "http://127.0.0.1:1/feed.csv: leads to '127.0.0.1', which is not on the public internet"
    assert (refused.code, refused.err) == (1, f"highstreet: {sentence}\n")
    monkeypatch.setenv("HIGHSTREET_PRIVATE_HOSTS", "files.example, 127.0.0.1")
    assert "cannot be reached" in run_import("http://127.0.0.1:1/feed.csv").err
