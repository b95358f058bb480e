"""Saved searches to match, and what a search would find for each."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from highstreet.discovery.search import service as search
from highstreet.discovery.search.alerts.matching import matches
from highstreet.discovery.search.alerts.standing import Standing
from highstreet.discovery.search.domain import MAX_LIMIT
from highstreet.discovery.search.language.synonyms import Synonym
from highstreet.discovery.search.language.widening import Widening
from highstreet.discovery.search.relevance import ENOUGH_MATCHES
from highstreet.discovery.search.saved import SavedSearch
from highstreet.discovery.search.store.tables import Tables
from highstreet.kit.ids import uuid7
from highstreet.market.catalog.domain.deals import PublishedDeal
from tests.discovery.search import worlds

SYNONYMS = (Synonym(phrases=("coffee", "café")), Synonym(phrases=("bicycle ride",), finds=("bike tour", "yoga")))
TABLES = Tables(categories=worlds.TREE, divisions=worlds.divisions(), synonyms=SYNONYMS)
WIDENING = Widening(SYNONYMS, worlds.TREE)

_TEXTS = (
    *("coffee", "bicycle ride", '"day tour"', '"tour day"', "spas-two", "t-shirt", "café pizza", "food drink yoga"),
    *(
        "massage hot",
        "stone massages",
        "joe's pizz",
        "madrid tapas",
        "spaghet",
        "spagety",
        "comer",
        "masajes",
        "pi zza",
    ),
)


def saved(rng: Random, **given: Any) -> SavedSearch:  # noqa: ANN401 -- any field of a saved search
    """A random choice of everything that can be saved, words included that hardly any deal has."""
    query = worlds.query(rng)
    fields: dict[str, Any] = {
        "id": uuid7(worlds.NOW, rng),
        "owner_id": None,
        "created_at": worlds.NOW,
        "expires_at": worlds.NOW + timedelta(days=90),
        "paused": False,
        "text": query.text if rng.random() < 0.6 else rng.choice(_TEXTS),
        "category": query.category,
        "min_discount": query.min_discount,
        "days": tuple(sorted(rng.sample(range(1, 8), 3))) if rng.random() < 0.1 else (),
        "usable_today": rng.random() < 0.1,
        "new_merchant": rng.random() < 0.05,
    }
    if query.centre is not None:
        fields |= {
            "latitude": query.centre.latitude,
            "longitude": query.centre.longitude,
            "radius_km": query.radius_km,
        }
    if query.currency is not None:
        fields |= {
            "currency": query.currency,
            "min_price_minor": query.min_price_minor,
            "max_price_minor": query.max_price_minor,
        }
    return SavedSearch(**(fields | given))


def searches(count: int, seed: int) -> list[SavedSearch]:
    rng = Random(seed)
    return [saved(rng) for _ in range(count)]


def deals(count: int, seed: int) -> list[PublishedDeal]:
    """Deals that have begun, in languages that are stemmed each in its own way, and in one that is not."""
    rng = Random(seed)
    return [
        worlds.deal(
            rng,
            language=rng.choice(("en", "en", "es", "ja")),
            starts_at=worlds.NOW - timedelta(days=rng.randint(0, 90)),
            merchant_since=rng.choice((None, worlds.NOW - timedelta(days=30))),
        )
        for _ in range(count)
    ]


def matched(standing_searches: Sequence[SavedSearch], catalogue: Sequence[PublishedDeal]) -> set[tuple[UUID, UUID]]:
    """What the saved searches are told of."""
    standing = Standing(WIDENING)
    for each in standing_searches:
        standing.put(each)
    return matched_in(standing, catalogue)


def matched_in(standing: Standing, catalogue: Sequence[PublishedDeal]) -> set[tuple[UUID, UUID]]:
    found = matches(standing, catalogue, TABLES, WIDENING, worlds.NOW)
    assert len(set(found)) == len(found), "a match is found once"
    return set(found)


def found(standing_searches: Sequence[SavedSearch], catalogue: Sequence[PublishedDeal]) -> set[tuple[UUID, UUID]]:
    """What a search finds for each, all words required, in an index of these deals, which speak one language.

    Two things in the index keep a search from going beyond what was said: a deal that is over and has all words, so
    that none is taken for a mistyped one; and so many twins of each deal that nothing is widened for want of matches.
    """
    (language,) = {deal.language for deal in catalogue}
    rng = Random(1)
    dictionary = worlds.deal(
        rng,
        language=language,
        title=" ".join({each.text.replace('"', "") for each in standing_searches}),
        merchant_name=None,
        starts_at=worlds.NOW - timedelta(days=2),
        ends_at=worlds.NOW - timedelta(days=1),
    )
    pairs: set[tuple[UUID, UUID]] = set()
    for chunk in batched(catalogue, MAX_LIMIT // ENOUGH_MATCHES):
        twins = [
            msgspec.structs.replace(deal, id=uuid7(worlds.NOW, rng))
            for deal in chunk
            for _ in range(ENOUGH_MATCHES - 1)
        ]
        index = search.index_of([dictionary, *chunk, *twins], worlds.TREE, worlds.divisions(), SYNONYMS)
        ids = {deal.id for deal in chunk}
        for each in standing_searches:
            result = search.find(index, msgspec.structs.replace(each.query(worlds.NOW), limit=MAX_LIMIT))
            assert not result.corrected
            if result.words_met == result.words:
                pairs |= {(each.id, hit.id) for hit in result.hits if hit.id in ids}
    return pairs


def batched(catalogue: Sequence[PublishedDeal], size: int) -> Iterator[Sequence[PublishedDeal]]:
    return (catalogue[first : first + size] for first in range(0, len(catalogue), size))
