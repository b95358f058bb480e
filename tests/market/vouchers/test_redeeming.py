"""Redemption: by whom, where and when; in which words it is refused; and what it books."""

from datetime import UTC, datetime, time, timedelta

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Actor, ActorKind, Database
from highstreet.kit.errors import Conflict, Forbidden, InvalidInput, NotFound, TooManyRequests
from highstreet.kit.idempotency import AnotherRequest
from highstreet.market.catalog.domain.fine_print import BookingNeeded, Days, Hours, MinimumAge, NewCustomersOnly
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.roles import Role
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain import codes
from highstreet.market.vouchers.domain.redemptions import Channel, Redeemer, Why
from highstreet.market.vouchers.domain.vouchers import Step, VoucherState
from highstreet.market.vouchers.usecases import guessing
from tests.market.catalog.conftest import NOW
from tests.market.vouchers.conftest import Issue, Shop, Till, done, standing, why

# NOW is a Monday, ten in the morning in London and four in Chicago, where the shop is.


async def test_a_scanned_voucher_is_redeemed_and_booked(issue: Issue, till: Till, database: Database) -> None:
    voucher = await issue(paid_minor=1200, promotion_minor=300)
    redemption = done(await till.scan(voucher, "a"))
    assert (redemption.channel, redemption.units, redemption.whole) == (Channel.SCANNED, 1, True)
    assert (await standing(database, voucher.id)).state is VoucherState.REDEEMED
    assert await till.books() == {
        AccountCode.PROVIDER_CLEARING: 1200,
        AccountCode.PROMOTION_EXPENSE: 300,
        AccountCode.MERCHANT_PAYABLE: 1200,
        AccountCode.COMMISSION: 270,
        AccountCode.TAX: 30,
    }
    assert done(await till.scan(voucher, "a")) == redemption
    assert why(await till.scan(voucher, "b")) == Why.REDEEMED


async def test_a_short_code_is_for_staff_of_its_merchant_alone(issue: Issue, till: Till, shop: Shop) -> None:
    voucher = await issue()
    shown = await till.codes(voucher)
    stranger = Redeemer(merchant_id=shop.deal, account_id=shop.staff)
    assert why(await till.redeem(shown.short, "a", stranger)) == Why.UNKNOWN_CODE
    assert why(await till.redeem(shown.bearer, "b", stranger)) == Why.OTHER_MERCHANT
    assert done(await till.redeem(codes.shown_short_code(shown.short), "c")).channel is Channel.TYPED


async def test_what_is_no_code_is_refused_in_words(till: Till) -> None:
    for code in ("", "HS1.", "nonsense", "A" * 44, "é" * 44, "0000000000", "\x00"):
        assert why(await till.redeem(code, "a")) == Why.UNKNOWN_CODE, code


REFUSALS: list[tuple[dict[str, object], dict[str, object], Why]] = [
    ({}, {"location_id": None}, Why.OTHER_LOCATION),
    ({"redeem_from": NOW + timedelta(seconds=1)}, {}, Why.NOT_YET),
    ({"redeem_until": NOW, "paid_minor": 0, "promotion_minor": 1500}, {}, Why.EXPIRED),
    ({}, {"units": 2}, Why.TOO_MUCH),
    ({"fine_print": (Days((2, 3)),)}, {}, Why.WRONG_DAY),
    ({"fine_print": (Hours(time(9), time(12)),)}, {}, Why.WRONG_HOUR),  # it is four in Chicago
    ({"fine_print": (MinimumAge(18),)}, {}, Why.AGE_UNKNOWN),
    ({"fine_print": (MinimumAge(18),)}, {"age_years": 17}, Why.TOO_YOUNG),
    ({"fine_print": (BookingNeeded(24),)}, {}, Why.NOT_BOOKED),
    ({"fine_print": (BookingNeeded(24),)}, {"booked_at": NOW - timedelta(hours=23)}, Why.BOOKED_TOO_LATE),
]


async def test_a_refusal_says_why_and_changes_nothing(issue: Issue, till: Till) -> None:
    for stated, presented, reason in REFUSALS:
        voucher = await issue(**stated)
        before = await till.books()
        assert why(await till.scan(voucher, str(voucher.id), None, **presented)) == reason
        assert await till.books() == before


