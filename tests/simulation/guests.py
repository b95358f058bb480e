"""What those do who come by appointment."""

from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.market.bookings import service as bookings
from highstreet.market.orders import service as orders
from tests.simulation.simulation import Row, Simulation

_BOOKED: Final[LiteralString] = """
    SELECT vouchers.id, vouchers.state FROM vouchers.vouchers
    INNER JOIN bookings.bookings ON bookings.voucher_id = vouchers.id AND bookings.cancelled_at IS NULL
    ORDER BY vouchers.id
"""
_NEXT: Final = 3
"""Slots that everybody wants, so that there are not enough of them."""


class _Standing(msgspec.Struct, frozen=True):
    id: UUID
    account_id: UUID


async def book(sim: Simulation) -> None:
    voucher = sim.pick("SELECT id, state FROM vouchers.vouchers ORDER BY id", "issued", "promo_expired")
    slot = None if voucher is None else _slot(sim, voucher.id)
    if voucher is None or slot is None:
        return
    sim.note("voucher", voucher, "booked")
    [owner] = sim.onlooker.rows(
        _Standing, "SELECT id, owner_account_id AS account_id FROM vouchers.vouchers WHERE id = %s", [voucher.id]
    )
    async with sim.database.system() as tx:
        await orders.book_visit(tx, voucher.id, slot.id, account_id=owner.account_id, seats=sim.rng.choice((1, 1, 2)))


async def move(sim: Simulation) -> None:
    voucher = sim.pick(_BOOKED)
    slot = None if voucher is None else _slot(sim, voucher.id)
    if voucher is None or slot is None:
        return
    sim.note("voucher", voucher, "booking moved")
    booking = _standing(sim, voucher.id)
    async with sim.database.system() as tx:
        await bookings.move(tx, booking.id, booking.account_id, slot.id)


async def cancel(sim: Simulation) -> None:
    voucher = sim.pick(_BOOKED)
    if voucher is None:
        return
    sim.note("voucher", voucher, "booking cancelled")
    booking = _standing(sim, voucher.id)
    async with sim.database.system() as tx:
        await bookings.cancel(tx, booking.id, booking.account_id)


def _slot(sim: Simulation, voucher_id: UUID) -> Row | None:
    """One of the next few at which the voucher could be used."""
    coming = sim.rows(
        """
        SELECT id, 'offered' AS state FROM bookings.slots
        WHERE starts_at > %s AND option_id = (SELECT option_id FROM vouchers.vouchers WHERE id = %s)
        ORDER BY starts_at LIMIT %s
        """,
        [sim.clock.now(), voucher_id, _NEXT],
    )
    return sim.rng.choice(coming) if coming else None


def _standing(sim: Simulation, voucher_id: UUID) -> _Standing:
    [found] = sim.onlooker.rows(
        _Standing,
        "SELECT id, account_id FROM bookings.bookings WHERE voucher_id = %s AND cancelled_at IS NULL",
        [voucher_id],
    )
    return found
