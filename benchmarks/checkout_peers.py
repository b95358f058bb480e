"""How else stock is kept from being sold twice: each order in a transaction of its own, writing the very same rows.

What the rows are, and the statements that write them, are the house's own; what differs is how a unit is taken. All
that can be wrong with a purchase is left out here, and a unit is taken last where that can be, so that a row is locked
as shortly as can be.
"""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit import idempotency, outbox
from highstreet.kit.database import Database, Transaction
from highstreet.kit.idempotency import Answer, Keyed
from highstreet.market.orders.domain.facts import AGGREGATE, PLACED, OrderPlaced
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.repository import orders as rows
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Wanted

Way = Callable[[Transaction, UUID], Awaitable[bool]]

_NO_UNIT: Final = "there are more units than orders here"
SLOTS: Final = """
CREATE SCHEMA bench;
CREATE TABLE bench.slots (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, option_id uuid NOT NULL, order_id uuid);
CREATE INDEX ON bench.slots (option_id, id) WHERE order_id IS NULL;
GRANT USAGE ON SCHEMA bench TO highstreet_system;
GRANT SELECT, UPDATE ON bench.slots TO highstreet_system;
"""
"""A row for each unit, for those who skip what others have locked."""


async def conditional_update(tx: Transaction, option_id: UUID) -> bool:
    """One statement that takes a unit if there is one."""
    taken = await tx.execute(
        "UPDATE orders.stock SET held = held + 1, remaining = remaining - 1, changed_at = %s"
        " WHERE option_id = %s AND (remaining IS NULL OR remaining >= 1)",
        [tx.now, option_id],
    )
    return taken == 1


async def select_for_update(tx: Transaction, option_id: UUID) -> bool:
    """Lock, look, and then write: first of all, since the lines of others hold the key of the row that is locked."""
    left = await tx.fetch_one(
        dict[str, int | None], "SELECT remaining FROM orders.stock WHERE option_id = %s FOR UPDATE", [option_id]
    )
    return left is not None and left["remaining"] != 0 and await conditional_update(tx, option_id)


async def skip_locked(tx: Transaction, option_id: UUID) -> bool:
    """Any unit that nobody else is about to take."""
    taken = await tx.execute(
        "UPDATE bench.slots SET order_id = %s WHERE id = (SELECT id FROM bench.slots"
        " WHERE option_id = %s AND order_id IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)",
        [option_id, option_id],
    )
    return taken == 1


WAYS: Final[dict[str, Way]] = {
    "one conditional UPDATE": conditional_update,
    "SELECT FOR UPDATE": select_for_update,
    "slots, SKIP LOCKED": skip_locked,
}


async def order_alone(database: Database, way: Way, order: Order, quote_id: UUID, keyed: Keyed) -> None:
    """Write an order like `order`. Raises AssertionError where no unit is left."""
    async with database.system() as tx:
        assert way is not select_for_update or await way(tx, order.lines[0].option_id), _NO_UNIT
        order_id = tx.new_id()
        lines = tuple(msgspec.structs.replace(line, id=tx.new_id(), order_id=order_id) for line in order.lines)
        made = msgspec.structs.replace(order, id=order_id, lines=lines, placed_at=tx.now)
        await idempotency.keep(tx, [(keyed, Answer(201, msgspec.json.encode(made)))])
        await rows.insert(tx, [made], {order_id: quote_id})
        payload = OrderPlaced(
            order_id=order_id,
            account_id=made.account_id,
            currency=made.currency,
            due_minor=made.due_minor,
            lines=(),
            attribution=None,
        )
        await outbox.record(tx, aggregate=AGGREGATE, aggregate_id=order_id, name=PLACED, payload=payload)
        wanted = Wanted(
            order_id=order_id,
            account_id=made.account_id,
            amount_minor=made.due_minor,
            currency=made.currency,
            capture=made.capture,
            expires_at=made.expires_at,
        )
        await payments.request_many(tx, [wanted])
        assert way is select_for_update or await way(tx, made.lines[0].option_id), _NO_UNIT
