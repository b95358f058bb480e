"""The door of the capacity guard: state what can be taken, look at what a deal may bring, and brake.

Needs the system's transaction. Whoever asks for somebody has made sure before that they edit the merchant's deals.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.market.bookings import service as bookings
from highstreet.market.capacity import repository as rows
from highstreet.market.capacity.domain.guard import Guard, GuardState, next_step
from highstreet.market.capacity.domain.load import HORIZON_DAYS, Demand, Window, demand_of, squeeze, weeks
from highstreet.market.capacity.domain.margin import Rates, margin
from highstreet.market.capacity.domain.plans import OVER, Brake, Check, Plan, Room, Served, check_plan
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, PublishedDeal
from highstreet.market.catalog.domain.fine_print import Days
from highstreet.market.ledger import service as ledger
from highstreet.market.orders import service as orders
from highstreet.market.vouchers import service as vouchers

_LOOK_EVERY: Final = timedelta(seconds=30)
_AT_ONCE: Final = 100
_NO_ROOM: Final = 100_000
"""The load, in hundredths, of guests for whom there is no room at all."""
_PAUSED: Final = "Near capacity: guests to come are {percent} % of what the merchant can take until their vouchers end."


async def state(tx: Transaction, deal_id: UUID, plan: Plan) -> None:
    """Keep what a merchant states. Raises NotFound, InvalidInput, and Conflict for a deal that is over or a feed's."""
    deal = await _deal(tx, deal_id)
    if deal.state in OVER or deal.merchant_id is None:
        raise Conflict(f"A deal that is {deal.state} has nothing to guard.")
    check_plan(plan, deal)
    await bookings.state_capacity(
        tx, deal_id, deal.merchant_id, {each.location_id: each.by_weekday for each in plan.rooms}
    )
    await rows.write(tx, deal_id, deal.merchant_id, plan)


async def look(tx: Transaction, deal_id: UUID, commission_rate: int) -> Check:
    """A deal as it stands against what was stated: its load if all is sold that may be, and what it leaves.

    `commission_rate` is the house's share in ten-thousandths. Raises NotFound.
    """
    deal = await _deal(tx, deal_id)
    guard = await rows.find(tx, deal_id)
    plan = await _plan(tx, deal, guard)
    served = {each.option_id: each for each in plan.served} if plan else {}
    offers = await catalog.offers_of_deals(tx, [deal_id])
    time_zone = next((each.time_zone for each in offers if each.time_zone), "UTC")
    jurisdiction = next((each.jurisdiction for each in offers if each.jurisdiction), "*")
    rates = Rates(
        commission_rate=commission_rate,
        policy=await ledger.policy(tx, jurisdiction, tx.now),
        own_tax_rate=guard.own_tax_rate if guard else 0,
    )
    sales = (max(tx.now, deal.starts_at), deal.ends_at)
    zero = sales[0].astimezone(ZoneInfo(time_zone)).date()
    demands = [
        demand_of(option, option.cap * served[option.id].guests, zero, sales, time_zone)
        for option in deal.options
        if option.cap is not None and option.id in served
    ]
    rooms = _rooms(plan, deal, zero, _days(demands)) if plan else {}
    return Check(
        deal=deal,
        plan=plan,
        weeks=tuple(weeks(demands, rooms, zero)),
        margins=tuple(
            margin(each.id, each.price_minor, each.cap, served[each.id].cost_minor if each.id in served else 0, rates)
            for each in deal.options
        ),
        tightest=squeeze(demands, _together(rooms)) if rooms else None,
        from_day=zero,
        unbounded=tuple(each.id for each in deal.options if each.cap is None),
        guard=guard,
    )


async def submit(tx: Transaction, deal_id: UUID, commission_rate: int, *, knowing: bool) -> None:
    """Hand a draft to review that was checked. Raises Conflict where it does not fit and nobody said that they know."""
    check = await look(tx, deal_id, commission_rate)
    if check.plan is None:
        raise Conflict("State first what you can take; then the deal can be sent.")
    if not check.fits and not knowing:
        raise Conflict("More may be sold than you can serve. Lower a cap, or confirm that you know.")
    await catalog.submit(tx, deal_id)


async def resume(tx: Transaction, deal_id: UUID, by: UUID | None) -> None:
    """Sell on although it is near capacity. The guard lets the deal be until its load has fallen.

    Raises NotFound, and Conflict for a deal that the guard has not paused.
    """
    guard = await rows.lock(tx, deal_id)
    if guard is None:
        raise NotFound(f"There is no guard of a deal {deal_id}.")
    if guard.state is not GuardState.PAUSED:
        raise Conflict("The guard has not paused this deal.")
    await catalog.resume(tx, deal_id)
    await rows.look(tx, deal_id, GuardState.WAIVED, None, tx.now + _LOOK_EVERY, waived_by=by)


