"""`/deals/{id}/capacity`: what a merchant can take of a deal, and what it may bring."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from litestar import get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from highstreet.kit.database import Actor, ActorKind
from highstreet.kit.errors import NotFound
from highstreet.market.capacity import service as capacity
from highstreet.market.capacity.domain.guard import GuardState
from highstreet.market.capacity.domain.load import Week
from highstreet.market.capacity.domain.margin import Margin
from highstreet.market.capacity.domain.plans import Brake, Check, Plan, Room, Served
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.web.actors import actor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import done, private
from highstreet.web.api.documented import (
    CONFLICT,
    INVALID,
    KEY_OR_LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    NOTHING,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.parameters import Parameters, only_json
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime, runtime_of

_BASIS_POINTS = 100


class RoomWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many guests a location can take on each weekday, Monday first."""

    location_id: UUID
    by_weekday: Annotated[tuple[int, ...], Meta(min_length=7, max_length=7)]


class ServedWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one voucher of an option brings and costs the merchant."""

    option_id: UUID
    guests: Annotated[int, Meta(ge=1, le=100)] = 1
    cost_minor: int = 0


class BrakeWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which load on the deal is paused, and below which it is sold again, in hundredths of the room."""

    pause_percent: int = 90
    resume_percent: int = 70


class CapacityWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a merchant states of a deal. Without a `brake` nothing is paused."""

    rooms: Annotated[tuple[RoomWanted, ...], Meta(max_length=1_000)]
    served: Annotated[tuple[ServedWanted, ...], Meta(max_length=50)]
    own_tax_rate: Annotated[
        int, Meta(ge=0, le=10_000, description="In ten-thousandths; counts where the market collects no tax.")
    ] = 0
    brake: BrakeWanted | None = None


class SubmissionWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`knowing` says that more may be sold than can be served, and that this is meant."""

    knowing: bool = False


class TightestView(Struct, frozen=True, kw_only=True):
    """The days in which it may get tightest, if all is sold and guests spread as well as they can."""

    first_day: date
    last_day: date
    guests: int
    room: int


class GuardView(Struct, frozen=True, kw_only=True):
    """Whether the guard has paused the deal; `load_percent` is what it saw last."""

    state: GuardState
    load_percent: int | None


class CapacityView(Struct, frozen=True, kw_only=True):
    """A deal against what was stated. `unbounded` are options without a cap, which nothing can be said of."""

    deal_id: UUID
    state: DealState
    stated: Plan | None
    fits: bool
    unbounded: tuple[UUID, ...]
    tightest: TightestView | None
    weeks: Annotated[tuple[Week, ...], Meta(description="By location; weeks in a row that are alike stand as one.")]
    margins: tuple[Margin, ...]
    currency: str
    guard: GuardView | None


_DealId = Annotated[UUID, PathParameter(description="The `id` of a deal of one's merchant, in any state.")]


