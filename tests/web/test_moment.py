"""What many ask within a moment is answered once, and nobody is given what belongs to another."""

from datetime import UTC, datetime, timedelta

from highstreet.discovery.search import service as search
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.web.kept import MOMENT, Moment

_NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
_KEY = ("json", b"q=pizza")


def _index() -> search.Generation:
    return search.index_of((), CategoryTree(()), ())


def test_an_answer_stands_for_a_moment_and_no_longer() -> None:
    moment, index = Moment(), _index()
    moment.answers(index, _NOW).put(_KEY, "answer", 6)
    assert moment.answers(index, _NOW + MOMENT - timedelta(microseconds=1)).get(_KEY) == "answer"
    assert moment.answers(index, _NOW + MOMENT).get(_KEY) is None


def test_a_changed_index_and_a_clock_set_back_end_the_moment() -> None:
    moment, index = Moment(), _index()
    moment.answers(index, _NOW).put(_KEY, "answer", 6)
    assert moment.answers(_index(), _NOW).get(_KEY) is None
    moment.answers(index, _NOW).put(_KEY, "answer", 6)
    assert moment.answers(index, _NOW - timedelta(seconds=1)).get(_KEY) is None


def test_what_was_begun_before_the_moment_ended_is_not_given_after_it() -> None:
    moment, before, after = Moment(), _index(), _index()
    slow = moment.answers(before, _NOW)
    moment.answers(after, _NOW)
    slow.put(_KEY, "from before", 6)
    assert moment.answers(after, _NOW).get(_KEY) is None
