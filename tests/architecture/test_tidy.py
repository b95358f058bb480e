"""The house rules hold in every file that is ours. The rules themselves are proved in `test_rules.py`."""

import statistics
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture import rules

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "highstreet"
HANDWRITTEN = {".py", ".sql", ".toml", ".html", ".css", ".js", ".jinja", ".xml", ".md", ".svg", ".txt"}
GENERATED = {ROOT / "docs" / "schema.sql"}


def _files(*places: str) -> list[Path]:
    """Every file of ours below the places, or the place itself where it is a file."""
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        below = path.rglob("*") if path.is_dir() else [path]
        found += [each for each in below if each.is_file() and "__pycache__" not in each.parts]
    return sorted(found)


def _python(*places: str) -> list[Path]:
    return [path for path in _files(*places) if path.suffix == ".py"]


def _is_repository(path: Path) -> bool:
    return path.stem.endswith("repository") or "repository" in path.parts


EVERYTHING = [
    path
    for path in _files(
        "src", "tests", "benchmarks", "migrations", "docs", "README.md", "CHANGELOG.md", "SECURITY.md", "dev"
    )
    if path.suffix in HANDWRITTEN or path.name == "dev"
]
CODE = _python("src", "tests", "benchmarks", "migrations")
OURS = _python("src")
KIT = {path for path in OURS if path.is_relative_to(SOURCE / "kit")}
REPOSITORIES = {path for path in OURS if _is_repository(path)}
DOMAINS = {path for path in OURS if "domain" in path.parts or path.stem == "domain"}
WIRING = {SOURCE / "main.py", *_python("src/highstreet/cli")}
READS_OTHERS_DATABASES = {path for path in OURS if path.is_relative_to(SOURCE / "market" / "feeds" / "readers")}

Rule = Callable[[str], Iterable[str]]

CHECKS: dict[str, tuple[Rule, Iterable[Path]]] = {
    "no file is too long": (
        rules.too_long,
        [path for path in EVERYTHING if path not in GENERATED and path.suffix != ".md"],
    ),
    "no function is too long": (rules.long_functions, CODE),
    "a package's __init__ holds its docstring": (
        rules.more_than_a_docstring,
        [path for path in OURS if path.name == "__init__.py"],
    ),
    "no SQL file reads the clock": (
        rules.clock_in_sql,
        [path for path in _files("migrations") if path.suffix == ".sql"],
    ),
    "no SQL in Python reads the clock": (rules.clock_in_statements, OURS),
    "no Python reads the clock, but where a process begins": (
        rules.clock_in_python,
        [path for path in OURS if path not in KIT | WIRING],
    ),
    "only repositories and kit hold SQL": (
        rules.statements,
        [path for path in OURS if path not in KIT | REPOSITORIES | READS_OTHERS_DATABASES],
    ),
    "no repository commits": (rules.commits, REPOSITORIES),
    "no domain touches the world": (rules.touches_the_world, DOMAINS),
    "nothing is left unfinished": (rules.unfinished, EVERYTHING),
    "nothing belongs to one machine": (
        rules.of_a_machine,
        [*EVERYTHING, *_files("requirements.lock", "requirements-dev.lock", "requirements-tools.lock", ".ci")],
    ),
    "no id is written into the code": (rules.fixed_ids, OURS),
    "every ignored rule says why": (rules.bare_ignores, CODE),
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_house_is_tidy(name: str) -> None:
    rule, paths = CHECKS[name]
    paths = sorted(paths)
    assert paths, "the rule found no file to look at"
    _none(f"{path.relative_to(ROOT)}:{finding}" for path in paths for finding in rule(path.read_text(encoding="utf-8")))


def test_module_names_say_something() -> None:
    _none(f"{path.relative_to(ROOT)}:{finding}" for path in OURS for finding in rules.vague_name(path.stem))


def test_functions_are_short_as_a_habit() -> None:
    lengths = [lines for path in OURS for _, _, lines in rules.function_lengths(path.read_text(encoding="utf-8"))]
    assert statistics.quantiles(lengths, n=10)[-1] <= 30


def test_every_module_is_reached_from_an_entry() -> None:
    """The command line, its commands (found by their file), and what is started with `python -m`."""
    texts = {_module(path): path.read_text(encoding="utf-8") for path in OURS}
    imports = {module: rules.imported_names(text) for module, text in texts.items()}
    entries = {
        module
        for module, text in texts.items()
        if module.startswith("highstreet.cli.") or '__name__ == "__main__"' in text
    }
    assert rules.unreached(imports, entries) == []


def test_every_name_is_used() -> None:
    """By code, by a template, or at least by a test."""
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in OURS}
    others = [path for path in EVERYTHING if path not in OURS and path.suffix != ".md"]
    _none(rules.unused_names(texts, [path.read_text(encoding="utf-8") for path in others]))


def test_every_file_beside_the_code_is_used_by_it() -> None:
    """Templates, assets and data are named, or their folder is, by code or by another such file."""
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in _files("src")}
    beside = [path for path in texts if path.suffix not in {".py", ".po", ".mo", ".pot"} and path.name != "py.typed"]

    def named(path: Path) -> bool:
        words = {path.name, path.stem, f'"{path.parent.name}"'}
        return any(word in text for other, text in texts.items() if other != path for word in words)

    _none(str(path.relative_to(ROOT)) for path in beside if not named(path))


def test_every_migration_has_its_revision_and_every_revision_its_sql() -> None:
    versions = _files("migrations/versions")
    numbers = {suffix: {path.name[:4] for path in versions if path.suffix == suffix} for suffix in (".py", ".sql")}
    assert numbers[".py"] == numbers[".sql"]


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _none(findings: Iterator[str]) -> None:
    """Fail with every finding on a line of its own."""
    found = list(findings)
    assert not found, "\n" + "\n".join(found)
