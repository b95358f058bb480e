"""`highstreet import list|show|undo|replay|schedule` as an operator meets them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import psycopg
import pytest
from click.testing import CliRunner, Result

from highstreet.__main__ import group
from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict, InvalidInput

Record: TypeAlias = dict[str, str | None]
Make: TypeAlias = Callable[..., Record]
Write: TypeAlias = Callable[..., Path]
Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def run(
    lakeside: Database, database_url: str, mapping_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run `highstreet import` in a directory with the mapping of the invented feed."""
    del lakeside
    (tmp_path / "lakeside.toml").write_text(mapping_text)
    monkeypatch.chdir(tmp_path)
    environ = {
        "HIGHSTREET_DATABASE_URL": database_url,
        "HIGHSTREET_ENV": "test",
        "HIGHSTREET_DATA_DIR": str(tmp_path / "data"),
        "COLUMNS": "160",
    }

    def command(*arguments: str | Path) -> Result:
        return CliRunner().invoke(group, ["import", *map(str, arguments)], env=environ)

    return command


def test_a_night_is_looked_at_mended_and_taken_back(run: Run, row: Make, write: Write, tmp_path: Path) -> None:
    assert run("list").output == "Nothing has been imported yet.\n"
    file = write([row(1), row(2, price="call us")])
    first = run(file, "--mapping", "lakeside.toml")
    assert "This was run 1; `highstreet import undo 1` takes it back." in first.output
    assert "feed.json" in run("show", "1").output

    listed = json.loads(run("list", "--json").output)["runs"]
    assert [(each["record"]["number"], each["record"]["rows_new"], each["at_work"]) for each in listed] == [
        (1, 1, False)
    ]
    assert " lakeside " in run("list").output

    refused = run("show", "1", "--rejects").output
    (tmp_path / "mended.jsonl").write_text(refused.replace('"price": "call us"', '"price": "12"'))
    replayed = json.loads(run("replay", "1", "--mending", "mended.jsonl", "--json").output)
    assert (replayed["run"], replayed["new"], replayed["rejected"]) == (2, 1, 0)

    refused_undo = run("undo", "1")
    assert isinstance(refused_undo.exception, Conflict)
    assert "Run 2 of lakeside is undone: 1 new deals are out of the catalogue" in run("undo", "2").output
    assert json.loads(run("undo", "1", "--json").output)["removed"] == 1
    assert run("show", "1").output.splitlines()[0] == "Run 1 of lakeside: undone."


def test_a_file_may_be_called_like_a_command(run: Run, row: Make, write: Write, tmp_path: Path) -> None:
    write([row(1)]).rename(tmp_path / "list")
    assert "1 new" in run("./list", "--mapping", "lakeside.toml").output
    assert "1 as they were" in run("--mapping", "lakeside.toml", "./list").output


def test_help_tells_of_files_and_of_commands(run: Run) -> None:
    told = run("--help").output
    assert "Usage: highstreet import FILE --mapping" in told.replace("group", "highstreet")
    for word in ("--shift-dates", "list", "show", "undo", "replay", "schedule"):
        assert word in told


def test_a_mending_file_that_is_none_gets_one_sentence(run: Run, row: Make, write: Write, tmp_path: Path) -> None:
    run(write([row(1, price="?"), row(2)]), "--mapping", "lakeside.toml")
    (tmp_path / "mended.jsonl").write_text('{"row": 1}\n')
    problem = run("replay", "1", "--mending", "mended.jsonl").exception
    assert isinstance(problem, InvalidInput)
    assert str(problem).startswith("mended.jsonl line 1: is no row that was refused: ")


def test_what_is_secret_about_an_address_is_never_told(run: Run, database_url: str) -> None:
    address = "https://pat:mellon@127.0.0.1/deals.json?token=mellon#mellon"
    told = run("schedule", "add", address, "--mapping", "lakeside.toml", "--every", "6h").output
    for command in (["schedule", "run", "lakeside"], [address, "--mapping", "lakeside.toml"]):
        failed = run(*command)
        assert isinstance(failed.exception, InvalidInput)
        told += failed.output + str(failed.exception)
    for command in ("list", "show 1", "show 2", "schedule list"):
        for options in ([], ["--json"]):
            done = run(*command.split(), *options)
            assert done.exit_code == 0
            told += done.output
    assert "https://127.0.0.1/deals.json" in told
    assert "mellon" not in told
    assert "pat:" not in told
    with psycopg.connect(database_url) as connection:
        connection.execute("SET ROLE highstreet_system")
        kept = connection.execute("SELECT runs::text, to_jsonb(schedules) - 'source' FROM feeds.runs, feeds.schedules")
        assert "mellon" not in str(kept.fetchall())


def test_a_schedule_is_made_shown_run_and_removed(run: Run, row: Make, write: Write) -> None:
    file = write([row(1)])
    assert run("schedule", "list").output == "No feed is imported by itself.\n"
    made = run("schedule", "add", file, "--mapping", "lakeside.toml", "--every", "6h")
    assert made.output.startswith("lakeside is imported every 6 hours, next at ")
    assert run("schedule", "add", file, "--mapping", "lakeside.toml", "--every", "6 hours").exit_code == 2
    assert "1 new" in run("schedule", "run", "lakeside").output
    assert "Run 1: 1 new, 0 changed, 0 ended." in run("schedule", "list").output
    (shown,) = json.loads(run("schedule", "list", "--json").output)["schedules"]
    assert (shown["feed"], shown["every_minutes"], shown["source"]) == ("lakeside", 360, str(file))
    assert run("schedule", "remove", "lakeside").output == "lakeside is no longer imported by itself.\n"
