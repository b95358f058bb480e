"""The tables that the demonstration is invented from: cities, trades and words, as they stand in `data/`."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from highstreet.demo.grammar import one_of

District = tuple[str, float, float]
"""Its name, latitude and longitude; it may be a town of its own nearby."""


class City(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A city of the demonstration. `name`, `region` and `country` are as GeoNames has them."""

    name: str
    region: str
    people: int
    """Inhabitants in thousands."""
    spread_km: float
    costs: float
    """What a dollar's worth in an average city of the United States costs here, in the city's own currency."""
    districts: tuple[District, ...]
    streets: tuple[str, ...]
    country: str = "US"
    language: str = "en"
    local: str | None = None
    """The city's name in its own language, where that differs."""
    address: str = "{number} {street}"


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often a condition stands in the fine print, between 0 and 1, with its figure where it has one."""

    booking: tuple[float, int] | None = None
    new: float | None = None
    age: tuple[float, int] | None = None
    days: float | None = None
    weekdays: float | None = None
    weekend: float | None = None
    hours: tuple[str, str] | None = None


class Credit(msgspec.Struct, frozen=True):
    """Money to spend: the options are amounts, before the city's costs."""

    text: str
    sizes: tuple[int, ...]


class Packs(msgspec.Struct, frozen=True):
    """Several of the same: the options are numbers of `many`, each worth between `low` and `high`."""

    one: str
    many: str
    low: float
    high: float
    sizes: tuple[int, ...]


class Offer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a trade offers. Its options are stated, amounts of credit, or packs."""

    titles: tuple[str, ...]
    what: tuple[str, ...]
    house: tuple[str, ...] = ()
    """The houses of the trade that offer it; none: all of them."""
    category: str | None = None
    options: tuple[tuple[str, float, float], ...] = ()
    """Text, and the value in a cheap and in an expensive house."""
    take: tuple[int, int] | None = None
    """How many of the options a deal has at least and at most, from the first; None: all."""
    credit: Credit | None = None
    packs: Packs | None = None
    words: dict[str, tuple[str, ...]] = {}
    rules: Rules = Rules()


class House(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of business within a trade; what it does not say it shares with the trade."""

    names: tuple[str, ...] = ()
    category: str | None = None
    words: dict[str, tuple[str, ...]] = {}
    about: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reach: str | None = None


class Trade(House, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of business and all that is said of it."""

    key: str
    weight: float
    off: tuple[float, float]
    """The usual lowest and highest discount, in percent."""
    opening: str
    offer: tuple[Offer, ...]
    houses: dict[str, House] = {}
    rules: Rules = Rules()


class Tongue(msgspec.Struct, frozen=True):
    """What every trade of a language shares."""

    code: str
    first: tuple[str, ...]
    trades: tuple[Trade, ...]
    conjunction: str

    def choice(self, words: tuple[str, ...]) -> str:
        return one_of(words, self.conjunction)


_CITIES = ("cities_us", "cities_us_more", "cities_world")
_TRADES = {
    "en": ("trades_table", "trades_care", "trades_out", "trades_town"),
    "es": ("oficios", "oficios_mas"),
}
_CONJUNCTIONS = {"en": "or", "es": "o"}


@cache
def cities() -> tuple[City, ...]:
    """All cities of the demonstration, in the order of the tables."""
    return tuple(msgspec.convert(row, City) for name in _CITIES for row in _read(name)["city"])


@cache
def tongue(language: str) -> Tongue:
    """Trades and words in a language, each trade divided into its houses."""
    trades = (msgspec.convert(row, Trade) for name in _TRADES[language] for row in _read(name)["trade"])
    return Tongue(
        code=language,
        first=tuple(_read("common")[language]["first"]),
        trades=tuple(house for trade in trades for house in _divided(trade)),
        conjunction=_CONJUNCTIONS[language],
    )


def _divided(trade: Trade) -> list[Trade]:
    """A trade for each house of a trade, with what the house offers and a share of the trade's weight."""
    trade = msgspec.structs.replace(trade, words={**trade.words, **_words_of(trade.offer)})
    if not trade.houses:
        return [msgspec.structs.replace(trade, offer=_with_rules(trade, trade.offer))]
    divided: list[Trade] = []
    for name, house in trade.houses.items():
        offers = tuple(offer for offer in trade.offer if not offer.house or name in offer.house)
        stated = {field: value for field in House.__struct_fields__ if (value := getattr(house, field))}
        words = {**trade.words, **house.words}
        share = trade.weight * len(offers) / sum(len(offer.house) or len(trade.houses) for offer in trade.offer)
        divided.append(
            msgspec.structs.replace(
                trade,
                **{**stated, "words": words, "key": f"{trade.key}-{name}", "weight": share, "houses": {}},
                offer=_with_rules(trade, offers),
            )
        )
    return divided


def _words_of(offers: tuple[Offer, ...]) -> dict[str, tuple[str, ...]]:
    return {name: pool for offer in offers for name, pool in offer.words.items()}


def _with_rules(trade: Trade, offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """The offers, each with the trade's rules where it states none of its own."""
    return tuple(msgspec.structs.replace(offer, rules=_merged(trade.rules, offer.rules)) for offer in offers)


def _merged(general: Rules, special: Rules) -> Rules:
    stated = {field: value for field in Rules.__struct_fields__ if (value := getattr(special, field)) is not None}
    return msgspec.structs.replace(general, **stated)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("highstreet.demo") / "data" / f"{name}.toml").read_text(encoding="utf-8"))
