"""One seed under way: what its actors share, and what was done so far."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.clock import FixedClock
from highstreet.kit.crypto import Signer
from highstreet.kit.database import Database, Parameters
from highstreet.kit.idempotency import Answer, Keyed
from highstreet.kit.settings import Secret
from highstreet.market.orders.domain.orders import SaleRules
from highstreet.market.orders.jobs import after_payment
from highstreet.market.orders.service import Purchase
from highstreet.market.vouchers.service import VoucherKeys
from tests.simulation.connections import Onlooker
from tests.simulation.coverage import Coverage
from tests.simulation.market import Market
from tests.simulation.mortal import Fate, MortalDatabase
from tests.simulation.provider import Line, LocalSandbox

SECRET: Final = Secret("a secret of the simulator, and of nobody else")
KEYS: Final = VoucherKeys(SECRET)
SIGNER: Final = Signer(SECRET, "quote")
SALES: Final = SaleRules(commission_rate=2_500, commission_tax_rate=2_000, sells_invented=False)
THEN: Final = after_payment(KEYS)


class Row(msgspec.Struct, frozen=True):
    """Something that has a state."""

    id: UUID
    state: str


class Wish(msgspec.Struct):
    """A purchase that somebody asked for, and what they were answered if they heard it."""

    purchase: Purchase
    request: Keyed
    answer: Answer | None = None


class Visit(msgspec.Struct, frozen=True):
    """A redemption as it is asked for, and asked for again. `units` is None where a voucher is for one visit."""

    voucher_id: UUID
    nonce: str
    units: int | None


@dataclass
class Simulation:
    """`database` is for whoever may die while they work, `real` for those who do not, `onlooker` for who only looks."""

    seed: int
    rng: Random
    clock: FixedClock
    real: Database
    database: MortalDatabase
    onlooker: Onlooker
    fate: Fate
    line: Line
    provider: LocalSandbox
    coverage: Coverage
    market: Market
    wishes: list[Wish] = field(default_factory=list[Wish])
    visits: list[Visit] = field(default_factory=list[Visit])
    """Redemptions that were asked for."""
    carried: set[str] = field(default_factory=set[str])
    """Webhooks that arrived, or are lost."""
    recently: deque[str] = field(default_factory=lambda: deque[str](maxlen=12))
    written: int = 0
    """How far the database had been written to when the rules were asked."""
    acting: "Event | None" = None
    focus: set[UUID] = field(default_factory=set[UUID])
    """What the present step is about, which others like to be at as well."""
    late: bool = False
    """Whether years may pass."""
    resting: bool = False
    """Whether nobody begins anything new."""

    def say(self, what: str) -> None:
        self.recently.append(what)

    def rows(self, sql: LiteralString, params: Parameters | None = None) -> list[Row]:
        return self.onlooker.rows(Row, sql, params)

    def pick(self, sql: LiteralString, *likely: str) -> Row | None:
        """One of the rows, more often one in a `likely` state and a late one: they are in the order of their making."""
        found = self.rows(sql)
        hopeful = [row for row in found if row.state in likely]
        if hopeful and self.rng.random() < 0.75:
            found = hopeful
        if not found:
            return None
        fought_over = [row for row in found if row.id in self.focus]
        if fought_over and self.fate.aside and self.rng.random() < 0.7:
            return self.rng.choice(fought_over)
        if self.rng.random() < 0.5:
            return found[-1 - self.rng.randrange(min(4, len(found)))]
        return self.rng.choice(found)

    def note(self, machine: str, row: Row, event: str) -> None:
        if not self.fate.aside:
            self.focus.add(row.id)
        self.coverage.note(machine, row.state, event)
        self.say(f"{machine} {str(row.id)[-6:]}, {row.state}: {event}")


Event = Callable[[Simulation], Awaitable[None]]
