"""What makes the codes of vouchers, recognises them and shows them to whom they belong."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.crypto import KeyPair, Sealer, Signer, fingerprint, is_signed, new_number, new_token
from highstreet.kit.settings import Secret
from highstreet.market.vouchers.domain import codes, signed
from highstreet.market.vouchers.domain.vouchers import Voucher
from highstreet.market.vouchers.repository.vouchers import KeptCodes

_PARTED_BY: Final = " "


class Codes(msgspec.Struct, frozen=True):
    """The codes of one voucher: `bearer` is scanned, `short` is typed by the merchant's staff."""

    bearer: str
    short: str


class PublicKey(msgspec.Struct, frozen=True):
    """What a device checks signed vouchers with: Ed25519, 32 bytes."""

    number: int
    public: bytes


class VoucherKeys:
    """The installation's secret key, as vouchers use it. One is made where a process begins, and handed down."""

    def __init__(self, secret: Secret) -> None:
        self._sealer = Sealer(secret, "voucher codes")
        self._short = Signer(secret, "voucher short code")
        self._gifts = Signer(secret, "voucher gift")
        self._secret = secret

    def new_codes(self, voucher_id: UUID, merchant_id: UUID) -> KeptCodes:
        """New codes for a voucher; the short one may be taken already, once in a great while."""
        bearer = codes.bearer_code(voucher_id, new_token(codes.BEARER_SECRET_BYTES))
        short = codes.short_code(new_number(codes.SHORT_BITS))
        return KeptCodes(
            fingerprint(bearer),
            self.short_code_tag(merchant_id, short),
            self._sealer.seal(f"{bearer}{_PARTED_BY}{short}", voucher_id.bytes),
        )

    def short_code_tag(self, merchant_id: UUID, short: str) -> bytes:
        """By what a merchant's short code is found. A plain hash could be tried out by whoever reads it."""
        return self._short.tag(merchant_id.bytes + short.encode())

    def shown(self, voucher_id: UUID, sealed: bytes) -> Codes | None:
        """The codes of a voucher; None when they were sealed with another secret key."""
        text = self._sealer.unseal(sealed, voucher_id.bytes)
        return None if text is None else Codes(*text.split(_PARTED_BY))

    def signed_text(self, voucher: Voucher, bearer: str, at: datetime) -> str:
        """The code of a voucher as a device can check it without network."""
        content = signed.to_be_signed(voucher, bearer, at)
        return signed.signed_text(content, self._pair(signed.key_number(at)).sign(content))

    def public_keys(self, at: datetime) -> list[PublicKey]:
        """What devices should know to check signed vouchers."""
        return [PublicKey(number, self._pair(number).public) for number in signed.key_numbers(at)]

    def is_ours(self, scanned: str, at: datetime) -> bool:
        """Whether a text was signed here, now or before."""
        read = signed.read_signed_text(scanned)
        if read is None or read.key_number not in signed.key_numbers(at):
            return False
        return is_signed(self._pair(read.key_number).public, read.signed, read.signature)

    def gift_token(self, gift_id: UUID, expires_at: datetime) -> str:
        """What the link of a gift carries."""
        return self._gifts.sign(gift_id.bytes, expires_at)

    def read_gift_token(self, token: str, now: datetime) -> UUID | None:
        """The gift of a link, until it expires."""
        content = self._gifts.verify(token, now)
        return UUID(bytes=content) if content is not None and len(content) == 16 else None

    def _pair(self, number: int) -> KeyPair:
        return KeyPair(self._secret, f"voucher signature {number}")
