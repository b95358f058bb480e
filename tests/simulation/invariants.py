"""What must be true after every step: each rule is a query whose rows are what breaks it."""

from typing import Final, LiteralString

import msgspec

from tests.simulation.connections import Onlooker


class Breach(msgspec.Struct, frozen=True):
    """A rule that does not hold, and one row that shows it."""

    rule: str
    row: str


_PAID: Final[LiteralString] = "('paid', 'partly_refunded', 'refunded')"

RULES: Final[tuple[tuple[LiteralString, LiteralString], ...]] = (
    (
        "sold, held and remaining are the cap",
        "SELECT * FROM orders.stock WHERE held < 0 OR sold < 0 OR held + sold + remaining <> cap",
    ),
    (
        "stock says what orders say",
        f"""
        SELECT stock.option_id, stock.held, stock.sold, counted.held AS ordered, counted.sold AS paid
        FROM orders.stock CROSS JOIN LATERAL (
            SELECT
                coalesce(sum(lines.quantity) FILTER (WHERE orders.state IN ('held', 'authorised')), 0) AS held,
                coalesce(sum(lines.quantity - lines.refunded) FILTER (WHERE orders.state IN {_PAID}), 0) AS sold
            FROM orders.lines INNER JOIN orders.orders ON lines.order_id = orders.id
            WHERE lines.option_id = stock.option_id
        ) AS counted
        WHERE stock.held <> counted.held OR stock.sold <> counted.sold
        """,
    ),
    (
        "a hold stands as long as its order is held, and is claimed by those who pay",
        """
        SELECT orders.id, orders.state, holds.state AS hold
        FROM orders.orders INNER JOIN orders.holds ON holds.order_id = orders.id
        WHERE holds.state <> CASE
            WHEN orders.state = 'held' THEN 'held'
            WHEN orders.state IN ('expired', 'cancelled') THEN 'released'
            ELSE 'claimed'
        END
        """,
    ),
    (
        "a line that is paid has one voucher for each unit, and others have none",
        f"""
        SELECT lines.id, lines.quantity, orders.state, count(vouchers.id) AS vouchers
        FROM orders.lines
        INNER JOIN orders.orders ON lines.order_id = orders.id
        LEFT JOIN vouchers.vouchers ON vouchers.line_id = lines.id AND vouchers.order_id = orders.id
            AND vouchers.option_id = lines.option_id
        GROUP BY lines.id, orders.id
        HAVING count(vouchers.id) <> CASE WHEN orders.state IN {_PAID} THEN lines.quantity ELSE 0 END
        """,
    ),
    (
        "a voucher has a line of its order",
        """
        SELECT vouchers.id FROM vouchers.vouchers
        LEFT JOIN orders.lines ON vouchers.line_id = lines.id AND vouchers.order_id = lines.order_id
        WHERE lines.id IS NULL
        """,
    ),
    (
        "an order is captured once if it is paid, and for what its vouchers cost",
        f"""
        SELECT orders.id, orders.state, booked.times, booked.minor, sold.minor AS vouchers_minor
        FROM orders.orders
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT entries.id) AS times, coalesce(sum(-lines.amount_minor), 0) AS minor
            FROM ledger.entries INNER JOIN ledger.lines ON lines.entry_id = entries.id
            WHERE entries.order_id = orders.id AND entries.kind = 'capture'
                AND lines.account_code = 'voucher_liability'
        ) AS booked
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(vouchers.paid_minor), 0) AS minor FROM vouchers.vouchers
            WHERE vouchers.order_id = orders.id
        ) AS sold
        WHERE booked.times <> (orders.state IN {_PAID})::integer OR booked.minor <> sold.minor
        """,
    ),
    (
        "money that an order did not need is on its way back",
        f"""
        SELECT payments.id, payments.state, payments.amount_minor, payments.refunding_minor, orders.state AS order_state
        FROM payments.payments INNER JOIN orders.orders ON payments.order_id = orders.id
        WHERE payments.captured_at IS NOT NULL
            AND NOT (orders.state IN {_PAID} AND orders.payment_id = payments.id)
            AND payments.amount_minor > payments.refunding_minor + (
                SELECT coalesce(sum(refunds.amount_minor), 0) FROM payments.refunds
                WHERE refunds.payment_id = payments.id AND refunds.state = 'failed'
            )
        """,
    ),
    (
        "an order is paid by money that was taken",
        f"""
        SELECT orders.id, orders.payment_id FROM orders.orders
        LEFT JOIN payments.payments ON orders.payment_id = payments.id AND payments.captured_at IS NOT NULL
        WHERE orders.state IN {_PAID} AND orders.due_minor > 0 AND payments.id IS NULL
        """,
    ),
    (
        "what is being refunded is what refunds say",
        """
        SELECT payments.id, payments.refunding_minor, payments.refunded_minor FROM payments.payments
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor) FILTER (WHERE state <> 'failed'), 0) AS asked,
                coalesce(sum(amount_minor) FILTER (WHERE state = 'succeeded'), 0) AS done
            FROM payments.refunds WHERE refunds.payment_id = payments.id
        ) AS own
        WHERE (payments.refunding_minor, payments.refunded_minor)
            IS DISTINCT FROM (own.asked, least(own.done, payments.amount_minor))
        """,
    ),
    (
        "each unit of a voucher is redeemed once, and none that was given back",
        """
        SELECT vouchers.id, vouchers.state, vouchers.units, vouchers.units_left, used.units AS used
        FROM vouchers.vouchers
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(redemptions.units), 0) AS units FROM vouchers.redemptions
            WHERE redemptions.voucher_id = vouchers.id AND redemptions.reversed_at IS NULL
        ) AS used
        WHERE CASE
            WHEN vouchers.state IN ('issued', 'promo_expired')
            THEN vouchers.units_left = 0 OR used.units + vouchers.units_left <> vouchers.units
            WHEN vouchers.state = 'redeemed' OR EXISTS (
                SELECT FROM ledger.entries
                WHERE entries.voucher_id = vouchers.id AND entries.kind = 'refund_after_redemption'
            ) THEN vouchers.units_left <> 0 OR used.units <> vouchers.units
            ELSE vouchers.units_left <> 0 OR used.units >= vouchers.units
        END
        """,
    ),
    (
        "what was paid for a voucher is booked as used, given back or ended once, as far as it is not left",
        """
        SELECT vouchers.id, vouchers.state, vouchers.paid_minor, vouchers.paid_left_minor, booked.minor AS booked
        FROM vouchers.vouchers
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(lines.amount_minor), 0) AS minor
            FROM ledger.entries INNER JOIN ledger.lines ON lines.entry_id = entries.id
            WHERE entries.voucher_id = vouchers.id AND lines.account_code = 'voucher_liability'
        ) AS booked
        WHERE booked.minor <> vouchers.paid_minor - vouchers.paid_left_minor
        """,
    ),
    (
        "a slot is taken by those who come, and a day by those of its slots",
        """
        SELECT slots.id::text, slots.taken, slots.capacity, coming.seats FROM bookings.slots
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(bookings.seats), 0) AS seats FROM bookings.bookings
            WHERE bookings.slot_id = slots.id AND bookings.cancelled_at IS NULL
        ) AS coming
        WHERE slots.taken <> coming.seats OR slots.taken > slots.capacity
        UNION ALL
        SELECT days.deal_id || ' on ' || days.day, days.taken, days.capacity, coming.seats FROM bookings.days
        INNER JOIN catalog.locations ON days.location_id = locations.id
        INNER JOIN catalog.places ON locations.place_id = places.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(bookings.seats), 0) AS seats
            FROM bookings.bookings
            INNER JOIN bookings.slots ON bookings.slot_id = slots.id
            INNER JOIN catalog.options ON slots.option_id = options.id
            WHERE bookings.cancelled_at IS NULL AND options.deal_id = days.deal_id
                AND slots.location_id = days.location_id
                AND (slots.starts_at AT TIME ZONE places.time_zone)::date = days.day
        ) AS coming
        WHERE days.taken <> coming.seats
        """,
    ),
    (
        "debits and credits of a currency sum to zero",
        "SELECT currency, sum(amount_minor) AS minor FROM ledger.lines GROUP BY currency HAVING sum(amount_minor) <> 0",
    ),
    (
        "what is owed for vouchers is what open ones were paid",
        """
        SELECT owed.minor, worth.minor AS open_minor
        FROM (
            SELECT coalesce(-sum(amount_minor), 0) AS minor FROM ledger.lines WHERE account_code = 'voucher_liability'
        ) AS owed
        CROSS JOIN (
            SELECT coalesce(sum(paid_left_minor), 0) AS minor FROM vouchers.vouchers
            WHERE state IN ('issued', 'promo_expired')
        ) AS worth
        WHERE owed.minor <> worth.minor
        """,
    ),
    (
        "credit in the books is what buyers have or hold",
        """
        SELECT booked.minor, kept.minor AS kept, held.minor AS held
        FROM (
            SELECT coalesce(-sum(amount_minor), 0) AS minor FROM ledger.lines WHERE account_code = 'customer_credit'
        ) AS booked
        CROSS JOIN (SELECT coalesce(sum(left_minor), 0) AS minor FROM promotions.credits) AS kept
        CROSS JOIN (
            SELECT coalesce(sum(amount_minor), 0) AS minor FROM promotions.credit_uses WHERE state = 'held'
        ) AS held
        WHERE booked.minor <> kept.minor + held.minor
        """,
    ),
    (
        "a promotion has given what orders hold and used of it",
        """
        SELECT promotions.id, promotions.given_minor, promotions.uses FROM promotions.promotions
        CROSS JOIN LATERAL (
            SELECT count(*) AS times, coalesce(sum(amount_minor), 0) AS minor FROM promotions.uses
            WHERE uses.promotion_id = promotions.id AND uses.state <> 'released'
        ) AS counted
        WHERE (promotions.uses, promotions.given_minor) IS DISTINCT FROM (counted.times, counted.minor)
            OR promotions.given_minor > promotions.budget_minor
        """,
    ),
    (
        "a merchant is owed what the last statement closed with and what moved since",
        """
        SELECT payees.merchant_id, booked.minor, latest.closing_minor, booked.unstated FROM settlement.payees
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(lines.amount_minor), 0) AS minor,
                coalesce(-sum(lines.amount_minor) FILTER (WHERE claims.entry_id IS NULL), 0) AS unstated
            FROM ledger.lines LEFT JOIN ledger.claims USING (entry_id, position)
            WHERE lines.account_code = 'merchant_payable' AND lines.party_id = payees.merchant_id
                AND lines.currency = payees.currency
        ) AS booked
        CROSS JOIN LATERAL (
            SELECT coalesce((
                SELECT statements.closing_minor FROM settlement.statements
                WHERE statements.merchant_id = payees.merchant_id AND statements.currency = payees.currency
                ORDER BY statements.number DESC LIMIT 1
            ), 0) AS closing_minor
        ) AS latest
        WHERE booked.minor <> latest.closing_minor + booked.unstated
        """,
    ),
    (
        "a merchant has, has been paid or is sent what was redeemed",
        """
        SELECT merchants.id, held.minor AS held, paid.minor AS paid, earned.minor AS earned, kept.minor AS expired
        FROM catalog.merchants
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(lines.amount_minor), 0) AS minor FROM ledger.lines
            WHERE lines.party_id = merchants.id
        ) AS held
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(payouts.amount_minor), 0) AS minor FROM settlement.payouts
            WHERE payouts.merchant_id = merchants.id AND payouts.state <> 'failed'
        ) AS paid
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(CASE
                WHEN used.with_promotion OR used.promotion_minor = 0
                THEN used.paid_minor + used.promotion_minor - used.commission_minor - used.voucher_tax_minor
                ELSE used.paid_minor - cut.commission - least(
                    CASE WHEN vouchers.voucher_tax = 'single_purpose' THEN used.voucher_tax_minor
                    ELSE used.voucher_tax_minor * used.paid_minor / (used.paid_minor + used.promotion_minor) END,
                    used.paid_minor - cut.commission
                )
            END), 0) AS minor
            FROM vouchers.redemptions AS used
            INNER JOIN vouchers.vouchers ON used.voucher_id = vouchers.id
            CROSS JOIN LATERAL (
                SELECT used.commission_minor * used.paid_minor
                    / nullif(used.paid_minor + used.promotion_minor, 0) AS commission
            ) AS cut
            WHERE used.merchant_id = merchants.id AND used.reversed_at IS NULL AND NOT EXISTS (
                SELECT FROM ledger.entries
                WHERE entries.voucher_id = vouchers.id AND entries.kind = 'refund_after_redemption'
            )
        ) AS earned
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(lines.amount_minor), 0) AS minor
            FROM ledger.lines INNER JOIN ledger.entries ON lines.entry_id = entries.id
            WHERE lines.party_id = merchants.id AND entries.kind = 'expiry'
        ) AS kept
        WHERE held.minor + paid.minor <> earned.minor + kept.minor
        """,
    ),
    ("no fact is dead for its subscriber", "SELECT * FROM kit.deliveries WHERE state = 'dead'"),
)

