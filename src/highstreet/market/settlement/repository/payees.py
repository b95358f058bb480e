"""Who is paid, and what was ever changed about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.settlement.domain.payees import Payee, PayeeChange, PayeeTerms

_SELECT: Final[LiteralString] = """
    SELECT merchant_id, currency, schedule, minimum_minor, reserve_basis_points, reserve_days, bears_disputes,
        destination, destination_changed_at, withheld, due_at, negative_since
    FROM settlement.payees
"""


class _Key(msgspec.Struct, frozen=True):
    merchant_id: UUID
    currency: str


async def enrol(tx: Transaction, wanted: Sequence[tuple[UUID, str]]) -> int:
    """Make payees of those that are none, by the usual terms and due at once; how many."""
    usual = PayeeTerms()
    return await tx.execute(
        """
        INSERT INTO settlement.payees (
            merchant_id, currency, schedule, minimum_minor, reserve_basis_points, reserve_days, bears_disputes, due_at,
            changed_at
        )
        SELECT given.merchant_id, given.currency, %(schedule)s, %(minimum)s, 0, 0, false, %(now)s, %(now)s
        FROM unnest(%(merchants)s::uuid[], %(currencies)s::text[]) AS given (merchant_id, currency)
        ON CONFLICT (merchant_id, currency) DO NOTHING
        """,
        {
            "merchants": [merchant_id for merchant_id, _ in wanted],
            "currencies": [currency for _, currency in wanted],
            "schedule": str(usual.schedule),
            "minimum": usual.minimum_minor,
            "now": tx.now,
        },
    )


async def find(tx: Transaction, merchant_id: UUID, currency: str) -> Payee | None:
    return await tx.fetch_one(_payee, _SELECT + "WHERE merchant_id = %s AND currency = %s", [merchant_id, currency])


async def lock(tx: Transaction, merchant_id: UUID, currency: str) -> Payee | None:
    """As it stands, for this transaction alone to change."""
    return await tx.fetch_one(
        _payee, _SELECT + "WHERE merchant_id = %s AND currency = %s FOR UPDATE", [merchant_id, currency]
    )


async def every(tx: Transaction) -> list[Payee]:
    """All that the actor may see."""
    return await tx.fetch_all(_payee, _SELECT + "ORDER BY merchant_id, currency")


async def due(tx: Transaction, limit: int) -> list[tuple[UUID, str]]:
    """Whoever is due now, the longest first."""
    rows = await tx.fetch_all(
        _Key,
        "SELECT merchant_id, currency FROM settlement.payees WHERE due_at <= %s ORDER BY due_at LIMIT %s",
        [tx.now, limit],
    )
    return [(row.merchant_id, row.currency) for row in rows]


async def settled(
    tx: Transaction, merchant_id: UUID, currency: str, *, due_at: datetime, negative_since: datetime | None
) -> None:
    await tx.execute(
        "UPDATE settlement.payees SET due_at = %s, negative_since = %s WHERE merchant_id = %s AND currency = %s",
        [due_at, negative_since, merchant_id, currency],
    )


async def withhold(tx: Transaction, merchant_id: UUID, currency: str, why: str) -> None:
    """Pay nothing until somebody says otherwise; a reason that was given before stays."""
    await tx.execute(
        """
        UPDATE settlement.payees SET withheld = coalesce(withheld, %s), changed_at = %s
        WHERE merchant_id = %s AND currency = %s
        """,
        [why, tx.now, merchant_id, currency],
    )


async def store(tx: Transaction, payee: Payee) -> None:
    """Write what was agreed, and that it was changed by whom."""
    values = {
        **msgspec.structs.asdict(payee.terms),
        "schedule": str(payee.terms.schedule),
        "merchant_id": payee.merchant_id,
        "currency": payee.currency,
        "destination_changed_at": payee.destination_changed_at,
        "due_at": payee.due_at,
        "now": tx.now,
        "actor_kind": str(tx.actor.kind),
        "actor_id": tx.actor.id,
    }
    await tx.execute(
        """
        UPDATE settlement.payees SET
            schedule = %(schedule)s, minimum_minor = %(minimum_minor)s, reserve_days = %(reserve_days)s,
            reserve_basis_points = %(reserve_basis_points)s, bears_disputes = %(bears_disputes)s,
            destination = %(destination)s, withheld = %(withheld)s,
            destination_changed_at = %(destination_changed_at)s, due_at = %(due_at)s, changed_at = %(now)s
        WHERE merchant_id = %(merchant_id)s AND currency = %(currency)s
        """,
        values,
    )
    await tx.execute(
        """
        INSERT INTO settlement.payee_changes (
            merchant_id, currency, at, actor_kind, actor_id, schedule, minimum_minor, reserve_basis_points,
            reserve_days, bears_disputes, destination, withheld
        )
        VALUES (
            %(merchant_id)s, %(currency)s, %(now)s, %(actor_kind)s, %(actor_id)s, %(schedule)s, %(minimum_minor)s,
            %(reserve_basis_points)s, %(reserve_days)s, %(bears_disputes)s, %(destination)s, %(withheld)s
        )
        """,
        values,
    )


async def changes(tx: Transaction, merchant_id: UUID, currency: str) -> list[PayeeChange]:
    """Oldest first."""
    return await tx.fetch_all(
        _change,
        """
        SELECT at, actor_kind, actor_id, schedule, minimum_minor, reserve_basis_points, reserve_days, bears_disputes,
            destination, withheld
        FROM settlement.payee_changes WHERE merchant_id = %s AND currency = %s ORDER BY position
        """,
        [merchant_id, currency],
    )


def _payee(
    *,
    merchant_id: UUID,
    currency: str,
    destination_changed_at: datetime | None,
    due_at: datetime,
    negative_since: datetime | None,
    **terms: object,
) -> Payee:
    return Payee(
        merchant_id=merchant_id,
        currency=currency,
        terms=_terms(**terms),
        destination_changed_at=destination_changed_at,
        due_at=due_at,
        negative_since=negative_since,
    )


def _change(*, at: datetime, actor_kind: str, actor_id: UUID | None, **terms: object) -> PayeeChange:
    return PayeeChange(at=at, actor_kind=actor_kind, actor_id=actor_id, terms=_terms(**terms))


def _terms(**columns: object) -> PayeeTerms:
    return msgspec.convert(columns, PayeeTerms)
