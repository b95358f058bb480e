"""What a named transform is: what it may need to know, and what it can give."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What a transform gives."""

    TEXT = "text"
    MONEY = "money"
    INSTANT = "instant"
    COUNT = "count"
    OPTIONS = "options"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a transform may need to know about its feed and its field."""

    currency: str
    zone: tzinfo
    decimal: str = "."
    date_format: str | None = None


class PricedOption(msgspec.Struct, frozen=True, kw_only=True):
    """One choice that a text prices, in minor units; a value that is not stated beyond doubt is None."""

    title: str
    price_minor: int
    value_minor: int | None = None


Value = str | int | datetime | tuple[PricedOption, ...]
Step = Callable[[str, Settings], Value]


class Transform(msgspec.Struct, frozen=True):
    """A named step. Only the last step of a field may give something other than text."""

    name: str
    gives: Kind
    apply: Step

    @property
    def summary(self) -> str:
        """What it does, in one paragraph."""
        return " ".join((self.apply.__doc__ or "").split())
