"""The named transforms of a mapping: small pure functions from what a file states to what the catalogue keeps.

Each takes the text and the Settings of its field, and raises Unusable with a reason that follows the field's name.
"""

import html
import re
from urllib.parse import urlsplit

from highstreet.market.feeds.domain import text as texts
from highstreet.market.feeds.domain.amounts import count, currency_code, days, money
from highstreet.market.feeds.domain.dates import end_of_day, instant, start_of_day
from highstreet.market.feeds.domain.priced_options import priced_options
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.steps import Kind, Settings, Transform


def strip(text: str, _: Settings) -> str:
    """Remove space at both ends."""
    return text.strip()


def collapse(text: str, _: Settings) -> str:
    """Turn every run of white space, line breaks included, into one space, and remove it at both ends."""
    return " ".join(text.split())


def entities(text: str, _: Settings) -> str:
    """Replace HTML character references: `&amp;` becomes `&`, `&eacute;` becomes `é`. Tags stay, as text."""
    return html.unescape(text)


def repair_mojibake(text: str, _: Settings) -> str:
    """Put right UTF-8 that was once read as Windows-1252 (`cafÃ©` becomes `café`), where that can be undone exactly."""
    return texts.repair_mojibake(text)


def last_segment(text: str, _: Settings) -> str:
    """Keep the last part of a link's path: `https://x.example/deals/12-spa?a=1` becomes `12-spa`."""
    segment = _parts(text).path.rstrip("/").rpartition("/")[2]
    if not segment:
        raise Unusable("is a link without a path")
    return segment


def leading_number(text: str, _: Settings) -> str:
    """Keep the digits at the start: `12-spa` becomes `12`."""
    found = re.match(r"\d{1,40}(?!\d)", text, re.ASCII)
    if found is None:
        raise Unusable("does not start with a number")
    return found.group()


MAX_URL = 2_000


def check_url(text: str) -> str:
    """Return `text`, or raise Unusable unless it is an absolute http or https address that is safe to link to."""
    if len(text) > MAX_URL or not text.isprintable() or " " in text:
        raise Unusable(f"is not a web address of at most {MAX_URL:,} characters without spaces")
    parts = _parts(text)
    if parts.scheme not in {"http", "https"}:
        raise Unusable("is not an http or https address")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise Unusable("is not an address of a host, or carries a user name")
    return text


def _parts(text: str):  # noqa: ANN202 - urllib's own result type
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise Unusable("is not a web address") from None
    return parts


TRANSFORMS: dict[str, Transform] = {
    step.__name__: Transform(step.__name__, kind, step)
    for kind, steps in {
        Kind.TEXT: (strip, collapse, entities, repair_mojibake, last_segment, leading_number, currency_code),
        Kind.MONEY: (money,),
        Kind.INSTANT: (instant, start_of_day, end_of_day),
        Kind.COUNT: (count, days),
        Kind.OPTIONS: (priced_options,),
    }.items()
    for step in steps
}
"""Every transform by its name in a mapping."""
