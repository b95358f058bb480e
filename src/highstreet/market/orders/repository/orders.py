"""Orders with their lines, gifts and holds."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.orders.domain.orders import Line, Order, Passage
from highstreet.market.orders.domain.states import HoldState, OrderState

_ORDERS: Final = """
    SELECT
        orders.id, orders.account_id, orders.state, orders.state_reason, orders.currency, orders.price_minor,
        orders.promotion_minor, orders.credit_minor, orders.due_minor, orders.refunded_minor,
        orders.refunded_credit_minor, orders.capture, orders.payment_id, orders.attribution, orders.placed_at,
        orders.paid_at, orders.changed_at, holds.state AS hold, holds.expires_at,
        (
            SELECT json_agg(json_build_object(
                'id', lines.id, 'order_id', lines.order_id, 'position', lines.position, 'deal_id', lines.deal_id,
                'option_id', lines.option_id, 'merchant_id', lines.merchant_id, 'terms_version', lines.terms_version,
                'quantity', lines.quantity, 'refunded', lines.refunded, 'unit_price_minor', lines.unit_price_minor,
                'promotion_minor', lines.promotion_minor, 'commission_rate', lines.commission_rate,
                'commission_tax_rate', lines.commission_tax_rate, 'limited', lines.limited,
                'gift', CASE WHEN gifts.line_id IS NOT NULL THEN json_build_object(
                    'recipient_name', gifts.recipient_name, 'recipient_email', gifts.recipient_email,
                    'message', gifts.message, 'send_at', gifts.send_at
                ) END
            ) ORDER BY lines.position)
            FROM orders.lines LEFT JOIN orders.gifts ON lines.id = gifts.line_id
            WHERE lines.order_id = orders.id
        ) AS lines
    FROM orders.orders INNER JOIN orders.holds ON orders.id = holds.order_id
