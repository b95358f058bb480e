"""Visits that are booked with vouchers."""

from datetime import date, time
from uuid import UUID

import pytest

from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.errors import InvalidInput, Unavailable
from highstreet.market.bookings import service as bookings
from highstreet.market.bookings.domain import Plan
from highstreet.market.orders import service as orders
from tests.market.catalog.conftest import NOW, World
from tests.market.orders.conftest import Offer, paid, placed, vouchers_of, wants


async def test_a_voucher_is_not_given_back_while_a_visit_is_booked_with_it_nor_booked_afterwards(
    database: Database, offer: Offer, world: World
) -> None:
    [option] = (await offer(5)).options
    order = await paid(database, await placed(database, await wants(database, (option, 1))))
    [voucher] = await vouchers_of(database, order)
    day = date(2026, 3, 4)
    plan = Plan(
        location_id=world.loop,
        option_id=option,
        first_day=day,
        last_day=day,
        weekdays=(1, 2, 3, 4, 5, 6, 7),
        times=(time(12),),
        length_minutes=60,
        capacity=1,
    )
    async with database.transaction(OPERATOR) as tx:
        await bookings.add_slots(tx, plan)
        [slot] = await bookings.free_slots(tx, option, location_id=world.loop, since=NOW, days=9)
    async with database.system() as booking:
        await orders.book_visit(booking, voucher.id, slot.id, account_id=order.account_id)
        with pytest.raises(Unavailable):
            await _give_back(database, order.id)
    async with database.system() as tx:
        await bookings.give_up(tx, voucher.id)
        await orders.refund(tx, order.id)
    async with database.system() as tx:
        with pytest.raises(InvalidInput, match="is refunded, and cannot be booked"):
            await orders.book_visit(tx, voucher.id, slot.id, account_id=order.account_id)


async def _give_back(database: Database, order_id: UUID) -> None:
    """At once, or not at all."""
    async with database.system() as tx:
        await tx.execute("SET LOCAL lock_timeout = '1ms'")
        await orders.refund(tx, order_id)
