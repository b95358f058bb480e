"""`GET /categories`."""

from typing import Annotated

import msgspec
from litestar import get
from msgspec import Meta, Struct

from highstreet.web.answers import Answer
from highstreet.web.api import parameters as given
from highstreet.web.api.answers import answer, reader_of
from highstreet.web.api.deals import current_index
from highstreet.web.api.documented import INVALID, NOT_MODIFIED, UNAVAILABLE, answers
from highstreet.web.parameters import query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


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
    parameters=given.InLanguage,
    responses=answers(CategoryList, "The categories.", NOT_MODIFIED, INVALID, UNAVAILABLE),
)
async def list_categories(request: HttpRequest) -> Answer:
    wanted, runtime = read_parameters(query_pairs(request), given.InLanguage), runtime_of(request)
    reader = reader_of(request, runtime, wanted.lang)
    views = tuple(
        CategoryView(category.slug, category.name(reader.language.code), category.parent)
        for category in current_index(runtime).categories.categories
    )
    return answer(request, reader, msgspec.json.encode(CategoryList(views)))
