"""The search in an operator's hands, through the command line."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from highstreet.__main__ import group
from highstreet.kit.errors import InvalidInput


def run(database_url: str, *arguments: str, typed: bytes | None = None) -> Result:
    environ = {"HIGHSTREET_DATABASE_URL": database_url, "HIGHSTREET_ENV": "test"}
    return CliRunner().invoke(group, ["search", "synonyms", *arguments], env=environ, input=typed)


def test_synonyms_are_added_listed_and_removed(database_url: str) -> None:
    added = run(database_url, "add", "pony", "small horse", "--finds", "riding", "--language", "en")
    assert added.exception is None, added.output
    listed = json.loads(run(database_url, "list", "PONY", "--json").output)["synonyms"]
    assert [(each["phrases"], each["finds"], each["language"]) for each in listed] == [
        (["pony", "small horse"], ["riding"], "en")
    ]
    key = listed[0]["key"]
    assert added.output == f"Added as {key}: pony, small horse => riding\n"
    assert f"{key}  en  pony, small horse => riding" in run(database_url, "list").output
    assert run(database_url, "remove", key).output == "Removed: pony, small horse => riding\n"
    assert run(database_url, "list", "pony").output == "There are none.\n"


def test_synonyms_go_out_and_come_back_in(database_url: str, tmp_path: Path) -> None:
    exported = run(database_url, "export").output
    file = tmp_path / "synonyms.txt"
    file.write_text("pony, horse\n", encoding="utf-8")
    assert run(database_url, "import", "--replace", str(file)).output.startswith("1 added, ")
    assert run(database_url, "export").output == "[*]\npony, horse\n"
    back = run(database_url, "import", "--replace", "-", typed=exported.encode())
    assert back.output.endswith(" added, 1 removed.\n")
    assert run(database_url, "export").output == exported


def test_a_list_that_cannot_be_read_changes_nothing(database_url: str) -> None:
    before = run(database_url, "export").output
    for typed in (b"pony, horse\nlonely\n", b"pony, horse\xff", b"a, b\n" * 1_000_001):
        assert isinstance(run(database_url, "import", "-", typed=typed).exception, InvalidInput)
    assert run(database_url, "export").output == before
