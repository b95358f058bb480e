"""An id tells when it was made, sorts by it, and repeats only with its generator."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.ids import uuid7, uuid7s

instants = st.datetimes(datetime(1971, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(instants, st.integers())
def test_an_id_is_a_uuid_of_version_7_that_holds_its_millisecond(now: datetime, seed: int) -> None:
    made = uuid7(now, Random(seed))
    assert (made.version, made.variant) == (7, RFC_4122)
    held = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=made.int >> 80)
    assert timedelta() <= now - held < timedelta(milliseconds=1)


@given(instants, st.timedeltas(timedelta(milliseconds=2), timedelta(days=9)), st.randoms(use_true_random=False))
def test_a_later_id_sorts_behind_an_earlier_one(now: datetime, by: timedelta, rng: Random) -> None:
    earlier, later = uuid7(now - by, rng), uuid7(now, rng)
    assert earlier < later
    assert str(earlier) < str(later)
    assert earlier.bytes < later.bytes


@given(instants, st.integers())
def test_a_seeded_generator_makes_the_same_ids_again_and_never_the_same_twice(now: datetime, seed: int) -> None:
    first, second = Random(seed), Random(seed)
    made = [uuid7(now, first) for _ in range(100)]
    assert made == [uuid7(now, second) for _ in range(100)]
    assert len(set(made)) == 100


@given(instants, st.integers())
def test_ids_by_the_thousand_stand_in_their_order_and_are_as_good_as_each_alone(now: datetime, seed: int) -> None:
    made = list(islice(uuid7s(now, Random(seed)), 200))
    assert made == list(islice(uuid7s(now, Random(seed)), 200))
    assert made == sorted(set(made))
    alone = uuid7(now, Random(seed))
    assert {(each.version, each.variant, each.int >> 80) for each in made} == {(7, RFC_4122, alone.int >> 80)}