async def test_fine_print_is_read_on_the_clock_of_the_location(issue: Issue, till: Till) -> None:
    rules = (Days((1,)), Hours(time(4), time(5)), MinimumAge(18), BookingNeeded(24))
    voucher = await issue(fine_print=rules)
    done(await till.scan(voucher, "a", age_years=18, booked_at=NOW - timedelta(hours=24)))


async def test_hours_ahead_are_real_hours_when_the_clocks_change(issue: Issue, till: Till, clock: FixedClock) -> None:
    """Chicago puts its clocks forward in the night to 8 March 2026: from noon to noon are 23 hours."""
    clock.advance(datetime(2026, 3, 8, 17, tzinfo=UTC) - clock.now())
    booked = datetime(2026, 3, 7, 18, tzinfo=UTC)
    voucher = await issue(fine_print=(BookingNeeded(24),))
    assert why(await till.scan(voucher, "a", booked_at=booked)) == Why.BOOKED_TOO_LATE
    done(await till.scan(voucher, "b", booked_at=booked - timedelta(hours=1)))


async def test_a_new_customer_is_one_who_redeemed_nothing_there(issue: Issue, till: Till) -> None:
    first, second = await issue(fine_print=(NewCustomersOnly(),)), await issue(fine_print=(NewCustomersOnly(),))
    redemption = done(await till.scan(first, "a"))
    assert why(await till.scan(second, "b")) == Why.NOT_NEW
    done(await till.reverse(redemption))
    done(await till.scan(second, "c"))


async def test_a_balance_is_spent_in_parts_to_the_last_cent(issue: Issue, till: Till, database: Database) -> None:
    voucher = await issue(
        price_minor=1001,
        paid_minor=700,
        promotion_minor=301,
        commission_minor=333,
        commission_tax_minor=77,
        balance_minor=3000,
    )
    with pytest.raises(InvalidInput, match="how much"):
        await till.scan(voucher, "0")
    first, _, third = [done(await till.scan(voucher, str(part), units=part)) for part in (999, 7, 994)]
    assert why(await till.scan(voucher, "more", units=1001)) == Why.TOO_MUCH
    done(await till.reverse(first))
    done(await till.reverse(third))
    done(await till.scan(voucher, "rest", units=2993))
    assert (await standing(database, voucher.id)).state is VoucherState.REDEEMED
    assert await till.books() == {
        AccountCode.PROVIDER_CLEARING: 700,
        AccountCode.PROMOTION_EXPENSE: 301,
        AccountCode.MERCHANT_PAYABLE: 668,
        AccountCode.COMMISSION: 256,
        AccountCode.TAX: 77,
    }


async def test_after_the_promise_what_was_paid_is_good(issue: Issue, till: Till, clock: FixedClock) -> None:
    voucher = await issue(paid_minor=1000, promotion_minor=500, redeem_until=NOW + timedelta(days=1))
    clock.advance(timedelta(days=1))
    assert not done(await till.scan(voucher, "a")).with_promotion
    assert await till.books() == {
        AccountCode.PROVIDER_CLEARING: 1000,
        AccountCode.MERCHANT_PAYABLE: 800,
        AccountCode.COMMISSION: 180,
        AccountCode.TAX: 20,
    }


async def test_a_redemption_is_reversed_once_in_time_and_by_its_merchant(
    issue: Issue, till: Till, shop: Shop, clock: FixedClock, database: Database
) -> None:
    voucher, late = await issue(), await issue()
    before = await till.books()
    first = done(await till.scan(voucher, "a"))
    with pytest.raises(NotFound):
        await till.reverse(first, Redeemer(merchant_id=shop.deal, account_id=shop.staff))
    clock.advance(timedelta(minutes=14, seconds=59))
    done(await till.reverse(first))
    assert await till.books() == before
    assert why(await till.reverse(first)) == Why.REVERSED
    second = done(await till.scan(late, "b"))
    clock.advance(timedelta(minutes=15))
    assert why(await till.reverse(second)) == Why.TOO_LATE
    done(await till.scan(voucher, "c"))
    async with database.system() as tx:
        steps = [each.step for each in await vouchers.history(tx, voucher.id)]
    assert steps == [Step.ISSUED, Step.REDEEMED, Step.REVERSED, Step.REDEEMED]


