"""The questions and the grades, as PROCEDURE.md tells them, and which half of the questions is held back."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Final, Literal

import msgspec

from benchmarks.relevance.documents import FILES

QUESTIONS: Final = Path(__file__).with_name("questions.csv")
JUDGMENTS: Final = Path(__file__).with_name("judgments.csv")
REGRADED: Final = Path(__file__).with_name("regraded.csv")

TUNE: Final = "tune"
HELD_BACK: Final = "held back"
WRITTEN_SECOND: Final = "written second"
WRITTEN_THIRD: Final = "written third"

_SEED: Final = 20260302
_ID: Final = re.compile(r"[0-9a-f]{12}")

Grades = Mapping[str, int]
"""Of one question: grades from 0 to 3 by the document's id."""


class Question(msgspec.Struct, frozen=True):
    """What a shopper asks of one feed. `kind` says what it was written to try: a phrase, a typing error, a place.

    Those `written` second were added after the first half that was held back had been measured, those written third
    before the ranking was changed once more; all of both are held back.
    """

    id: str
    feed: str
    kind: str
    written: Literal["first", "second", "third"]
    text: str


def questions(path: Path = QUESTIONS) -> tuple[Question, ...]:
    """In the order of the file. Raises ValueError for a feed that is not judged, or a question that stands twice."""
    found = [msgspec.convert(row, Question) for row in _rows(path, ("id", "feed", "kind", "written", "text"))]
    if unknown := {question.feed for question in found} - set(FILES):
        raise ValueError(f"{path.name}: {sorted(unknown)} are not feeds that are judged")
    if len({question.id for question in found}) < len(found):
        raise ValueError(f"{path.name}: a question stands twice")
    return tuple(found)


def judgments(path: Path = JUDGMENTS) -> dict[str, dict[str, int]]:
    """Grades by the question's id. Raises ValueError that names the first line which is none."""
    known = {question.id for question in questions()}
    found: dict[str, dict[str, int]] = {}
    for number, row in enumerate(_rows(path, ("question", "document", "grade")), 2):
        question, document, grade = row["question"], row["document"], row["grade"]
        if question not in known or not _ID.fullmatch(document) or grade not in {"0", "1", "2", "3"}:
            raise ValueError(f"{path.name}, line {number}: {question},{document},{grade} is no judgment")
        if document in found.setdefault(question, {}):
            raise ValueError(f"{path.name}, line {number}: {document} is already graded for {question}")
        found[question][document] = int(grade)
    return found


def halves(asked: tuple[Question, ...]) -> dict[str, str]:
    """By the question's id, the half it belongs to; each feed is split by itself, whatever its grades are."""
    later = {"second": WRITTEN_SECOND, "third": WRITTEN_THIRD}
    found = {question.id: later[question.written] for question in asked if question.written in later}
    for feed in FILES:
        ids = sorted(question.id for question in asked if question.feed == feed and question.written == "first")
        Random(f"{_SEED} {feed}").shuffle(ids)
        found |= {each: (TUNE, HELD_BACK)[place % 2] for place, each in enumerate(ids)}
    return found


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        if tuple(reader.fieldnames or ()) != columns:
            raise ValueError(f"{path.name}: its columns are not {', '.join(columns)}")
        for number, row in enumerate(reader, 2):
            if None in row or None in row.values():
                raise ValueError(f"{path.name}, line {number}: has not {len(columns)} columns")
            yield row
