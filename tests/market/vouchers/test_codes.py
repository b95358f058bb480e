"""Codes are read as people type them, and a slip of the finger is never somebody else's voucher."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.vouchers.domain import codes

_NUMBERS = st.integers(0, 2**codes.SHORT_BITS - 1)
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(number=_NUMBERS)
def test_a_short_code_is_read_however_it_is_typed(number: int) -> None:
    code = codes.short_code(number)
    shown = codes.shown_short_code(code)
    careless = shown.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert len(code) == 10
    assert codes.read_short_code(shown) == code == codes.read_short_code(f" {careless} ")


@given(number=_NUMBERS, place=st.integers(0, 9), other=st.sampled_from(_SIGNS))
def test_one_wrong_character_is_noticed(number: int, place: int, other: str) -> None:
    code = codes.short_code(number)
    typed = code[:place] + other + code[place + 1 :]
    assert (codes.read_short_code(typed) is None) == (typed != code)


@given(number=_NUMBERS, places=st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_two_characters_that_changed_places_are_noticed(number: int, places: tuple[int, int]) -> None:
    code = codes.short_code(number)
    signs = list(code)
    signs[places[0]], signs[places[1]] = signs[places[1]], signs[places[0]]
    typed = "".join(signs)
    assert (codes.read_short_code(typed) is None) == (typed != code)


@given(typed=st.text(max_size=30))
def test_what_is_typed_is_a_code_or_nothing(typed: str) -> None:
    read = codes.read_short_code(typed)
    assert read is None or codes.read_short_code(read) == read


@given(voucher_id=st.uuids(), secret=st.text("abcXYZ019_-", min_size=1, max_size=40), strange=st.text(max_size=60))
def test_a_scanned_code_names_its_voucher(voucher_id: UUID, secret: str, strange: str) -> None:
    assert codes.read_bearer_code(codes.bearer_code(voucher_id, secret)) == voucher_id
    codes.read_bearer_code(strange)  # whatever a stranger shows is read without an error
