"""What devices told of redemptions without network."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.vouchers.domain.claims import Claim

_COLUMNS: Final[LiteralString] = """
    id, device_id, nonce, voucher_id, location_id, units, age_years, booked_at, stated_at, claimed_at, synced_at,
    outcome, why, redemption_id, attempts
"""
_CLAIMS: Final[LiteralString] = f"SELECT {_COLUMNS} FROM vouchers.claims "  # noqa: S608 -- ours


async def insert(tx: Transaction, claim: Claim) -> bool:
    """Whether it was added; False when the device told of it before."""
    added = await tx.execute(
        f"""
        INSERT INTO vouchers.claims ({_COLUMNS})
        SELECT {_COLUMNS} FROM json_populate_record(NULL::vouchers.claims, %s::json)
        ON CONFLICT (device_id, nonce) DO NOTHING
        """,  # noqa: S608 -- ours
        [msgspec.json.encode(claim).decode()],
    )
    return added == 1


async def update(tx: Transaction, claim: Claim) -> None:
    """What became of a claim by now."""
    await tx.execute(
        "UPDATE vouchers.claims SET outcome = %s, why = %s, redemption_id = %s, attempts = %s WHERE id = %s",
        [claim.outcome, claim.why, claim.redemption_id, claim.attempts, claim.id],
    )


async def of_nonces(tx: Transaction, device_id: UUID, nonces: Sequence[str]) -> dict[str, Claim]:
    """What a device told before, by nonce."""
    rows = await tx.fetch_all(
        dict[str, Any], _CLAIMS + "WHERE device_id = %s AND nonce = ANY(%s)", [device_id, list(nonces)]
    )
    return {claim.nonce: claim for claim in msgspec.convert(rows, list[Claim])}


async def competing(tx: Transaction, voucher_id: UUID) -> list[Claim]:
    """Claims on a voucher that happened or would have, but for one whose redemption staff reversed."""
    rows = await tx.fetch_all(
        dict[str, Any],
        _CLAIMS
        + """
        WHERE voucher_id = %s AND outcome IN ('accepted', 'contested') AND NOT EXISTS (
            SELECT FROM vouchers.redemptions WHERE redemptions.id = redemption_id AND reversed_at IS NOT NULL
        )
        """,
        [voucher_id],
    )
    return msgspec.convert(rows, list[Claim])
