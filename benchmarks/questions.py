"""The questions that search is timed with: seeded, and made from what the catalogue holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from urllib.parse import urlencode

from highstreet.discovery.search.text import words

from highstreet.discovery.search.service import Generation, Point, SearchQuery, Sort
from highstreet.market.catalog.domain.deals import DealPoint, PublishedDeal

_SEED = 20260302
_RADII_KM = (5, 10, 25)


@dataclass(frozen=True)
class Question:
    """What somebody asks: one set of parameters, as the API and the pages spell it and as the search takes it."""

    query: SearchQuery
    api: str
    page: str


def questions(index: Generation, number: int, at: datetime, currency_of: dict[str, str]) -> Iterator[Question]:
    """`number` questions, always the same for the same catalogue. `currency_of` gives the currency by place slug."""
    rng = Random(_SEED)
    deals = sorted((deal for deal in index.deals() if _town(deal)), key=lambda deal: deal.id.int)
    categories = [category.slug for category in index.categories.categories]
    for _ in range(number):
        deal = rng.choice(deals)
        point = _town(deal)
        assert point is not None
        assert point.place_slug is not None
        yield _question(point, _text(deal, rng), categories, at, currency_of[point.place_slug], rng)


def town_slugs(index: Generation) -> frozenset[str]:
    """The places that questions may be about."""
    return frozenset(point.place_slug for deal in index.deals() for point in deal.points if point.place_slug)


def _question(
    point: DealPoint, text: str, categories: Sequence[str], at: datetime, currency: str, rng: Random
) -> Question:
    chosen: dict[str, str | int] = {}
    if rng.random() < 0.6:
        chosen["q"] = text
    if rng.random() < 0.35:
        chosen["category"] = rng.choice(categories)
    if rng.random() < 0.3:
        chosen["max_price"] = rng.choice((2000, 5000, 10_000))
    if rng.random() < 0.3:
        chosen["min_discount"] = rng.choice((20, 30, 50))
    if rng.random() < 0.2:
        chosen["sort"] = rng.choice((Sort.PRICE, Sort.DISTANCE, Sort.ENDING))
    radius_km = rng.choice(_RADII_KM)
    slug = str(point.place_slug)
    query = SearchQuery(
        at=at,
        text=str(chosen.get("q", "")),
        centre=Point(point.latitude, point.longitude),
        radius_km=radius_km,
        category=str(chosen["category"]) if "category" in chosen else None,
        max_price_minor=int(chosen["max_price"]) if "max_price" in chosen else None,
        currency=currency,
        min_discount=int(chosen["min_discount"]) if "min_discount" in chosen else None,
        sort=Sort(chosen.get("sort", Sort.RELEVANCE)),
    )
    return Question(
        query=query,
        api="/api/v1/deals?" + urlencode({**chosen, "place": slug, "radius_km": radius_km}),
        page="/search?" + urlencode({**_page_names(chosen), "place": slug}),
    )


def _page_names(chosen: dict[str, str | int]) -> dict[str, str | int]:
    """The pages call two of the filters otherwise."""
    named = {name: value for name, value in chosen.items() if name in {"q", "category", "sort"}}
    if "max_price" in chosen:
        named["price"] = f"0-{chosen['max_price']}"
    if "min_discount" in chosen:
        named["discount"] = chosen["min_discount"]
    return named


def _text(deal: PublishedDeal, rng: Random) -> str:
    """One or two words of the deal's title, the last one perhaps not written to its end."""
    choice = [word for word in words(deal.title) if len(word) > 3] or words(deal.title)
    asked = rng.sample(choice, k=min(len(choice), rng.choice((1, 1, 2))))
    if rng.random() < 0.3 and len(asked[-1]) > 5:
        asked[-1] = asked[-1][:5]
    return " ".join(asked)


def _town(deal: PublishedDeal) -> DealPoint | None:
    return next((point for point in deal.points if point.place_slug), None)
