"""The addresses of the pages, without the language's prefix."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus
from uuid import UUID

from highstreet.market.catalog.domain.deals import PublishedDeal

_UUID_LENGTH = 36


def place_path(place_slug: str, category_slug: str | None = None) -> str:
    return f"/places/{quote(place_slug)}" + (f"/{quote(category_slug)}" if category_slug else "")


def category_path(category_slug: str) -> str:
    return f"/categories/{quote(category_slug)}"


def deal_path(deal: PublishedDeal) -> str:
    return f"/deals/{quote(deal.slug)}-{deal.id}"


def deal_id(reference: str) -> UUID | None:
    """The id at the end of `{slug}-{id}`; None when there is none. What stands before it only pleases the eye."""
    try:
        found = UUID(reference[-_UUID_LENGTH:])
    except ValueError:
        return None
    return found if str(found) == reference[-_UUID_LENGTH:] else None


def with_query(path: str, params: Mapping[str, str]) -> str:
    return f"{path}?{'&'.join(_parameter(*pair) for pair in params.items())}" if params else path


@lru_cache(maxsize=2048)
def _parameter(name: str, value: str) -> str:
    """One parameter as it is written in an address. A page of filters writes the same few a hundred times."""
    return f"{quote_plus(name)}={quote_plus(value)}"


def is_local(path: str) -> bool:
    """Whether a browser that follows `path` stays on this site."""
    # Browsers drop tabs and ends of lines before they read an address: a tab between two slashes would lead elsewhere.
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isascii() and path.isprintable()
