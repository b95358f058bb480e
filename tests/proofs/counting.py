"""What a proof expects, and how it says that something else happened."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from highstreet.kit.database import Database
from tests.simulation.invariants import ALWAYS, Breach


class Broken(Exception):
    """What was promised did not happen."""


class Stock(msgspec.Struct, frozen=True):
    held: int
    sold: int
    remaining: int | None


class Ordered(msgspec.Struct, frozen=True):
    """An order as the database has it."""

    id: UUID
    account_id: UUID
    state: str


def expect(what: str, found: object, wanted: object) -> None:
    """Raises Broken unless they are equal."""
    if found != wanted:
        raise Broken(f"{what}: expected {wanted}, found {found}")


async def stock_of(database: Database, option_id: UUID) -> Stock:
    async with database.system() as tx:
        found = await tx.fetch_one(
            Stock, "SELECT held, sold, remaining FROM orders.stock WHERE option_id = %s", [option_id]
        )
    assert found is not None, "nobody has ordered of it"
    return found


async def orders_of(database: Database, options: Sequence[UUID]) -> dict[UUID, Ordered]:
    """Every order of these options."""
    async with database.system() as tx:
        rows = await tx.fetch_all(
            Ordered,
            """
            SELECT orders.id, orders.account_id, orders.state
            FROM orders.orders INNER JOIN orders.lines ON lines.order_id = orders.id
            WHERE lines.option_id = ANY(%s)
            """,
            [list(options)],
        )
    found = {row.id: row for row in rows}
    expect("orders with one line each", len(rows), len(found))
    return found


async def check_rules(database: Database) -> None:
    """Every rule of the simulator holds: stock, vouchers, captures, refunds, and the books of each currency."""
    async with database.system() as tx:
        broken = await tx.fetch_all(Breach, ALWAYS)
    if broken:
        raise Broken(f"{len(broken)} rows break rules, the first: {broken[0].rule}: {broken[0].row}")
