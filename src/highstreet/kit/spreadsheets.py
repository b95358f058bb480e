"""What stands in files that people open in a spreadsheet: exact amounts, and text that stays text."""

from typing import Final

from highstreet.kit.money import minor_digits

_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(minor: int, currency: str) -> str:
    """`-1234.50` for dollars, `-123450` for yen, `-123.450` for dinars."""
    digits = minor_digits(currency)
    if digits == 0:
        return str(minor)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{digits}d}"


def as_text(value: str) -> str:
    """What a spreadsheet would take for a formula stays text. Amounts are numbers, and may begin with a minus."""
    return f"'{value}" if value.startswith(_STARTS_A_FORMULA) else value
