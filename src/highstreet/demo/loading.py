"""Fills the database of a demonstration, and keeps it fresh as days go by. What is there already is not made again."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from highstreet.demo.catalogue import Supply, shares, supply
from highstreet.demo.tables import City, cities
from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.places import DivisionDraft, Place

Report: TypeAlias = Callable[[int, int], None]
"""Hears how much is done, and of how much."""

DIVISION_RADIUS_KM = 40.0


@dataclass(frozen=True, slots=True)
class _Order:
    city: City
    place: Place
    seed: int
    now: datetime
    wanted: int
    present: int

    def deliver(self) -> Supply:
        return supply(self.city, self.place, seed=self.seed, now=self.now, wanted=self.wanted, present=self.present)


async def load_geography(database: Database, report: Report) -> None:
    """Places and categories."""
    async with database.system() as tx:
        await catalog.load_places(tx, report=report)
        await catalog.seed_categories(tx)


async def fill(database: Database, *, seed: int, live: int, report: Report) -> int:
    """Bring the invented deals to `live` running ones, spread over the cities; how many were made.

    A city is filled in one transaction: killed in between, the next call makes what is missing. Deals that ended since
    the last call are missing, too, and others are invented for the day.
    """
    towns = await _towns(database)
    wanted = shares([city for city, _ in towns], live)
    async with database.system() as tx:
        present, now = await catalog.invented_by_division(tx), tx.now
    orders = [
        _Order(city, place, seed, now, wanted[city.name], present.get(place.slug, 0))
        for city, place in towns
        if present.get(place.slug, 0) < wanted[city.name]
    ]
    lacking = sum(order.wanted - order.present for order in orders)
    made = 0
    async for lot in _lots(orders):
        async with database.system() as tx:
            made += len(await catalog.create_many(tx, lot.merchants, lot.deals))
        report(made, lacking)
    return made


async def has_invented(database: Database) -> bool:
    async with database.system() as tx:
        return bool(await catalog.invented_by_division(tx))


async def _lots(orders: Sequence[_Order]) -> AsyncGenerator[Supply]:
    """What was ordered, one city after the other; the next one is invented while the database writes this one."""
    ahead: asyncio.Task[Supply] | None = None
    for order in (*orders, None):
        ready = await ahead if ahead is not None else None
        ahead = asyncio.create_task(asyncio.to_thread(order.deliver)) if order is not None else None
        if ready is not None:
            yield ready


async def _towns(database: Database) -> list[tuple[City, Place]]:
    """The demonstration's cities with their places, each a division."""
    found: list[tuple[City, Place]] = []
    async with database.system() as tx:
        for city in cities():
            place = await catalog.locate(tx, city.name, city.region, city.country)
            if place is None:
                raise Conflict(f"The catalogue knows no {city.name}; its places are not all loaded.")
            await catalog.create_division(
                tx,
                DivisionDraft(
                    slug=place.slug, name=city.local or city.name, place_id=place.id, radius_km=DIVISION_RADIUS_KM
                ),
            )
            found.append((city, place))
    return found
