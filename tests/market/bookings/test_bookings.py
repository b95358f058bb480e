"""Slots and bookings: by the clock of the place, and never more people than a slot takes."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Actor, ActorKind, Database
from highstreet.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from highstreet.market.bookings import service as bookings
from highstreet.market.bookings.domain import Booking, Plan, Slot, check_plan, moments
from highstreet.market.catalog import service as catalog
from tests.market.bookings.conftest import Salon
from tests.market.catalog.conftest import NOW

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def plan(salon: Salon, **stated: object) -> Plan:
    return planned(**{"location_id": salon.world.loop, "option_id": salon.option, **stated})


def planned(**stated: object) -> Plan:
    usual = {
        "first_day": date(2026, 3, 3),
        "last_day": date(2026, 3, 3),
        "weekdays": EVERY_DAY,
        "times": (time(9), time(10, 30)),
        "length_minutes": 60,
        "capacity": 3,
    }
    return Plan(**{**usual, **stated})  # type: ignore[arg-type] -- each test states what it means


async def offered(database: Database, salon: Salon, **stated: object) -> list[Slot]:
    async with database.transaction(salon.manager) as tx:
        await bookings.add_slots(tx, plan(salon, **stated))
        return await bookings.free_slots(tx, salon.option, location_id=salon.world.loop, since=NOW, days=30)


async def book(database: Database, salon: Salon, slot: Slot, **stated: object) -> Booking:
    async with database.system() as tx:
        usual = {"voucher_id": tx.new_id(), "option_id": salon.option, "account_id": salon.guest}
        return await bookings.book(tx, slot.id, **{**usual, **stated})  # type: ignore[arg-type] -- as above


async def taken(database: Database, slot: Slot) -> int:
    async with database.system() as tx:
        return sum(each.seats for each in await bookings.bookings_of(tx, slot.id))


async def test_a_slot_never_takes_more_than_it_holds(database: Database, salon: Salon) -> None:
    slot, other = await offered(database, salon)
    answers = await asyncio.gather(*(book(database, salon, slot) for _ in range(30)), return_exceptions=True)
    assert Counter(type(answer) for answer in answers) == {Booking: 3, Conflict: 27}
    assert await taken(database, slot) == 3
    mine = next(answer for answer in answers if isinstance(answer, Booking))
    rivals = [await book(database, salon, other) for _ in range(3)]

    async def move(booking: Booking, to: Slot) -> Booking:
        async with database.system() as tx:
            return await bookings.move(tx, booking.id, salon.guest, to.id)

    # Two full slots: nobody can change places, and nobody loses theirs by trying.
    tries = await asyncio.gather(move(mine, other), *(move(each, slot) for each in rivals), return_exceptions=True)
    assert {type(each) for each in tries} == {Conflict}
    async with database.system() as tx:
        await bookings.cancel(tx, rivals[0].id, salon.guest)
    assert (await move(mine, other)).slot_id == other.id
    assert (await taken(database, slot), await taken(database, other)) == (2, 3)


async def test_whoever_moves_between_the_same_two_slots_does_not_wait_for_ever(
    database: Database, salon: Salon
) -> None:
    first, second = await offered(database, salon, capacity=20)
    here = [await book(database, salon, first) for _ in range(8)]
    there = [await book(database, salon, second) for _ in range(8)]

    async def move(booking: Booking, to: Slot) -> None:
        async with database.system() as tx:
            await bookings.move(tx, booking.id, salon.guest, to.id)

    await asyncio.gather(*(move(each, second) for each in here), *(move(each, first) for each in there))
    assert (await taken(database, first), await taken(database, second)) == (8, 8)


async def test_a_location_takes_no_more_on_a_day_than_was_stated_whatever_its_slots_hold(
    database: Database, salon: Salon, administrator_here: psycopg.Connection
) -> None:
    early, late, tomorrow = (await offered(database, salon, last_day=date(2026, 3, 4), capacity=20))[:3]

    async def state(guests: int) -> None:
        async with database.system() as tx:
            offer = (await catalog.offers(tx, [salon.option]))[salon.option]
            week = {salon.world.loop: (guests,) * 7}
            await bookings.state_capacity(tx, offer.deal_id, salon.world.merchant, week)

    async def counted() -> list[int]:
        async with database.system() as tx:
            rows = await tx.fetch_all(dict[str, int], "SELECT taken FROM bookings.days ORDER BY day")
        return [row["taken"] for row in rows]

    await state(7)
    slots = [early, late] * 10
    answers = await asyncio.gather(*(book(database, salon, each) for each in slots), return_exceptions=True)
    assert Counter(type(answer) for answer in answers) == {Booking: 7, Conflict: 13}
    assert (await taken(database, early) + await taken(database, late), await counted()) == (7, [7])
    mine = [answer for answer in answers if isinstance(answer, Booking)]
    # Lowered below what is booked: nobody is sent away, and nobody else comes.
    await state(2)
    async with database.system() as tx:
        await bookings.move(tx, mine[0].id, salon.guest, tomorrow.id)
        await bookings.cancel(tx, mine[1].id, salon.guest)
    assert await counted() == [5, 1]
    with pytest.raises(Conflict, match="nobody else on this day"):
        await book(database, salon, early)
    moves = [bookings_move(database, salon, each, tomorrow) for each in mine[2:]]
    told = await asyncio.gather(*moves, return_exceptions=True)
    assert Counter(type(answer) for answer in told) == {Booking: 1, Conflict: 4}
    assert await counted() == [4, 2]
    async with database.system() as tx:
        await bookings.give_up(tx, next(answer for answer in told if isinstance(answer, Booking)).voucher_id)
    assert await counted() == [4, 1]
    with pytest.raises(psycopg.errors.CheckViolation, match="not one more"):
        administrator_here.execute("UPDATE bookings.days SET taken = taken + 1")


async def bookings_move(database: Database, salon: Salon, booking: Booking, to: Slot) -> Booking:
    async with database.system() as tx:
        return await bookings.move(tx, booking.id, salon.guest, to.id)


async def test_a_voucher_is_booked_once_and_for_its_option(database: Database, salon: Salon, clock: FixedClock) -> None:
    slot, other = await offered(database, salon)
    booking = await book(database, salon, slot)
    with pytest.raises(Conflict, match="booked already"):
        await book(database, salon, other, voucher_id=booking.voucher_id)
    with pytest.raises(InvalidInput, match="another option"):
        await book(database, salon, other, option_id=salon.other_option)
    with pytest.raises(InvalidInput, match="seats"):
        await book(database, salon, other, seats=4)
    with pytest.raises(Conflict, match="48 hours ahead"):
        await book(database, salon, other, hours_ahead=48)
    async with database.system() as tx:
        with pytest.raises(NotFound):
            await bookings.cancel(tx, booking.id, booking.voucher_id)
        await bookings.cancel(tx, booking.id, salon.guest)
    again = await book(database, salon, slot, voucher_id=booking.voucher_id)
    clock.advance(slot.starts_at - NOW)
    with pytest.raises(Conflict, match="has begun"):
        async with database.system() as tx:
            await bookings.cancel(tx, again.id, salon.guest)
    with pytest.raises(Conflict):
        await book(database, salon, slot)


async def test_the_fine_print_hears_of_a_booking_for_the_day(
    database: Database, salon: Salon, clock: FixedClock
) -> None:
    slot, _ = await offered(database, salon)
    voucher_id = (await book(database, salon, slot)).voucher_id

    async def told(at: datetime, location_id: UUID | None) -> datetime | None:
        async with database.system() as tx:
            return await bookings.booked_at(tx, voucher_id, location_id, at)

    assert await told(slot.starts_at + timedelta(hours=2), salon.world.loop) == NOW
    assert await told(slot.starts_at, None) == NOW
    assert await told(slot.starts_at, salon.world.mall) is None
    assert await told(slot.starts_at + timedelta(days=1), salon.world.loop) is None
    clock.advance(timedelta(hours=1))
    async with database.system() as tx:
        booking = (await bookings.bookings_of(tx, slot.id))[0]
        later = (await bookings.free_slots(tx, salon.option, location_id=None, since=NOW, days=9))[-1]
        await bookings.move(tx, booking.id, salon.guest, later.id)
    assert await told(slot.starts_at, salon.world.loop) == NOW + timedelta(hours=1)  # chosen anew


async def test_only_staff_offer_slots_and_see_who_comes(database: Database, salon: Salon) -> None:
    slot, _ = await offered(database, salon)
    booking = await book(database, salon, slot)
    stranger = Actor(ActorKind.STAFF, salon.guest)
    async with database.transaction(stranger) as tx:
        assert await bookings.bookings_of(tx, slot.id) == []
        with pytest.raises(Forbidden):
            await bookings.add_slots(tx, plan(salon))
        with pytest.raises(Forbidden):
            await bookings.withdraw_slot(tx, slot.id)
    async with database.transaction(Actor(ActorKind.SHOPPER, salon.guest)) as tx:
        assert await bookings.booking(tx, booking.id) == booking
    async with database.transaction(salon.manager) as tx:
        assert await bookings.withdraw_slot(tx, slot.id) == [booking]
        assert slot.id not in {
            each.id for each in await bookings.free_slots(tx, salon.option, location_id=None, since=NOW, days=9)
        }
    with pytest.raises(Conflict):
        await book(database, salon, slot)


async def test_a_plan_is_added_once_and_not_in_the_past(database: Database, salon: Salon) -> None:
    async with database.transaction(salon.manager) as tx:
        assert await bookings.add_slots(tx, plan(salon)) == 2
        assert await bookings.add_slots(tx, plan(salon, times=(time(9), time(12)))) == 1
        assert await bookings.add_slots(tx, plan(salon, first_day=date(2026, 3, 1), last_day=date(2026, 3, 1))) == 0
        with pytest.raises(InvalidInput, match="no such location"):
            await bookings.add_slots(tx, plan(salon, location_id=salon.option))


def test_a_plan_follows_the_clocks_of_its_place(salon: Salon) -> None:
    """Chicago's clocks jump from two to three on 8 March 2026, and are put back from two to one on 1 November."""
    spring = plan(salon, first_day=date(2026, 3, 7), last_day=date(2026, 3, 9), times=(time(2, 30), time(9)))
    assert [moment.isoformat() for moment in moments(spring, "America/Chicago")] == [
        "2026-03-07T08:30:00+00:00",
        "2026-03-07T15:00:00+00:00",
        "2026-03-08T14:00:00+00:00",
        "2026-03-09T07:30:00+00:00",
        "2026-03-09T14:00:00+00:00",
    ]
    autumn = plan(salon, first_day=date(2026, 11, 1), last_day=date(2026, 11, 1), times=(time(1, 30),))
    assert list(moments(autumn, "America/Chicago")) == [datetime(2026, 11, 1, 6, 30, tzinfo=UTC)]


