"""How relevance is measured: the figure, what was graded, and that nothing of a feed is kept with it."""

import os
import re
from math import log2
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.relevance import compare
from benchmarks.relevance.documents import FILES, documents
from benchmarks.relevance.judged import HELD_BACK, JUDGMENTS, REGRADED, TUNE, halves, judgments, questions
from benchmarks.relevance.ndcg import kappa, ndcg, paired, unjudged

FOLDER = os.environ.get("HIGHSTREET_BENCH_DATA")
HERE = JUDGMENTS.parent

needs_feeds = pytest.mark.skipif(
    FOLDER is None, reason="HIGHSTREET_BENCH_DATA is not set: the grades were NOT compared with the feeds"
)


def test_ndcg_is_what_one_works_out_by_hand() -> None:
    grades = {"best": 3, "good": 2, "fair": 1, "bad": 0}
    ideal = 7 + 3 / log2(3) + 1 / 2
    assert ndcg(["best", "good", "fair"], grades) == pytest.approx(1.0)
    assert ndcg(["good", "best"], grades) == pytest.approx((3 + 7 / log2(3)) / ideal)
    assert ndcg(["bad", "bad", "best"], grades) == pytest.approx((7 / 2) / ideal)
    assert ndcg([], grades) == 0


def test_only_the_first_ten_count_in_the_answer_and_in_the_ideal() -> None:
    grades = {f"d{number}": 3 for number in range(20)}
    assert ndcg([f"d{number}" for number in range(10)], grades) == pytest.approx(1.0)
    assert ndcg([*(f"x{number}" for number in range(10)), "d1"], grades) == 0


def test_a_document_without_a_grade_counts_as_nothing_and_is_counted() -> None:
    grades = {"good": 2, "bad": 0}
    assert ndcg(["unknown", "good"], grades) == ndcg(["bad", "good"], grades) == pytest.approx(1 / log2(3))
    assert unjudged(["unknown", "good", "bad", "other"], grades) == 2


def test_a_question_without_a_relevant_document_tells_nothing() -> None:
    assert ndcg(["a", "b"], {"a": 0, "b": 0}) is None
    assert ndcg(["a"], {}) is None


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_no_order_is_better_than_that_of_the_grades(in_some_order: list[int]) -> None:
    grades = {str(number): grade for number, grade in enumerate(in_some_order)}
    value, best = ndcg(list(grades), grades), ndcg(sorted(grades, key=grades.__getitem__, reverse=True), grades)
    if value is None:
        assert best is None
    else:
        assert 0 <= value <= 1
        assert best == pytest.approx(1.0)


def test_a_difference_is_paired_and_comes_out_the_same_each_time() -> None:
    theirs = [0.1, 0.9, 0.5, 0.3]
    always_ahead = paired([each + 0.05 for each in theirs], theirs)
    assert always_ahead == pytest.approx((0.05, 0.05, 0.05))
    mixed = paired([0.2, 0.8, 0.9, 0.3], theirs)
    assert mixed == paired([0.2, 0.8, 0.9, 0.3], theirs)
    assert mixed.low < mixed.mean < mixed.high
    assert mixed.mean == pytest.approx(0.1)
    assert paired(theirs, [0.2, 0.8, 0.9, 0.3]) == pytest.approx((-mixed.mean, -mixed.high, -mixed.low))


def test_kappa_is_one_in_agreement_and_weighs_far_apart_more() -> None:
    assert kappa([(0, 0), (1, 1), (3, 3)]) == pytest.approx(1.0)
    # Observed 1 of 4 pairs, one step apart; by chance, of the sixteenths: 0-3 and 3-0 nine times, and so on by hand.
    pairs = [(0, 0), (0, 1), (3, 3), (3, 3)]
    by_chance = (2 * 1 * 1 + 2 * 2 * 9 + 2 * 1 * 9 + 2 * 1 * 4) / 4
    assert kappa(pairs) == pytest.approx(1 - 1 / by_chance)
    assert kappa([(0, 3), (1, 1), (3, 3)]) < kappa([(0, 1), (1, 1), (3, 3)])


@pytest.mark.parametrize(
    "line",
    [
        "c01,00850aa96d3e,4",
        "c01,00850aa96d3e,",
        "c01,00850aa96d3e",
        "c01,00850aa96d3e,1,2",
        "c01,One-Hour Massage,3",
        "nobody,00850aa96d3e,1",
    ],
)
def test_a_line_that_is_no_judgment_is_refused_by_its_number(line: str, tmp_path: Path) -> None:
    path = tmp_path / "judgments.csv"
    path.write_text(f"question,document,grade\nc01,000000000000,1\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 3"):
        judgments(path)


def test_a_pair_is_graded_once(tmp_path: Path) -> None:
    path = tmp_path / "judgments.csv"
    path.write_text("question,document,grade\nc01,000000000000,1\nc01,000000000000,2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 3: 000000000000 is already graded"):
        judgments(path)


def test_enough_questions_are_graded_and_some_twice() -> None:
    graded, again = judgments(), judgments(REGRADED)
    assert sum(any(grades.values()) for grades in graded.values()) >= 150
    assert sum(map(len, again.values())) >= 200
    assert all(document in graded[question] for question, grades in again.items() for document in grades)


def test_half_of_the_questions_of_each_feed_are_held_back() -> None:
    asked = questions()
    half_of = halves(asked)
    assert half_of == halves(tuple(reversed(asked))), "the order of the file does not matter"
    for feed in FILES:
        of_feed = [half_of[question.id] for question in asked if question.feed == feed and question.written == "first"]
        assert abs(of_feed.count(TUNE) - of_feed.count(HELD_BACK)) <= 1


def test_what_is_kept_of_the_feeds_are_hashes() -> None:
    for path in (JUDGMENTS, REGRADED):
        first, *lines = path.read_text("utf-8").splitlines()
        assert first == "question,document,grade"
        assert all(re.fullmatch(r"[a-z]\d\d,[0-9a-f]{12},[0-3]", line) for line in lines)


def test_without_the_feeds_the_benchmark_says_that_nothing_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HIGHSTREET_BENCH_DATA", raising=False)
    found = compare.run(quick=True)
    assert (found.results, found.targets) == ([], [])
    assert "HIGHSTREET_BENCH_DATA" in found.skipped[0]


@needs_feeds
@pytest.mark.parametrize("feed", FILES)
def test_every_grade_is_of_a_document_and_no_document_stands_here(feed: str) -> None:
    of_feed = documents(Path(FOLDER or ""), feed)
    asked = {question.id for question in questions() if question.feed == feed}
    ids = {document.id for document in of_feed}
    assert all(document in ids for question, grades in judgments().items() if question in asked for document in grades)
    kept = "\n".join(path.read_text("utf-8").casefold() for path in HERE.iterdir() if path.is_file())
    titles = {document.words.title.casefold() for document in of_feed}
    assert [title for title in titles if len(title.split()) > 4 and title in kept] == []
