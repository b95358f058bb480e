"""What signs and what is signed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit import crypto
from highstreet.kit.settings import Secret

_NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
_SIGNER = crypto.Signer(Secret("a secret of the tests, and of nobody else"), "tests")


@given(payload=st.binary(max_size=200))
def test_what_was_signed_is_read_again_until_it_expires(payload: bytes) -> None:
    text = _SIGNER.sign(payload, _NOW + timedelta(minutes=5))
    assert _SIGNER.verify(text, _NOW) == payload
    assert _SIGNER.verify(text, _NOW + timedelta(minutes=5)) is None


@given(payload=st.binary(max_size=40), position=st.integers(min_value=0), bit=st.integers(0, 5))
def test_a_changed_text_is_not_ours(payload: bytes, position: int, bit: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    text = _SIGNER.sign(payload, _NOW + timedelta(minutes=5))
    place = position % (len(text) - 1)  # the bits of the last character may be spare
    other = alphabet[alphabet.index(text[place]) ^ 1 << bit]
    assert _SIGNER.verify(text[:place] + other + text[place + 1 :], _NOW) is None


@given(text=st.text(max_size=100))
def test_nothing_that_a_stranger_writes_is_ours(text: str) -> None:
    assert _SIGNER.verify(text, _NOW) is None


def test_another_purpose_and_another_secret_are_strangers() -> None:
    text = _SIGNER.sign(b"payload", _NOW + timedelta(minutes=5))
    for other in (
        crypto.Signer(Secret("a secret of the tests, and of nobody else"), "something else"),
        crypto.Signer(Secret("another secret of the tests, of nobody else"), "tests"),
    ):
        assert other.verify(text, _NOW) is None


def test_tokens_differ_and_their_fingerprints_do_not_show_them() -> None:
    tokens = {crypto.new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) == 32
    assert all(token.encode() not in crypto.fingerprint(token) for token in tokens)
    assert crypto.fingerprint("a") == crypto.fingerprint("a") != crypto.fingerprint("b")


_SEALER = crypto.Sealer(Secret("a secret of the tests, and of nobody else"), "tests")


@given(text=st.text(max_size=60), about=st.binary(max_size=16), place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_what_is_sealed_is_read_where_it_belongs_and_nowhere_else(
    text: str, about: bytes, place: int, bit: int
) -> None:
    sealed = _SEALER.seal(text, about)
    changed = bytearray(sealed)
    changed[place % len(sealed)] ^= 1 << bit
    assert _SEALER.unseal(sealed, about) == text
    assert _SEALER.unseal(bytes(changed), about) is None
    assert _SEALER.unseal(sealed, about + b"x") is None
    assert _SEALER.unseal(sealed[:-1], about) is None
    assert crypto.Sealer(Secret("another secret of the tests, of nobody else"), "tests").unseal(sealed, about) is None
    assert _SEALER.seal(text, about) != sealed


@given(payload=st.binary(max_size=60), place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_public_key_tells_what_was_signed_by_its_other_half(payload: bytes, place: int, bit: int) -> None:
    pair = crypto.KeyPair(Secret("a secret of the tests, and of nobody else"), "tests")
    signature = bytearray(pair.sign(payload))
    assert crypto.is_signed(pair.public, payload, bytes(signature))
    assert not crypto.is_signed(pair.public, payload + b"x", bytes(signature))
    signature[place % 64] ^= 1 << bit
    assert not crypto.is_signed(pair.public, payload, bytes(signature))
    assert not crypto.is_signed(b"short", payload, bytes(signature))
