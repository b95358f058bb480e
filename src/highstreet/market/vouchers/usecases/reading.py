"""Vouchers as their owners see them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from highstreet.kit.crypto import fingerprint
from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.market.vouchers.domain import codes
from highstreet.market.vouchers.domain.redemptions import Redemption
from highstreet.market.vouchers.domain.sales import DealSales
from highstreet.market.vouchers.domain.vouchers import OpenCount, Passage, Value, Voucher, standing
from highstreet.market.vouchers.repository import redemptions as redemption_rows
from highstreet.market.vouchers.repository import sales as sale_rows
from highstreet.market.vouchers.repository import vouchers as rows
from highstreet.market.vouchers.usecases.keys import Codes, VoucherKeys


async def vouchers_of(
    tx: Transaction, account_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[Voucher]:
    """The vouchers of an account as they stand now, the latest first, so many behind the id `before`."""
    return [_at_present(tx, voucher) for voucher in await rows.of_owner(tx, account_id, before, limit)]


async def vouchers_of_order(tx: Transaction, order_id: UUID) -> list[Voucher]:
    """The vouchers of an order that the actor may see, as they stand now, in the order in which they were issued."""
    return [_at_present(tx, voucher) for voucher in await rows.of_order(tx, order_id)]


async def voucher(tx: Transaction, voucher_id: UUID) -> Voucher:
    """A voucher as it stands now. Raises NotFound for one that the actor may not see."""
    return (await vouchers(tx, [voucher_id]))[voucher_id]


async def hold(tx: Transaction, voucher_id: UUID) -> Voucher:
    """A voucher as it stands now, which nobody else changes until the transaction ends. Raises NotFound.

    Needs the system role.
    """
    held = await rows.hold(tx, voucher_id)
    if held is None:
        raise NotFound(f"There is no voucher {voucher_id}.")
    return _at_present(tx, held)


async def vouchers(tx: Transaction, voucher_ids: Sequence[UUID]) -> Mapping[UUID, Voucher]:
    """Vouchers as they stand now. Raises NotFound unless the actor may see every one."""
    found = await rows.find(tx, voucher_ids)
    for voucher_id in voucher_ids:
        if voucher_id not in found:
            raise NotFound(f"There is no voucher {voucher_id}.")
    return {own_id: _at_present(tx, each) for own_id, each in found.items()}


async def vouchers_with_code(tx: Transaction, keys: VoucherKeys, text: str) -> list[Voucher]:
    """The vouchers that a code is of and that the actor may see: a short one may be of several merchants'."""
    short = codes.read_short_code(text)
    if short is None:
        bearer = codes.bearer_of(text)
        voucher_id = codes.read_bearer_code(bearer)
        found = None if voucher_id is None else await rows.of_code(tx, voucher_id, fingerprint(bearer))
        return [found] if found else []
    return await rows.of_short_codes(tx, {each: keys.short_code_tag(each, short) for each in await rows.merchants(tx)})


async def codes_of(tx: Transaction, keys: VoucherKeys, voucher_id: UUID, owner_account_id: UUID) -> Codes:
    """The codes of a voucher, for its owner alone. Raises NotFound for everybody else."""
    sealed = await rows.sealed_codes(tx, voucher_id, owner_account_id)
    if sealed is None:
        raise NotFound(f"There is no voucher {voucher_id}.")
    shown = keys.shown(voucher_id, sealed)
    if shown is None:
        raise NotFound("The codes of this voucher cannot be read: the installation's secret key has changed.")
    return shown


async def history(tx: Transaction, voucher_id: UUID) -> list[Passage]:
    """Every step of a voucher that was written, in order."""
    return await rows.passages(tx, voucher_id)


async def redemption(tx: Transaction, redemption_id: UUID) -> Redemption:
    """Raises NotFound for a redemption that the actor may not see."""
    found = await redemption_rows.by_id(tx, redemption_id)
    if found is None:
        raise NotFound(f"There is no redemption {redemption_id}.")
    return found


async def redemptions_of(
    tx: Transaction, merchant_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[Redemption]:
    """What was redeemed at a merchant as far as the actor may see it, the latest first, behind the id `before`."""
    return await redemption_rows.of_merchant(tx, merchant_id, before, limit)


async def open_by_end(tx: Transaction, deal_id: UUID) -> list[OpenCount]:
    """How many vouchers of a deal are open, by option and by the day in which what was promised for them ends.

    The day is by each voucher's own clock.
    """
    return await rows.open_by_end(tx, deal_id)


async def sales_of(tx: Transaction, merchant_id: UUID) -> list[DealSales]:
    """What became of a merchant's vouchers, by deal, the deal made last first. Needs the system role."""
    late: Counter[tuple[UUID, str]] = Counter()
    for each in await sale_rows.paid_only(tx, merchant_id):
        taken = Value(
            each.units,
            each.paid_minor,
            each.promotion_minor,
            each.commission_minor,
            each.commission_tax_minor,
            each.voucher_tax_minor,
        )
        part = taken.paid_only(each.voucher_tax)
        late[each.deal_id, each.currency] += part.paid_minor - part.commission_minor - part.voucher_tax_minor
    return [
        msgspec.structs.replace(each, earned_minor=each.earned_minor + late[each.deal_id, each.currency])
        for each in await sale_rows.of_merchant(tx, merchant_id)
    ]


async def open_paid_value(tx: Transaction) -> dict[str, int]:
    """The paid value of all open vouchers, in minor units, by currency: what the ledger has as liability."""
    return await rows.open_paid_value(tx)


def _at_present(tx: Transaction, voucher: Voucher) -> Voucher:
    return msgspec.structs.replace(voucher, state=standing(voucher, tx.now))
