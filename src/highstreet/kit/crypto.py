"""Secrets: tokens that nobody guesses, their fingerprints, texts that carry our signature, and texts under seal.

Every purpose has a key of its own, derived from the installation's secret key, so that what was signed for one purpose
is worth nothing for another.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from highstreet.kit.settings import Secret

TOKEN_BYTES: Final = 24
"""192 random bits."""

_TAG_BYTES: Final = 16
_INSTANT_BYTES: Final = 5
"""Whole seconds since 1970 until the year 36812."""

_SEAL_NONCE_BYTES: Final = 12


def new_token(size: int = TOKEN_BYTES) -> str:
    """A bearer secret of `size` random bytes, in the alphabet of addresses. It is kept as its fingerprint alone."""
    return secrets.token_urlsafe(size)


def new_bytes(size: int) -> bytes:
    """A secret of `size` random bytes, for who needs it as it is."""
    return secrets.token_bytes(size)


def new_number(bits: int) -> int:
    """A number of so many random bits, for codes that people type."""
    return secrets.randbits(bits)


def fingerprint(token: str) -> bytes:
    """What is stored of a bearer secret, 32 bytes (SHA-256): enough to recognise it, useless to whoever reads it.

    Only for secrets that are random themselves; for what people choose it is far too quick.
    """
    return hashlib.sha256(token.encode()).digest()


class Signer:
    """Signs texts for one purpose, and knows its own signature again (HMAC-SHA-256, cut to 128 bits)."""

    def __init__(self, secret: Secret, purpose: str) -> None:
        self._key = _derived(secret, purpose)

    def tag(self, payload: bytes) -> bytes:
        """The signature of `payload`, 16 bytes."""
        return hmac.digest(self._key, payload, "sha256")[:_TAG_BYTES]

    def sign(self, payload: bytes, expires_at: datetime) -> str:
        """`payload` with its end and our signature, in the alphabet of addresses. It can be read by everybody."""
        dated = int(expires_at.timestamp()).to_bytes(_INSTANT_BYTES, "big") + payload
        return base64.urlsafe_b64encode(dated + self.tag(dated)).rstrip(b"=").decode("ascii")

    def verify(self, text: str, now: datetime) -> bytes | None:
        """The payload, if `text` was signed here for this purpose and has not expired."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        dated, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        if len(dated) < _INSTANT_BYTES or not hmac.compare_digest(tag, self.tag(dated)):
            return None
        expires_at = datetime.fromtimestamp(int.from_bytes(dated[:_INSTANT_BYTES], "big"), UTC)
        return dated[_INSTANT_BYTES:] if now < expires_at else None


class Sealer:
    """Keeps short texts so that only we can read them (AES-256-GCM), each bound to what it is about."""

    def __init__(self, secret: Secret, purpose: str) -> None:
        self._cipher = AESGCM(_derived(secret, purpose))

    def seal(self, text: str, about: bytes) -> bytes:
        """`text` under seal. Whoever moves it to another thing finds that it cannot be read there."""
        nonce = secrets.token_bytes(_SEAL_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), about)

    def unseal(self, sealed: bytes, about: bytes) -> str | None:
        """The text; None for what was changed, is about something else, or was sealed with another secret."""
        try:
            return self._cipher.decrypt(sealed[:_SEAL_NONCE_BYTES], sealed[_SEAL_NONCE_BYTES:], about).decode()
        except (InvalidTag, ValueError):
            return None


class KeyPair:
    """Signs for those who do not know our secret: they check it with the public half (Ed25519)."""

    def __init__(self, secret: Secret, purpose: str) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(_derived(secret, purpose))
        self.public = self._private.public_key().public_bytes_raw()
        """32 bytes that everybody may have."""

    def sign(self, payload: bytes) -> bytes:
        """The signature of `payload`, 64 bytes."""
        return self._private.sign(payload)


def is_signed(public: bytes, payload: bytes, signature: bytes) -> bool:
    """Whether whoever has the other half of `public` signed `payload`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, payload)
    except (InvalidSignature, ValueError):
        return False
    return True


def _derived(secret: Secret, purpose: str) -> bytes:
    """The key of one purpose, 32 bytes."""
    return hmac.digest(secret.reveal().encode(), f"highstreet/{purpose}".encode(), "sha256")
