"""Amounts as they stand in files: a plain decimal in the currency's own number of digits, exact."""

from highstreet.kit.money import minor_digits


def plain(minor: int, currency: str) -> str:
    """`-1234.50` for dollars, `-123450` for yen, `-123.450` for dinars."""
    digits = minor_digits(currency)
    if digits == 0:
        return str(minor)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{digits}d}"
