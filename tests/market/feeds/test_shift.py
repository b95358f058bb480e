"""Moved dates keep what a shopper relies on: the weekday, the local hour, and that deals of then are on offer now."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from highstreet.market.feeds.domain.shift import Shift, shift_to

CHICAGO = ZoneInfo("America/Chicago")
INSTANTS = st.datetimes(datetime(2009, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds have to be naive


@given(INSTANTS, INSTANTS)
def test_what_was_on_offer_then_is_on_offer_now(captured_at: datetime, now: datetime) -> None:
    shift = shift_to(now, captured_at, CHICAGO)
    assert shift.days % 7 == 0
    assert shift.days >= 0
    if captured_at < now:
        assert now <= shift.move(captured_at) < now + timedelta(days=7, hours=1)
        assert shift.begun_by(captured_at, now) <= now
    else:
        assert shift.days == 0
        assert shift.begun_by(captured_at, now) == captured_at


@given(INSTANTS, st.integers(0, 1000))
def test_weekday_and_local_time_stay(instant: datetime, weeks: int) -> None:
    before = instant.astimezone(CHICAGO)
    after = Shift(CHICAGO, weeks * 7).move(instant).astimezone(CHICAGO)
    assume(
        after.replace(tzinfo=None) - before.replace(tzinfo=None) != timedelta(weeks=weeks, hours=1)
    )  # a skipped hour
    assert (after.weekday(), after.time()) == (before.weekday(), before.time())
    assert after.date() - before.date() == timedelta(weeks=weeks)


def test_nothing_moves_without_a_shift() -> None:
    instant = datetime(2015, 11, 1, 6, 30, tzinfo=UTC)
    assert Shift(CHICAGO).move(instant) is instant
