"""What a device can check of a voucher without network: a signed text, which its code shows as a picture.

    HS1.<bearer code>.<claims and signature>

The claims are 46 bytes: the number of the key, the merchant, the generation of the codes, the units that were left and
whether these are money, and three moments as whole seconds since 1970 (0: none). What is signed is the bearer code, so
nobody can join claims to another one.
"""

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.vouchers.domain.codes import SIGNED
from highstreet.market.vouchers.domain.vouchers import Voucher

_FORM: Final = struct.Struct(">H16sHI?QQQ")
_SIGNATURE_BYTES: Final = 64
_FIRST_YEAR: Final = 2000
_KEPT_YEARS: Final = 10


class SignedVoucher(msgspec.Struct, frozen=True, kw_only=True):
    """What a signed text says, and the parts of it that a signature is checked with."""

    bearer: str
    key_number: int
    merchant_id: UUID
    generation: int
    units: int
    in_money: bool
    redeem_from: datetime | None
    redeem_until: datetime | None
    paid_value_until: datetime | None
    signed: bytes
    signature: bytes


def key_number(at: datetime) -> int:
    """The number of the key that signs at a moment; another one each half-year."""
    return (at.year - _FIRST_YEAR) * 2 + (at.month > 6)


def key_numbers(at: datetime) -> range:
    """The keys that a device should know: of ten years, and the next one, so that a turn of the year harms nobody."""
    now = key_number(at)
    return range(max(0, now - 2 * _KEPT_YEARS + 1), now + 2)


def to_be_signed(voucher: Voucher, bearer: str, at: datetime) -> bytes:
    """What the key of the moment signs."""
    moments = (voucher.redeem_from, voucher.redeem_until, voucher.paid_value_until)
    claims = _FORM.pack(
        key_number(at),
        voucher.merchant_id.bytes,
        voucher.generation,
        voucher.units_left,
        voucher.in_money,
        *(0 if moment is None else int(moment.timestamp()) for moment in moments),
    )
    return f"{SIGNED}{bearer}.".encode() + claims


def signed_text(signed: bytes, signature: bytes) -> str:
    """The text that is shown, of what was signed and its signature."""
    head, claims = signed[: -_FORM.size], signed[-_FORM.size :]
    return head.decode() + base64.urlsafe_b64encode(claims + signature).rstrip(b"=").decode()


def read_signed_text(text: str) -> SignedVoucher | None:
    """What a text says whose signature has yet to be checked; None for what is no such text."""
    bearer, _, packed = text.strip().removeprefix(SIGNED).partition(".")
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        head = f"{SIGNED}{bearer}.".encode("ascii")
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _FORM.size + _SIGNATURE_BYTES or not text.strip().startswith(SIGNED):
        return None
    number, merchant, generation, units, in_money, *moments = _FORM.unpack(raw[: _FORM.size])
    redeem_from, redeem_until, paid_value_until = (_moment(each) for each in moments)
    return SignedVoucher(
        bearer=bearer,
        key_number=number,
        merchant_id=UUID(bytes=merchant),
        generation=generation,
        units=units,
        in_money=in_money,
        redeem_from=redeem_from,
        redeem_until=redeem_until,
        paid_value_until=paid_value_until,
        signed=head + raw[: _FORM.size],
        signature=raw[_FORM.size :],
    )


def _moment(seconds: int) -> datetime | None:
    """A moment, as far as a calendar goes."""
    last = 253_402_300_799
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=min(seconds, last)) if seconds else None
