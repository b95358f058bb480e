"""Options of selects and chips, as markup: a page has dozens, and a template takes four times as long for each."""

from collections.abc import Iterable
from functools import lru_cache

import msgspec
from markupsafe import Markup

from highstreet.web import i18n
from highstreet.web.i18n import Language
from highstreet.web.templating import escaped


class Choice(msgspec.Struct, frozen=True):
    """One entry of a select; `value` is what the form sends, `count` how many deals there are, where that is known."""

    value: str
    label: str
    chosen: bool
    count: int | None = None


class Chip(msgspec.Struct, frozen=True):
    """One link of several. `address` is as it stands in the markup: with the language's prefix, and escaped."""

    address: str
    label: str
    chosen: bool
    count: int | None = None


def options(language: Language, choices: Iterable[Choice]) -> Markup:
    """The entries of a select."""
    return Markup("".join([_option(language, choice) for choice in choices]))  # noqa: S704 -- escaped in its parts


def chips(language: Language, links: Iterable[Chip]) -> Markup:
    """The items of a list of links."""
    return Markup("".join([_chip(language, link) for link in links]))  # noqa: S704 -- escaped in its parts


def _option(language: Language, choice: Choice) -> str:
    count = "" if choice.count is None else f" ({i18n.number(language, choice.count)})"
    return f"{_begun(choice.value, choice.label, choice.chosen)}{count}</option>\n"


@lru_cache(maxsize=4096)
def _begun(value: str, label: str, chosen: bool) -> str:  # noqa: FBT001 -- what a cache is asked by
    return f'<option value="{escaped(value)}"{" selected" if chosen else ""}>{escaped(label)}'


def _chip(language: Language, link: Chip) -> str:
    current = ' aria-current="page"' if link.chosen else ""
    number = i18n.number(language, link.count) if link.count is not None else None
    count = "" if number is None else f' <span class="count">{number}</span>'
    label = f"<span>{escaped(link.label)}</span>"
    return f'<li><a class="chip" href="{link.address}"{current}>{label}{count}</a></li>\n'
