"""The towns that have the most deals, counted from what can be found at present."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import msgspec

from highstreet.discovery.search.service import Follower, Generation
from highstreet.web.storefront.visit import Visit
from highstreet.web.storefront.whereabouts import short_name

_COUNTED_EVERY = timedelta(minutes=1)
"""Nobody minds a count that is a minute old."""


class Town(msgspec.Struct, frozen=True):
    """`deals` counts those that can be used in the town itself, not around it."""

    slug: str
    name: str
    deals: int


_counted: WeakKeyDictionary[Follower, tuple[datetime, int, tuple[Town, ...]]] = WeakKeyDictionary()


def busiest_towns(follower: Follower, index: Generation, now: datetime) -> tuple[Town, ...]:
    """Every town with a deal, the one with the most first."""
    kept = _counted.get(follower)
    if kept is not None:
        at, generation, towns = kept
        if generation == index.number or (towns and abs(now - at) < _COUNTED_EVERY):
            return towns
    towns = _count(index)
    _counted[follower] = (now, index.number, towns)
    return towns


def _count(index: Generation) -> tuple[Town, ...]:
    found = [Town(slug, name, count) for (slug, name), count in index.deals_by_place().items()]
    return tuple(sorted(found, key=lambda town: (-town.deals, town.slug)))


async def named_apart(visit: Visit, towns: Sequence[Town]) -> list[Town]:
    """The same towns, those of the same name told apart by their region."""
    times = Counter(town.name for town in towns)
    return [await _with_region(visit, town) if times[town.name] > 1 else town for town in towns]


async def _with_region(visit: Visit, town: Town) -> Town:
    place = await visit.runtime.follower.place(town.slug)
    return msgspec.structs.replace(town, name=short_name(visit.language, place)) if place else town
