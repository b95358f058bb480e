"""The documents that relevance is judged on: the deals of real feeds, as the import reads them.

Deals whose searchable words are all the same are one document, the first of them: a reader could not tell them apart,
and no order among them would be right or wrong. Every document is on offer when the questions are asked, whatever its
feed says of dates; a town has its name and a point that means nothing, since no question names a point.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from highstreet.discovery.search.language.text import link_words
from highstreet.market.catalog.domain.categories import CATEGORIES, CategoryTree
from highstreet.market.catalog.domain.deals import (
    DealPoint,
    DealState,
    Option,
    PublishedDeal,
    Source,
    ValueEvidence,
)
from highstreet.market.feeds.domain.deals import DealReader, StatedDeal
from highstreet.market.feeds.domain.places import Spot
from highstreet.market.feeds.domain.shift import Shift
from highstreet.market.feeds.readers.feed import open_feed
from highstreet.market.feeds.usecases.mappings import load_mapping

AT: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When every question is asked."""

FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "livingsocial_chicago_2015": ("items.json.xz",),
    "livingsocial_sf": ("lsdata.sqlite",),
    "groupon_nyc": ("groupon_deals.csv.xz",),
    "ponpare": ("coupon_list_train.csv.xz", "coupon_list_test.csv"),
}
"""The files of each feed that is judged, by the name of its folder and of the mapping that ships for it."""

TREE: Final = CategoryTree(CATEGORIES)
_BEGAN: Final = AT - timedelta(days=1)


class Words(msgspec.Struct, frozen=True):
    """What can be searched of a document, a text a field."""

    title: str
    merchant: str
    category: str
    place: str
    description: str
    link: str


class Document(msgspec.Struct, frozen=True):
    """A deal, under an id that says nothing of what stands in the feed: twelve hexadecimal digits."""

    id: str
    deal: PublishedDeal
    words: Words


@cache
def documents(folder: Path, feed: str) -> tuple[Document, ...]:
    """The documents of a feed, in the order of its rows; rows that the import refuses are none."""
    found: dict[Words, Document] = {}
    for stated in _stated(folder, feed):
        deal = _published(stated, feed, len(found))
        words = _words(deal)
        found.setdefault(words, Document(_id(feed, stated.key), deal, words))
    assert len({document.id for document in found.values()}) == len(found), "two documents have one id"
    return tuple(found.values())


def _stated(folder: Path, feed: str) -> Iterator[StatedDeal]:
    mapping = _mapping(feed)
    for name in FILES[feed]:
        reader = DealReader(mapping, Shift(ZoneInfo(mapping.feed.time_zone)))
        with open_feed(folder / feed / name, mapping) as opened:
            yield from (each for each in reader.read_all(opened.rows()) if isinstance(each, StatedDeal))


def _id(feed: str, key: str) -> str:
    return hashlib.blake2b(f"{feed} {key}".encode(), digest_size=6).hexdigest()


def _published(stated: StatedDeal, feed: str, number: int) -> PublishedDeal:
    mapping = _mapping(feed)
    return PublishedDeal(
        id=UUID(int=number + 1),
        slug=str(number),
        state=DealState.LIVE,
        title=stated.title,
        description=stated.description,
        language=mapping.feed.language,
        currency=stated.currency,
        merchant_id=None,
        merchant_slug=None,
        merchant_name=stated.merchant,
        category_slug=stated.category,
        division_slug=None,
        reach=stated.where.reach,
        points=tuple(map(_point, stated.where.spots)),
        options=tuple(
            Option(
                id=UUID(int=(number + 1) << 64 | position),
                position=position,
                title=option.title,
                price_minor=option.price_minor,
                value_minor=option.value_minor,
                value_evidence=None if option.value_minor is None else ValueEvidence.FEED_STATED,
            )
            for position, option in enumerate(stated.options)
        ),
        fine_print=stated.fine_print,
        starts_at=_BEGAN,
        ends_at=None,
        sold=0,
        source=Source(feed=feed, key=stated.key, url=stated.url),
        invented=False,
        changed_at=_BEGAN,
    )


_mapping = cache(load_mapping)


def _point(spot: Spot) -> DealPoint:
    name = spot.town.name
    return DealPoint(
        latitude=0.0,
        longitude=0.0,
        precision=spot.precision,
        place_id=None,
        place_slug=name.lower().replace(" ", "-"),
        place_name=name,
        time_zone=None,
    )


def _words(deal: PublishedDeal) -> Words:
    path = TREE.path(deal.category_slug) if deal.category_slug else ()
    assert deal.source is not None
    return Words(
        title=deal.title,
        merchant=deal.merchant_name or "",
        category=", ".join(name for category in path for name in category.names.values()),
        place=", ".join(point.place_name or "" for point in deal.points),
        description=". ".join((deal.description or "", *(option.title for option in deal.options))).removeprefix(". "),
        link=" ".join(link_words(deal.source.url or "")),
    )
