"""A process killed while it sells: what it acknowledged is there once, and what it had not is not there at all."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.states import OrderState
from tests.market.orders.conftest import (
    Counts,
    Offer,
    check_books,
    check_stock,
    paid,
    placed,
    stock,
    vouchers_of,
    wants,
)

_ROOT = Path(__file__).parents[3]

_SELLER = """
import asyncio, sys
from random import SystemRandom
from uuid import UUID

import msgspec
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import open_database
from highstreet.market.orders import service as orders
from tests.market.catalog.conftest import NOW
from tests.market.orders.conftest import KEYS, buyer, quoted

async def main(url, option_id):
    async with open_database(url, FixedClock(NOW), SystemRandom()) as database:
        people = [await buyer(database) for _ in range(4)]
        async with database.system() as tx:
            first = await quoted(tx, (option_id, 1))
        till = orders.Till(database, KEYS, batch=8)

        async def client(account_id):
            while True:
                async with database.system() as tx:
                    quote = msgspec.structs.replace(first, id=tx.new_id())
                bought = await till.buy(orders.Purchase(account_id=account_id, quote=quote))
                print(bought.order.id, flush=True)

        await asyncio.gather(*(client(people[number % 4]) for number in range(12)))

asyncio.run(main(sys.argv[1], UUID(sys.argv[2])))
"""

_SETTLER = """
import asyncio, sys
from random import SystemRandom
from uuid import UUID

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import open_database
from highstreet.market.orders import service as orders
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Known, PaymentSeen
from highstreet.market.payments.domain.seen import Seen
from highstreet.market.payments.usecases.applying import apply
from tests.market.catalog.conftest import NOW
from tests.market.orders.conftest import KEYS

async def main(url, order_id):
    async with open_database(url, FixedClock(NOW), SystemRandom()) as database, database.system() as tx:
        payment = await payments.standing(tx, (await payments.of_order(tx, order_id))[-1].id)
        known = Known(captured=True)
        seen = PaymentSeen(amount_minor=payment.amount_minor, currency=payment.currency, known=known)
        await apply(tx, "sandbox", payment, Seen(reference=payment.id, payment=seen))
        print((await orders.settle(tx, KEYS, payment.id)).state, flush=True)
        await asyncio.Event().wait()  # the transaction is never committed

asyncio.run(main(sys.argv[1], UUID(sys.argv[2])))
"""


@asynccontextmanager
async def running(code: str, *arguments: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        assert await process.wait() != 0, "it never ends by itself"


async def test_every_order_that_was_acknowledged_is_there_and_is_paid_once(
    database: Database, database_url: str, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(100_000)
    async with running(_SELLER, database_url, str(deal.options[0])) as seller:
        assert seller.stdout is not None
        acknowledged = [await seller.stdout.readline() for _ in range(200)]
        seller.send_signal(signal.SIGKILL)
        acknowledged += [line for line in (await seller.stdout.read()).splitlines(keepends=True) if line[-1:] == b"\n"]
    ids = {UUID(line.decode().strip()) for line in acknowledged}
    async with database.system() as tx:
        made = {
            row["id"]
            for row in await tx.fetch_all(dict[str, UUID], "SELECT id FROM orders.orders WHERE state = 'held'")
        }
    assert ids <= made
    await check_stock(database)
    async with database.system() as tx:
        some = [await orders.order(tx, order_id) for order_id in sorted(ids)[:10]]
    for order in some:
        for _ in range(2):
            assert (await paid(database, order)).state is OrderState.PAID
        assert len(await vouchers_of(database, order)) == 1
    clock.advance(timedelta(minutes=15))
    expired = 0
    while True:
        async with database.system() as tx:
            count = await orders.expire(tx)
        expired += count
        if not count:
            break
    assert expired == len(made) - len(some)
    assert await stock(database, deal.options[0]) == Counts(held=0, sold=10, remaining=99_990)
    await check_books(database)
    await check_stock(database)


@pytest.mark.parametrize("paid_after", [True, False])
async def test_who_is_killed_before_the_second_commit_has_done_nothing(
    database: Database, database_url: str, offer: Offer, clock: FixedClock, *, paid_after: bool
) -> None:
    deal = await offer(5)
    order = await placed(database, await wants(database, (deal.options[0], 2)))
    async with running(_SETTLER, database_url, str(order.id)) as settler:
        assert settler.stdout is not None
        assert (await settler.stdout.readline()).strip() == b"paid"
    assert await vouchers_of(database, order) == []
    if paid_after:
        assert (await paid(database, order)).state is OrderState.PAID
        assert await stock(database, deal.options[0]) == Counts(held=0, sold=2, remaining=3)
    else:
        clock.advance(timedelta(minutes=15))
        async with database.system() as tx:
            assert await orders.expire(tx) == 1
        assert await stock(database, deal.options[0]) == Counts(held=0, sold=0, remaining=5)
    await check_books(database)
    await check_stock(database)
