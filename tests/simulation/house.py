"""What the house does by itself: sweeps, work of the queue, facts carried, books compared; and how time goes on."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet import main
from highstreet.kit import relay
from highstreet.kit.errors import HighstreetError
from highstreet.kit.jobs import Job
from highstreet.kit.sweeps import Sweep, sweep_once
from highstreet.market.identity import jobs as identity_jobs
from highstreet.market.orders.jobs import EXPIRED_HOLDS, TIPPING
from highstreet.market.payments import service as payments
from highstreet.market.payments.jobs import payment_work
from highstreet.market.settlement.jobs import payout_work
from highstreet.market.vouchers.jobs import DUE_VOUCHERS
from tests.simulation.mortal import Killed
from tests.simulation.simulation import THEN, Simulation

_NOT_OF_THIS: Final = frozenset(
    {
        "due imports",
        "settled mails",
        "days to reconcile",
        "forgotten guesses",
        *(each.name for each in identity_jobs.SWEEPS),
    }
)
SUBSCRIBERS: Final = main.SUBSCRIBERS
BY_NAME: Final = {each.name: each for each in SUBSCRIBERS}
_POLICY: Final = relay.RetryPolicy()
_SPANS: Final = (
    *(timedelta(seconds=seconds) for seconds in (1, 5, 20, 60)),
    *(timedelta(minutes=minutes) for minutes in (2, 3, 5, 9, 16)),
    *(timedelta(hours=hours) for hours in (1, 9)),
    *(timedelta(days=days) for days in (1, 4, 9)),
)


class Waiting(msgspec.Struct, frozen=True):
    """A job in the queue."""

    id: int
    task: str
    payload: Any


def sweeps_of(sim: Simulation) -> list[Sweep]:
    all_sweeps = (*main.SWEEPS, *payment_work(sim.provider, THEN).sweeps, *payout_work(sim.provider).sweeps)
    return [sweep for sweep in all_sweeps if sweep.name not in _NOT_OF_THIS]


def _jobs(sim: Simulation) -> dict[str, Job[Any]]:
    jobs = (*main.JOBS, *payment_work(sim.provider, THEN).jobs, *payout_work(sim.provider).jobs)
    return {job.name: job for job in jobs}


async def sweep(sim: Simulation) -> None:
    await _sweep(sim, sim.rng.choice(sweeps_of(sim)))


async def expire(sim: Simulation) -> None:
    await _sweep(sim, EXPIRED_HOLDS)


async def end_vouchers(sim: Simulation) -> None:
    await _sweep(sim, DUE_VOUCHERS)


async def tip(sim: Simulation) -> None:
    await _sweep(sim, TIPPING)


async def _sweep(sim: Simulation, chosen: Sweep) -> None:
    sim.say(f"sweep of {chosen.name}")
    began = sim.clock.now()  # time goes on meanwhile
    await sweep_once(sim.database, chosen)
    if chosen.name == EXPIRED_HOLDS.name and not sim.fate.aside:  # who is at an order is passed over
        overdue = sim.rows(
            "SELECT order_id AS id, state FROM orders.holds WHERE state = 'held' AND expires_at <= %s",
            [began],
        )
        assert not overdue, "a hold whose time is over is let go of"


async def work(sim: Simulation) -> None:
    """Any job that waits. Its worker may die; then it is given to another, later."""
    waiting = queue(sim)
    if waiting:
        await do(sim, sim.rng.choice(waiting))


def queue(sim: Simulation) -> list[Waiting]:
    return sim.onlooker.rows(
        Waiting,
        """
        SELECT id, task_name AS task, args -> 'payload' AS payload FROM jobs.procrastinate_jobs
        WHERE status = 'todo' ORDER BY id
        """,
    )


async def do(sim: Simulation, waiting: Waiting) -> None:
    job = _jobs(sim).get(waiting.task)
    if job is not None:
        _note(sim, waiting)
        try:
            await job.run(sim.database, msgspec.convert(waiting.payload, job.payload))
        except HighstreetError as problem:
            sim.say(f"  which failed: {problem}")
            if job.attempts > 1:
                return
        except Killed:
            await _forget(sim, waiting) if sim.rng.random() < 0.3 else None
            raise
    await _forget(sim, waiting)


async def _forget(sim: Simulation, waiting: Waiting) -> None:
    async with sim.real.system() as tx:
        await tx.execute("DELETE FROM jobs.procrastinate_jobs WHERE id = %s", [waiting.id])


def _note(sim: Simulation, waiting: Waiting) -> None:
    sim.say(f"work: {waiting.task}")
    match waiting.task:
        case "payments.tend":
            machine, event, name = "payment", "tended", "payment_id"
            found = sim.rows("SELECT id, state FROM payments.payments WHERE id = %s", [UUID(waiting.payload[name])])
        case "payments.refund":
            machine, event, name = "payment", "refund sent", "refund_id"
            found = sim.rows(
                """
                SELECT id, state FROM payments.payments
                WHERE id = (SELECT payment_id FROM payments.refunds WHERE id = %s)
                """,
                [UUID(waiting.payload[name])],
            )
        case "settlement.send":
            machine, event, name = "payout", "sent by the provider", "payout_id"
            found = sim.rows("SELECT id, state FROM settlement.payouts WHERE id = %s", [UUID(waiting.payload[name])])
        case _:
            return
    sim.note(machine, found[0], event)


async def carry_facts(sim: Simulation) -> None:
    """A round of the router, and some deliveries."""
    sim.say("facts are carried")
    await relay.route(sim.database)
    for _ in range(sim.rng.randint(1, 8)):
        if not await relay.deliver(sim.database, BY_NAME, sim.rng, _POLICY):
            return


async def reconcile(sim: Simulation, day: date | None = None) -> None:
    """A day on which the provider moved money is held against ours."""
    if day is None:
        days = record_days(sim)
        if not days:
            return
        day = sim.rng.choice(days)
    sim.say(f"the books of {day} are compared")
    await payments.reconcile(sim.database, sim.provider, day, THEN)


class _Day(msgspec.Struct, frozen=True):
    day: date


def record_days(sim: Simulation) -> list[date]:
    found = sim.onlooker.rows(
        _Day, "SELECT DISTINCT (at AT TIME ZONE 'UTC')::date AS day FROM sandbox.records ORDER BY day"
    )
    return [each.day for each in found if each.day < sim.clock.now().date() - timedelta(days=1)]


class _Moment(msgspec.Struct, frozen=True):
    at: datetime
    deal: bool


async def come_due(sim: Simulation) -> None:
    """A deal is decided, or what a voucher was good for is over; years later only towards a seed's end."""
    coming = sim.onlooker.rows(
        _Moment,
        """
        SELECT at, deal FROM (
            SELECT due_at AS at, true AS deal FROM orders.tipping WHERE state = 'open'
            UNION SELECT redeem_until, false FROM vouchers.vouchers WHERE units_left > 0
            UNION SELECT due_at, false FROM vouchers.vouchers
        ) AS moments
        WHERE at > %s AND at < %s ORDER BY at, deal LIMIT 3
        """,
        [sim.clock.now(), sim.clock.now() + (timedelta(days=20_000) if sim.late else timedelta(days=10))],
    )
    if coming:
        next_due = sim.rng.choice(coming)
        sim.say(f"{next_due.at} has come")
        sim.clock.advance(next_due.at + timedelta(seconds=1) - sim.clock.now())
        await _sweep(sim, TIPPING if next_due.deal else DUE_VOUCHERS)


async def wait(sim: Simulation) -> None:
    span = sim.rng.choice(_SPANS)
    if sim.late and sim.rng.random() < 0.4:
        span = timedelta(days=5 * 365 + 20)
    sim.say(f"{span} go by")
    sim.clock.advance(span)
