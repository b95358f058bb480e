"""A process that helps to make a segment: it reads parts of the catalogue, and may join what all have read.

It is started by `making`, reads orders from its standard input and answers on its standard output. What it reads goes
into a file without a name that it was given open.
"""

import asyncio
import mmap
import os
import sys
from pathlib import Path
from queue import SimpleQueue
from random import Random
from threading import Thread
from typing import BinaryIO

import msgspec

from highstreet.discovery.search.index.assembling import assemble
from highstreet.discovery.search.index.build import Drafting
from highstreet.discovery.search.store import files, parts
from highstreet.discovery.search.store.holding import holder
from highstreet.discovery.search.store.orders import ORDERS, Began, Drafted, Failed, Join, Read, Start, Written
from highstreet.kit.clock import SystemClock
from highstreet.kit.database import Transaction, open_database
from highstreet.kit.errors import HighstreetError
from highstreet.market.catalog import service as catalog


def main() -> None:
    """Carry out orders until there are no more."""
    start = msgspec.json.decode(sys.stdin.buffer.readline(), type=Start)
    orders: SimpleQueue[Read | Join] = SimpleQueue()
    Thread(target=_listen, args=(orders,), daemon=True).start()
    try:
        with open(start.handles[start.own], "wb", closefd=False) as file:
            join = asyncio.run(_read(start, orders, file))
        _join(start, join)
    except HighstreetError as problem:
        _say(Failed(str(problem)))


def _listen(orders: SimpleQueue[Read | Join]) -> None:
    """Take down what is ordered. The end of it means that nobody waits for an answer any more."""
    for line in sys.stdin.buffer:
        orders.put(ORDERS.decode(line))
    os._exit(0)


async def _read(start: Start, orders: SimpleQueue[Read | Join], file: BinaryIO) -> Join:
    """Read what is ordered, until it is ordered to join."""
    async with (
        open_database(start.database_url, SystemClock(), Random(0), max_connections=1) as database,
        database.reading(start.snapshot) as tx,
    ):
        _say(Began())
        while isinstance(order := await asyncio.to_thread(orders.get), Read):
            _say(await _drafted(tx, start, order, file))
    return order


async def _drafted(tx: Transaction, start: Start, order: Read, file: BinaryIO) -> Drafted:
    drafting, holds = Drafting(start.categories), holder(start.held, start.divisions)
    read = 0
    for span in order.spans:
        deals = await catalog.deals_of(tx, span)
        drafting.add(filter(holds, deals))
        read += len(deals)
    return Drafted(parts.append(file, start.own, drafting.draft()), read)


def _join(start: Start, order: Join) -> None:
    used = {part.file for part in order.parts}
    mapped = {number: mmap.mmap(start.handles[number], 0, access=mmap.ACCESS_READ) for number in used}
    files.write(Path(order.path), assemble([parts.taken(mapped[part.file], part) for part in order.parts]))
    _say(Written())


def _say(answer: Began | Drafted | Written | Failed) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
