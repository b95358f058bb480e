"""The policies of jurisdictions."""

from collections.abc import Sequence
from datetime import datetime

from highstreet.kit.database import Transaction
from highstreet.market.ledger.domain.policies import Policy
from highstreet.market.ledger.repository.rows import row_of


async def insert(tx: Transaction, policy: Policy) -> int:
    """0 where one of the same moment is there already."""
    return await tx.execute(
        """
        INSERT INTO ledger.policies (jurisdiction, since, expiry, voucher_tax, tax_basis_points)
        VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        [policy.jurisdiction, policy.since, str(policy.expiry), str(policy.voucher_tax), policy.tax_basis_points],
    )


async def nearest(tx: Transaction, jurisdictions: Sequence[str], at: datetime) -> Policy | None:
    """Of the first of `jurisdictions` that has one, the policy that holds at that moment."""
    return await tx.fetch_one(
        row_of(Policy),
        """
        SELECT jurisdiction, since, expiry, voucher_tax, tax_basis_points FROM ledger.policies
        WHERE jurisdiction = ANY(%(jurisdictions)s) AND since <= %(at)s
        ORDER BY array_position(%(jurisdictions)s, jurisdiction), since DESC LIMIT 1
        """,
        {"jurisdictions": list(jurisdictions), "at": at},
    )


async def every(tx: Transaction) -> list[Policy]:
    return await tx.fetch_all(
        row_of(Policy),
        """
        SELECT jurisdiction, since, expiry, voucher_tax, tax_basis_points FROM ledger.policies
        ORDER BY jurisdiction, since
        """,
    )
