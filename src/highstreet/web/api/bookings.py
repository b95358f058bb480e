"""`/slots` and `/bookings`: when to come with a voucher."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from highstreet.kit.database import VISITOR, Actor, ActorKind
from highstreet.kit.errors import Unauthenticated
from highstreet.market.bookings import service as bookings
from highstreet.market.bookings.domain import Booking, Plan, Slot
from highstreet.market.orders import service as orders
from highstreet.market.vouchers import service as vouchers
from highstreet.web.actors import actor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import answer, done, private, reader_of
from highstreet.web.api.documented import (
    CONFLICT,
    INVALID,
    KEY_OR_LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    NOT_MODIFIED,
    NOTHING,
    UNAVAILABLE,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.parameters import Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class SlotView(Struct, frozen=True, kw_only=True):
    """A time at which there is room."""

    id: UUID
    location_id: UUID
    option_id: UUID
    starts_at: datetime
    length_minutes: int
    left: int


class SlotList(Struct, frozen=True):
    """Times at which there is room, in their order."""

    slots: tuple[SlotView, ...]


class PlanWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Slots to offer; times are local to the location."""

    location_id: UUID
    option_id: UUID
    first_day: date
    last_day: date
    weekdays: Annotated[tuple[int, ...], Meta(max_length=7, description="1 is Monday.")]
    times: Annotated[tuple[time, ...], Meta(max_length=96)]
    length_minutes: int
    capacity: int


class PlanAdded(Struct, frozen=True):
    """How many slots are new."""

    added: int


class BookingWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When to come with one's voucher, and how many people."""

    voucher_id: UUID
    slot_id: UUID
    seats: Annotated[int, Meta(ge=1, le=10_000)] = 1


class MoveWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To which slot a booking moves."""

    slot_id: UUID


class BookingView(Struct, frozen=True, kw_only=True):
    """Somebody comes."""

    id: UUID
    slot_id: UUID
    voucher_id: UUID
    seats: int
    booked_at: datetime


class SlotsWanted(Parameters, frozen=True, kw_only=True):
    """Which slots to list."""

    option_id: Annotated[UUID, Meta(description="The `id` of an option.")]
    location_id: Annotated[UUID | None, Meta(description="The `id` of a location.")] = None
    since: Annotated[date | None, Meta(description="A day, in UTC; without it, now.")] = None
    days: Annotated[int, Meta(ge=1, le=92, description="How many days to look ahead.")] = 14


_BookingId = Annotated[UUID, PathParameter(description="The `id` of a booking.")]


@get(
    "/slots",
    operation_id="listSlots",
    summary="List times at which there is room",
    description="For an option, up to 500 slots.",
    parameters=SlotsWanted,
    responses=answers(SlotList, "The slots.", NOT_MODIFIED, INVALID, UNAVAILABLE),
)
async def list_slots(request: HttpRequest) -> Answer:
    wanted, runtime = read_parameters(query_pairs(request), SlotsWanted), runtime_of(request)
    now = runtime.clock.now()
    since = now if wanted.since is None else datetime.combine(wanted.since, time(), now.tzinfo)
    async with runtime.database.transaction(VISITOR) as tx:
        found = await bookings.free_slots(
            tx, wanted.option_id, location_id=wanted.location_id, since=since, days=wanted.days
        )
    shown = SlotList(tuple(map(_slot, found)))
    return answer(request, reader_of(request, runtime, "en"), msgspec.json.encode(shown))


@post(
    "/slots",
    operation_id="addSlots",
    summary="Offer times",
    description="For staff who edit the merchant's deals. A time that is offered already stays as it is.",
    guards=[only_json],
    parameters=Parameters,
    sent=PlanWanted,
    asks_who=KEY_OR_LOGIN,
    responses={
        201: answers(PlanAdded, "How many are new.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, INVALID]),
    },
)
async def add_slots(request: HttpRequest, data: JSONBody[PlanWanted]) -> Answer:
    actor = await actor_of(request, ActorKind.STAFF)
    plan = Plan(
        location_id=data.location_id,
        option_id=data.option_id,
        first_day=data.first_day,
        last_day=data.last_day,
        weekdays=data.weekdays,
        times=data.times,
        length_minutes=data.length_minutes,
        capacity=data.capacity,
    )
    async with runtime_of(request).database.transaction(actor) as tx:
        return private(PlanAdded(await bookings.add_slots(tx, plan)), 201)


@post(
    "/bookings",
    operation_id="book",
    summary="Book a time",
    description="With one of one's own vouchers, which is booked for one time at most.",
    guards=[only_json],
    parameters=Parameters,
    sent=BookingWanted,
    asks_who=KEY_OR_LOGIN,
    responses={
        201: answers(BookingView, "The booking.")[200],
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT, INVALID]),
    },
)
async def book(request: HttpRequest, data: JSONBody[BookingWanted]) -> Answer:
    actor, database = await actor_of(request), runtime_of(request).database
    async with database.transaction(actor) as tx:
        await vouchers.voucher(tx, data.voucher_id)  # it is theirs to see
    async with database.system() as tx:
        booking = await orders.book_visit(
            tx, data.voucher_id, data.slot_id, account_id=_account(actor), seats=data.seats
        )
    return private(_booking(booking), 201)


@post(
    "/bookings/{booking_id:uuid}/move",
    operation_id="moveBooking",
    summary="Move a booking",
    description="To another time for the same option; the old seats are given back if and only if there is room.",
    status_code=200,
    guards=[only_json],
    parameters=Parameters,
    sent=MoveWanted,
    asks_who=KEY_OR_LOGIN,
    responses=answers(BookingView, "The booking.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT, INVALID),
)
async def move_booking(request: HttpRequest, booking_id: _BookingId, data: JSONBody[MoveWanted]) -> Answer:
    actor, database = await actor_of(request), runtime_of(request).database
    async with database.transaction(actor) as tx:
        voucher = await vouchers.voucher(tx, (await bookings.booking(tx, booking_id)).voucher_id)
    async with database.system() as tx:
        moved = await bookings.move(
            tx, booking_id, _account(actor), data.slot_id, hours_ahead=orders.hours_ahead(voucher)
        )
    return private(_booking(moved))


@delete(
    "/bookings/{booking_id:uuid}",
    operation_id="cancelBooking",
    summary="Cancel a booking",
    description="Until it begins. The seats are free again.",
    status_code=200,  # what the framework is told; the answer brings its own
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT]),
)
async def cancel_booking(request: HttpRequest, booking_id: _BookingId) -> Answer:
    actor = await actor_of(request)
    async with runtime_of(request).database.system() as tx:
        await bookings.cancel(tx, booking_id, _account(actor))
    return done()


OPERATIONS: Sequence[HTTPRouteHandler] = (list_slots, add_slots, book, move_booking, cancel_booking)


def _account(actor: Actor) -> UUID:
    if actor.id is None:
        raise Unauthenticated("Sign in, or send a key, to do this")
    return actor.id


def _slot(slot: Slot) -> SlotView:
    return SlotView(
        id=slot.id,
        location_id=slot.location_id,
        option_id=slot.option_id,
        starts_at=slot.starts_at,
        length_minutes=slot.length_minutes,
        left=slot.left,
    )


def _booking(booking: Booking) -> BookingView:
    return BookingView(
        id=booking.id,
        slot_id=booking.slot_id,
        voucher_id=booking.voucher_id,
        seats=booking.seats,
        booked_at=booking.booked_at,
    )
