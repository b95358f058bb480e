"""What ends, ends by itself: at its moment for whoever looks, in the books once no device can tell of more."""

from datetime import timedelta

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.ledger.domain.policies import ExpiryPolicy
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import OFFLINE_GRACE, Step, VoucherState
from tests.market.catalog.conftest import NOW
from tests.market.vouchers.conftest import Issue, Till, standing

MONTH = timedelta(days=30)


async def swept(database: Database) -> int:
    async with database.system() as tx:
        return await vouchers.expire_due(tx)


async def test_what_was_paid_outlives_what_was_promised(database: Database, clock: FixedClock, issue: Issue) -> None:
    voucher = await issue(
        redeem_until=NOW + MONTH, paid_value_until=NOW + 2 * MONTH, expiry=ExpiryPolicy.BREAKAGE, uses=3
    )
    states: list[tuple[VoucherState, int]] = []
    for days in (29, 30, 59, 60, 62, 63, 64):
        clock.advance(NOW + timedelta(days=days) - clock.now())
        states.append(((await standing(database, voucher.id)).state, await swept(database)))
    assert states == [
        (VoucherState.ISSUED, 0),
        (VoucherState.PROMO_EXPIRED, 1),
        (VoucherState.PROMO_EXPIRED, 0),
        (VoucherState.EXPIRED, 0),
        (VoucherState.EXPIRED, 0),
        (VoucherState.EXPIRED, 1),
        (VoucherState.EXPIRED, 0),
    ]
    async with database.system() as tx:
        steps = [(each.step, each.paid_minor) for each in await vouchers.history(tx, voucher.id)]
        assert await vouchers.open_paid_value(tx) == {}
    assert steps == [(Step.ISSUED, 1500), (Step.PROMO_EXPIRED, 0), (Step.EXPIRED, -1500)]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (ExpiryPolicy.BREAKAGE, {AccountCode.BREAKAGE: 1500}),
        (ExpiryPolicy.ESCHEAT, {AccountCode.ESCHEAT: 1500}),
        (
            ExpiryPolicy.TO_MERCHANT,
            {AccountCode.MERCHANT_PAYABLE: 1200, AccountCode.COMMISSION: 270, AccountCode.TAX: 30},
        ),
        (ExpiryPolicy.STAYS_OPEN, {AccountCode.VOUCHER_LIABILITY: 1500}),
    ],
)
async def test_the_law_of_the_sale_says_whose_the_end_is(
    database: Database,
    clock: FixedClock,
    issue: Issue,
    till: Till,
    policy: ExpiryPolicy,
    expected: dict[AccountCode, int],
) -> None:
    await issue(redeem_until=NOW + MONTH, paid_value_until=NOW + MONTH, expiry=policy)
    clock.advance(MONTH + OFFLINE_GRACE)
    assert await swept(database) == 1
    assert await till.books() == {AccountCode.PROVIDER_CLEARING: 1500, **expected}


async def test_what_nothing_was_paid_for_simply_ends(
    database: Database, clock: FixedClock, issue: Issue, till: Till
) -> None:
    voucher = await issue(paid_minor=0, promotion_minor=1500, redeem_until=NOW + MONTH)
    clock.advance(MONTH)
    assert (await standing(database, voucher.id)).state is VoucherState.EXPIRED
    assert await swept(database) == 0
    clock.advance(OFFLINE_GRACE)
    assert await swept(database) == 1
    assert await till.books() == {}
