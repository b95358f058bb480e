"""Devices without network: what they can check alone, and that it does not matter which of them tells first."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.clock import FixedClock
from highstreet.kit.crypto import is_signed
from highstreet.kit.database import Actor, ActorKind, Database
from highstreet.kit.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from highstreet.market.catalog.domain.fine_print import MinimumAge
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.roles import Role
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.claims import Claim, ClaimOutcome, Told
from highstreet.market.vouchers.domain.redemptions import Redeemer, Why
from highstreet.market.vouchers.domain.signed import read_signed_text
from highstreet.market.vouchers.domain.vouchers import OFFLINE_GRACE, Recipient, Step, Voucher, VoucherState
from tests.market.catalog.conftest import NOW
from tests.market.vouchers.conftest import Issue, Shop, Till, done, standing, why

HOUR = timedelta(hours=1)
Register = Callable[[str], Awaitable[vouchers.RegisteredDevice]]


@pytest.fixture
async def manager(database: Database, shop: Shop) -> Actor:
    async with database.system() as tx:
        account = await identity.prove(tx, to_address("manager@example.com"), "en")
        await identity.grant(tx, account.id, Role.MERCHANT_MANAGER, shop.world.merchant)
    return Actor(ActorKind.STAFF, account.id)


@pytest.fixture
def register(database: Database, shop: Shop, manager: Actor) -> Register:
    async def run(name: str) -> vouchers.RegisteredDevice:
        async with database.transaction(manager) as tx:
            return await vouchers.register_device(tx, shop.world.merchant, name)

    return run


class Sync:
    """Tells what a device did, by its token."""

    def __init__(self, database: Database, keys: vouchers.VoucherKeys, clock: FixedClock) -> None:
        self._database, self._keys, self._clock = database, keys, clock

    async def __call__(self, token: str, *told: Told, off: timedelta = timedelta()) -> list[Claim]:
        async with self._database.system() as tx:
            device = await vouchers.recognise_device(tx, token)
            return await vouchers.sync(tx, self._keys, device, told, self._clock.now() + off)


@pytest.fixture
def sync(database: Database, keys: vouchers.VoucherKeys, clock: FixedClock) -> Sync:
    return Sync(database, keys, clock)


async def signed(database: Database, keys: vouchers.VoucherKeys, till: Till, voucher: Voucher) -> str:
    bearer = (await till.codes(voucher)).bearer
    return keys.signed_text(await standing(database, voucher.id), bearer, NOW)


async def test_a_device_checks_a_voucher_with_public_keys_alone(
    database: Database, keys: vouchers.VoucherKeys, till: Till, issue: Issue
) -> None:
    voucher = await issue(redeem_until=NOW + HOUR, uses=3)
    text = await signed(database, keys, till, voucher)
    public = {key.number: key.public for key in keys.public_keys(NOW)}
    read = read_signed_text(text)
    assert read is not None
    assert (read.merchant_id, read.units, read.in_money) == (voucher.merchant_id, 3, False)
    assert (read.redeem_from, read.redeem_until, read.paid_value_until) == (None, NOW + HOUR, None)
    assert is_signed(public[read.key_number], read.signed, read.signature)
    assert len(text) <= 213  # what a code of version 10 holds with a fair correction of errors
    for place in range(len(text) - 1):
        other = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        changed = read_signed_text(other)
        assert changed is None or not is_signed(public.get(changed.key_number, b""), changed.signed, changed.signature)
    # Whoever has network redeems by the same text.
    assert done(await till.redeem(text, "a")).voucher_id == voucher.id


def test_keys_turn_each_half_year_and_stay_known(keys: vouchers.VoucherKeys) -> None:
    now, then = keys.public_keys(NOW), keys.public_keys(NOW + timedelta(days=184))
    assert len(now) == 21
    assert len({key.public for key in now}) == 21
    assert now[1:] == then[:-1]


@given(text=st.text(max_size=300))
def test_whatever_is_scanned_is_read_without_an_error(text: str) -> None:
    assert read_signed_text(f"HS1.{text}") is None


async def test_whichever_device_tells_first_the_earliest_redeemed(
    issue: Issue, till: Till, register: Register, sync: Sync, database: Database
) -> None:
    """Three devices redeem a voucher of two uses; the two that were earlier did, in every order of telling."""
    devices = [(await register(f"till {number}")).token for number in range(3)]
    for order in itertools.permutations(range(3)):
        voucher = await issue(uses=2)
        code = (await till.codes(voucher)).bearer
        told = [
            Told(
                code=code,
                nonce=f"{voucher.id} {number}",
                at=NOW - HOUR + number * timedelta(minutes=1),
                location_id=till.shop.world.loop,
            )
            for number in range(3)
        ]
        for number in order:
            await sync(devices[number], told[number])
        [claims] = [[(await sync(devices[number], told[number]))[0] for number in range(3)]]
        assert [claim.outcome for claim in claims] == [
            ClaimOutcome.ACCEPTED,
            ClaimOutcome.ACCEPTED,
            ClaimOutcome.CONTESTED,
        ], order
        assert claims[2].why == Why.EARLIER_ELSEWHERE
        assert (await standing(database, voucher.id)).state is VoucherState.REDEEMED
        await till.books()


async def test_what_was_redeemed_online_stands(issue: Issue, till: Till, register: Register, sync: Sync) -> None:
    token = (await register("till")).token
    voucher = await issue()
    code = (await till.codes(voucher)).bearer
    redemption = done(await till.redeem(code, "online"))
    told = Told(code=code, nonce="1", at=NOW - HOUR, location_id=till.shop.world.loop)
    [claim] = await sync(token, told)
    assert (claim.outcome, claim.why) == (ClaimOutcome.CONTESTED, Why.EARLIER_ELSEWHERE)
    done(await till.reverse(redemption))
    assert done(await till.redeem(code, "again"))
    assert await sync(token, told) == [claim]


async def test_what_a_device_tells_is_read_at_the_time_when_it_happened(
    issue: Issue, till: Till, register: Register, sync: Sync, clock: FixedClock, database: Database
) -> None:
    token = (await register("till")).token
    ended = await issue(redeem_until=NOW + HOUR, paid_minor=1000, promotion_minor=500)
    free = await issue(redeem_until=NOW + HOUR, paid_minor=0, promotion_minor=1500)
    adult = await issue(fine_print=(MinimumAge(18),))
    here = till.shop.world.loop
    told = [
        Told(code=(await till.codes(voucher)).bearer, nonce=str(voucher.id), at=NOW, location_id=here)
        for voucher in (ended, free, adult)
    ]
    late = [Told(code=told[0].code, nonce="late", at=NOW - timedelta(seconds=1), location_id=here)]
    clock.advance(OFFLINE_GRACE)
    async with database.system() as tx:
        assert await vouchers.expire_due(tx) == 1
    outcomes = await sync(token, *told, *late)
    assert [(claim.outcome, claim.why) for claim in outcomes] == [
        (ClaimOutcome.ACCEPTED, None),
        (ClaimOutcome.ACCEPTED, None),
        (ClaimOutcome.REFUSED, Why.AGE_UNKNOWN),
        (ClaimOutcome.REFUSED, Why.TOLD_TOO_LATE),
    ]
    async with database.system() as tx:
        redeemed = await vouchers.redemptions_of(tx, ended.merchant_id)
    assert all(redemption.with_promotion for redemption in redeemed)
    assert {redemption.redeemed_at for redemption in redeemed} == {NOW}


async def test_a_clock_that_is_off_is_set_right(issue: Issue, till: Till, register: Register, sync: Sync) -> None:
    token = (await register("till")).token
    code = (await till.codes(await issue(uses=3))).bearer
    here = till.shop.world.loop
    [a_day_ahead] = await sync(
        token, Told(code=code, nonce="1", at=NOW + 23 * HOUR, location_id=here), off=timedelta(days=1)
    )
    [minutes_ahead] = await sync(
        token, Told(code=code, nonce="2", at=NOW + timedelta(minutes=4), location_id=here), off=timedelta(minutes=4)
    )
    assert (a_day_ahead.claimed_at, minutes_ahead.claimed_at) == (NOW - HOUR, NOW)


async def test_a_device_is_refused_what_is_not_its_merchants_and_what_was_given_away(
    issue: Issue, till: Till, register: Register, sync: Sync, database: Database, keys: vouchers.VoucherKeys, shop: Shop
) -> None:
    token = (await register("till")).token
    voucher, refunded = await issue(), await issue()
    text = await signed(database, keys, till, voucher)
    async with database.system() as tx:
        gift = await vouchers.give(tx, shop.buyer, voucher.id, Recipient(name="Somebody"))
        await vouchers.claim_gift(tx, keys, await vouchers.gift_token(tx, keys, gift.id), shop.staff)
        await vouchers.refund(tx, [refunded.id])
    told = [
        Told(code=text, nonce="1", at=NOW, location_id=shop.world.loop),
        Told(code=(await till.codes(refunded)).bearer, nonce="2", at=NOW, location_id=shop.world.loop),
        Told(code="nonsense", nonce="3", at=NOW),
    ]
    assert [claim.why for claim in await sync(token, *told)] == [Why.REPLACED, Why.REFUNDED, Why.UNKNOWN_CODE]
    assert why(await till.redeem(text, "x")) == Why.REPLACED
    with pytest.raises(InvalidInput, match="nonce of its own"):
        await sync(token, told[0], told[0])
    with pytest.raises(Forbidden):
        async with database.system() as tx:
            await vouchers.sync(tx, keys, Redeemer(merchant_id=shop.world.merchant, account_id=shop.staff), [], NOW)


async def test_devices_are_registered_and_revoked_by_staff_of_their_merchant(
    database: Database, register: Register, shop: Shop, manager: Actor
) -> None:
    registered = await register("Till by the door")
    async with database.system() as tx:
        found = await vouchers.recognise_device(tx, registered.token)
    assert found == Redeemer(merchant_id=shop.world.merchant, device_id=registered.device.id)
    stranger = Actor(ActorKind.STAFF, shop.buyer)
    async with database.transaction(stranger) as tx:
        with pytest.raises(Forbidden):
            await vouchers.register_device(tx, shop.world.merchant, "mine now")
        with pytest.raises(Forbidden):
            await vouchers.devices_of(tx, shop.world.merchant)
        with pytest.raises(NotFound):
            await vouchers.revoke_device(tx, registered.device.id)
    async with database.transaction(manager) as tx:
        assert await vouchers.devices_of(tx, shop.world.merchant) == [registered.device]
        assert (await vouchers.revoke_device(tx, registered.device.id)).revoked_by == manager.id
    for token in (registered.token, "hsd_", "nonsense"):
        async with database.system() as tx:
            with pytest.raises(Unauthenticated):
                await vouchers.recognise_device(tx, token)


async def test_who_gave_way_is_written_down(
    issue: Issue, till: Till, register: Register, sync: Sync, database: Database
) -> None:
    first, second = (await register("first")).token, (await register("second")).token
    voucher = await issue()
    code = (await till.codes(voucher)).bearer
    here = till.shop.world.loop
    await sync(second, Told(code=code, nonce="1", at=NOW, location_id=here))
    [claim] = await sync(first, Told(code=code, nonce="1", at=NOW - HOUR, location_id=here))
    async with database.system() as tx:
        steps = [(each.step, each.reason) for each in await vouchers.history(tx, voucher.id)]
        redemptions = await vouchers.redemptions_of(tx, voucher.merchant_id)
    assert steps == [
        (Step.ISSUED, None),
        (Step.REDEEMED, None),
        (Step.REVERSED, Why.EARLIER_ELSEWHERE),
        (Step.REDEEMED, None),
    ]
    assert {(each.id == claim.redemption_id, each.reversed_at is None) for each in redemptions} == {
        (True, True),
        (False, False),
    }
