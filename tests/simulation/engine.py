"""A seed from its beginning to its end: steps of whoever is drawn, each followed by every rule."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final, LiteralString

from highstreet.kit import relay
from highstreet.kit.clock import FixedClock
from highstreet.kit.errors import HighstreetError
from highstreet.kit.sweeps import sweep_once
from highstreet.market.payments.service import Refused
from highstreet.sandbox import service as sandbox
from tests.simulation import banks, buyers, guests, house, staff
from tests.simulation.connections import Connections
from tests.simulation.coverage import Coverage
from tests.simulation.invariants import ALWAYS, FINALLY, breaches
from tests.simulation.market import BEGIN, open_market
from tests.simulation.mortal import Fate, Killed, MortalDatabase
from tests.simulation.provider import Line, LocalSandbox
from tests.simulation.simulation import SECRET, Event, Simulation

STEPS: Final = 200
_KILLED_IN_HUNDRED: Final = 12
_OVERTAKEN_IN_HUNDRED: Final = 25
_MEANWHILE_IN_HUNDRED: Final = 15
_LATE: Final = 0.75
_CALMS: Final = 40
_LONGER: Final = timedelta(days=3)
_REST: Final = (timedelta(days=2, hours=1), timedelta(days=2, hours=23), _LONGER, _LONGER, _LONGER)
_UNDER_WAY: Final[LiteralString] = "SELECT id, state FROM payments.refunds WHERE state = 'requested'"
"""A refund that the books of the last day called for has its day after it."""

EVENTS: Final[dict[Event, int]] = {
    buyers.order: 12,
    buyers.rush: 3,
    buyers.ask_again: 4,
    buyers.open_page: 14,
    buyers.answer_bank: 18,
    buyers.come_back: 10,
    buyers.cancel: 2,
    buyers.give_back: 6,
    buyers.give_away: 2,
    buyers.be_credited: 1,
    banks.carry: 24,
    banks.carry_again: 3,
    banks.lose: 2,
    banks.dispute: 2,
    banks.decide: 2,
    banks.turn_away: 1,
    banks.refund_past_us: 1,
    banks.pay_out: 1,
    staff.redeem: 12,
    staff.redeem_again: 2,
    staff.redeem_elsewhere: 1,
    staff.reverse: 3,
    staff.declare_void: 1,
    staff.send_payout: 2,
    staff.note_payout: 3,
    guests.book: 5,
    guests.move: 2,
    guests.cancel: 2,
    house.sweep: 8,
    house.expire: 2,
    house.end_vouchers: 3,
    house.tip: 2,
    house.work: 12,
    house.carry_facts: 8,
    house.reconcile: 1,
    house.come_due: 3,
    house.wait: 5,
}
"""Who is drawn how often."""


RIVALS: Final[dict[Event, tuple[Event, ...]]] = {
    buyers.order: (buyers.order, buyers.rush),
    buyers.rush: (buyers.order, buyers.rush),
    buyers.cancel: (buyers.come_back, banks.carry, house.expire),
    buyers.come_back: (banks.carry, house.expire, buyers.cancel),
    banks.carry: (buyers.come_back, house.expire, buyers.cancel),
    house.sweep: (buyers.come_back, banks.carry, buyers.cancel),
    house.expire: (buyers.come_back, banks.carry, buyers.cancel),
    buyers.give_back: (staff.redeem, staff.redeem, buyers.give_back, guests.book),
    staff.redeem: (buyers.give_back, buyers.give_back, staff.redeem),
    staff.reverse: (staff.redeem, buyers.give_back, staff.reverse),
    guests.book: (guests.book, buyers.give_back, house.carry_facts),
    guests.move: (guests.cancel, guests.move, house.carry_facts),
    guests.cancel: (guests.cancel, guests.move, house.carry_facts),
}
"""Who likes to be at the same thing at the same moment."""


class Broken(AssertionError):
    """A rule did not hold; says the seed, the step and what happened last."""

    def __init__(self, sim: Simulation, step: int, why: str) -> None:
        last = "\n".join(f"    {each}" for each in sim.recently)
        super().__init__(
            f"seed {sim.seed}, step {step}: {why}\n  what happened last:\n{last}\n"
            f"  again: ./dev simulate --first {sim.seed} --seeds 1"
        )
        self.seed = sim.seed
        self.step = step
        self.why = why


async def play(connections: Connections, seed: int, steps: int = STEPS) -> Coverage:
    """Play one seed in a database that holds nothing but the ground. Raises Broken."""
    sim = await _begin(connections, seed)
    for step in range(1, steps + 1):
        sim.late = step > _LATE * steps
        await _step(sim, step, _draw(sim))
    await _come_to_rest(sim, steps)
    sim.coverage.steps += steps
    return sim.coverage


async def _begin(connections: Connections, seed: int) -> Simulation:
    rng, fate, clock = Random(seed), Fate(), FixedClock(BEGIN)
    real = connections.database(clock, Random(seed))
    aside = _Aside()
    line = Line(real, rng, fate, aside.meanwhile)
    line.lossy = 0
    provider = LocalSandbox(SECRET, clock, line)
    market = await open_market(real, clock, provider, rng)
    await relay.subscribe(real, house.SUBSCRIBERS)
    line.lossy = 5
    sim = Simulation(
        seed=seed,
        rng=rng,
        clock=clock,
        real=real,
        database=MortalDatabase(real, fate),
        onlooker=connections.onlooker,
        fate=fate,
        line=line,
        provider=provider,
        coverage=Coverage(),
        market=market,
    )
    aside.sim, fate.others = sim, aside.act
    return sim


@dataclass
class _Aside:
    """What others do while the provider is being asked."""

    sim: Simulation | None = None
    busy: bool = False

    async def meanwhile(self) -> None:
        """Somebody may act while the provider is being asked."""
        if self.sim is not None and self.sim.rng.randrange(100) < _MEANWHILE_IN_HUNDRED:
            await self.act()

    async def act(self) -> None:
        sim = self.sim
        if sim is None or self.busy or sim.resting:
            return
        self.busy = True
        sim.say("  meanwhile:")
        try:
            with sim.fate.of_others():
                await _try(sim, _draw_rival(sim))
        finally:
            self.busy = False
        sim.say("  and then")


def _draw(sim: Simulation) -> Event:
    return sim.rng.choices(tuple(EVENTS), tuple(EVENTS.values()))[0]


def _draw_rival(sim: Simulation) -> Event:
    rivals = RIVALS.get(sim.acting) if sim.acting is not None else None
    return sim.rng.choice(rivals) if rivals and sim.rng.random() < 0.8 else _draw(sim)


async def _step(sim: Simulation, step: int, chosen: Event) -> None:
    sim.acting = chosen
    if sim.rng.randrange(100) < _OVERTAKEN_IN_HUNDRED:
        sim.fate.overtaken = sim.rng.randint(2, 9)
    if sim.rng.randrange(100) < _KILLED_IN_HUNDRED:
        if sim.rng.random() < 0.6:
            sim.fate.statements = sim.rng.randint(1, 25)
        else:
            sim.fate.commits = sim.rng.randint(1, 3)
    sim.focus.clear()
    sim.say(f"step {step}: {chosen.__name__}")
    try:
        await _try(sim, chosen)
    except Killed as killed:
        sim.coverage.killed += 1
        sim.say(f"  killed {killed}")
    except Broken:
        raise
    except Exception as problem:
        raise Broken(sim, step, f"{type(problem).__name__}: {problem}") from problem
    finally:
        sim.fate.spare()
    written = _written(sim)
    if written != sim.written:
        sim.written = written
        _check(sim, step, ALWAYS)


def _written(sim: Simulation) -> int:
    """Changes when anything was written: no rule has to be asked again of the same rows."""
    [found] = sim.onlooker.rows(dict[str, int], "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next")
    return found["next"]


async def _try(sim: Simulation, chosen: Event) -> None:
    try:
        await chosen(sim)
    except (HighstreetError, Refused) as refused:
        sim.say(f"  refused: {refused}")


def _check(sim: Simulation, step: int, asked: LiteralString) -> None:
    for breach in breaches(sim.onlooker, asked):
        raise Broken(sim, step, f"not true any more: {breach.rule}\n    {breach.row}")


async def _come_to_rest(sim: Simulation, steps: int) -> None:
    """Nobody does anything new, the line is good, and days go by until all that was begun is done."""
    sim.line.lossy, sim.resting = 0, True
    try:
        for span in _REST:
            if span is _LONGER and not sim.rows(_UNDER_WAY):
                break
            sim.clock.advance(span)
            await _calm(sim)
            for day in house.record_days(sim):
                await house.reconcile(sim, day)
        await _calm(sim)
    except Broken:
        raise
    except Exception as problem:
        raise Broken(sim, steps, f"{type(problem).__name__}: {problem}") from problem
    _check(sim, steps, ALWAYS)
    _check(sim, steps, FINALLY)


async def _calm(sim: Simulation) -> None:
    """Sweep, work and carry until nothing is left to do at this moment."""
    for _ in range(_CALMS):
        done = sum([await sweep_once(sim.real, each) for each in house.sweeps_of(sim)])
        while await _finish(sim):
            done += 1
        if not done:
            return
    raise Broken(sim, 0, "there is no end to what is left to do")


async def _finish(sim: Simulation) -> int:
    """Do the work that waits, deliver what is under way, hand over facts; how much that was."""
    async with sim.real.system() as tx:
        await sandbox.expire_due(tx)
    waiting = house.queue(sim)
    for each in waiting:
        await house.do(sim, each)
    letters = [each for each in banks.letters(sim) if each.id not in sim.carried]
    for letter in letters:
        await banks.deliver(sim, letter)
    facts = await relay.route(sim.real)
    while await relay.deliver(sim.real, house.BY_NAME, sim.rng, relay.RetryPolicy()):
        facts += 1
    return len(waiting) + len(letters) + facts + await staff.look_for_payouts(sim)
