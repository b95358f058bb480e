"""What Highstreet depends on may be used by whoever uses Highstreet under Apache-2.0."""

import re
import tomllib
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_RECIPROCAL = re.compile(
    r"(?<!L)(?<!Lesser )(?<!Library or Lesser )\b(A?GPL|(Affero )?General Public License)", re.IGNORECASE
)


def reciprocal(said: str) -> bool:
    """Whether a licence asks for the whole program's source; the Lesser GPL does not."""
    return bool(_RECIPROCAL.search(said)) and not re.search(r"\bOR\b.*(MIT|BSD|Apache)|(MIT|BSD|Apache).*\bOR\b", said)


def _licence(package: PackageMetadata) -> str:
    """What the package says: the SPDX expression, else its classifiers, else the first line of the free text."""
    classifiers = [each for each in package.get_all("Classifier", []) if each.startswith("License ::")]
    return _field(package, "License-Expression") or "; ".join(classifiers) or _field(package, "License")


def _field(package: PackageMetadata, name: str) -> str:
    return str((package.get_all(name) or [""])[0]).partition("\n")[0]


def _runtime_packages() -> list[PackageMetadata]:
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    found: list[PackageMetadata] = []
    for name in dict.fromkeys(locked):
        try:
            found.append(metadata(name))
        except PackageNotFoundError:  # for another platform
            continue
    assert len(found) > 20
    return found


def test_no_runtime_dependency_is_under_a_licence_that_reaches_beyond_itself() -> None:
    licences = {package["Name"]: _licence(package) for package in _runtime_packages()}
    assert {name: licence for name, licence in licences.items() if reciprocal(licence)} == {}


def test_every_runtime_dependency_states_a_licence() -> None:
    assert [package["Name"] for package in _runtime_packages() if not _licence(package)] == []


def test_every_direct_dependency_stands_in_the_decision_record_with_its_reason() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = {re.split(r"[\[<>=; ]", each, maxsplit=1)[0] for each in settings["project"]["dependencies"]}
    record = (ROOT / "docs" / "adr" / "0015-dependencies.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| ([a-z][\w-]+) \| \w", record, re.MULTILINE)) - {"package"} == named


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0", True),
        ("License :: OSI Approved :: GNU Affero General Public License v3", True),
        ("License :: OSI Approved :: GNU General Public License v2 (GPLv2)", True),
        ("LGPL-3.0-only", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", False),
        ("MIT OR GPL-2.0", False),
        ("Apache-2.0", False),
    ],
)
def test_a_licence_is_read_as_it_is_meant(said: str, expected: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert reciprocal(said) is expected