async def watch(tx: Transaction) -> int:
    """Look at deals whose turn it is, pause those near their capacity and resume those that no longer are; how many."""
    moved = 0
    for guard in await rows.lock_due(tx, _AT_ONCE):
        moved += await _look_after(tx, guard)
    return moved


async def _look_after(tx: Transaction, guard: Guard) -> bool:
    deal = await _deal(tx, guard.deal_id)
    if deal.state in OVER or guard.pause_percent is None or guard.resume_percent is None:
        await rows.look(tx, deal.id, GuardState.WATCHING, None, None)
        return False
    percent = await _load_percent(tx, deal, guard)
    step = next_step(guard.state, deal.state, percent, guard.pause_percent, guard.resume_percent)
    over = deal.ends_at is not None and deal.ends_at <= tx.now
    if step.deal is DealState.PAUSED:
        await catalog.pause(tx, deal.id, reason=_PAUSED.format(percent=percent))
    elif step.deal is DealState.LIVE and not over:
        await catalog.resume(tx, deal.id)
    await rows.look(tx, deal.id, step.state, percent, tx.now + _LOOK_EVERY)
    return step.deal is not None


async def _load_percent(tx: Transaction, deal: PublishedDeal, guard: Guard) -> int:
    """What is sold and not used yet, and what is being bought, against the room until it ends, where it is tightest."""
    plan = await _plan(tx, deal, guard)
    guests = {each.option_id: each.guests for each in plan.served} if plan else {}
    time_zone = next((point.time_zone for point in deal.points if point.time_zone), "UTC")
    today = tx.now.astimezone(ZoneInfo(time_zone)).date()
    demands = [
        _standing(each.count * guests.get(each.option_id, 1), each.last_day, today)
        for each in await vouchers.open_by_end(tx, deal.id)
    ]
    held = await orders.held_of(tx, deal.id)
    demands += [
        demand_of(each, held[each.id] * guests.get(each.id, 1), today, (tx.now, tx.now), time_zone)
        for each in deal.options
        if held.get(each.id)
    ]
    rooms = _rooms(plan, deal, today, _days(demands)) if plan else {}
    tightest = squeeze(demands, _together(rooms)) if rooms else None
    if tightest is None:
        return 0
    return _NO_ROOM if tightest.percent is None else min(tightest.percent, _NO_ROOM)


def _standing(guests: int, last_day: date | None, today: date) -> Demand:
    """Vouchers that are out. One whose promise is over is still owed what was paid for it, by no day."""
    last = HORIZON_DAYS if last_day is None or last_day < today else (last_day - today).days
    if last >= HORIZON_DAYS:
        return Demand(guests=guests, first=0, last=None, windows=())
    return Demand(guests=guests, first=0, last=last, windows=(Window(0, last),))


async def _deal(tx: Transaction, deal_id: UUID) -> PublishedDeal:
    deal = await catalog.written_deal(tx, deal_id)
    if deal is None:
        raise NotFound(f"There is no deal {deal_id}.")
    return deal


async def _plan(tx: Transaction, deal: PublishedDeal, guard: Guard | None) -> Plan | None:
    """What was stated, as far as it is about what the deal offers by now; what came since brings one guest."""
    if guard is None:
        return None
    served = await rows.served_of(tx, deal.id)
    rooms = await bookings.stated_capacity(tx, deal.id)
    brake = None
    if guard.pause_percent is not None and guard.resume_percent is not None:
        brake = Brake(pause_percent=guard.pause_percent, resume_percent=guard.resume_percent)
    here = dict.fromkeys(point.location_id for point in deal.points if point.location_id)
    return Plan(
        rooms=tuple(Room(location_id=each, by_weekday=rooms.get(each, (0,) * 7)) for each in here),
        served=tuple(served.get(each.id, Served(option_id=each.id)) for each in deal.options),
        own_tax_rate=guard.own_tax_rate,
        brake=brake,
    )


def _days(demands: Sequence[Demand]) -> int:
    """How far to look: until the last voucher ends."""
    return max((HORIZON_DAYS if each.last is None else each.last + 1 for each in demands), default=0)


def _rooms(plan: Plan, deal: PublishedDeal, zero: date, days: int) -> dict[UUID, list[int]]:
    """What each location takes day by day; nothing on weekdays on which the vouchers are not good."""
    good = set(range(1, 8))
    for rule in deal.fine_print:
        if isinstance(rule, Days):
            good &= set(rule.weekdays)
    weekdays = [(zero + timedelta(days=each)).isoweekday() for each in range(days)]
    return {
        room.location_id: [room.by_weekday[weekday - 1] if weekday in good else 0 for weekday in weekdays]
        for room in plan.rooms
    }


def _together(rooms: dict[UUID, list[int]]) -> list[int]:
    return [sum(day) for day in zip(*rooms.values(), strict=True)]
