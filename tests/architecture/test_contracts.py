"""Every import contract is kept, and each one is seen to break when its rule is broken."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

VIOLATIONS = {
    "wings": ("kit/money.py", "import highstreet.market.catalog.service"),
    "market": ("market/catalog/domain/deals.py", "import highstreet.market.feeds.domain"),
    "discovery": ("discovery/search/domain.py", None),
    "inside": ("market/catalog/domain/deals.py", "import highstreet.market.catalog.service"),
    "doors": ("market/feeds/service.py", "import highstreet.market.catalog.repository"),
    "pure": ("market/catalog/domain/deals.py", "import pathlib"),
    "no-sql-in-faces": ("web/app.py", "import psycopg"),
    "faces": ("web/api/views.py", "import highstreet.web.storefront.router"),
    "circles": ("kit/errors.py", "import highstreet.kit.money"),
}
"""By contract: the file, and the line that breaks it there; None is a package that no layer names."""


def _contracts(directory: Path) -> dict[str, str]:
    settings = tomllib.loads((directory / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


def _lint_imports(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache", *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(directory / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copied_house(tmp_path: Path) -> Path:
    """A copy of the source and of the contracts, to be spoilt."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "highstreet", tmp_path / "src" / "highstreet", ignore=ignored)
    shutil.copytree(ROOT / "tests" / "architecture", tmp_path / "tests" / "architecture", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_keeps_every_contract() -> None:
    result = _lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_has_a_planted_violation() -> None:
    assert set(VIOLATIONS) == set(_contracts(ROOT))


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_planted_violation_breaks_the_contract(contract: str, copied_house: Path) -> None:
    file, line = VIOLATIONS[contract]
    spoilt = copied_house / "src" / "highstreet" / file
    if line is None:
        nameless = spoilt.parents[1] / "nameless"
        nameless.mkdir()
        (nameless / "__init__.py").touch()
    else:
        spoilt.write_text(f"{spoilt.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    name = _contracts(copied_house)[contract]

    result = _lint_imports(copied_house, "--contract", contract)

    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{name} BROKEN" in " ".join(result.stdout.split())


def test_every_wing_and_every_room_in_it_stands_in_a_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    exhaustive = {
        container
        for contract in settings["contracts"]
        if contract.get("exhaustive")
        for container in contract["containers"]
    }
    wings = {
        f"highstreet.{wing}"
        for wing in ("market", "discovery", "marketing")
        if (ROOT / "src/highstreet" / wing).is_dir()
    }
    assert {"highstreet", *wings} <= exhaustive