@get(
    "/deals/{deal_id:uuid}/capacity",
    operation_id="checkCapacity",
    summary="Check a deal's capacity",
    description="The load by week and location if all is sold that may be, against what the merchant can take, and "
    "what each option leaves after commission, tax and cost. For those who edit the merchant's deals.",
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=answers(CapacityView, "The check.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND),
)
async def check_capacity(request: HttpRequest, deal_id: _DealId) -> Answer:
    await _require_editor(request, deal_id)
    return private(await _looked_at(runtime_of(request), deal_id))


@put(
    "/deals/{deal_id:uuid}/capacity",
    operation_id="stateCapacity",
    summary="State a deal's capacity",
    description="In place of what was stated before. Bookings take no more guests a day at a location from then on; "
    "with a `brake` the deal is paused by itself near its capacity.",
    guards=[only_json],
    parameters=Parameters,
    sent=CapacityWanted,
    asks_who=KEY_OR_LOGIN,
    responses=answers(CapacityView, "The check.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT, INVALID),
)
async def state_capacity(request: HttpRequest, deal_id: _DealId, data: JSONBody[CapacityWanted]) -> Answer:
    await _require_editor(request, deal_id)
    plan = Plan(
        rooms=tuple(Room(location_id=each.location_id, by_weekday=each.by_weekday) for each in data.rooms),
        served=tuple(
            Served(option_id=each.option_id, guests=each.guests, cost_minor=each.cost_minor) for each in data.served
        ),
        own_tax_rate=data.own_tax_rate,
        brake=data.brake and Brake(pause_percent=data.brake.pause_percent, resume_percent=data.brake.resume_percent),
    )
    runtime = runtime_of(request)
    async with runtime.database.system() as tx:
        await capacity.state(tx, deal_id, plan)
    return private(await _looked_at(runtime, deal_id))


@post(
    "/deals/{deal_id:uuid}/capacity/resumption",
    operation_id="resumeNearCapacity",
    summary="Sell on near the capacity",
    description="Resumes a deal that the guard has paused. It lets the deal be until its load has fallen.",
    status_code=200,  # what the framework is told; the answer brings its own
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT]),
)
async def resume_near_capacity(request: HttpRequest, deal_id: _DealId) -> Answer:
    editor = await _require_editor(request, deal_id)
    async with runtime_of(request).database.system(by=editor) as tx:
        await capacity.resume(tx, deal_id, editor.id)
    return done()


@post(
    "/deals/{deal_id:uuid}/submission",
    operation_id="submitDeal",
    summary="Send a draft for approval",
    description="Once its capacity was stated. Where more may be sold than can be served, only `knowing` that.",
    status_code=200,  # what the framework is told; the answer brings its own
    guards=[only_json],
    parameters=Parameters,
    sent=SubmissionWanted,
    asks_who=KEY_OR_LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT, INVALID]),
)
async def submit_deal(request: HttpRequest, deal_id: _DealId, data: JSONBody[SubmissionWanted]) -> Answer:
    editor = await _require_editor(request, deal_id)
    runtime = runtime_of(request)
    async with runtime.database.system(by=editor) as tx:
        rate = runtime.settings.commission_percent * _BASIS_POINTS
        await capacity.submit(tx, deal_id, rate, knowing=data.knowing)
    return done()


OPERATIONS: Sequence[HTTPRouteHandler] = (check_capacity, state_capacity, resume_near_capacity, submit_deal)


async def _require_editor(request: HttpRequest, deal_id: UUID) -> Actor:
    """Who edits the deals of this one's merchant; to everybody else there is no such deal."""
    actor, database = await actor_of(request, ActorKind.STAFF), runtime_of(request).database
    async with database.system() as tx:
        deal = await catalog.written_deal(tx, deal_id)
    async with database.transaction(actor) as tx:
        merchant_id = deal.merchant_id if deal else None
        if merchant_id is None or not await identity.may(tx, Permission.DEALS_EDIT, merchant_id):
            raise NotFound("There is no such deal of a merchant for whom you edit deals")
    return actor


async def _looked_at(runtime: Runtime, deal_id: UUID) -> CapacityView:
    async with runtime.database.system() as tx:
        return _view(await capacity.look(tx, deal_id, runtime.settings.commission_percent * _BASIS_POINTS))


def _view(check: Check) -> CapacityView:
    tightest = check.tightest and TightestView(
        first_day=check.from_day + timedelta(days=check.tightest.first),
        last_day=check.from_day + timedelta(days=check.tightest.last),
        guests=check.tightest.guests,
        room=check.tightest.room,
    )
    return CapacityView(
        deal_id=check.deal.id,
        state=check.deal.state,
        stated=check.plan,
        fits=check.fits,
        unbounded=check.unbounded,
        tightest=tightest,
        weeks=check.weeks,
        margins=check.margins,
        currency=check.deal.currency,
        guard=check.guard and GuardView(state=check.guard.state, load_percent=check.guard.load_percent),
    )
