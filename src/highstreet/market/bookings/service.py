"""The door of bookings: slots that a merchant offers, and who comes when. No slot takes more than it holds.

Staff write slots in their own transactions; bookings are made in the system's, by whoever owns the voucher, which the
caller has looked at: this room knows vouchers by their ids alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.bookings import repository as rows
from highstreet.market.bookings.domain import MAX_SLOTS, Booking, Day, Plan, Slot, check_plan, moments
from highstreet.market.catalog import service as catalog
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission

_DAY_FULL: Final = "This location takes nobody else on this day; choose another day, or another location."
_FULL: Final = "There is no room left at this time, or it is over or was taken off; choose another."


async def add_slots(tx: Transaction, plan: Plan) -> int:
    """Offer the slots of a plan; how many are new. One that is there at the same moment stays as it is.

    Raises Forbidden without `deals.edit` for the location's merchant, and InvalidInput.
    """
    check_plan(plan)
    place = await catalog.whereabouts(tx, plan.location_id)
    if place is None:
        raise InvalidInput.at("location_id", "there is no such location")
    await identity.require(tx, Permission.DEALS_EDIT, place.merchant_id)
    new_ids = tx.new_ids()
    slots = [
        Slot(
            id=next(new_ids),
            merchant_id=place.merchant_id,
            location_id=plan.location_id,
            option_id=plan.option_id,
            starts_at=moment,
            length_minutes=plan.length_minutes,
            capacity=plan.capacity,
            taken=0,
        )
        for moment in moments(plan, place.time_zone)
        if moment > tx.now
    ]
    if len(slots) > MAX_SLOTS:
        raise InvalidInput.at("times", f"these are {len(slots)} slots; at most {MAX_SLOTS} are made at once")
    return await rows.insert_slots(tx, slots)


async def withdraw_slot(tx: Transaction, slot_id: UUID) -> list[Booking]:
    """Take no more bookings for a slot; those that stand, which are to be called. Raises NotFound and Forbidden."""
    found = await _slot(tx, slot_id)
    await identity.require(tx, Permission.DEALS_EDIT, found.merchant_id)
    await rows.withdraw(tx, slot_id)
    return await rows.of_slot(tx, slot_id)


async def free_slots(
    tx: Transaction, option_id: UUID, *, location_id: UUID | None, since: datetime, days: int, limit: int = 500
) -> list[Slot]:
    """Slots that begin in the days from `since` on and have room, in their order. None that has begun."""
    start = max(since, tx.now)
    found = await rows.slots_between(tx, option_id, location_id, start, start + timedelta(days=days), limit)
    return [slot for slot in found if slot.left > 0]


async def booking(tx: Transaction, booking_id: UUID) -> Booking:
    """Raises NotFound for a booking that does not stand, or that the actor may not see."""
    found = await rows.by_id(tx, booking_id)
    if found is None:
        raise NotFound(f"There is no booking {booking_id}.")
    return found


async def bookings_of(tx: Transaction, slot_id: UUID) -> list[Booking]:
    """Who comes at a slot, as far as the actor may see it."""
    return await rows.of_slot(tx, slot_id)


async def book(
    tx: Transaction,
    slot_id: UUID,
    *,
    voucher_id: UUID,
    option_id: UUID,
    account_id: UUID,
    seats: int = 1,
    hours_ahead: int = 0,
) -> Booking:
    """Come at a slot with a voucher for `option_id`, which asks for a booking `hours_ahead`. Needs the system role.

    Raises NotFound, InvalidInput for a slot of another option, and Conflict when it is full or too soon, or when the
    voucher is booked already.
    """
    slot = await _slot(tx, slot_id)
    _check(tx, slot, option_id, seats, hours_ahead)
    if not await rows.take(tx, slot_id, seats):
        raise Conflict(_FULL)
    await _take_day(tx, slot, seats)
    made = Booking(
        id=tx.new_id(),
        slot_id=slot_id,
        merchant_id=slot.merchant_id,
        voucher_id=voucher_id,
        account_id=account_id,
        seats=seats,
        booked_at=tx.now,
    )
    if not await rows.insert(tx, made):
        raise Conflict("This voucher is booked already; move that booking, or cancel it.")
    return made


async def cancel(tx: Transaction, booking_id: UUID, account_id: UUID) -> None:
    """Give the seats back. Needs the system role. Raises NotFound, and Conflict once the slot has begun."""
    standing, slot = await _held(tx, booking_id, account_id)
    _check_not_begun(tx, slot)
    day = await _day_of(tx, slot)
    await rows.cancel(tx, booking_id)
    await rows.release(tx, slot.id, standing.seats)
    await rows.release_day(tx, day, standing.seats)


async def give_up(tx: Transaction, voucher_id: UUID) -> None:
    """Give the seats back of whoever booked with a voucher that is good for nothing more, if anybody did.

    Needs the system role. To do it again changes nothing.
    """
    standing = await rows.hold_of_voucher(tx, voucher_id)
    if standing is not None:
        await rows.cancel(tx, standing.id)
        await rows.release(tx, standing.slot_id, standing.seats)
        await rows.release_day(tx, await _day_of(tx, await _slot(tx, standing.slot_id)), standing.seats)


async def move(tx: Transaction, booking_id: UUID, account_id: UUID, slot_id: UUID, *, hours_ahead: int = 0) -> Booking:
    """Come at another slot of the same option instead. Needs the system role.

    The old seats are given back exactly if the new ones were had. Raises as `book` and `cancel` do.
    """
    standing, former = await _held(tx, booking_id, account_id)
    _check_not_begun(tx, former)
    wanted = await _slot(tx, slot_id)
    _check(tx, wanted, former.option_id, standing.seats, hours_ahead)
    if wanted.id == former.id:
        return standing
    await rows.lock_slots(tx, [former.id, wanted.id])
    if not await rows.take(tx, wanted.id, standing.seats):
        raise Conflict(_FULL)
    await rows.release(tx, former.id, standing.seats)
    days = [await _day_of(tx, former), await _day_of(tx, wanted)]
    if days[0] != days[1]:
        await rows.one_deal_at_a_time(tx, days[0].deal_id, alone=False)
        await rows.lock_days(tx, days)
        await _take_day(tx, wanted, standing.seats)
        await rows.release_day(tx, days[0], standing.seats)
    await rows.move(tx, booking_id, wanted.id)
    moved, _ = await _held(tx, booking_id, account_id)
    return moved


async def booked_at(tx: Transaction, voucher_id: UUID, location_id: UUID | None, at: datetime) -> datetime | None:
    """When a visit was booked that happens at `at`: by a booking for the same day there; None without one."""
    found = await rows.of_voucher(tx, voucher_id)
    slot = None if found is None else await rows.slot(tx, found.slot_id)
    if found is None or slot is None or (location_id is not None and slot.location_id != location_id):
        return None
    place = await catalog.whereabouts(tx, slot.location_id)
    zone = ZoneInfo(place.time_zone if place is not None else "UTC")
    same_day = slot.starts_at.astimezone(zone).date() == at.astimezone(zone).date()
    return found.booked_at if same_day else None


async def state_capacity(
    tx: Transaction, deal_id: UUID, merchant_id: UUID, by_location: Mapping[UUID, Sequence[int]]
) -> None:
    """How many guests of a deal its locations take from Monday to Sunday, whatever slots they offer.

    Needs the system role. Who has booked already stays booked; a day that has more of them takes nobody else.
    """
    await rows.one_deal_at_a_time(tx, deal_id, alone=True)
    # Somewhere it may still be the day before.
    await rows.replace_capacities(tx, deal_id, merchant_id, by_location, tx.now.date() - timedelta(days=1))


async def stated_capacity(tx: Transaction, deal_id: UUID) -> dict[UUID, tuple[int, ...]]:
    """By location, from Monday to Sunday, as far as the actor may see it; empty where nothing was stated."""
    return await rows.capacities(tx, deal_id)


async def hand_over(tx: Transaction, from_account_id: UUID, into_account_id: UUID) -> None:
    """What one account booked is another's: a guest has signed in."""
    await rows.hand_over(tx, from_account_id, into_account_id)


