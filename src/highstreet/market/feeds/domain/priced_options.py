"""Priced options out of text: `$24 for one acupuncture session ($49 value)`."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from highstreet.market.feeds.domain.amounts import amount_pattern, marks_of, minor
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.steps import PricedOption, Settings

_TAG = re.compile(r"<[^<>]{1,100}>")
_CUTS = {
    ".": re.compile(r",(?=\S)(?!(?<=\d,)\d{3}(?!\d))|[\n\r|•]+"),
    ",": re.compile(r",(?=\S)(?!(?<=\d,)\d)|[\n\r|•]+"),
}
"""Where a feed joined what stood on lines of its own: a comma with no space behind it, but not one within a number."""
_UNFINISHED = re.compile(
    r"(?<!for )\b(?:one|two|three|four|five|six|\d+)$"
    r"|\b(?:an?|the|for|with|of|and|or|to|in|at|on|plus|from|per)$|[&+]$",
    re.IGNORECASE,
)
"""Words after which a line has not ended: it was cut there, for a link or for bold type."""


class _Patterns(NamedTuple):
    cut: re.Pattern[str]
    start: re.Pattern[str]
    """`$24 for `, where an option may begin: at the start of a line, or after a comma, a semicolon or an `or`."""
    value: re.Pattern[str]
    """`(a $49 value)` at the end of an option."""
    part: re.Pattern[str]
    """`($20 value` of something before the end."""
    worth: re.Pattern[str]
    """`$35 worth of` at its beginning."""


@cache
def _patterns(currency: str, decimal: str) -> _Patterns:
    marks = "|".join(map(re.escape, marks_of(currency)))
    amount = amount_pattern(decimal)
    priced = rf"(?:(?:{marks})\s?(?P<NAME>{amount})|(?<![\d.,])(?P<NAME_behind>{amount})\s?(?:{marks}))(?![.,]?\d)"
    stated = rf"(?:an?\s+)?{priced.replace('NAME', 'value')}\s*(?:total\s+|retail\s+)?value"
    said = rf"(?:value|valued\s+at|worth|regularly|reg\.|normally|usually)\s*:?\s+{priced.replace('NAME', 'said')}"
    return _Patterns(
        _CUTS[decimal],
        re.compile(rf"(?:^\s*|(?<=[,;])\s*|\s+or\s+(?=\S)){priced.replace('NAME', 'price')}\s+for\b\s*", re.IGNORECASE),
        re.compile(rf"\s*[(\[]\s*(?:{stated}|{said})\s*[)\]]\s*[.;,]?$", re.IGNORECASE),
        re.compile(rf"{priced.replace('NAME', 'part')}\s*(?:total\s+|retail\s+)?value\b", re.IGNORECASE),
        re.compile(rf"{priced.replace('NAME', 'worth')}\s+(?:worth\b|toward)", re.IGNORECASE),
    )


def priced_options(text: str, settings: Settings) -> tuple[PricedOption, ...]:
    """Read the options that a text prices: `$24 for one session ($49 value)`, `$17.50 for $35 worth of curry for two`.

    What follows the price is the option's title, in the text's own words. A value is taken where it closes the option
    or begins it with `worth of`; limits (`up to $44 value`), values of one part (`each`) and of several parts stay
    words of the title. An amount without `for` is no price. A value below the price is refused.
    """
    patterns = _patterns(settings.currency, settings.decimal)
    found = [_option(price, title, patterns, settings) for price, title in _offers(text, patterns, settings)]
    return tuple(dict.fromkeys(found))


def _offers(text: str, patterns: _Patterns, settings: Settings) -> Iterator[tuple[int, str]]:
    """Each price with all the words that belong to it."""
    price: int | None = None
    words = ""
    for amount, piece in _pieces(text, patterns):
        if amount is None and price is not None and _goes_on(words, piece, patterns):
            words = f"{words} {piece}".strip()
            continue
        if price is not None:
            yield price, words
        price, words = (None, "") if amount is None else (minor(amount, settings), piece)
    if price is not None:
        yield price, words


def _pieces(text: str, patterns: _Patterns) -> Iterator[tuple[str | None, str]]:
    """The lines of a text, each cut where an option begins; the amount is None for what prices nothing."""
    for line in patterns.cut.split(_TAG.sub("\n", text)):
        at = 0
        amount: str | None = None
        for start in patterns.start.finditer(line):
            if amount is not None or line[at : start.start()].strip():
                yield amount, line[at : start.start()].strip(" ,;")
            at, amount = start.end(), _amount(start, "price")
        if amount is not None or line[at:].strip():
            yield amount, " ".join(line[at:].split()).strip(" ,;")


def _goes_on(words: str, piece: str, patterns: _Patterns) -> bool:
    """Whether `piece`, which stood on a line of its own, belongs to the option that has `words` so far."""
    if patterns.value.search(words):
        return False
    return not words or bool(_UNFINISHED.search(words)) or piece[:1] in {"(", "["} or piece[:1].islower()


def _option(price_minor: int, words: str, patterns: _Patterns, settings: Settings) -> PricedOption:
    if not words:
        raise Unusable("states a price and not what for")
    title, value_minor = _valued(words, patterns, settings)
    if value_minor is not None and value_minor < price_minor:
        # One of the two must be wrong, and nobody here can know which.
        raise Unusable(f"states a usual price below the price for {title[:80]!r}")
    return PricedOption(title=title, price_minor=price_minor, value_minor=value_minor)


def _valued(words: str, patterns: _Patterns, settings: Settings) -> tuple[str, int | None]:
    """The title, and the value where there is no doubt which amount that is."""
    worth = patterns.worth.match(words)
    worth_minor = minor(_amount(worth, "worth"), settings) if worth else None
    closing = patterns.value.search(words)
    if closing is None:
        return words, worth_minor
    stated = minor(_amount(closing, "value" if _amount(closing, "value") else "said"), settings)
    title = words[: closing.start()].rstrip(" ,;")
    if not title or patterns.part.search(title) or worth_minor not in {None, stated}:
        return words, None
    return title, stated


def _amount(found: re.Match[str], name: str) -> str:
    return found[name] or found[f"{name}_behind"] or ""
