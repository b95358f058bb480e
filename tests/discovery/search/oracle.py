"""What search should answer, worked out the slow way: from JSON, deal by deal, with nothing imported from the product.

The rules are written down here a second time on purpose. Where this and the product differ, one of them is wrong.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

Deal = dict[str, Any]
Query = dict[str, Any]

STOP_WORDS = {
    *("a", "an", "and", "at", "by", "for", "from", "in", "near", "of", "on", "or", "the", "to", "with"),
    *("al", "cerca", "con", "de", "del", "el", "en", "la", "las", "los", "o", "para", "por", "un", "una", "y"),
}
WORST = 2**62


def answer(world: dict[str, Any], query: Query) -> dict[str, Any]:
    """`world` has `deals`, `categories` (slug, parent, names; in order) and `divisions`. Answers all pages at once."""
    found: list[tuple[Deal, int | None, int]] = []
    for deal in world["deals"]:
        words = text_percents(world, deal, query["text"])
        near, metres = place_matches(world, deal, query)
        if words is not None and near and dates_match(deal, query):
            found.append((deal, metres, words))
    currency = query["currency"] or commonest_currency([deal for deal, _, _ in found])

    def passes(deal: Deal, *, without: str = "") -> bool:
        return (
            (without == "category" or category_matches(world, deal, query))
            and (without == "price" or price_matches(deal, query, currency))
            and (without == "discount" or discount_matches(deal, query))
        )

    selected = [(deal, metres, words) for deal, metres, words in found if passes(deal)]
    ordered = sorted(selected, key=lambda item: (key(item, query, currency), UUID(item[0]["id"]).int))
    return {
        "ids": [deal["id"] for deal, _, _ in ordered],
        "distances_km": [None if metres is None else metres / 1000 for _, metres, _ in ordered],
        "scores": [score(item, query) / 1_000_000 for item in ordered],
        "total": len(ordered),
        "currency": currency,
        "facets": {
            "category": category_facet(world, [deal for deal, _, _ in found if passes(deal, without="category")]),
            "price": price_facet([deal for deal, _, _ in found if passes(deal, without="price")], currency),
            "discount": discount_facet([deal for deal, _, _ in found if passes(deal, without="discount")]),
        },
    }


# Words


def script(letter: str) -> str:
    """What a letter of a script without spaces makes runs with; empty for letters of words, and for signs."""
    code = ord(letter)
    if letter == "\u30fc":
        return "long vowel"
    if code in (0x30F5, 0x30F6) or 0x3041 <= code <= 0x3096 or 0x309D <= code <= 0x309F:
        return "japanese"
    if is_han(letter):
        return "japanese"
    if (0x30A1 <= code <= 0x30FF and code != 0x30FB) or 0x31F0 <= code <= 0x31FF:
        return "katakana"
    if 0xAC00 <= code <= 0xD7A3:
        return "korean"
    south_east = 0xE00 <= code < 0xF00 or 0x1000 <= code < 0x10A0 or 0x1780 <= code < 0x1800
    return "south east" if south_east and unicodedata.category(letter)[0] in "LMN" else ""


def is_han(letter: str) -> bool:
    code = ord(letter)
    blocks = ((0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
    return any(first <= code <= last for first, last in blocks)


def is_run(word: str) -> bool:
    return script(word[0]) != ""


def plain(text: str) -> str:
    letters: list[str] = []
    for letter in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()):
        accent = unicodedata.combining(letter) and letter not in "\u3099\u309a" and not script(letter)
        if not accent and letter not in "'\u2018\u2019\u02bc":
            letters.append(letter)
    composed = unicodedata.normalize("NFC", "".join(letters)).replace("'", "")
    found = list(composed)
    for place in range(1, len(composed) - 1):
        before, here, behind = composed[place - 1 : place + 2]
        if here == "\u30b1" and (is_han(before) or before in "0123456789") and is_han(behind):
            found[place] = "\u30f6"
    return "".join(found)


def words_of(text: str) -> list[str]:
    return parted(plain(text))


def parted(text: str) -> list[str]:
    """Words and runs: they end at a sign or where the script changes. A long vowel goes with what it follows."""
    found: list[str] = []
    last = None
    for letter in text:
        kind = script(letter)
        if kind == "long vowel":
            kind = last if last in ("japanese", "katakana") else "katakana"
        if not kind and not letter.isalnum():
            last = None
            continue
        if kind == last:
            found[-1] += letter
        else:
            found.append(letter)
        last = kind
    return found


def written_runs(text: str) -> list[str]:
    """The words and runs of a deal. A dot within a loanword parts nothing."""
    letters = list(plain(text))
    kana = [script(letter) in ("katakana", "long vowel") for letter in letters]
    for place in range(1, len(letters) - 1):
        if letters[place] == "\u30fb" and kana[place - 1] and kana[place + 1]:
            letters[place] = ""
    return parted("".join(letters).replace("東京都", "東京 都"))


def asked_words(text: str) -> list[str]:
    """The words and runs of a question, small words and long vowels at the end of loanwords left out."""
    letters = list(plain(text))
    for place in range(2, len(letters)):
        noun = all(is_han(x) or script(x) in ("katakana", "long vowel") for x in letters[place - 2 : place])
        behind = letters[place + 1] if place + 1 < len(letters) else " "
        ends = not (0x3041 <= ord(behind) <= 0x3096 or 0x309D <= ord(behind) <= 0x309F)
        if noun and letters[place] in "\u306e\u3092\u3067\u3068" and ends:
            letters[place] = " "
    shortened = "".join(letters)
    for behind in "内心民":
        shortened = shortened.replace(f"東京都{behind}", f"東京 都{behind}")
    words = parted(shortened.replace("東京都", "東京 "))
    asked = [word[:-1] if word[-1] == "\u30fc" and len(word) >= 4 else word for word in words]
    return [word for word in asked if word not in STOP_WORDS] or asked


def run_percent(run: str, written: list[tuple[int, str]]) -> int:
    """The mean percent of the pairs of a run, or 0 when they do not cover it."""

    def best(letters: str) -> int:
        return max((percent for percent, other in written if letters in other), default=0)

    if len(run) == 1:
        return best(run)
    if not covered(run, lambda pair: best(pair) > 0):
        return 0
    return sum(best(run[at : at + 2]) for at in range(len(run) - 1)) // (len(run) - 1)


def covered(run: str, is_written: Callable[[str], bool]) -> bool:
    """Whether all pairs are written, or the run falls between two Han into parts of two letters or more that are."""
    if all(is_written(run[at : at + 2]) for at in range(len(run) - 1)):
        return True
    return any(
        is_han(run[cut - 1]) and is_han(run[cut]) and covered(run[:cut], is_written) and covered(run[cut:], is_written)
        for cut in range(2, len(run) - 1)
    )


def singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("sses", "shes", "ches", "xes", "zzes"):
        if word.endswith(ending):
            return word[:-2]
    return word[:-1]


def fields(world: dict[str, Any], deal: Deal) -> list[tuple[int, str]]:
    by_slug = {category["slug"]: category for category in world["categories"]}
    found = [(100, deal["title"]), (80, deal["merchant_name"] or ""), (25, deal["description"] or "")]
    found += [(25, option["title"]) for option in deal["options"]]
    found += [(40, point["place_name"] or "") for point in deal["points"]]
    if deal["source"] and deal["source"]["url"]:
        found += [(15, word) for word in link_words(deal["source"]["url"])]
    slug = deal["category_slug"]
    while slug is not None and slug in by_slug:
        found += [(70, name) for name in by_slug[slug]["names"].values()]
        slug = by_slug[slug]["parent"]
    return found


def link_words(address: str) -> list[str]:
    parts = urlsplit(address)
    last = [part for part in parts.path.split("/") if part][-1:] if parts.netloc else []
    words = words_of(" ".join(unquote(part).removesuffix(".html") for part in last))
    return [word for word in words if not any(letter.isnumeric() for letter in word)]


def text_percents(world: dict[str, Any], deal: Deal, text: str) -> int | None:
    """The sum of the percents of all words; None when one is missing."""
    meant = asked_words(text)
    if not meant:
        return 0
    last = (words_of(text) or [""])[-1]
    prefix = last if meant[-1] == last and len(last) >= 4 and not text[-1].isspace() and not is_run(last) else None
    written = [(percent, word) for percent, value in fields(world, deal) for word in written_runs(value)]
    total = 0
    for term in {singular(word) for word in meant[:12]}:
        if is_run(term):
            best = run_percent(term, [(percent, word) for percent, word in written if is_run(word)])
        else:
            best = max((percent for percent, word in written if singular(word) == term), default=0)
            if prefix is not None and term == singular(prefix):
                tokens = ((percent, singular(word)) for percent, word in written if not is_run(word))
                best = max([best, *(percent // 2 for percent, token in tokens if token.startswith(prefix))])
        if not best:
            return None
        total += best
    return total


def term_count(text: str) -> int:
    return len({singular(word) for word in asked_words(text)[:12]})


# Place and dates


def metres_between(one: dict[str, float], other: dict[str, float]) -> int:
    phi, psi = math.radians(one["latitude"]), math.radians(other["latitude"])
    north = math.sin((psi - phi) / 2)
    east = math.sin(math.radians(other["longitude"] - one["longitude"]) / 2)
    return round(2 * 6_371_008.8 * math.asin(math.sqrt(min(1.0, north**2 + math.cos(phi) * math.cos(psi) * east**2))))


def place_matches(world: dict[str, Any], deal: Deal, query: Query) -> tuple[bool, int | None]:
    centre = query["centre"]
    if centre is None:
        return True, None
    if deal["reach"] == "locations":
        nearest = min((metres_between(centre, point) for point in deal["points"]), default=WORST)
        return nearest <= query["radius_km"] * 1000, nearest
    if deal["reach"] == "division":
        around = {division["slug"]: division for division in world["divisions"]}
        division = around.get(deal["division_slug"])
        return division is not None and metres_between(centre, division) <= division["radius_km"] * 1000, None
    return deal["reach"] == "online", None


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def dates_match(deal: Deal, query: Query) -> bool:
    at = instant(query["at"])
    ends = deal["ends_at"] and instant(deal["ends_at"])
    return (
        instant(deal["starts_at"]) <= at
        and (ends is None or ends > at)
        and (query["ends_after"] is None or ends is None or ends >= instant(query["ends_after"]))
        and (query["ends_before"] is None or (ends is not None and ends <= instant(query["ends_before"])))
    )


# Category, price, discount


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


def category_matches(world: dict[str, Any], deal: Deal, query: Query) -> bool:
    return query["category"] is None or query["category"] in category_path(world, deal["category_slug"])


def price_matches(deal: Deal, query: Query, currency: str | None) -> bool:
    least, most = query["min_price_minor"], query["max_price_minor"]
    if least is None and most is None:
        return True
    price = lead(deal)["price_minor"]
    return deal["currency"] == currency and (least is None or price >= least) and (most is None or price <= most)


def discount_matches(deal: Deal, query: Query) -> bool:
    wanted, stated = query["min_discount"], discount(deal)
    return wanted is None or (stated is not None and stated >= wanted)


def commonest_currency(deals: list[Deal]) -> str | None:
    counts = Counter(deal["currency"] for deal in deals)
    return min(counts, key=lambda currency: (-counts[currency], currency), default=None)


def category_facet(world: dict[str, Any], deals: list[Deal]) -> list[list[Any]]:
    counts = Counter(slug for deal in deals for slug in category_path(world, deal["category_slug"]))
    return [
        [category["slug"], counts[category["slug"]]] for category in world["categories"] if counts[category["slug"]]
    ]


def price_facet(deals: list[Deal], currency: str | None) -> list[list[Any]]:
    prices = [lead(deal)["price_minor"] for deal in deals if deal["currency"] == currency]
    steps = [0] + [digit * 10**zeros for zeros in range(2, 15) for digit in (1, 2, 5)] + [10**15 + 1]
    bands: list[list[Any]] = []
    for start, end in pairwise(steps):
        count = sum(start <= price < end for price in prices)
        if count:
            bands.append([f"{start}-{end - 1}", count])
    return bands


def discount_facet(deals: list[Deal]) -> list[list[Any]]:
    stated = [discount(deal) for deal in deals]
    counts = [
        [str(step), sum(percent is not None and percent >= step for percent in stated)] for step in range(10, 100, 10)
    ]
    return [entry for entry in counts if entry[1]]


# Order


def score(item: tuple[Deal, int | None, int], query: Query) -> int:
    """In millionths."""
    deal, metres, words = item
    age_us = max(0, (instant(query["at"]) - instant(deal["starts_at"])) // timedelta(microseconds=1))
    half_age_us = 30 * 86_400 * 1_000_000
    near = 0.0
    if query["centre"] is not None:
        near = 0.3 if metres is None else 5_000 / (5_000 + metres)
    text = words / (100 * max(1, term_count(query["text"])))
    fresh = half_age_us / (half_age_us + age_us)
    saving = (discount(deal) or 0) / 100
    popular = deal["sold"] / (200 + deal["sold"])
    return round((1.0 * text + 0.5 * near + 0.1 * fresh + 0.2 * saving + 0.2 * popular) * 1_000_000)


def key(item: tuple[Deal, int | None, int], query: Query, currency: str | None) -> int:
    deal, metres, _ = item
    match query["sort"]:
        case "relevance":
            return -score(item, query)
        case "distance":
            return WORST if metres is None else metres
        case "price":
            return lead(deal)["price_minor"] if deal["currency"] == currency else WORST
        case "discount":
            stated = discount(deal)
            return 1 if stated is None else -stated
        case "ending":
            ends = deal["ends_at"]
            epoch = datetime(1970, 1, 1, tzinfo=UTC)
            return WORST if ends is None else (instant(ends) - epoch) // timedelta(microseconds=1)
        case _:
            return -deal["sold"]
