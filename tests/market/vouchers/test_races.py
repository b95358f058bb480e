"""Whoever is at a voucher at the same time, over connections of their own: it closes once, and the books say so."""

import asyncio
from collections import Counter
from uuid import UUID

from highstreet.kit.database import Database
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.redemptions import Presented, Redeemer, Redemption, Why
from highstreet.market.vouchers.domain.vouchers import Voucher
from tests.market.vouchers.conftest import Issue, Shop, Till, done, why


async def test_of_two_hundred_redemptions_by_two_merchants_one_happens(issue: Issue, till: Till, shop: Shop) -> None:
    voucher = await issue()
    code = (await till.codes(voucher)).bearer
    stranger = Redeemer(merchant_id=shop.deal, account_id=shop.staff)
    answers = await asyncio.gather(
        *(till.redeem(code, f"nonce {number}", stranger if number % 2 else None) for number in range(200))
    )
    told = Counter("done" if isinstance(answer, Redemption) else answer.why for answer in answers)
    assert told == {"done": 1, Why.REDEEMED: 99, Why.OTHER_MERCHANT: 100}
    assert (await till.books())[AccountCode.MERCHANT_PAYABLE] == 1200


async def test_one_redemption_that_is_sent_many_times_at_once_is_one(issue: Issue, till: Till) -> None:
    voucher = await issue(uses=10)
    code = (await till.codes(voucher)).short
    answers = await asyncio.gather(*(till.redeem(code, "the same") for _ in range(20)))
    assert len({done(answer).id for answer in answers}) == 1
    assert (await till.books())[AccountCode.VOUCHER_LIABILITY] == 1350


async def test_no_more_is_spent_than_there_is(issue: Issue, till: Till) -> None:
    voucher = await issue(balance_minor=100)
    code = (await till.codes(voucher)).bearer
    answers = await asyncio.gather(*(till.redeem(code, str(number), units=30) for number in range(12)))
    told = Counter("done" if isinstance(answer, Redemption) else answer.why for answer in answers)
    assert told == {"done": 3, Why.TOO_MUCH: 9}
    assert (await till.books())[AccountCode.VOUCHER_LIABILITY] == 150


async def test_a_voucher_is_refunded_or_redeemed_and_never_both(
    database: Database, shop: Shop, keys: vouchers.VoucherKeys
) -> None:
    async with database.system() as tx:
        issued = await vouchers.issue(tx, keys, [shop.wanted() for _ in range(1000)])
        codes = [(await vouchers.codes_of(tx, keys, each.id, shop.buyer)).bearer for each in issued]

    async def refund(voucher: Voucher) -> bool:
        async with database.system() as tx:
            return bool(await vouchers.refund(tx, [voucher.id]))

    async def redeem(voucher: Voucher, code: str) -> bool:
        said = Presented(code=code, nonce=str(voucher.id), location_id=shop.world.loop)
        async with database.system() as tx:
            return isinstance(await vouchers.redeem(tx, keys, shop.till, said), Redemption)

    outcomes = Counter[tuple[bool, bool]]()
    for number, (voucher, code) in enumerate(zip(issued, codes, strict=True)):
        if number % 2:
            refunded, redeemed = await asyncio.gather(refund(voucher), redeem(voucher, code))
        else:
            redeemed, refunded = await asyncio.gather(redeem(voucher, code), refund(voucher))
        outcomes[refunded, redeemed] += 1
    assert set(outcomes) == {(True, False), (False, True)}
    async with database.system() as tx:
        kept = await tx.fetch_all(
            dict[str, int],
            """
            SELECT
                count(*) FILTER (WHERE state = 'refunded') AS refunded,
                count(*) FILTER (WHERE state = 'redeemed') AS redeemed
            FROM vouchers.vouchers
            """,
        )
    assert kept == [{"refunded": outcomes[True, False], "redeemed": outcomes[False, True]}]


async def test_a_reversal_that_meets_a_refund_gives_back_before_it_or_not_at_all(
    issue: Issue, till: Till, database: Database
) -> None:
    """Of a voucher with two uses, of which one is used: the other is refunded while the first is given back."""
    for number in range(30):
        voucher = await issue(uses=2)
        redemption = done(await till.scan(voucher, str(number)))

        async def refund(voucher_id: UUID = voucher.id) -> int:
            async with database.system() as tx:
                [refunded] = await vouchers.refund(tx, [voucher_id])
                return refunded.left.paid_minor

        async with asyncio.TaskGroup() as tasks:
            early = tasks.create_task(refund()) if number % 2 else None
            reversing = tasks.create_task(till.reverse(redemption))
            refunding = early or tasks.create_task(refund())
        answer, refunded = reversing.result(), refunding.result()
        gave_back = isinstance(answer, Redemption)
        assert refunded == (1500 if gave_back else 750)
        assert gave_back or why(answer) == Why.CLOSED
