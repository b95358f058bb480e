"""Values and prices as shops write them: round, or just below round, and never a discount that nobody gives."""

from random import Random
from typing import NamedTuple

from highstreet.kit.money import minor_digits

_ROUND_FROM = 100
"""From this many dollars' worth a value is a multiple of five."""
_CENTS_BELOW = 30
"""Below this many dollars' worth a price may have cents."""

_SIGNS = {"USD": "$", "CAD": "$", "MXN": "$", "GBP": "£", "EUR": "€"}


class Market(NamedTuple):
    """Money in a city: its currency, what a dollar's worth costs in it, and the language it is written in."""

    currency: str
    costs: float
    language: str

    @property
    def step(self) -> int:
        """The smallest amount that a round price is a multiple of, in the currency's main unit."""
        return 10 if self.costs >= 4 else 1

    def minor(self, amount: float) -> int:
        return round(amount * 10 ** minor_digits(self.currency))

    def round_value(self, dollars: float) -> float:
        """What a shop would call the usual price of something worth so many dollars in an average city."""
        local = dollars * self.costs
        if dollars < 12 and self.step == 1:
            return round(local * 2) / 2
        grain = self.step * (5 if dollars >= _ROUND_FROM else 1)
        return float(max(grain, round(local / grain) * grain))

    def round_credit(self, dollars: int) -> int:
        """An amount of credit near so many dollars: a multiple of five, or of fifty where money has more zeros."""
        grain = 50 if self.step > 1 else 5
        return max(grain, round(dollars * self.costs / grain) * grain)

    def written(self, amount: int) -> str:
        sign = _SIGNS[self.currency]
        return f"{amount} {sign}" if sign == "€" and self.language == "es" else f"{sign}{amount:,}"


def discount(usual: tuple[float, float], rng: Random) -> float:
    """A share to take off, between 0 and 1. Most deals give the usual of their trade, some only a little."""
    low, high = usual
    if rng.random() < 0.08:
        return rng.uniform(8, low) / 100
    return rng.triangular(low, high, low + 0.45 * (high - low)) / 100


def price_below(value: float, off: float, market: Market, ending: str) -> float:
    """The price when `off` is taken from `value`, in the shop's way of ending a price: `whole`, `nine` or `cents`."""
    exact = value * (1 - off)
    if market.step > 1:
        price = round(exact / 10) * 10 - (1 if ending == "nine" else 0)
    elif ending == "cents" and exact < _CENTS_BELOW:
        price = round(exact) - 0.01 if exact > 4 else round(exact, 1)
    elif ending == "nine" and exact >= 20:
        price = round((exact + 1) / 10) * 10 - 1 if exact >= _ROUND_FROM else round(exact / 5) * 5 - 1
    else:
        price = float(round(exact)) if exact >= 8 else round(exact * 2) / 2
    return price if 0 < price < value else round(exact, minor_digits(market.currency))
