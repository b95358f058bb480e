"""Every address of the storefront, each page once in every language."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Router, get, post
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.assets import asset_file
from highstreet.web.headers import header
from highstreet.web.pictures import picture_file
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of
from highstreet.web.storefront import about, browse, choosing, crawlers, deal, home, pictures
from highstreet.web.storefront.account import addresses as account
from highstreet.web.storefront.shopping import addresses as shopping
from highstreet.web.storefront.visit import provide_visit

_LISTS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("/", home.home_page),
    ("/search", browse.search_page),
    ("/places/{place_slug:str}", browse.place_page),
    ("/places/{place_slug:str}/{category_slug:str}", browse.place_category_page),
    ("/categories/{category_slug:str}", browse.category_page),
)
"""Pages that depend on the index, the instant and the visit, and on nothing else."""
_PAGES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("/deals/{reference:str}", deal.deal_page),
    ("/about", about.about_page),
    ("/privacy", about.privacy_page),
)
_PREVIEW = ("/deals/{reference:str}/preview", deal.preview_page)
_FORMS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("/choices/place", choosing.choose_place),
    ("/choices/theme", choosing.choose_theme),
)


def storefront_router() -> Router:
    pages: list[HTTPRouteHandler] = [
        *(get(_everywhere(path), include_in_schema=False)(_at_once(page)) for path, page in _LISTS),
        *(get(_everywhere(path), include_in_schema=False)(_visited(page)) for path, page in _PAGES),
        *(
            post(_everywhere(path), include_in_schema=False)(handler)
            for path, handler in (*_FORMS, *account.FORMS, *shopping.FORMS)
        ),
        *(
            get(_everywhere(path), include_in_schema=False)(handler)
            for path, handler in (_PREVIEW, *account.PAGES, *shopping.PAGES)
        ),
    ]
    return Router(
        "/",
        route_handlers=[
            *pages,
            asset_file,
            picture_file,
            pictures.picture,
            crawlers.robots,
            crawlers.sitemap_index,
            crawlers.sitemap_pages,
            crawlers.sitemap_deals,
        ],
        dependencies={"visit": Provide(provide_visit)},
        include_in_schema=False,
    )


def _visited(page: Callable[..., Awaitable[Any]]) -> Callable[[HttpRequest], Awaitable[Answer]]:
    """The handler of a page, which takes a visit and what its address names."""

    async def handle(request: HttpRequest) -> Answer:
        visit = await provide_visit(request, runtime_of(request))
        return await page(visit, **request.path_params)

    return handle


def _at_once(page: Callable[..., Awaitable[Any]]) -> Callable[[HttpRequest], Awaitable[Answer]]:
    """The same for a list, which is made once for all who ask for it within a moment."""

    async def handle(request: HttpRequest) -> Answer:
        runtime = runtime_of(request)
        visit = await provide_visit(request, runtime)
        answers = runtime.moment.answers(visit.index, visit.now)
        where = (request.scope["path"], request.scope["query_string"], visit.origin)
        key = ("page", *where, visit.wants_fragment, header(request, b"cookie"))
        made: Answer = answers.get(key) or await page(visit, **request.path_params)
        answers.put(key, made, len(made.body))
        return made

    return handle


def _everywhere(path: str) -> list[str]:
    return [language.localized(path) for language in i18n.languages()]
