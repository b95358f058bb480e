"""The codes of authenticator apps are those of the standard, and each is good once and in its time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.identity.domain import recovery, totp

RFC_SECRET = b"12345678901234567890"
# RFC 6238, appendix B, the rows of SHA-1.
RFC_VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "code"), RFC_VECTORS)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(RFC_SECRET, totp.step_at(at), digits=8) == code
    assert totp.matching_step(RFC_SECRET, code[-6:], at, -1) == seconds // 30


@given(secret=st.binary(min_size=20, max_size=20), drift=st.integers(-5, 5))
def test_a_code_is_good_a_step_before_and_after_and_no_longer(secret: bytes, drift: int) -> None:
    here = totp.step_at(NOW)
    window = [totp.code_at(secret, here + each) for each in (-1, 0, 1)]
    code = totp.code_at(secret, here + drift)
    found = totp.matching_step(secret, f"{code[:3]} {code[3:]}", NOW, 0)
    assert (found is not None) == (code in window)


def test_a_step_that_was_used_is_used_up_and_so_are_those_before_it() -> None:
    here = totp.step_at(NOW)
    for used in (here - 1, here, here + 1):
        for step in (here - 1, here, here + 1):
            code = totp.code_at(RFC_SECRET, step)
            assert (totp.matching_step(RFC_SECRET, code, NOW, used) is not None) == (step > used)


@given(st.text(max_size=12))
def test_any_text_is_compared_and_none_breaks(text: str) -> None:
    codes = {totp.code_at(RFC_SECRET, totp.step_at(NOW + timedelta(seconds=each))) for each in (-30, 0, 30)}
    assert (totp.matching_step(RFC_SECRET, text, NOW, 0) is not None) == ("".join(text.split()) in codes)


def test_the_address_for_the_qr_code_is_what_apps_read() -> None:
    assert totp.setup_address(RFC_SECRET, "ann@example.com", "Highstreet") == (
        "otpauth://totp/Highstreet:ann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Highstreet"
        "&algorithm=SHA1&digits=6&period=30"
    )


@given(st.integers(0, 2**recovery.BITS - 1))
def test_a_recovery_code_is_read_back_however_it_is_typed(number: int) -> None:
    code = recovery.spelt(number)
    plain = code.replace("-", "")
    assert recovery.read_back(code) == plain
    assert recovery.read_back(f" {code.lower().replace('0', 'o').replace('1', 'l')} ") == plain
    assert recovery.read_back(code[:-1]) is None
