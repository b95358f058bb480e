"""A bounded memory gives back what was put in, never more than its bytes allow, and keeps what is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from highstreet.web.kept import ENTRY_BYTES, Kept

KEYS = st.integers(0, 30)


@given(st.lists(st.tuples(KEYS, st.integers(0, 3 * ENTRY_BYTES))), st.integers(1, 20))
def test_what_is_kept_is_what_was_put_in_and_fits(steps: list[tuple[int, int]], entries: int) -> None:
    limit = entries * ENTRY_BYTES
    kept: Kept[int, int] = Kept(limit)
    sizes: dict[int, int] = {}
    for key, size in steps:
        found = kept.get(key)
        if found is None:
            sizes[key] = size
            kept.put(key, size, size)
        else:
            assert found == sizes[key]
        assert sum(sizes[each] + ENTRY_BYTES for each in range(31) if each in kept) <= limit


def test_what_is_asked_for_again_and_again_stays() -> None:
    kept: Kept[int, str] = Kept(20 * ENTRY_BYTES)
    kept.put(-1, "popular", 0)
    for key in range(500):
        kept.put(key, "once", 0)
        assert kept.get(-1) == "popular"
    assert 0 not in kept
    assert 499 in kept


def test_what_is_larger_than_a_half_is_not_kept() -> None:
    kept: Kept[int, str] = Kept(4 * ENTRY_BYTES)
    kept.put(1, "huge", 2 * ENTRY_BYTES)
    assert kept.get(1) is None
