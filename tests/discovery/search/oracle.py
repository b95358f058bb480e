"""What search should answer, worked out the slow way: from JSON, deal by deal, with nothing imported from the product.

The rules are written down here a second time on purpose, with their constants. Where this and the product differ, one
of them is wrong. What the words of a question stand for is given (`Plan`): the tests of `language` judge that.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.discovery.search import readings

Deal = dict[str, Any]
Query = dict[str, Any]
Plan = list[list[dict[str, Any]]]
"""By thing that is asked for, the ways to meet it: `kind` (word, phrase, run), `percent`, and `slots`, each with its
words and what they are worth; in a run `loose` says which slots may be missing between others."""

FIELDS = ("title", "merchant", "category", "place", "description", "link")
WEIGHTS = {"title": 4.0, "merchant": 3.0, "category": 0.0, "place": 2.0, "description": 1.0, "link": 3.0}
USUAL_LENGTHS = {"title": 8.0, "merchant": 2.5, "category": 1.0, "place": 1.5, "description": 45.0, "link": 5.0}
LENGTH_SHARES = {"title": 0.3, "merchant": 0.2, "category": 0.0, "place": 0.2, "description": 0.6, "link": 0.6}
DAY_US = 86_400 * 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WORST = 2**62
ENOUGH = 10


def answer(world: dict[str, Any], query: Query, plans: list[Plan], weights: list[int] | None = None) -> dict[str, Any]:
    """`world` has `deals`, `categories` (slug, parent, names; in order) and `divisions`. Answers all pages at once.

    There is a plan for each segment, and `world["levels"]` says by id in which a deal lies: which languages a word
    occurs in, and so what it is a form of, is known by segment. `weights` say how much each thing that is asked for
    counts; without them that follows from how many of the deals have it.
    """
    weights = weights if weights is not None else [weight(world, ways) for ways in plans[0]]
    near: list[Found] = []
    for deal in world["deals"]:
        within, metres, ordinal = place_matches(world, deal, query)
        if within and dates_match(deal, query):
            lies_in: int = world["levels"][deal["id"]]
            values = [max((way_value(world, deal, way) for way in ways), default=0) for ways in plans[lies_in]]
            near.append(Found(deal, metres, ordinal, values))
    level = words_needed(near, len(weights))
    found = [each for each in near if each.met >= level]
    currency = query["currency"] or commonest_currency([each.deal for each in found])
    filters = filters_of(world, query, currency)

    def passing(but: str = "") -> list[Found]:
        return [each for each in found if all(passes(each.deal) for name, passes in filters.items() if name != but)]

    scored = [(each, parts(each, query, weights)) for each in passing()]
    ordered = sorted(scored, key=lambda item: (key(*item, query, currency), UUID(item[0].deal["id"]).int))
    return {
        "ids": [each.deal["id"] for each, _ in ordered],
        "distances_km": [None if each.metres is None else each.metres / 1000 for each, _ in ordered],
        "points": [each.ordinal for each, _ in ordered],
        "scores": [millionths(reasons) / 1_000_000 for _, reasons in ordered],
        "reasons": [reasons for _, reasons in ordered],
        "total": len(ordered),
        "currency": currency,
        "words": len(weights),
        "words_met": level,
        "facets": {
            "category": category_facet(world, [each.deal for each in passing("category")]),
            "price": price_facet([each.deal for each in passing("price")], currency),
            "discount": discount_facet([each.deal for each in passing("discount")]),
            "distance": distance_facet([each.metres for each in passing()]),
            "day": day_facet([each.deal for each in passing("day")]),
            "usable_today": how_many(usable_today(each.deal, query) for each in passing("usable_today")),
            "new_merchant": how_many(is_new(each.deal, query) for each in passing("new_merchant")),
        },
    }


class Found:
    """A deal that place and dates let pass: how far it is, which of its points is nearest, what it has of the words."""

    def __init__(self, deal: Deal, metres: int | None, ordinal: int, values: list[int]) -> None:
        self.deal, self.metres, self.ordinal, self.values = deal, metres, ordinal, values
        self.met = sum(value > 0 for value in values)


# Words


def fields(world: dict[str, Any], deal: Deal) -> dict[str, list[str]]:
    """By field, its words in the order in which they are read."""
    known: dict[str, dict[str, list[str]]] = world.setdefault("read", {})
    if deal["id"] not in known:
        link = deal["source"]["url"] if deal["source"] else None
        towns = sorted({point["place_name"] for point in deal["points"] if point["place_name"]})
        options = list(dict.fromkeys(option["title"] for option in deal["options"]))
        path = reversed(category_path(world, deal["category_slug"]))
        known[deal["id"]] = {
            "title": readings.stored(deal["title"]),
            "merchant": readings.stored(deal["merchant_name"] or ""),
            "category": [f"\x01{slug}" for slug in path],
            "place": [word for town in towns for word in readings.stored(town)],
            "description": [word for text in (deal["description"] or "", *options) for word in readings.stored(text)],
            "link": [part for word in readings.link_words(link or "") for part in readings.stored(word)],
        }
    return known[deal["id"]]


def impacts(world: dict[str, Any], deal: Deal) -> dict[str, int]:
    """BM25F, 1 to 255: by word, its occurrences by field, weighted, set against the field's length, and saturated."""
    known: dict[str, dict[str, int]] = world.setdefault("impacts", {})
    if deal["id"] not in known:
        summed: dict[str, float] = {}
        for name in FIELDS:
            words = fields(world, deal)[name]
            longer = 1 + LENGTH_SHARES[name] * (len(words) / USUAL_LENGTHS[name] - 1)
            for word in words:
                summed[word] = summed.get(word, 0.0) + WEIGHTS[name] / longer
        known[deal["id"]] = {word: max(1, round(255 * s / (s + 2.0))) if s > 0 else 128 for word, s in summed.items()}
    return known[deal["id"]]


