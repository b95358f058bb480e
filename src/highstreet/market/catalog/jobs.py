"""What the catalogue does by itself as time goes on."""

from collections.abc import Collection
from typing import Final, NamedTuple

import structlog

from highstreet.kit.blobs import Blobs
from highstreet.kit.database import Database, Transaction
from highstreet.kit.jobs import Job, defer
from highstreet.kit.pictures.making import Workshop
from highstreet.kit.sweeps import Sweep
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.pictures import Rest, WantedPicture

_log = structlog.stdlib.get_logger(__name__)

DUE_DEALS: Final = Sweep("due deals", 1.0, catalog.advance_due)
"""Deals go live when they start, and end when they end."""


def unused_pictures(blobs: Blobs) -> Sweep:
    """Pictures go that no deal has had for a while, and blobs that nothing speaks of."""

    async def run(tx: Transaction) -> int:
        return await catalog.sweep_unused_pictures(tx, blobs)

    return Sweep("unused pictures", 60.0, run)


DUPLICATES: Final = catalog.SEARCH
"""After an import, what it changed is compared with the rest."""


class PictureWork(NamedTuple):
    """What fetches the pictures that feeds name."""

    sweep: Sweep
    job: Job[WantedPicture]


def picture_work(workshop: Workshop, private_hosts: Collection[str]) -> PictureWork:
    """The sweep that puts pictures in the queue which are to be fetched, and the job that fetches one.

    The rows tell what is still to be done and when, so the job itself is tried once. While no picture can be kept, none
    is put in the queue: to fetch thousands for nothing would be a burden to whoever serves them.
    """
    resting: Rest | None = None

    async def run(database: Database, wanted: WantedPicture) -> None:
        nonlocal resting
        rest = await catalog.fetch_wanted_picture(database, workshop, private_hosts, wanted)
        if rest is not None:
            resting = rest
            _log.warning("fetching pictures rests", until=rest.until.isoformat(), why=rest.why)

    job = Job("catalog.fetch_picture", WantedPicture, run, attempts=1)

    async def put_in_queue(tx: Transaction) -> int:
        if resting is not None and tx.now < resting.until:
            return 0
        taken = await catalog.take_wanted_pictures(tx)
        for wanted in taken:
            await defer(tx, job, wanted)
        return len(taken)

    return PictureWork(Sweep("wanted pictures", 1.0, put_in_queue), job)
