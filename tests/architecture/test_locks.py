"""The locks hold what `pyproject.toml` asks for, by hash, and the same versions in all of them."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"^([\w.-]+)==([\w.]+)(.*?)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE)


def _pins(lock: str) -> dict[str, set[str]]:
    """The versions by name: several where they depend on the Python that is used."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins: dict[str, set[str]] = {}
    for name, version, _, hashes in _PIN.findall(text):
        assert hashes, f"{lock}: {name} has no hash"
        pins.setdefault(name, set()).add(version)
    assert pins, lock
    return pins


def _asked(group: str | None) -> list[Requirement]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = settings["dependency-groups"][group] if group else settings["project"]["dependencies"]
    return [Requirement(line) for line in lines if isinstance(line, str)]


def _lacking(lock: str, asked: list[Requirement]) -> list[str]:
    pins = _pins(lock)
    return [str(each) for each in asked if not any(map(each.specifier.contains, pins.get(each.name, ())))]


def test_the_locks_are_up_to_date() -> None:
    assert _lacking("requirements.lock", _asked(None)) == []
    assert _lacking("requirements-dev.lock", [*_asked(None), *_asked("dev"), *_asked("tools")]) == []
    assert _lacking("requirements-tools.lock", _asked("tools")) == []


def test_the_locks_agree() -> None:
    development = _pins("requirements-dev.lock")
    for lock in ("requirements.lock", "requirements-tools.lock"):
        assert {name: versions for name, versions in _pins(lock).items() if development[name] != versions} == {}