AT_THE_END: Final[tuple[tuple[LiteralString, LiteralString], ...]] = (
    (
        "nothing is held for who did not pay in time",
        """
        SELECT orders.id, orders.state FROM orders.orders WHERE orders.state IN ('held', 'authorised')
        """,
    ),
    (
        "nobody comes with a voucher that was given back",
        """
        SELECT bookings.id, vouchers.state FROM bookings.bookings
        INNER JOIN vouchers.vouchers ON bookings.voucher_id = vouchers.id
        WHERE bookings.cancelled_at IS NULL AND vouchers.state IN ('refunded', 'void')
        """,
    ),
    ("every fact has been delivered", "SELECT * FROM kit.deliveries WHERE state <> 'delivered'"),
    (
        "payments are where the provider has them",
        """
        SELECT ours.id, ours.state, theirs.state AS there FROM sandbox.payments AS theirs
        LEFT JOIN payments.payments AS ours ON ours.provider_ref = theirs.id
        WHERE theirs.state IS DISTINCT FROM CASE ours.state
            WHEN 'partly_refunded' THEN 'captured' WHEN 'refunded' THEN 'captured' WHEN 'voided' THEN 'cancelled'
            ELSE ours.state
        END
        """,
    ),
    (
        "what the provider owes us is what it has taken, less what it gave back and kept",
        """
        SELECT booked.minor, there.minor AS there FROM (
            SELECT coalesce(sum(amount_minor), 0) AS minor FROM ledger.lines WHERE account_code = 'provider_clearing'
        ) AS booked
        CROSS JOIN (SELECT coalesce(sum(amount_minor - fee_minor), 0) AS minor FROM sandbox.records) AS there
        WHERE booked.minor <> there.minor
        """,
    ),
)


def _all(rules: tuple[tuple[LiteralString, LiteralString], ...]) -> LiteralString:
    """One query of many rules: a round trip costs more than any of them."""
    asked: list[LiteralString] = []
    for rule, query in rules:
        asked.append(f"SELECT '{rule}' AS rule, to_jsonb(breach)::text AS row FROM ({query}) AS breach")
    return " UNION ALL ".join(asked)


ALWAYS: Final[LiteralString] = _all(RULES)
FINALLY: Final[LiteralString] = _all(AT_THE_END)


def breaches(onlooker: Onlooker, asked: LiteralString = ALWAYS) -> list[Breach]:
    """What does not hold now."""
    return onlooker.rows(Breach, asked)
