"""Which distance a deal is counted in."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from highstreet.discovery.search.index import grid, sifting

_WIDEST = [grid.widest_chord(1000 * km) for km in sifting.DISTANCE_STEPS_KM]
_AT_AN_END = st.builds(np.nextafter, st.sampled_from(_WIDEST), st.sampled_from((0.0, 1.0, 4.0)))


@given(_AT_AN_END.map(float) | st.sampled_from(_WIDEST) | st.floats(0, 2 * _WIDEST[-1]) | st.floats(0, 4))
@example(0.0)
@example(4.0)
def test_a_deal_counts_in_the_first_distance_that_its_chord_is_not_beyond(chord: float) -> None:
    assert sifting.distance_step(chord) == sum(chord > widest for widest in _WIDEST)
