"""Small invented catalogues, and questions to ask of them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
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
from highstreet.market.catalog.domain.fine_print import Days, MinimumAge, Rule
from highstreet.market.catalog.domain.merchants import Opening, OpeningHours
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
    ("chicago", 41.85, -87.65, "USD", "America/Chicago"),
    ("oak-park", 41.885, -87.78, "USD", "America/Chicago"),
    ("madrid", 40.4165, -3.7026, "EUR", "Europe/Madrid"),
    ("suva", -18.14, 178.44, "FJD", "Pacific/Fiji"),
    ("waiyevo", -16.79, -179.99, "FJD", "Pacific/Fiji"),
    ("longyearbyen", 78.22, 15.65, "NOK", "Arctic/Longyearbyen"),
    ("north-pole", 89.8, -120.0, "NOK", None),
    ("south-pole", -89.9, 60.0, "USD", "Antarctica/McMurdo"),
    ("tokyo", 35.69, 139.69, "JPY", "Asia/Tokyo"),
    ("kiritimati", 1.87, -157.4, "AUD", "Pacific/Kiritimati"),
)
"""Two on the antimeridian, two beside the poles; where it is one of three days at the same instant."""

_TITLES = (
    *("Pizza", "Massages", "Café", "Yoga", "Classes", "Sushi", "Señor's", "Tacos"),
    *("Spaghetti", "Spa", "Day", "Bike", "Tour", "Two", "Adults", "The"),
)
_PROSE = (
    *("massage", "with", "hot", "stones", "dinner", "near", "the", "river", "pizzas", "tapas", "cruise", "guided"),
    *("clases", "de", "cocina", "masaje", "relajante", "señora", "bicicletas", "classes", "haircut", "three-course"),
    *("T-shirt", "kayak", "kayaking", "rental", "adults", "children", "included;", "daytrip", "b&b", "sauna", "café"),
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
        for number, (slug, latitude, longitude, _, _) in enumerate(CITIES)
    )


def deal(rng: Random, **given: Any) -> PublishedDeal:  # noqa: ANN401 -- any field of a deal
    """A believable mess: several points, missing values, no end, other currencies, every reach."""
    slug, _, _, currency, _ = city = rng.choice(CITIES)
    reach = rng.choices(tuple(Reach), weights=(12, 2, 1, 1))[0]
    starts_at = NOW - timedelta(seconds=rng.randrange(-86_400, 90 * 86_400))
    fields: dict[str, Any] = {
        "id": uuid7(NOW, rng),
        "slug": "a-deal",
        "state": DealState.LIVE,
        "title": _title(rng),
        "description": _description(rng),
        "language": rng.choice(("en", "en", "es", "pt-BR", "ja")),
        "currency": currency,
        "merchant_id": None,
        "merchant_slug": None,
        "merchant_name": rng.choice(_MERCHANTS),
        "category_slug": rng.choice((None, *(category.slug for category in TREE.categories))),
        "division_slug": f"{slug}-area" if reach is Reach.DIVISION else None,
        "reach": reach,
        "points": _points(rng, city) if reach is Reach.LOCATIONS else (),
        "options": tuple(_option(rng, position) for position in range(rng.randint(1, 3))),
        "fine_print": _fine_print(rng),
        "starts_at": starts_at,
        "ends_at": rng.choice((None, NOW + timedelta(hours=rng.randint(-20, 900)))),
        "sold": rng.choice((0, 0, 3, 40, 1200)),
        "source": _source(rng),
        "invented": True,
        "changed_at": NOW,
        "merchant_since": rng.choice((None, NOW - timedelta(hours=rng.randint(0, 200 * 24)))),
    }
    return PublishedDeal(**(fields | given))


def deals(count: int, seed: int) -> list[PublishedDeal]:
    rng = Random(seed)
    return [deal(rng) for _ in range(count)]


SYNONYMS = (
    search.Synonym(("sauna", "spa"), language="en"),
    search.Synonym(("hot stones", "lava")),
    search.Synonym(("haircut",), ("peluquería", "hair cut")),
    search.Synonym(("マッサージ", "massage")),
)


def index(catalogue: Sequence[PublishedDeal]) -> search.Generation:
    """An index that holds the catalogue."""
    return search.index_of(catalogue, TREE, divisions(), SYNONYMS)


def as_json(catalogue: Sequence[PublishedDeal]) -> dict[str, Any]:
    """What the oracle reads."""
    return json.loads(
        msgspec.json.encode({"deals": catalogue, "categories": TREE.categories, "divisions": divisions()})
    )


def query(rng: Random) -> search.SearchQuery:
    """A question with a random choice of everything that can be asked."""

    def sometimes(value: Any) -> Any:  # noqa: ANN401 -- passes any value through
        return value if rng.random() < 0.35 else None

    _, latitude, longitude, currency, _ = rng.choice(CITIES)
    place = search.Point(
        min(max(latitude + rng.uniform(-0.3, 0.3), -90), 90), _wrapped(longitude + rng.uniform(-0.3, 0.3))
    )
    centre = place if rng.random() < 0.7 else None
    sorts = [sort for sort in search.Sort if centre is not None or sort is not search.Sort.DISTANCE]
    return search.SearchQuery(
        at=NOW + timedelta(hours=rng.choice((0, 0, 5, 13, 200))),
        text=_question(rng),
        centre=centre,
        radius_km=rng.choice((1.0, 10.0, 25.0, 500.0)),
        category=sometimes(rng.choice(("food", "pizza", "beauty", "nothing"))),
        min_price_minor=sometimes(rng.choice((0, 1500, 4000))),
        max_price_minor=sometimes(rng.choice((1999, 5000, 20_000))),
        currency=sometimes(currency),
        min_discount=sometimes(rng.choice((1, 30, 50, 90))),
        ends_after=sometimes(NOW + timedelta(hours=12)),
        ends_before=sometimes(NOW + timedelta(hours=300)),
        days=tuple(rng.sample(range(1, 8), k=rng.choice((0, 0, 0, 1, 2)))),
        usable_today=rng.random() < 0.2,
        new_merchant=rng.random() < 0.2,
        sort=rng.choice(sorts),
        limit=rng.choice((1, 3, 7, 24, 100)),
        explain=rng.random() < 0.3,
    )


_QUESTIONS = (
    *("pizza", "massages", "CAFÉ", "cafe", "pizz", "spa", "yoga class", "joes pizza", "the", "tour in two", "x"),
    *("masage", "spagetti tour", "hotstone", "t-shirts", "day spa", "dayspa", "señora clases", "sauna", "belleza"),
    *('"hot stones"', '"stones hot"', '"two adults" bike', '"居酒屋"', "rental bike", "peluqueria", "three course"),
    *("yoga pizza sushi", "massage with hot stones for two adults", "river dinner tapas cruise kayak"),
    *("グルメ", "新宿居酒屋", "東京都", "京都", "食べ放題", "らーめん", "2時間コース", "アロママッサージ", "東京 spa"),
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


def _question(rng: Random) -> str:
    """One that is known to be difficult, none, or any words, some of which are mistyped."""
    chance = rng.random()
    if chance < 0.2:
        return ""
    if chance < 0.6:
        return rng.choice(_QUESTIONS)
    words = rng.choices((*_TITLES, *_PROSE, *_JAPANESE), k=rng.randint(1, 6))
    if rng.random() < 0.3:
        at = rng.randrange(len(words[0]))
        words[0] = words[0][:at] + rng.choice("abcés") + words[0][at + rng.randrange(2) :]
    if rng.random() < 0.3:
        words[-1] = words[-1][: rng.randint(1, 6)]
    if rng.random() < 0.2:
        words[:2] = [f'"{" ".join(words[:2])}"']
    return " ".join(words)


def _title(rng: Random) -> str:
    """In English, in scripts without spaces, or in both; words of the latter stand together or apart."""
    words = rng.choices(_TITLES, k=rng.randint(1, 5)) if rng.random() < 0.8 else []
    if not words or rng.random() < 0.3:
        words.append(rng.choice(("", " ", "・")).join(rng.choices(_JAPANESE, k=rng.randint(1, 4))))
    return " ".join(words)


def _description(rng: Random) -> str | None:
    """None, a sentence that others have, too, or much text."""
    kind = rng.randrange(4)
    if kind < 2:
        return rng.choice((None, "A massage with hot stones.", "Two-course dinner near the river; pizzas, tapas"))
    words = rng.choices(_PROSE, k=rng.choice((5, 20, 150)))
    return " ".join(words) + rng.choice(("", "。".join(rng.choices(_JAPANESE, k=3))))


def _points(rng: Random, city: tuple[str, float, float, str, str | None]) -> tuple[DealPoint, ...]:
    """In one city, most of the time; or in several."""
    far = rng.random() < 0.1
    return tuple(_point(rng, rng.choice(CITIES) if far else city) for _ in range(rng.choice((1, 1, 1, 2, 5))))


def _point(rng: Random, city: tuple[str, float, float, str, str | None]) -> DealPoint:
    slug, latitude, longitude, _, zone = city
    named = rng.random() < 0.9
    return DealPoint(
        latitude=min(max(latitude + rng.gauss(0, 0.1), -90.0), 90.0),
        longitude=_wrapped(longitude + rng.gauss(0, 0.1)),
        precision=Precision.ADDRESS,
        place_id=None,
        place_slug=slug if named else None,
        place_name=slug.replace("-", " ").title() if named else None,
        time_zone=zone,
        opening_hours=rng.choice((None, None, _hours(rng))),
    )


def _hours(rng: Random) -> OpeningHours:
    return tuple(
        Opening(day, time(9), rng.choice((time(18), time(2)))) for day in range(1, 8) for _ in range(rng.randrange(3))
    )


def _fine_print(rng: Random) -> tuple[Rule, ...]:
    weekdays = tuple(sorted(rng.sample(range(1, 8), k=rng.randint(1, 6))))
    return rng.choice(((), (), (MinimumAge(18),), (MinimumAge(18), Days(weekdays)), (Days(weekdays), Days((1, 2, 6)))))


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
        cap=rng.choice((None, 10, 0, 2000)),
        redeem_from=rng.choice((None, None, NOW + timedelta(hours=rng.randint(-48, 48)))),
        redeem_until=rng.choice((None, None, NOW + timedelta(hours=rng.randint(-48, 300)))),
    )
