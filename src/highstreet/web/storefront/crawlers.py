"""`robots.txt` and the sitemap, from what can be found at present."""

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from highstreet.kit.errors import NotFound
from highstreet.kit.settings import Environment
from highstreet.web import seo
from highstreet.web.addresses import category_path, deal_path, place_path
from highstreet.web.seo import SITEMAP_PAGE
from highstreet.web.storefront.towns import busiest_towns
from highstreet.web.storefront.visit import Visit

_KEPT = {"cache-control": "public, max-age=3600"}


@get("/robots.txt", include_in_schema=False)
async def robots(visit: NamedDependency[Visit]) -> Response[str]:
    is_public = visit.runtime.settings.env is Environment.PRODUCTION
    return Response(seo.robots_txt(visit.origin, is_public=is_public), media_type=MediaType.TEXT, headers=_KEPT)


@get("/sitemap.xml", include_in_schema=False)
async def sitemap_index(visit: NamedDependency[Visit]) -> Response[str]:
    pages = -(-visit.index.size // SITEMAP_PAGE)
    names = ["pages", *(f"deals-{page}" for page in range(1, pages + 1))]
    return _xml(seo.sitemap_index(visit.origin, names))


@get("/sitemaps/pages.xml", include_in_schema=False)
async def sitemap_pages(visit: NamedDependency[Visit]) -> Response[str]:
    towns = busiest_towns(visit.runtime.follower, visit.index, visit.now)
    categories = visit.index.categories
    paths = [
        "/",
        "/about",
        "/privacy",
        *(place_path(town.slug) for town in towns),
        *(category_path(slug) for root in categories.roots() for slug in sorted(categories.subtree(root.slug))),
    ]
    return _xml(seo.sitemap(visit.origin, ((path, None) for path in paths)))


@get("/sitemaps/{name:str}", include_in_schema=False)
async def sitemap_deals(visit: NamedDependency[Visit], name: FromPath[str]) -> Response[str]:
    number = name.removeprefix("deals-").removesuffix(".xml")
    if name != f"deals-{number}.xml" or not number.isdecimal() or int(number) < 1:
        raise NotFound("There is no such sitemap")
    first = (int(number) - 1) * SITEMAP_PAGE
    deals = list(visit.index.deals(first, SITEMAP_PAGE))
    if not deals:
        raise NotFound("There is no such sitemap")
    return _xml(seo.sitemap(visit.origin, ((deal_path(deal), deal.changed_at.date().isoformat()) for deal in deals)))


def _xml(text: str) -> Response[str]:
    return Response(text, media_type="application/xml; charset=utf-8", headers=_KEPT)
