"""The picture of a deal that brings none: drawn when it is asked for, from the deal's category and id."""

from functools import lru_cache
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from highstreet.kit.database import VISITOR
from highstreet.kit.errors import NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import PublishedDeal
from highstreet.web.conditional import tagged
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime
from highstreet.web.storefront import art

_KEPT = 2048
"""Drawings kept in memory, at up to 4 KB each."""

_A_WEEK = "public, max-age=604800, immutable"
"""A picture changes only when its deal moves to another category or is renamed, and an old one does no harm."""


@get("/art/{name:str}", include_in_schema=False)
async def picture(request: HttpRequest, runtime: NamedDependency[Runtime], name: FromPath[str]) -> Response[bytes]:
    deal_id = _deal_id(name)
    deal = runtime.follower.index.deal(deal_id) or await _ended(runtime, deal_id)
    content = _drawn(deal.category_slug, deal.id, deal.title)
    return tagged(request, content, media_type="image/svg+xml", cache_control=_A_WEEK)


async def _ended(runtime: Runtime, deal_id: UUID) -> PublishedDeal:
    """A deal that search no longer finds but whose page stands."""
    async with runtime.database.transaction(VISITOR) as tx:
        deal = await catalog.published_deal(tx, deal_id)
    if deal is None:
        raise NotFound("There is no such picture")
    return deal


def _deal_id(name: str) -> UUID:
    stem = name.removesuffix(".svg")
    try:
        found = UUID(stem)
    except ValueError:
        raise NotFound("There is no such picture") from None
    if name != f"{found}.svg":
        raise NotFound("There is no such picture")
    return found


@lru_cache(maxsize=_KEPT)
def _drawn(category_slug: str | None, deal_id: UUID, title: str) -> bytes:
    return art.draw(category_slug, deal_id.int, title).encode()
