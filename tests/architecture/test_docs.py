"""The docs say nothing that is not so: links, paths, commands, settings and examples are checked."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from highstreet.kit import settings
from tests.architecture import documents

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "highstreet"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
KNOWN_SETTINGS = {each.name for each in settings.reference()} | {f"{settings.PREFIX}CONFIG"}


@pytest.fixture(params=PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def page(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_links_lead_somewhere(page: Path) -> None:
    assert list(documents.broken_links(page.read_text(encoding="utf-8"), page)) == []


def test_paths_exist(page: Path) -> None:
    roots = (ROOT, SOURCE, page.parent)
    assert list(documents.missing_paths(page.read_text(encoding="utf-8"), roots)) == []


def test_commands_exist_with_their_options(page: Path) -> None:
    assert list(documents.unknown_commands(page.read_text(encoding="utf-8"), _problem_with)) == []


def test_settings_exist(page: Path) -> None:
    assert list(documents.unknown_settings(page.read_text(encoding="utf-8"), KNOWN_SETTINGS)) == []


def test_python_examples_run(page: Path) -> None:
    """Each in a process of its own, as somebody would who copies it; its assertions have to hold."""
    for example in documents.examples(page.read_text(encoding="utf-8")):
        if example.language == "python":
            ran = subprocess.run(
                [sys.executable, "-W", "error", "-c", example.code],
                capture_output=True,
                text=True,
                check=False,
                cwd=ROOT,
            )
            assert ran.returncode == 0, f"{page.relative_to(ROOT)}:{example.line}\n{ran.stderr}"


def test_every_setting_stands_in_the_reference() -> None:
    guide = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [name for name in sorted(KNOWN_SETTINGS) if f"`{name}`" not in guide] == []


def test_every_decision_stands_in_the_list_of_decisions() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if re.match(r"\d{4}-", page.name) and f"({page.name})" not in index] == []


def _problem_with(command: str) -> str | None:
    """Whether `./dev` or `highstreet` knows the command and the options that the docs give it."""
    program, *words = command.split()
    named = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
    if program == "./dev":
        known = set(re.findall(r"^    ([a-z]+)\)", (ROOT / "dev").read_text(encoding="utf-8"), re.MULTILINE))
        known |= {"test", "check", "lock", "help"}
        return None if words[0] in known else "there is no such command"
    if not named:
        return None
    for depth in range(min(3, len(named)), 0, -1):
        if shown := _help(*named[:depth]):
            unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in shown]
            return f"there is no {', '.join(unknown)}" if unknown else None
    return "there is no such command"


@cache
def _help(*command: str) -> str:
    """What the program says about the command, empty where it knows none."""
    said = subprocess.run(
        [sys.executable, "-m", "highstreet", *command, "--help"], capture_output=True, text=True, check=False
    )
    return said.stdout if said.returncode == 0 else ""
