"""What jurisdictions ask for, as data: what becomes of an expired voucher, and when the tax on a voucher is due."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from highstreet.kit.errors import InvalidInput

_WHOLE: Final = 10_000
_JURISDICTION: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?|\*")
EVERYWHERE: Final = "*"


class ExpiryPolicy(StrEnum):
    """To whom the paid value of an expired voucher goes."""

    STAYS_OPEN = "stays_open"
    """To nobody: it stays owed to the buyer."""
    BREAKAGE = "breakage"
    """To the market."""
    ESCHEAT = "escheat"
    """To the state."""
    TO_MERCHANT = "to_merchant"
    """To the merchant, less the commission, as if it had been redeemed."""


class VoucherTax(StrEnum):
    """Whether the market collects the tax on what a voucher buys, and when it is due."""

    NOT_COLLECTED = "not_collected"
    """Merchants pay it themselves."""
    SINGLE_PURPOSE = "single_purpose"
    """Due when the voucher is sold."""
    MULTI_PURPOSE = "multi_purpose"
    """Due when it is redeemed."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Holds in `jurisdiction`, an ISO 3166 code or `*`, from `since` on, until a later one takes its place."""

    jurisdiction: str
    since: datetime
    expiry: ExpiryPolicy = ExpiryPolicy.STAYS_OPEN
    voucher_tax: VoucherTax = VoucherTax.NOT_COLLECTED
    tax_basis_points: int = 0
    """Included in prices: hundredths of a percent of what the goods cost without it."""

    def __post_init__(self) -> None:
        if not _JURISDICTION.fullmatch(self.jurisdiction):
            raise InvalidInput.at(
                "jurisdiction", f"{self.jurisdiction!r} is no ISO 3166 code, such as US or US-NY, nor *"
            )
        if not 0 <= self.tax_basis_points <= _WHOLE:
            raise InvalidInput.at("tax_basis_points", f"{self.tax_basis_points} is not between 0 and {_WHOLE}")
        if self.voucher_tax is VoucherTax.NOT_COLLECTED and self.tax_basis_points:
            raise InvalidInput.at("tax_basis_points", "there is no rate of a tax that is not collected")


def wider(jurisdiction: str) -> tuple[str, ...]:
    """Where to look for a policy, from the nearest on: `US-NY`, `US`, `*`."""
    country = jurisdiction.partition("-")[0]
    return tuple(dict.fromkeys((jurisdiction, country, EVERYWHERE)))


def included_tax(price_minor: int, basis_points: int) -> int:
    """The tax within a price, rounded half up to a whole minor unit."""
    return (2 * price_minor * basis_points + _WHOLE + basis_points) // (2 * (_WHOLE + basis_points))