async def _take_day(tx: Transaction, slot: Slot, seats: int) -> None:
    """Raises Conflict where the location takes no more for the deal that day, though there is room in the slot."""
    at = await _day_of(tx, slot)
    await rows.one_deal_at_a_time(tx, at.deal_id, alone=False)
    if not await rows.take_day(tx, at, slot.merchant_id, seats):
        raise Conflict(_DAY_FULL)


async def _day_of(tx: Transaction, slot: Slot) -> Day:
    offer = (await catalog.offers(tx, [slot.option_id]))[slot.option_id]
    place = await catalog.whereabouts(tx, slot.location_id)
    assert place is not None, "the slot refers to it"
    return Day(offer.deal_id, slot.location_id, slot.starts_at.astimezone(ZoneInfo(place.time_zone)).date())


async def _slot(tx: Transaction, slot_id: UUID) -> Slot:
    found = await rows.slot(tx, slot_id)
    if found is None:
        raise NotFound(f"There is no slot {slot_id}.")
    return found


async def _held(tx: Transaction, booking_id: UUID, account_id: UUID) -> tuple[Booking, Slot]:
    held = await rows.hold(tx, booking_id, account_id)
    if held is None:
        raise NotFound(f"There is no booking {booking_id}.")
    return held, await _slot(tx, held.slot_id)


def _check(tx: Transaction, slot: Slot, option_id: UUID, seats: int, hours_ahead: int) -> None:
    if slot.option_id != option_id:
        raise InvalidInput.at("slot_id", "is a time for another option than the voucher's")
    if not 1 <= seats <= slot.capacity:
        raise InvalidInput.at("seats", f"is 1 to {slot.capacity}")
    if slot.starts_at - tx.now < timedelta(hours=hours_ahead):
        raise Conflict(f"This has to be booked at least {hours_ahead} hours ahead.")


def _check_not_begun(tx: Transaction, slot: Slot) -> None:
    if slot.starts_at <= tx.now:
        raise Conflict("This booking has begun, so it cannot be changed any more.")