def way_value(world: dict[str, Any], deal: Deal, way: dict[str, Any]) -> int:
    """What a deal has of one way to meet something, 0 where it does not; at most 255 * 100 * 100."""
    has = impacts(world, deal)
    best = [max((has[word] * worth for word, worth in slot.items() if word in has), default=0) for slot in way["slots"]]
    for at, value in enumerate(best):
        if not value and not (way["loose"][at] and best[at - 1] and best[at + 1]):
            return 0
    if way["kind"] == "phrase" and not any(
        stand_together(words, way["slots"]) for words in fields(world, deal).values()
    ):
        return 0
    return sum(best) // len(best) * way["percent"]


def stand_together(words: list[str], slots: list[dict[str, int]]) -> bool:
    return any(
        all(words[start + at] in slot for at, slot in enumerate(slots)) for start in range(len(words) - len(slots) + 1)
    )


def weight(world: dict[str, Any], ways: list[dict[str, Any]]) -> int:
    """The rarer, the more: by how many deals have it, a way being as rare as the rarest of its slots."""

    def deals_with(least_percent: int) -> int:
        return sum(
            min(
                sum(
                    word in impacts(world, deal)
                    for deal in world["deals"]
                    for word, worth in slot.items()
                    if worth * way["percent"] >= 100 * least_percent
                )
                for slot in way["slots"]
            )
            for way in ways
        )

    number = len(world["deals"])
    common = min(deals_with(90) or deals_with(0), number)
    return min(max(round(16 * math.log(1 + (number - common + 0.5) / (common + 0.5))), 1), 255)


def words_needed(near: list[Found], asked: int) -> int:
    """All; or, where too few deals have all, the most that enough deals have; but half of them at least."""
    fewest = (asked + 1) // 2
    for level in range(asked, fewest, -1):
        if sum(each.met >= level for each in near) >= ENOUGH:
            return level
    return fewest


# Place and dates


def metres_between(one: dict[str, float], other: dict[str, float]) -> int:
    phi, psi = math.radians(one["latitude"]), math.radians(other["latitude"])
    north = math.sin((psi - phi) / 2)
    east = math.sin(math.radians(other["longitude"] - one["longitude"]) / 2)
    return round(2 * 6_371_008.8 * math.asin(math.sqrt(min(1.0, north**2 + math.cos(phi) * math.cos(psi) * east**2))))


