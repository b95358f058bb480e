"""The SQL of bookings, on the PostgreSQL schema `bookings`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Parameters, Transaction
from highstreet.market.bookings.domain import Booking, Day, Slot

_SLOTS: Final[LiteralString] = """
    SELECT id, merchant_id, location_id, option_id, starts_at, length_minutes, capacity, taken, withdrawn_at
    FROM bookings.slots
"""
_BOOKINGS: Final[LiteralString] = """
    SELECT id, slot_id, merchant_id, voucher_id, account_id, seats, booked_at, cancelled_at FROM bookings.bookings
"""


async def insert_slots(tx: Transaction, slots: Sequence[Slot]) -> int:
    """How many were added; where there is one at the same moment already, that stays as it is."""
    return await tx.execute(
        """
        INSERT INTO bookings.slots (
            id, merchant_id, location_id, option_id, starts_at, length_minutes, capacity, taken
        )
        SELECT id, merchant_id, location_id, option_id, starts_at, length_minutes, capacity, taken
        FROM json_populate_recordset(NULL::bookings.slots, %s::json)
        ON CONFLICT (location_id, option_id, starts_at) DO NOTHING
        """,
        [msgspec.json.encode(slots).decode()],
    )


async def slots_between(
    tx: Transaction, option_id: UUID, location_id: UUID | None, since: datetime, until: datetime, limit: int
) -> list[Slot]:
    """Slots that begin in a span and take bookings, in their order."""
    rows = await tx.fetch_all(
        dict[str, Any],
        _SLOTS
        + """
        WHERE option_id = %(option)s AND (%(location)s::uuid IS NULL OR location_id = %(location)s)
            AND starts_at >= %(since)s AND starts_at < %(until)s AND withdrawn_at IS NULL
        ORDER BY starts_at, id LIMIT %(limit)s
        """,
        {"option": option_id, "location": location_id, "since": since, "until": until, "limit": limit},
    )
    return msgspec.convert(rows, list[Slot])


async def slot(tx: Transaction, slot_id: UUID) -> Slot | None:
    row = await tx.fetch_one(dict[str, Any], _SLOTS + "WHERE id = %s", [slot_id])
    return msgspec.convert(row, Slot) if row else None


async def withdraw(tx: Transaction, slot_id: UUID) -> bool:
    """Whether there was such a slot that took bookings."""
    changed = await tx.execute(
        "UPDATE bookings.slots SET withdrawn_at = %s WHERE id = %s AND withdrawn_at IS NULL", [tx.now, slot_id]
    )
    return changed == 1


async def take(tx: Transaction, slot_id: UUID, seats: int) -> bool:
    """Take seats of a slot that has not begun; False where there are not so many."""
    changed = await tx.execute(
        """
        UPDATE bookings.slots SET taken = taken + %(seats)s
        WHERE id = %(id)s AND taken + %(seats)s <= capacity AND withdrawn_at IS NULL AND starts_at > %(now)s
        """,
        {"id": slot_id, "seats": seats, "now": tx.now},
    )
    return changed == 1


async def release(tx: Transaction, slot_id: UUID, seats: int) -> None:
    await tx.execute("UPDATE bookings.slots SET taken = taken - %s WHERE id = %s", [seats, slot_id])


async def one_deal_at_a_time(tx: Transaction, deal_id: UUID, *, alone: bool) -> None:
    """Whoever books for a deal waits for who states what it may take, who is `alone`; not for others who book."""
    if alone:
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"bookings of {deal_id}"])
    else:
        await tx.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [f"bookings of {deal_id}"])


async def take_day(tx: Transaction, at: Day, merchant_id: UUID, seats: int) -> bool:
    """Take seats of a day; False where there are not so many."""
    named = {"deal": at.deal_id, "location": at.location_id, "day": at.day}
    await tx.execute(
        """
        INSERT INTO bookings.days (deal_id, location_id, day, merchant_id, capacity, taken)
        VALUES (%(deal)s, %(location)s, %(day)s, %(merchant)s, (
            SELECT guests FROM bookings.capacities
            WHERE deal_id = %(deal)s AND location_id = %(location)s AND weekday = %(weekday)s
        ), 0)
        ON CONFLICT DO NOTHING
        """,
        {**named, "merchant": merchant_id, "weekday": at.day.isoweekday()},
    )
    changed = await tx.execute(
        """
        UPDATE bookings.days SET taken = taken + %(seats)s
        WHERE deal_id = %(deal)s AND location_id = %(location)s AND day = %(day)s
            AND (capacity IS NULL OR taken + %(seats)s <= capacity)
        """,
        {**named, "seats": seats},
    )
    return changed == 1


async def release_day(tx: Transaction, at: Day, seats: int) -> None:
    await tx.execute(
        "UPDATE bookings.days SET taken = taken - %s WHERE deal_id = %s AND location_id = %s AND day = %s",
        [seats, at.deal_id, at.location_id, at.day],
    )


async def lock_days(tx: Transaction, days: Sequence[Day]) -> None:
    """Hold days of a deal in one order, as `lock_slots` does."""
    await tx.execute(
        """
        SELECT FROM bookings.days
        WHERE (deal_id, location_id, day) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::date[]))
        ORDER BY deal_id, location_id, day FOR NO KEY UPDATE
        """,
        [[each.deal_id for each in days], [each.location_id for each in days], [each.day for each in days]],
    )


async def capacities(tx: Transaction, deal_id: UUID) -> dict[UUID, tuple[int, ...]]:
    """What a deal's locations take from Monday to Sunday, as far as the actor may see it."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT location_id, array_agg(guests ORDER BY weekday) AS guests FROM bookings.capacities
        WHERE deal_id = %s GROUP BY location_id
        """,
        [deal_id],
    )
    return {row["location_id"]: tuple(row["guests"]) for row in rows}


async def replace_capacities(
    tx: Transaction, deal_id: UUID, merchant_id: UUID, by_location: Mapping[UUID, Sequence[int]], from_day: date
) -> None:
    """State them anew; the days from `from_day` on for which somebody has booked follow."""
    await tx.execute("DELETE FROM bookings.capacities WHERE deal_id = %s", [deal_id])
    await tx.execute_many(
        """
        INSERT INTO bookings.capacities (deal_id, location_id, weekday, merchant_id, guests)
        VALUES (%s, %s, %s, %s, %s)
        """,
        [
            (deal_id, location_id, weekday, merchant_id, guests)
            for location_id, week in sorted(by_location.items())
            for weekday, guests in enumerate(week, 1)
        ],
    )
    await tx.execute(
        """
        UPDATE bookings.days SET capacity = (
            SELECT capacities.guests FROM bookings.capacities
            WHERE capacities.deal_id = days.deal_id AND capacities.location_id = days.location_id
                AND capacities.weekday = extract(isodow FROM days.day)
        )
        WHERE deal_id = %s AND day >= %s
        """,
        [deal_id, from_day],
    )


async def lock_slots(tx: Transaction, slot_ids: Sequence[UUID]) -> None:
    """Hold slots in the order of their ids, so that those who move between the same two never wait in a circle."""
    await tx.execute("SELECT FROM bookings.slots WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(slot_ids)])


async def insert(tx: Transaction, booking: Booking) -> bool:
    """Whether it was added; False when the voucher is booked already."""
    added = await tx.execute(
        """
        INSERT INTO bookings.bookings (id, slot_id, merchant_id, voucher_id, account_id, seats, booked_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (voucher_id) WHERE cancelled_at IS NULL DO NOTHING
        """,
        [
            booking.id,
            booking.slot_id,
            booking.merchant_id,
            booking.voucher_id,
            booking.account_id,
            booking.seats,
            booking.booked_at,
        ],
    )
    return added == 1


async def by_id(tx: Transaction, booking_id: UUID) -> Booking | None:
    """A booking that stands and that the actor may see."""
    return await _one(tx, _BOOKINGS + "WHERE id = %s AND cancelled_at IS NULL", [booking_id])


async def hold(tx: Transaction, booking_id: UUID, account_id: UUID) -> Booking | None:
    """An account's booking that stands; nobody else changes it until the transaction ends."""
    return await _one(
        tx,
        _BOOKINGS + "WHERE id = %s AND account_id = %s AND cancelled_at IS NULL FOR NO KEY UPDATE",
        [booking_id, account_id],
    )


async def hold_of_voucher(tx: Transaction, voucher_id: UUID) -> Booking | None:
    """The booking of a voucher that stands; nobody else changes it until the transaction ends."""
    return await _one(tx, _BOOKINGS + "WHERE voucher_id = %s AND cancelled_at IS NULL FOR NO KEY UPDATE", [voucher_id])


async def move(tx: Transaction, booking_id: UUID, slot_id: UUID) -> None:
    await tx.execute(
        "UPDATE bookings.bookings SET slot_id = %s, booked_at = %s WHERE id = %s", [slot_id, tx.now, booking_id]
    )


async def cancel(tx: Transaction, booking_id: UUID) -> None:
    await tx.execute("UPDATE bookings.bookings SET cancelled_at = %s WHERE id = %s", [tx.now, booking_id])


async def of_voucher(tx: Transaction, voucher_id: UUID) -> Booking | None:
    """The booking of a voucher that stands, if the actor may see it."""
    return await _one(tx, _BOOKINGS + "WHERE voucher_id = %s AND cancelled_at IS NULL", [voucher_id])


async def of_slot(tx: Transaction, slot_id: UUID) -> list[Booking]:
    """Who comes at a slot, as far as the actor may see it, in the order in which they booked."""
    rows = await tx.fetch_all(
        dict[str, Any], _BOOKINGS + "WHERE slot_id = %s AND cancelled_at IS NULL ORDER BY booked_at, id", [slot_id]
    )
    return msgspec.convert(rows, list[Booking])


async def hand_over(tx: Transaction, from_account_id: UUID, into_account_id: UUID) -> None:
    await tx.execute(
        "UPDATE bookings.bookings SET account_id = %s WHERE account_id = %s", [into_account_id, from_account_id]
    )


async def _one(tx: Transaction, sql: LiteralString, params: Parameters) -> Booking | None:
    row = await tx.fetch_one(dict[str, Any], sql, params)
    return msgspec.convert(row, Booking) if row else None
