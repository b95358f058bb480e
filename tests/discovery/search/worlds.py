"""Small invented catalogues, and questions to ask of them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from highstreet.discovery.search import service as search
from highstreet.kit.ids import uuid7
from highstreet.market.catalog.domain.categories import Category, CategoryTree
from highstreet.market.catalog.domain.deals import (
    DealPoint,
    DealState,
    Option,
    Precision,
    PublishedDeal,
    Reach,
    Source,
    ValueEvidence,
)
from highstreet.market.catalog.domain.places import Division

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

TREE = CategoryTree.of(
    Category(slug=slug, parent=parent, position=position, names={"en": en, "es": es})
    for position, (slug, parent, en, es) in enumerate(
        (
            ("food", None, "Food & drink", "Comer y beber"),
            ("pizza", "food", "Pizza", "Pizza"),
            ("cafes", "food", "Cafés", "Cafeterías"),
            ("beauty", None, "Beauty & spas", "Belleza y spas"),
            ("massage", "beauty", "Massage", "Masajes"),
            ("fitness", None, "Fitness", "Deporte"),
        )
    )
)

CITIES = (
    ("chicago", 41.85, -87.65, "USD"),
    ("oak-park", 41.885, -87.78, "USD"),
    ("madrid", 40.4165, -3.7026, "EUR"),
    ("suva", -18.14, 178.44, "FJD"),
    ("waiyevo", -16.79, -179.99, "FJD"),
    ("longyearbyen", 78.22, 15.65, "NOK"),
    ("tokyo", 35.69, 139.69, "JPY"),
)

_TITLES = (
    *("Pizza", "Massages", "Café", "Yoga", "Classes", "Sushi", "Señor's", "Tacos"),
    *("Spaghetti", "Spa", "Day", "Bike", "Tour", "Two", "Adults", "The"),
)
_JAPANESE = (
    *("グルメ", "居酒屋", "新宿居酒屋", "東京", "京都", "東京都", "食べ放題", "飲み放題", "らーめん", "2時間コース"),
    *("アロマ・マッサージ", "ヘッドスパ", "温泉の宿", "コンピュータ", "ﾎｯﾄﾖｶﾞ", "茅ヶ崎", "日本酒", "สปา", "마사지"),
)
_LINKS = (
    *(None, None, None, "", "https://pizza.example", "https://pizza.example/?q=yoga", "https://x.example/yoga/"),
    *("https://x.example/deals/1606154-massages?ref=spa#tour", "https://x.example/spa/2-caf%C3%A9-tours.html"),
)
"""Of no feed, of a feed that gives no link (empty), and links."""
_MERCHANTS = ("Joe's Pizza", "Glow Spa", "Café Olé", "Bodies & Bikes", None)


def divisions() -> tuple[Division, ...]:
    return tuple(
        Division(
            id=UUID(int=number + 1),
            slug=f"{slug}-area",
            name=slug,
            place_id=UUID(int=number + 1),
            latitude=latitude,
            longitude=longitude,
            radius_km=40.0,
        )
        for number, (slug, latitude, longitude, _) in enumerate(CITIES)
    )


def deal(rng: Random, **given: Any) -> PublishedDeal:  # noqa: ANN401 -- any field of a deal
    """A believable mess: several points, missing values, no end, other currencies, every reach."""
    slug, latitude, longitude, currency = rng.choice(CITIES)
    reach = rng.choices(tuple(Reach), weights=(12, 2, 1, 1))[0]
    starts_at = NOW - timedelta(seconds=rng.randrange(-86_400, 90 * 86_400))
    fields: dict[str, Any] = {
        "id": uuid7(NOW, rng),
        "slug": "a-deal",
        "state": DealState.LIVE,
        "title": _title(rng),
        "description": rng.choice(
            (None, "A massage with hot stones.", "Two-course dinner near the river; pizzas, tapas")
        ),
        "language": "en",
        "currency": currency,
        "merchant_id": None,
        "merchant_slug": None,
        "merchant_name": rng.choice(_MERCHANTS),
        "category_slug": rng.choice((None, *(category.slug for category in TREE.categories))),
        "division_slug": f"{slug}-area" if reach is Reach.DIVISION else None,
        "reach": reach,
        "points": _points(rng, slug, latitude, longitude) if reach is Reach.LOCATIONS else (),
        "options": tuple(_option(rng, position) for position in range(rng.randint(1, 3))),
        "fine_print": (),
        "starts_at": starts_at,
        "ends_at": rng.choice((None, NOW + timedelta(hours=rng.randint(-20, 900)))),
        "sold": rng.choice((0, 0, 3, 40, 1200)),
        "source": _source(rng),
        "invented": True,
        "changed_at": NOW,
    }
    return PublishedDeal(**(fields | given))


def deals(count: int, seed: int) -> list[PublishedDeal]:
    rng = Random(seed)
    return [deal(rng) for _ in range(count)]


def index(catalogue: Sequence[PublishedDeal]) -> search.Generation:
    """An index that holds the catalogue."""
    return search.index_of(catalogue, TREE, divisions())


def as_json(catalogue: Sequence[PublishedDeal]) -> dict[str, Any]:
    """What the oracle reads."""
    return json.loads(
        msgspec.json.encode({"deals": catalogue, "categories": TREE.categories, "divisions": divisions()})
    )


def query(rng: Random) -> search.SearchQuery:
    """A question with a random choice of everything that can be asked."""

    def sometimes(value: Any) -> Any:  # noqa: ANN401 -- passes any value through
        return value if rng.random() < 0.35 else None

    _, latitude, longitude, currency = rng.choice(CITIES)
    place = search.Point(latitude + rng.uniform(-0.3, 0.3), _wrapped(longitude + rng.uniform(-0.3, 0.3)))
    centre = place if rng.random() < 0.7 else None
    texts = (
        "",
        "",
        "pizza",
        "massages",
        "CAFÉ",
        "cafe",
        "pizz",
        "spa",
        "yoga class",
        "joes pizza",
        "the",
        "tour in two",
        "x",
        *(
            "グルメ",
            "新宿居酒屋",
            "東京都",
            "京都",
            "食べ放題",
            "らーめん",
            "2時間コース",
            "アロママッサージ",
            "東京 spa",
        ),
        *(
            "酒",
            "スパ",
            "コンピューター",
            "温泉の宿",
            "京都居酒",
            "ホットヨガ",
            "茅ケ崎",
            "สปา",
            "마사지 스파",
            "東京でグルメ",
        ),
    )
    sorts = [sort for sort in search.Sort if centre is not None or sort is not search.Sort.DISTANCE]
    return search.SearchQuery(
        at=NOW + timedelta(hours=rng.choice((0, 0, 5, 200))),
        text=rng.choice(texts),
        centre=centre,
        radius_km=rng.choice((1.0, 10.0, 25.0, 500.0)),
        category=sometimes(rng.choice(("food", "pizza", "beauty", "nothing"))),
        min_price_minor=sometimes(rng.choice((0, 1500, 4000))),
        max_price_minor=sometimes(rng.choice((1999, 5000, 20_000))),
        currency=sometimes(currency),
        min_discount=sometimes(rng.choice((1, 30, 50, 90))),
        ends_after=sometimes(NOW + timedelta(hours=12)),
        ends_before=sometimes(NOW + timedelta(hours=300)),
        sort=rng.choice(sorts),
        limit=rng.choice((1, 3, 7, 24, 100)),
    )


def _title(rng: Random) -> str:
    """In English, in scripts without spaces, or in both; words of the latter stand together or apart."""
    words = rng.choices(_TITLES, k=rng.randint(1, 5)) if rng.random() < 0.8 else []
    if not words or rng.random() < 0.3:
        words.append(rng.choice(("", " ", "・")).join(rng.choices(_JAPANESE, k=rng.randint(1, 4))))
    return " ".join(words)


def _points(rng: Random, slug: str, latitude: float, longitude: float) -> tuple[DealPoint, ...]:
    return tuple(
        DealPoint(
            latitude=latitude + rng.gauss(0, 0.1),
            longitude=_wrapped(longitude + rng.gauss(0, 0.1)),
            precision=Precision.ADDRESS,
            place_id=None,
            place_slug=slug,
            place_name=slug.replace("-", " ").title(),
            time_zone=None,
        )
        for _ in range(rng.choice((1, 1, 1, 2, 5)))
    )


def _source(rng: Random) -> Source | None:
    link = rng.choice(_LINKS)
    return None if link is None else Source(feed="paper", key="1", url=link or None)


def _wrapped(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def _option(rng: Random, position: int) -> Option:
    price = rng.choice((0, 100, 500, 1999, 2000, 4999, 20_000, rng.randint(0, 30_000)))
    value = rng.choice((None, price, price + 1, price * 2, rng.randint(0, 60_000)))
    return Option(
        id=UUID(int=rng.getrandbits(128)),
        position=position,
        title=rng.choice(("For one", "For two", "Ten rides", "お一人様")),
        price_minor=price,
        value_minor=value,
        value_evidence=None if value is None else ValueEvidence.MERCHANT_STATED,
    )