def place_matches(world: dict[str, Any], deal: Deal, query: Query) -> tuple[bool, int | None, int]:
    """Whether it is near enough, how far it is, and which of its points is nearest."""
    centre = query["centre"]
    if centre is None:
        return True, None, -1
    if deal["reach"] == "locations":
        metres = [metres_between(centre, point) for point in deal["points"]]
        nearest = min(metres)
        return nearest <= round(query["radius_km"] * 1000), nearest, metres.index(nearest)
    if deal["reach"] == "division":
        around = {division["slug"]: division for division in world["divisions"]}
        division = around.get(deal["division_slug"])
        return division is not None and metres_between(centre, division) <= division["radius_km"] * 1000, None, -1
    return deal["reach"] == "online", None, -1


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def dates_match(deal: Deal, query: Query) -> bool:
    at = instant(query["at"])
    ends = deal["ends_at"] and instant(deal["ends_at"])
    return (
        instant(deal["starts_at"]) <= at
        and (ends is None or ends > at)
        and (query["ends_after"] is None or ends is None or ends >= instant(query["ends_after"]))
        and (query["ends_before"] is None or (ends is not None and ends <= instant(query["ends_before"])))
    )


# Filters


def filters_of(world: dict[str, Any], query: Query, currency: str | None) -> dict[str, Callable[[Deal], bool]]:
    """The filters that are also counted, by the names of their facets."""
    return {
        "category": lambda deal: (
            query["category"] is None or query["category"] in category_path(world, deal["category_slug"])
        ),
        "price": lambda deal: price_matches(deal, query, currency),
        "discount": lambda deal: query["min_discount"] is None or (discount(deal) or 0) >= query["min_discount"],
        "day": lambda deal: not query["days"] or bool(set(query["days"]) & usable_days(deal)),
        "usable_today": lambda deal: not query["usable_today"] or usable_today(deal, query),
        "new_merchant": lambda deal: not query["new_merchant"] or is_new(deal, query),
    }


def lead(deal: Deal) -> dict[str, Any]:
    return min(deal["options"], key=lambda option: (option["price_minor"], option["position"]))


def discount(deal: Deal) -> int | None:
    price, value = lead(deal)["price_minor"], lead(deal)["value_minor"]
    return None if value is None or value <= price else (value - price) * 100 // value


def category_path(world: dict[str, Any], slug: str | None) -> list[str]:
    parents = {category["slug"]: category["parent"] for category in world["categories"]}
    path: list[str] = []
    while slug is not None and slug in parents:
        path.append(slug)
        slug = parents[slug]
    return path


def price_matches(deal: Deal, query: Query, currency: str | None) -> bool:
    least, most = query["min_price_minor"], query["max_price_minor"]
    if least is None and most is None:
        return True
    price = lead(deal)["price_minor"]
    return deal["currency"] == currency and (least is None or price >= least) and (most is None or price <= most)


def usable_days(deal: Deal) -> set[int]:
    """Weekdays on which its fine print allows it and one of its locations is open, as far as all say when they are."""
    days = set(range(1, 8))
    for rule in deal["fine_print"]:
        if rule["type"] == "days":
            days &= set(rule["weekdays"])
    hours = [point["opening_hours"] for point in deal["points"]]
    if hours and None not in hours:
        days &= {opening["weekday"] for week in hours for opening in week}
    return days


def usable_today(deal: Deal, query: Query) -> bool:
    """By the clock where its first location is."""
    zone = ZoneInfo((deal["points"][0]["time_zone"] if deal["points"] else None) or "UTC")
    today = instant(query["at"]).astimezone(zone).date()
    first, last = lead(deal)["redeem_from"], lead(deal)["redeem_until"]
    begun = first is None or instant(first).astimezone(zone).date() <= today
    over = last is not None and (instant(last) - timedelta(microseconds=1)).astimezone(zone).date() < today
    return today.isoweekday() in usable_days(deal) and begun and not over


def is_new(deal: Deal, query: Query) -> bool:
    """Whether the merchant came within the last ninety days, by days of UTC."""
    if deal["merchant_since"] is None:
        return False
    return instant(deal["merchant_since"]).date() >= instant(query["at"]).astimezone(UTC).date() - timedelta(days=90)