"""


async def insert(tx: Transaction, orders: Sequence[Order], quotes: Mapping[UUID, UUID]) -> None:
    """Write new orders in state held, with lines, gifts and holds. `quotes` has the quote of each order."""
    await tx.execute(
        """
        INSERT INTO orders.orders (
            id, account_id, state, quote_id, currency, price_minor, promotion_minor, credit_minor, due_minor,
            refunded_minor, refunded_credit_minor, capture, payment_id, attribution, placed_at, changed_at
        )
        SELECT
            id, account_id, state, quote_id, currency, price_minor, promotion_minor, credit_minor, due_minor, 0, 0,
            capture, payment_id, attribution, placed_at, placed_at
        FROM json_populate_recordset(NULL::orders.orders, %s::json)
        """,
        [_json([_order_row(order, quotes[order.id]) for order in orders])],
    )
    lines = [line for order in orders for line in order.lines]
    await tx.execute(
        """
        INSERT INTO orders.lines (
            id, order_id, position, deal_id, option_id, merchant_id, terms_version, quantity, refunded,
            unit_price_minor, promotion_minor, commission_rate, commission_tax_rate, limited
        )
        SELECT
            id, order_id, position, deal_id, option_id, merchant_id, terms_version, quantity, refunded,
            unit_price_minor, promotion_minor, commission_rate, commission_tax_rate, limited
        FROM json_populate_recordset(NULL::orders.lines, %s::json)
        """,
        [_json(lines)],
    )
    await tx.execute(
        """
        INSERT INTO orders.holds (order_id, state, expires_at)
        SELECT order_id, 'held', expires_at FROM unnest(%s::uuid[], %s::timestamptz[]) AS given (order_id, expires_at)
        """,
        [[order.id for order in orders], [order.expires_at for order in orders]],
    )
    gifts = [{"line_id": line.id, **msgspec.structs.asdict(line.gift)} for line in lines if line.gift]
    if gifts:
        await tx.execute(
            """
            INSERT INTO orders.gifts (line_id, recipient_name, recipient_email, message, send_at)
            SELECT line_id, recipient_name, recipient_email, message, send_at
            FROM json_populate_recordset(NULL::orders.gifts, %s::json)
            """,
            [_json(gifts)],
        )


async def find(tx: Transaction, order_id: UUID) -> Order | None:
    found = await _read(tx, _ORDERS + "WHERE orders.id = %s", [order_id])
    return found[0] if found else None


async def of_account(tx: Transaction, account_id: UUID, before: UUID | None, limit: int) -> list[Order]:
    """The newest orders of an account, so many, older than the order `before`."""
    return await _read(
        tx,
        _ORDERS
        + """
        WHERE orders.account_id = %(account)s AND (%(before)s::uuid IS NULL OR orders.id < %(before)s)
        ORDER BY orders.id DESC LIMIT %(limit)s
        """,
        {"account": account_id, "before": before, "limit": limit},
    )


async def lock(tx: Transaction, order_id: UUID) -> Order | None:
    """An order that nobody else changes until the transaction ends."""
    locked = await tx.execute("SELECT FROM orders.orders WHERE id = %s FOR NO KEY UPDATE", [order_id])
    return await find(tx, order_id) if locked else None


async def end_hold(tx: Transaction, order_id: UUID, state: HoldState) -> bool:
    """Claim or release a hold that still stands; whether it did."""
    ended = await tx.execute(
        "UPDATE orders.holds SET state = %s, ended_at = %s WHERE order_id = %s AND state = 'held'",
        [state, tx.now, order_id],
    )
    return ended == 1


async def due_holds(tx: Transaction, limit: int) -> list[UUID]:
    """Orders whose holds are over by the clock and that nobody is at just now, locked, oldest first."""
    rows = await tx.fetch_all(
        _Id,
        """
        SELECT orders.id FROM orders.holds INNER JOIN orders.orders ON orders.id = holds.order_id
        WHERE holds.state = 'held' AND holds.expires_at <= %s
        ORDER BY holds.expires_at LIMIT %s FOR NO KEY UPDATE OF orders SKIP LOCKED
        """,
        [tx.now, limit],
    )
    return [row.id for row in rows]


async def release_holds(tx: Transaction, order_ids: Sequence[UUID]) -> list[UUID]:
    """Release those of these holds that still stand; whose they were."""
    rows = await tx.fetch_all(
        _Id,
        """
        UPDATE orders.holds SET state = 'released', ended_at = %s
        WHERE order_id = ANY(%s) AND state = 'held' RETURNING order_id AS id
        """,
        [tx.now, list(order_ids)],
    )
    return [row.id for row in rows]


async def move(
    tx: Transaction, order_ids: Sequence[UUID], before: OrderState, after: OrderState, reason: str | None = None
) -> list[UUID]:
    """Lead orders from one state to another; those that were in it."""
    rows = await tx.fetch_all(
        _Id,
        """
        UPDATE orders.orders SET state = %s, state_reason = %s, changed_at = %s
        WHERE id = ANY(%s) AND state = %s RETURNING id
        """,
        [after, reason, tx.now, list(order_ids), before],
    )
    return [row.id for row in rows]


async def pay(tx: Transaction, order_id: UUID, before: OrderState, after: OrderState, payment_id: UUID | None) -> bool:
    """Lead an order to where its payment brings it; whether it was in the state `before`."""
    moved = await tx.execute(
        """
        UPDATE orders.orders SET
            state = %(after)s, payment_id = %(payment)s, changed_at = %(now)s,
            paid_at = CASE WHEN %(after)s = 'paid' THEN %(now)s::timestamptz END
        WHERE id = %(order)s AND state = %(before)s
        """,
        {"order": order_id, "before": before, "after": after, "payment": payment_id, "now": tx.now},
    )
    return moved == 1


async def refund(
    tx: Transaction, order: Order, by_line: Mapping[UUID, int], *, cash_minor: int, credit_minor: int
) -> OrderState:
    """Count what was given back, units by line and money; the state that leaves. The order is locked."""
    await tx.execute_many(
        "UPDATE orders.lines SET refunded = refunded + %s WHERE id = %s",
        [(units, line_id) for line_id, units in sorted(by_line.items())],
    )
    left = sum(line.quantity - line.refunded - by_line.get(line.id, 0) for line in order.lines)
    state = OrderState.PARTLY_REFUNDED if left else OrderState.REFUNDED
    await tx.execute(
        """
        UPDATE orders.orders SET
            state = %s, refunded_minor = refunded_minor + %s, refunded_credit_minor = refunded_credit_minor + %s,
            changed_at = %s
        WHERE id = %s
        """,
        [state, cash_minor, credit_minor, tx.now, order.id],
    )
    return state


async def several(tx: Transaction, order_ids: Sequence[UUID]) -> list[Order]:
    return await _read(tx, _ORDERS + "WHERE orders.id = ANY(%s) ORDER BY orders.id", [list(order_ids)])


async def hand_over(tx: Transaction, before: UUID, after: UUID) -> None:
    """What one account ordered is another's now."""
    await tx.execute("UPDATE orders.orders SET account_id = %s WHERE account_id = %s", [after, before])


async def passages(tx: Transaction, order_id: UUID) -> list[Passage]:
    """Every step of an order, in order."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT before, after, at, actor_kind, actor_id, reason FROM orders.passages
        WHERE order_id = %s ORDER BY position
        """,
        [order_id],
    )
    return msgspec.convert(rows, list[Passage])


async def has_ordered(tx: Transaction, account_id: UUID) -> bool:
    """Whether an account has paid for anything, or set money aside for it."""
    found = await tx.execute(
        """
        SELECT FROM orders.orders
        WHERE account_id = %s AND state IN ('authorised', 'paid', 'partly_refunded', 'refunded') LIMIT 1
        """,
        [account_id],
    )
    return found == 1


async def quotes_spent(tx: Transaction, quote_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these quotes that were ordered already."""
    rows = await tx.fetch_all(
        _Id, "SELECT quote_id AS id FROM orders.orders WHERE quote_id = ANY(%s)", [list(quote_ids)]
    )
    return {row.id for row in rows}


class _Id(msgspec.Struct, frozen=True):
    id: UUID


async def _read(tx: Transaction, query: LiteralString, params: Any) -> list[Order]:  # noqa: ANN401 -- as psycopg takes it
    return msgspec.convert(await tx.fetch_all(dict[str, Any], query, params), list[Order])


def _order_row(order: Order, quote_id: UUID) -> dict[str, Any]:
    row = msgspec.structs.asdict(order)
    del row["lines"], row["hold"], row["expires_at"]
    return {**row, "quote_id": quote_id}


def _json(rows: Sequence[Line] | Sequence[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
