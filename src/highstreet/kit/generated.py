"""Pages under `docs` that are made from the code: `python -m MODULE > docs/NAME`, and with `--check` compared."""

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path


def kept_file(name: str) -> Path:
    """`docs/NAME` of the checkout that this module is part of."""
    return Path(__file__).parents[3] / "docs" / name


def difference(made: str, kept: str) -> str:
    """A unified diff, empty where both are the same."""
    return "".join(difflib.unified_diff(kept.splitlines(keepends=True), made.splitlines(keepends=True), "kept", "made"))


def tell(made: str, name: str, arguments: Sequence[str]) -> int:
    """Print what was made, or with `--check` how it differs from what is kept under `name`; the exit code."""
    if [*arguments] != ["--check"]:
        sys.stdout.write(made)
        return 0
    file = kept_file(name)
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    sys.stdout.write(difference(made, kept))
    return int(made != kept)
