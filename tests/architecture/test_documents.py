"""Each check of the docs is seen to find what is wrong, and to leave what is right."""

from pathlib import Path

from tests.architecture import documents


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "other.md").write_text("# A heading, here\n", encoding="utf-8")
    text = "[a](other.md) [b](other.md#a-heading-here) [c](https://example.org)\n\n[d](gone.md) [e](other.md#gone)"
    assert list(documents.broken_links(text, page)) == [
        "3: a link to gone.md, which does not exist",
        "3: a link to #gone, and no heading is called so",
    ]


def test_a_path_that_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "src" / "deals").mkdir(parents=True)
    (tmp_path / "src" / "service.py").touch()
    text = (
        "`src/deals/` `src/service` `src/*.py` `./src/service.py` `GET /deals` `src/<name>.py`\n`src/gone.py` `gone.md`"
    )
    assert list(documents.missing_paths(text, [tmp_path])) == [
        "2: src/gone.py does not exist",
        "2: gone.md does not exist",
    ]


def test_an_unknown_command_is_found_in_text_and_in_blocks() -> None:
    text = "Run `./dev test` or `./dev fly`.\n\n```sh\nHIGHSTREET_ENV=demo highstreet soar --high\n```\n"
    found = documents.unknown_commands(text, lambda command: None if "test" in command else "no such thing")
    assert [each.partition(":")[2] for each in found] == [
        " ./dev fly: no such thing",
        " highstreet soar --high: no such thing",
    ]


def test_an_unknown_setting_is_found() -> None:
    text = "HIGHSTREET_ENV and\nHIGHSTREET_ENVY, of all HIGHSTREET_* there are"
    assert list(documents.unknown_settings(text, {"HIGHSTREET_ENV"})) == ["2: HIGHSTREET_ENVY is not a setting"]


def test_examples_are_read_with_their_language_and_line() -> None:
    text = "# A\n\n```python\nassert True\n```\n\n```\nplain\n```\n"
    assert list(documents.examples(text)) == [
        documents.Example("python", 4, "assert True\n"),
        documents.Example("", 8, "plain\n"),
    ]
