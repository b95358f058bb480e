"""A security key in software: makes passkeys, and answers what a site asks (WebAuthn, level 2), or lies about it."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.encode_cbor import encode_cbor

_PRESENT, _KNOWN_OWNER, _NEW_KEY = 0x01, 0x04, 0x40


@dataclass
class SecurityKey:
    """`counts` is how often it was used; `knows_owner` says whether a PIN or a finger was given."""

    credential: bytes
    counts: int = 0
    knows_owner: bool = True
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def register(self, options: dict[str, Any], origin: str) -> dict[str, Any]:
        numbers = self._key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        key = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + encode_cbor(public)
        data = self._data(origin, _NEW_KEY) + key
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        said = _said("webauthn.create", options["challenge"], origin)
        return self._answer(
            {
                "clientDataJSON": bytes_to_base64url(said),
                "attestationObject": bytes_to_base64url(attestation),
                "transports": ["usb", "telepathy"],
            }
        )

    def sign(self, options: dict[str, Any], origin: str) -> dict[str, Any]:
        self.counts += 1
        said, data = _said("webauthn.get", options["challenge"], origin), self._data(origin)
        signature = self._key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": bytes_to_base64url(said),
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(signature),
            }
        )

    def _data(self, origin: str, flags: int = 0) -> bytes:
        host = (urlsplit(origin).hostname or "").encode()
        flags |= _PRESENT | (_KNOWN_OWNER if self.knows_owner else 0)
        return hashlib.sha256(host).digest() + bytes([flags]) + self.counts.to_bytes(4, "big")

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = bytes_to_base64url(self.credential)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


def _said(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()
