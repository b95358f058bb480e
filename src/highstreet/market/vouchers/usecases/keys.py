"""What makes the codes of vouchers, recognises them and shows them to whom they belong."""

from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.crypto import Sealer, Signer, fingerprint, new_number, new_token
from highstreet.kit.settings import Secret
from highstreet.market.vouchers.domain import codes

_PARTED_BY: Final = " "


class Codes(msgspec.Struct, frozen=True):
    """The codes of one voucher: `bearer` is scanned, `short` is typed by the merchant's staff."""

    bearer: str
    short: str


class KeptCodes(msgspec.Struct, frozen=True):
    """What is stored of codes: enough to recognise them, and to show them again to whoever holds the secret key."""

    code_fingerprint: bytes
    short_code_tag: bytes
    sealed_codes: bytes


class VoucherKeys:
    """The installation's secret key, as vouchers use it. One is made where a process begins, and handed down."""

    def __init__(self, secret: Secret) -> None:
        self._sealer = Sealer(secret, "voucher codes")
        self._short = Signer(secret, "voucher short code")

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
