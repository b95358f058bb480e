"""`python -m tests.corpus DIRECTORY [FAMILY ...]` writes the corpus: every case, and what has to happen to it.

Damaged and hostile feeds, mappings, pictures and addresses, the same at each run. Each case is a folder with its file,
and `manifest.json` lists them all. The tests beside this file lead each through the doors that users have.
"""

import argparse
import sys
from pathlib import Path
from random import Random

import msgspec

from tests.corpus import addresses, archives, mappings, pictures, tables, texts, trees, values
from tests.corpus.cases import Case, Ending, Family, Kind

FAMILIES: dict[str, Family] = {
    module.__name__.rpartition(".")[2]: module.family
    for module in (addresses, archives, mappings, pictures, tables, texts, trees, values)
}
_SEED = 20261123


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A case as the manifest tells it; `folder` is relative to the manifest."""

    name: str
    wrong: str
    kind: Kind
    ending: Ending
    says: str
    folder: str
    file: str
    address: str
    seconds: float
    mebibytes: int


def cases(family: str) -> list[Case]:
    """The cases of one family, always the same."""
    return FAMILIES[family](Random(f"{_SEED} {family}"))


def write(directory: Path, families: list[str]) -> list[Entry]:
    """Write the cases of `families` and their manifest."""
    entries = [_written(case, directory) for family in families for case in cases(family)]
    names = [entry.name for entry in entries]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    (directory / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(entries)))
    return entries


def _written(case: Case, directory: Path) -> Entry:
    folder = directory / case.name
    folder.mkdir(parents=True)
    if case.file:
        (folder / case.file).write_bytes(case.content())
    if case.mapping:
        (folder / "mapping.toml").write_text(case.mapping, encoding="utf-8")
    return Entry(
        name=case.name,
        wrong=case.wrong,
        kind=case.kind,
        ending=case.ending,
        says=case.says,
        folder=case.name,
        file=case.file,
        address=case.address,
        seconds=case.seconds,
        mebibytes=case.mebibytes,
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__, allow_abbrev=False)
    parser.add_argument("directory", type=Path)
    parser.add_argument("families", nargs="*", metavar="FAMILY", choices=[[], *FAMILIES], help=", ".join(FAMILIES))
    arguments = parser.parse_args()
    entries = write(arguments.directory, arguments.families or list(FAMILIES))
    sys.stdout.write(f"{len(entries)} cases in {arguments.directory}\n")


if __name__ == "__main__":
    main()
