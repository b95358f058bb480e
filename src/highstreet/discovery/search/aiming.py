"""From a question to what the kernel is asked: numbers in place of names, and the cells around the centre."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.cursors import Position
from highstreet.discovery.search.domain import NEW_MERCHANT_DAYS, Point, SearchQuery, Sort
from highstreet.discovery.search.index import asked, grid
from highstreet.discovery.search.index.asked import Aim, Here
from highstreet.discovery.search.index.build import microseconds
from highstreet.discovery.search.index.generation import Generation
from highstreet.discovery.search.index.sections import NEVER_US
from highstreet.kit.native import Held

_ORDERS: Final = {
    Sort.RELEVANCE: asked.BY_RELEVANCE,
    Sort.DISTANCE: asked.BY_DISTANCE,
    Sort.PRICE: asked.BY_PRICE,
    Sort.DISCOUNT: asked.BY_DISCOUNT,
    Sort.ENDING: asked.BY_ENDING,
    Sort.POPULAR: asked.BY_POPULARITY,
}
_DAY_US: Final = 86_400 * 1_000_000
_NOT_ASKED: Final = -1
_NOWHERE: Final = Point(0.0, 0.0)
_NO_CELLS: Final = np.empty((0, 2), np.int64)


def aim(index: Generation, query: SearchQuery, after: Position | None, limit: int) -> Aim:
    """What is asked of every segment. `after` is where an earlier page ended."""
    prepared = index.prepared
    centre = query.centre or _NOWHERE
    x, y, z = _on_sphere(centre)
    at_us = microseconds(query.at)
    currency = query.currency or (after.currency if after is not None else None)
    return Aim(
        centred=query.centre is not None,
        x=x,
        y=y,
        z=z,
        widest_chord=_widest_chord(query.radius_km),
        cell_runs=_NO_CELLS if query.centre is None else _cells_around(centre, query.radius_km),
        at_us=at_us,
        scored_at_us=at_us if after is None else after.scored_at_us,
        ends_after_us=0 if query.ends_after is None else microseconds(query.ends_after),
        ends_before_us=NEVER_US if query.ends_before is None else microseconds(query.ends_before),
        level=0 if after is None else after.level,
        currency=asked.ANY_CURRENCY if currency is None else _number_of(prepared.currencies, currency),
        currencies=len(prepared.currencies),
        by_category=query.category is not None,
        wanted_categories=_wanted(index, query.category),
        min_price=_NOT_ASKED if query.min_price_minor is None else query.min_price_minor,
        max_price=_NOT_ASKED if query.max_price_minor is None else query.max_price_minor,
        min_discount=_NOT_ASKED if query.min_discount is None else query.min_discount,
        weekdays=sum(1 << day - 1 for day in set(query.days)),
        usable_today=query.usable_today,
        new_since=max(at_us // _DAY_US - NEW_MERCHANT_DAYS, 1),
        only_new=query.new_merchant,
        order=_ORDERS[query.sort],
        limit=limit,
        continues=after is not None,
        after_key=0 if after is None else after.key,
        after_high=np.uint64(0 if after is None else after.id_high),
        after_low=np.uint64(0 if after is None else after.id_low),
    )


def heres(index: Generation, query: SearchQuery) -> Held[tuple[Here, ...]]:
    """What differs between segments: the divisions around the centre, and which day it is in each zone."""
    around = () if query.centre is None else index.divisions_around(query.centre)
    return index.prepared.heres(around, microseconds(query.at))


@lru_cache(maxsize=4096)
def _cells_around(centre: Point, radius_km: float) -> NDArray[np.int64]:
    return grid.cover(centre.latitude, centre.longitude, radius_km * 1000)


@lru_cache(maxsize=1024)
def _widest_chord(radius_km: float) -> float:
    return grid.widest_chord(round(radius_km * 1000))


@lru_cache(maxsize=4096)
def _on_sphere(point: Point) -> tuple[float, float, float]:
    x, y, z = grid.vectors(np.array([point.latitude]), np.array([point.longitude]))[0].tolist()
    return x, y, z


def _number_of(currencies: tuple[str, ...], currency: str) -> int:
    """The number of a currency; one that no deal has stands behind the last."""
    return currencies.index(currency) if currency in currencies else len(currencies)


def _wanted(index: Generation, slug: str | None) -> NDArray[np.bool_]:
    """By category, whether it is wanted, or lies below it; the last is of deals without one."""
    if slug is None:
        return index.prepared.no_category
    below = index.categories.subtree(slug)
    return np.array([*(category in below for category in index.prepared.categories), False], np.bool_)
