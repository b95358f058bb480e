"""A process killed while it writes to the catalogue: what it acknowledged is there, and nothing is half there."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from uuid import UUID

import msgspec

from highstreet.kit.database import Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.imports import ImportOutcome
from tests.market.catalog.conftest import World, stated

_ROOT = Path(__file__).parents[3]

_WRITER = """
import asyncio, sys
from random import Random
from uuid import UUID

import msgspec
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, open_database
from highstreet.market.catalog import service as catalog
from tests.market.catalog.conftest import NOW, World, pizza, stated

async def main(url, seed, world):
    async with open_database(url, FixedClock(NOW), Random(seed)) as database:
        for number in range(100_000):
            async with database.transaction(OPERATOR) as tx:
                deal_id = await catalog.create_deal(tx, pizza(world))
                await catalog.submit(tx, deal_id)
                await catalog.approve(tx, deal_id)
                await catalog.publish(tx, deal_id)
            print(deal_id, flush=True)
            async with database.system() as tx:
                keys = [f"{number}-{place}" for place in range(20)]
                await catalog.import_deals(tx, [stated(key, world.chicago) for key in keys])
            print(*keys, flush=True)

asyncio.run(main(sys.argv[1], 11, msgspec.json.decode(sys.argv[2], type=World)))
"""


async def test_a_killed_writer_loses_nothing_acknowledged_and_leaves_nothing_half_done(
    database: Database, database_url: str, world: World
) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _WRITER,
        database_url,
        msgspec.json.encode(world).decode(),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    assert writer.stdout is not None
    acknowledged = [(await writer.stdout.readline()).split() for _ in range(12)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [line.split() for line in (await writer.stdout.read()).splitlines() if line]
    assert await writer.wait() == -signal.SIGKILL

    written = {UUID(line[0].decode()) for line in acknowledged if len(line) == 1}
    keys = {key.decode() for line in acknowledged if len(line) > 1 for key in line}
    async with database.system() as tx:
        live = (await catalog.changed_deals(tx, None)).published
        told = await tx.connection.execute("SELECT count(*) FROM kit.facts WHERE name = 'deal.published'")
        facts = await told.fetchone()
        incomplete = [
            deal.id
            for deal in live
            if not deal.options
            or not deal.points
            or len(await catalog.price_history(tx, deal.id)) != len(deal.options)
            or (deal.source is None and await catalog.terms(tx, deal.id) is None)
        ]
    assert len(written) >= 6
    assert written <= {deal.id for deal in live}
    assert keys <= {deal.source.key for deal in live if deal.source}
    assert incomplete == []
    assert facts == (len(live),)
    imported = sorted({deal.source.key for deal in live if deal.source})
    assert len(imported) % 20 == 0
    async with database.system() as tx:
        again = await catalog.import_deals(tx, [stated(key, world.chicago) for key in imported])
    assert again == ImportOutcome(new=0, changed=0, same=len(imported))
