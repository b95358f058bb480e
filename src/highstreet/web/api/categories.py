"""`GET /categories`."""

from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from msgspec import Meta, Struct

from highstreet.web.api import parameters as given
from highstreet.web.api.answers import answer, reader_of
from highstreet.web.api.deals import current_index
from highstreet.web.api.documented import INVALID, NOT_MODIFIED, UNAVAILABLE, answers
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime


class CategoryView(Struct, frozen=True):
    """A kind of deal. The name is in the reader's language; `parent` is the slug of the kind above it."""

    slug: Annotated[str, Meta(examples=["massage"])]
    name: str
    parent: str | None


class CategoryList(Struct, frozen=True):
    """The whole tree: each category on top is followed by those below it."""

    categories: tuple[CategoryView, ...]


@get(
    "/categories",
    operation_id="listCategories",
    summary="List categories",
    description="Every category that a deal can have.",
    responses=answers(CategoryList, "The categories.", NOT_MODIFIED, INVALID, UNAVAILABLE),
)
async def list_categories(
    request: HttpRequest, runtime: NamedDependency[Runtime], lang: given.LanguageCode = None
) -> Response[bytes]:
    reader = reader_of(request, runtime, lang)
    views = tuple(
        CategoryView(category.slug, category.name(reader.language.code), category.parent)
        for category in current_index(runtime).categories.categories
    )
    return answer(request, reader, msgspec.json.encode(CategoryList(views)))