async def test_nothing_is_given_back_to_what_was_refunded(issue: Issue, till: Till, database: Database) -> None:
    voucher = await issue(uses=2)
    first = done(await till.scan(voucher, "a"))
    async with database.system() as tx:
        [refunded] = await vouchers.refund(tx, [voucher.id])
    assert refunded.left.paid_minor == 750
    assert why(await till.reverse(first)) == Why.CLOSED
    assert why(await till.scan(voucher, "b")) == Why.REFUNDED


async def test_what_was_redeemed_can_still_be_paid_back(issue: Issue, till: Till, database: Database) -> None:
    voucher, other = await issue(uses=2), await issue()
    for nonce in ("a", "b"):
        done(await till.scan(voucher, nonce))
    async with database.system() as tx:
        [refunded] = await vouchers.refund_redeemed(tx, [voucher.id, other.id])
    assert (refunded.earned.paid_minor, refunded.earned.commission_minor, refunded.earned.units) == (1500, 300, 2)
    assert (await standing(database, voucher.id)).state is VoucherState.REFUNDED


async def test_a_void_voucher_is_owed_to_whoever_paid(issue: Issue, till: Till, database: Database) -> None:
    voucher = await issue()
    async with database.system() as tx:
        await vouchers.void(tx, voucher.id, by_id=None, reason="paid with a stolen card")
    assert why(await till.scan(voucher, "a")) == Why.VOID
    assert await till.books() == {AccountCode.PROVIDER_CLEARING: 1500, AccountCode.REFUNDS_OWED: 1500}
    with pytest.raises(Conflict):
        async with database.system() as tx:
            await vouchers.void(tx, voucher.id, by_id=None, reason="again")


async def test_a_nonce_stands_for_one_redemption(issue: Issue, till: Till) -> None:
    voucher, other = await issue(uses=3), await issue()
    assert done(await till.scan(voucher, "a")).id == done(await till.scan(voucher, "a")).id
    for wrong in (till.scan(voucher, "a", units=2), till.scan(other, "a")):
        with pytest.raises(AnotherRequest):
            await wrong
    assert done(await till.scan(voucher, "b")).units == 1


async def test_only_staff_of_the_merchant_redeem_and_see_what_was_redeemed(
    database: Database, shop: Shop, issue: Issue, till: Till
) -> None:
    redemption = done(await till.scan(await issue(), "a"))
    async with database.system() as tx:
        scanner = await identity.prove(tx, to_address("scanner@example.com"), "en")
        await identity.grant(tx, scanner.id, Role.MERCHANT_SCANNER, shop.world.merchant)
    async with database.transaction(Actor(ActorKind.STAFF, scanner.id)) as tx:
        redeemer = await vouchers.redeeming_for(tx, shop.world.merchant)
        assert redeemer == Redeemer(merchant_id=shop.world.merchant, account_id=scanner.id)
        assert await vouchers.redemptions_of(tx, shop.world.merchant) == [redemption]
        with pytest.raises(Forbidden):
            await vouchers.redeeming_for(tx, shop.deal)
    for kind in (ActorKind.SHOPPER, ActorKind.PARTNER, ActorKind.OPERATOR):
        async with database.transaction(Actor(kind, scanner.id)) as tx:
            assert await vouchers.redemptions_of(tx, shop.world.merchant) == []
            with pytest.raises(Forbidden):
                await vouchers.redeeming_for(tx, shop.world.merchant)


async def test_who_types_codes_that_do_not_exist_has_to_wait(
    issue: Issue, till: Till, shop: Shop, clock: FixedClock, database: Database
) -> None:
    voucher = await issue()
    short = (await till.codes(voucher)).short
    wrong = [codes.short_code(number) for number in range(guessing.PER_GUESSER)]
    assert why(await till.redeem("MISTYPED", "x")) == Why.UNKNOWN_CODE  # its check character is wrong: no guess
    for nonce, code in enumerate(wrong):
        assert why(await till.redeem(code, str(nonce))) == Why.UNKNOWN_CODE
    with pytest.raises(TooManyRequests) as waiting:
        await till.redeem(short, "right")
    colleague = Redeemer(merchant_id=shop.world.merchant, account_id=shop.buyer)
    assert done(await till.redeem(short, "right", colleague)).voucher_id == voucher.id
    clock.advance(timedelta(seconds=waiting.value.retry_after))
    assert why(await till.redeem(short, "right")) == Why.REDEEMED
    clock.advance(guessing.SPAN)
    async with database.system() as tx:
        assert await vouchers.forget_guesses(tx) == 5  # two people and their merchant, then one and the merchant