@given(
    zone=st.sampled_from(["America/Chicago", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    first=st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    at=st.times(),
)
def test_every_slot_begins_at_its_local_time(zone: str, first: date, at: time) -> None:
    some_id = UUID(int=1)
    wanted = Plan(
        location_id=some_id,
        option_id=some_id,
        first_day=first,
        last_day=first + timedelta(days=9),
        weekdays=EVERY_DAY,
        times=(at,),
        length_minutes=30,
        capacity=1,
    )
    check_plan(wanted)
    found = [moment.astimezone(ZoneInfo(zone)) for moment in moments(wanted, zone)]
    assert all(moment.time() == at for moment in found)
    assert 9 <= len(found) <= 10


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"last_day": date(2026, 3, 2)}, "last_day"),
        ({"last_day": date(2028, 3, 2)}, "last_day"),
        ({"weekdays": (2, 1)}, "weekdays"),
        ({"weekdays": (8,)}, "weekdays"),
        ({"times": ()}, "times"),
        ({"times": (time(9, tzinfo=UTC),)}, "times"),
        ({"length_minutes": 0}, "length_minutes"),
        ({"capacity": 0}, "capacity"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(stated: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_plan(planned(location_id=UUID(int=1), option_id=UUID(int=2), **stated))
    assert [problem.field for problem in refused.value.problems] == [field]


async def test_the_database_holds_a_slot_to_its_bookings(
    database: Database, salon: Salon, administrator_here: psycopg.Connection
) -> None:
    slot, _ = await offered(database, salon)
    await book(database, salon, slot)
    with pytest.raises(psycopg.errors.CheckViolation, match="slots_hold_no_more_than_they_can"):
        administrator_here.execute("UPDATE bookings.slots SET taken = 4")
    with pytest.raises(psycopg.errors.CheckViolation, match="has not taken what is booked"):
        administrator_here.execute("UPDATE bookings.bookings SET seats = 2")


async def test_a_voucher_that_is_given_back_frees_its_seats_once(database: Database, salon: Salon) -> None:
    slot, _other = await offered(database, salon)
    booked = await book(database, salon, slot, seats=2)
    await book(database, salon, slot)
    for _ in range(2):
        async with database.system() as tx:
            await bookings.give_up(tx, booked.voucher_id)
    assert await taken(database, slot) == 1
    [free] = [each for each in await offered(database, salon) if each.id == slot.id]
    assert free.left == 2
