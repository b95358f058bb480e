"""What is known of a payment grows in one direction, whatever the order in which it is told."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.payments.domain import disputes
from highstreet.market.payments.domain.disputes import DisputeState
from highstreet.market.payments.domain.payments import Ending, Known, PaymentState, join, state_of, steps

KNOWN = st.builds(
    Known,
    authorised=st.booleans(),
    captured=st.booleans(),
    ended=st.none() | st.sampled_from(Ending),
    charge_ref=st.none() | st.just("ch_1"),
    fee_minor=st.none() | st.integers(0, 10),
)


@given(KNOWN, KNOWN, KNOWN)
def test_word_joins_in_any_order_and_any_number_of_times(one: Known, other: Known, third: Known) -> None:
    assert join(one, other) == join(other, one)
    assert join(join(one, other), third) == join(one, join(other, third))
    both = join(one, other)
    assert join(both, one) == both


@given(st.lists(KNOWN, max_size=8))
def test_each_step_is_told_once_and_money_outweighs_every_end(words: list[Known]) -> None:
    told: list[PaymentState] = []
    known = Known()
    for word in words:
        before, known = known, join(known, word)
        told += steps(before, known)
    assert len(told) == len(set(told))
    assert (PaymentState.CAPTURED in told) == any(word.captured for word in words)
    assert (state_of(known, 100, 0) is PaymentState.CAPTURED) == any(word.captured for word in words)


def test_a_dispute_ends_the_same_in_every_order_and_its_opening_is_told() -> None:
    seen = (DisputeState.INQUIRY, DisputeState.OPEN, DisputeState.UNDER_REVIEW, DisputeState.LOST)
    for order in permutations(seen):
        told: list[DisputeState] = []
        state = None
        for each in order:
            before, state = state, each if state is None else disputes.further(state, each)
            told += disputes.steps(before, state)
        assert (state, told) == (DisputeState.LOST, [DisputeState.OPEN, DisputeState.LOST])
    assert disputes.steps(None, DisputeState.INQUIRY_CLOSED) == ()
    assert disputes.steps(DisputeState.WON, DisputeState.LOST) == (DisputeState.LOST,)
