"""A few dozen inputs of the corpus through the command itself: one line, the right exit code, and nothing half done."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from highstreet.__main__ import main
from highstreet.kit.database import Database
from tests.corpus.__main__ import FAMILIES, cases
from tests.corpus.cases import Case, Ending, Kind

Run = Callable[..., tuple[object, str, str]]

_EVERY = 19


def chosen() -> list[Case]:
    """Some of each family, and all that hold letters that cannot be written down."""
    found = [
        case
        for family in FAMILIES
        for number, case in enumerate(cases(family))
        if case.kind in {Kind.FEED, Kind.MAPPING}
        and (
            number % _EVERY == 0 or any(word in case.name for word in ("surrogate", "half_pair", "nul_in", "_not_utf8"))
        )
    ]
    return [case for case in found if "50mb" not in case.name]


@pytest.fixture
def run(
    lakeside: Database,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Give the command in an empty directory: how it ended, and what it said."""
    del lakeside
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HIGHSTREET_ENV", "test")
    monkeypatch.setenv("HIGHSTREET_DATABASE_URL", database_url)
    monkeypatch.setenv("HIGHSTREET_DATA_DIR", str(tmp_path / "data"))

    def give(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["highstreet", "import", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return give


def test_a_few_dozen_damaged_inputs_end_in_one_line_each(run: Run, tmp_path: Path) -> None:
    all_chosen = chosen()
    assert len(all_chosen) >= 30
    for case in all_chosen:
        folder = tmp_path / case.name
        folder.mkdir()
        (folder / case.file).write_bytes(case.content())
        if case.mapping:
            (folder / "mapping.toml").write_text(case.mapping)
        source = folder / case.file if case.kind is Kind.FEED else Path("none.csv")
        code, out, err = run(str(source), "--mapping", str(folder / "mapping.toml"), "--json", "--quiet")
        assert "Traceback" not in out + err, f"{case.name}: {err}"
        assert err.count("\n") == (0 if code == 0 else 1), f"{case.name}: {err}"
        if case.ending is Ending.REFUSED:
            assert code == 1, case.name
            assert err.startswith("highstreet: "), f"{case.name}: {err}"
            assert list(Path().iterdir()) == [], case.name
        elif case.ending is Ending.REJECTED:
            told = json.loads(out)
            assert told["rejected"] > 0, case.name
            assert Path(told["rejects"]).read_text(encoding="utf-8").count("\n") == told["rejected"], case.name
            Path(told["rejects"]).unlink()
        else:
            for left in Path().iterdir():
                left.unlink()
