"""Each case of the corpus ends as it has to: in a reject or one sentence, within its time and memory, and never worse."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest

from tests.corpus.__main__ import FAMILIES, Entry, cases, write
from tests.corpus.cases import Ending, Kind
from tests.corpus.doors import Ended

_LONGEST_SENTENCE = 600


def test_there_are_hundreds_of_cases_of_every_kind() -> None:
    found = [case for family in FAMILIES for case in cases(family)]
    assert len({case.name for case in found}) == len(found) >= 200
    for kind in Kind:
        assert sum(case.kind is kind for case in found) >= 20
    contained = sum(case.ending is Ending.CONTAINED for case in found)
    assert contained < len(found) / 10, "most cases say exactly how they end"


@pytest.fixture(scope="module")
def doors() -> Generator[subprocess.Popen[str]]:
    """The process from which those of the cases are forked: all that they need is loaded once."""
    command = [sys.executable, "-m", "tests.corpus.doors"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_each_case_ends_in_a_reject_or_one_sentence(family: str, doors: subprocess.Popen[str]) -> None:
    assert doors.stdin is not None
    assert doors.stdout is not None
    with TemporaryDirectory(prefix="highstreet-corpus-") as folder:
        entries = write(Path(folder), [family])
        doors.stdin.write(f"{folder}\n")
        doors.stdin.flush()
        ended = msgspec.json.decode(doors.stdout.readline(), type=list[Ended])
    assert [each.name for each in ended] == [entry.name for entry in entries]
    problems = [
        f"{entry.name}: {problem}" for entry, how in zip(entries, ended, strict=True) for problem in wrong(entry, how)
    ]
    assert not problems, "\n".join(problems)


def wrong(entry: Entry, ended: Ended) -> list[str]:
    """What is not as the case says."""
    if ended.failure is not None:
        return [ended.failure]
    found = [
        f"{name} {taken:.1f}, and {allowed} may be"
        for name, taken, allowed in (
            ("seconds:", ended.seconds, entry.seconds),
            ("MiB:", ended.mebibytes, entry.mebibytes),
        )
        if taken > allowed
    ]
    sentence = ended.sentence
    if sentence is not None and not (sentence.isprintable() and len(sentence) <= _LONGEST_SENTENCE):
        found.append(f"is not one sentence: {sentence[:900]!r}")
    refused, rejected = sentence is not None, bool(ended.reasons and ended.used)
    match entry.ending:
        case Ending.REFUSED:
            as_said = refused and entry.says in str(sentence)
        case Ending.REJECTED:
            as_said = not refused and rejected and entry.says in ended.reasons[0]
        case Ending.INERT:
            as_said = not refused and not ended.reasons and entry.says in ended.titles
        case Ending.CONTAINED:
            as_said = True
    if not as_said:
        found.append(f"should end {entry.ending} ({entry.says!r}), and ended so: {ended}")
    return found
