"""`GET /suggestions`."""

from typing import Annotated

import msgspec
from litestar import get
from msgspec import Meta, Struct

from highstreet.discovery.search import service as search
from highstreet.discovery.search.service import Hit, SearchQuery, Suggestions
from highstreet.web.addresses import deal_path
from highstreet.web.api import parameters as given
from highstreet.web.api.answers import Answer, Reader, answer, reader_of
from highstreet.web.api.centre import centre_of
from highstreet.web.api.deals import current_index
from highstreet.web.api.documented import INVALID, NOT_MODIFIED, UNAVAILABLE, answers
from highstreet.web.parameters import Parameters, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class SuggestedMerchant(Struct, frozen=True):
    """A business that has deals; a search for its name finds them."""

    name: str


class SuggestedCategory(Struct, frozen=True):
    """A kind of deal, by its name in the reader's language."""

    slug: Annotated[str, Meta(examples=["massage"])]
    name: str


class SuggestedPlace(Struct, frozen=True):
    """A town in which there are deals."""

    slug: Annotated[str, Meta(examples=["chicago-il-us"])]
    name: str


class SuggestedDeal(Struct, frozen=True):
    """A deal that is found by what was typed so far."""

    id: str
    title: str
    merchant: str | None
    url: Annotated[str, Meta(description="The deal's page, in the reader's language.")]


class SuggestionList(Struct, frozen=True, kw_only=True):
    """What is suggested, of each kind the best first."""

    queries: Annotated[
        tuple[str, ...],
        Meta(description="What was typed, with its last word completed, or with its typing errors mended."),
    ]
    merchants: tuple[SuggestedMerchant, ...]
    categories: tuple[SuggestedCategory, ...]
    places: tuple[SuggestedPlace, ...]
    deals: tuple[SuggestedDeal, ...]


class SuggestionsWanted(Parameters, frozen=True, kw_only=True):
    """What `GET /suggestions` may be asked."""

    q: given.Typed = ""
    place: given.PlaceSlug | None = None
    lat: given.Latitude | None = None
    lng: given.Longitude | None = None
    limit: given.FewLimit = 5
    lang: given.LanguageCode | None = None


@get(
    "/suggestions",
    operation_id="suggest",
    summary="Suggest while typing",
    description="Queries, merchants, categories, places and deals for what somebody has typed so far. With a place or "
    "a point, what is near it comes first, and the deals are those around it.",
    parameters=SuggestionsWanted,
    responses=answers(SuggestionList, "The suggestions.", NOT_MODIFIED, INVALID, UNAVAILABLE),
)
async def suggest(request: HttpRequest) -> Answer:
    wanted, runtime = read_parameters(query_pairs(request), SuggestionsWanted), runtime_of(request)
    index = current_index(runtime)
    reader = reader_of(request, runtime, wanted.lang)
    centre = await centre_of(runtime, wanted.place, wanted.lat, wanted.lng)
    query = SearchQuery(at=runtime.clock.now(), text=wanted.q, centre=centre.point, limit=wanted.limit)
    found = search.suggest(index, query, language=reader.language.code)
    return answer(request, reader, msgspec.json.encode(_view(found, reader)))


def _view(found: Suggestions, reader: Reader) -> SuggestionList:
    return SuggestionList(
        queries=found.queries,
        merchants=tuple(SuggestedMerchant(name) for name in found.merchants),
        categories=tuple(SuggestedCategory(each.slug, each.name(reader.language.code)) for each in found.categories),
        places=tuple(SuggestedPlace(slug, name) for name, slug in found.places),
        deals=tuple(_deal(hit, reader) for hit in found.deals),
    )


def _deal(hit: Hit, reader: Reader) -> SuggestedDeal:
    deal = hit.deal
    url = reader.origin + reader.language.localized(deal_path(deal))
    return SuggestedDeal(str(deal.id), deal.title, deal.merchant_name, url)