def commonest_currency(deals: list[Deal]) -> str | None:
    counts = Counter(deal["currency"] for deal in deals)
    return min(counts, key=lambda currency: (-counts[currency], currency), default=None)


# Facets


def category_facet(world: dict[str, Any], deals: list[Deal]) -> list[list[Any]]:
    counts = Counter(slug for deal in deals for slug in category_path(world, deal["category_slug"]))
    return [
        [category["slug"], counts[category["slug"]]] for category in world["categories"] if counts[category["slug"]]
    ]


def price_facet(deals: list[Deal], currency: str | None) -> list[list[Any]]:
    prices = [lead(deal)["price_minor"] for deal in deals if deal["currency"] == currency]
    steps = [0] + [digit * 10**zeros for zeros in range(2, 15) for digit in (1, 2, 5)] + [10**15 + 1]
    return told((f"{start}-{end - 1}", sum(start <= price < end for price in prices)) for start, end in pairwise(steps))


def discount_facet(deals: list[Deal]) -> list[list[Any]]:
    stated = [discount(deal) or 0 for deal in deals]
    return told((str(step), sum(percent >= step for percent in stated)) for step in range(10, 100, 10))


def distance_facet(metres: list[int | None]) -> list[list[Any]]:
    return told(
        (str(km), sum(away is not None and away <= km * 1000 for away in metres)) for km in (1, 2, 5, 10, 25, 50, 100)
    )


def day_facet(deals: list[Deal]) -> list[list[Any]]:
    return told((str(day), sum(day in usable_days(deal) for deal in deals)) for day in range(1, 8))


def how_many(holds: Iterable[bool]) -> list[list[Any]]:
    return told([("true", sum(holds))])


def told(counts: Iterable[tuple[str, int]]) -> list[list[Any]]:
    """Values that no deal has are left out."""
    return [[value, number] for value, number in counts if number]


# Order


def parts(found: Found, query: Query, weights: list[int]) -> list[float]:
    """What the score is the sum of."""
    deal, metres = found.deal, found.metres
    age_us = max(0, microseconds(instant(query["at"]) - instant(deal["starts_at"])))
    near = 0.0
    if query["centre"] is not None:
        near = 0.3 if metres is None else 5_000 / (5_000 + metres)
    words = sum(weight * value for weight, value in zip(weights, found.values, strict=True))
    ending = 0.0
    if deal["ends_at"] is not None:
        left_us = microseconds(instant(deal["ends_at"]) - instant(query["at"]))
        ending = 2 * DAY_US / (2 * DAY_US + max(left_us, 0))
    text = words / (2_550_000 * max(1, sum(weights)))
    beside = 0.0625 if text else 1.0
    return [
        1.0 * text,
        0.5 * near,
        beside * 0.1 * (30 * DAY_US / (30 * DAY_US + age_us)),
        beside * 0.05 * ending,
        beside * 0.2 * ((discount(deal) or 0) / 100),
        beside * 0.2 * (deal["sold"] / (200 + deal["sold"])),
        beside * 0.05 * (availability(deal) / 255),
    ]


def availability(deal: Deal) -> int:
    """What is left of all that is offered, in 255ths; all where an option has no cap."""
    caps = [option["cap"] for option in deal["options"]]
    if None in caps or not sum(caps):
        return 255
    return 255 * max(sum(caps) - deal["sold"], 0) // sum(caps)


def millionths(reasons: list[float]) -> int:
    return round(sum(reasons) * 1_000_000)


def key(found: Found, reasons: list[float], query: Query, currency: str | None) -> int:
    deal = found.deal
    match query["sort"]:
        case "relevance":
            return -millionths(reasons)
        case "distance":
            return WORST if found.metres is None else found.metres
        case "price":
            return lead(deal)["price_minor"] if deal["currency"] == currency else WORST
        case "discount":
            stated = discount(deal)
            return 1 if stated is None else -stated
        case "ending":
            return WORST if deal["ends_at"] is None else microseconds(instant(deal["ends_at"]) - EPOCH)
        case _:
            return -deal["sold"]
