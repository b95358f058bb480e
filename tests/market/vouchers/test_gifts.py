"""Gifts: one link, good once; what the giver printed is worth nothing afterwards."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from highstreet.kit import outbox
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Actor, ActorKind, Database
from highstreet.kit.errors import Conflict, NotFound
from highstreet.market.identity.domain.facts import AGGREGATE, MERGED, AccountMerged
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.gifts import Gift
from highstreet.market.vouchers.domain.redemptions import Why
from highstreet.market.vouchers.domain.vouchers import Recipient, Step, Voucher
from highstreet.market.vouchers.jobs import OWNERS
from tests.market.vouchers.conftest import Issue, Shop, Till, done, standing, why


async def given(database: Database, shop: Shop, voucher: Voucher) -> Gift:
    async with database.system() as tx:
        return await vouchers.give(tx, shop.buyer, voucher.id, Recipient(name="Somebody", message="Enjoy"))


async def claim(database: Database, keys: vouchers.VoucherKeys, token: str, shop: Shop) -> Voucher:
    async with database.system() as tx:
        return await vouchers.claim_gift(tx, keys, token, shop.staff)


async def token_of(database: Database, keys: vouchers.VoucherKeys, gift: Gift) -> str:
    async with database.system() as tx:
        return await vouchers.gift_token(tx, keys, gift.id)


async def test_a_claimed_gift_has_new_codes_and_a_new_owner(
    database: Database, keys: vouchers.VoucherKeys, shop: Shop, issue: Issue, till: Till
) -> None:
    voucher = await issue()
    former = await till.codes(voucher)
    token = await token_of(database, keys, await given(database, shop, voucher))
    mine = await claim(database, keys, token, shop)
    assert (mine.owner_account_id, mine.generation) == (shop.staff, 2)
    assert why(await till.redeem(former.bearer, "a")) == Why.UNKNOWN_CODE
    assert why(await till.redeem(former.short, "b")) == Why.UNKNOWN_CODE
    async with database.transaction(Actor(ActorKind.SHOPPER, shop.buyer)) as tx:
        assert await vouchers.vouchers_of(tx, shop.buyer) == []
        with pytest.raises(NotFound):
            await vouchers.voucher(tx, voucher.id)
    async with database.transaction(Actor(ActorKind.SHOPPER, shop.staff)) as tx:
        assert [step.step for step in await vouchers.history(tx, voucher.id)] == [Step.ISSUED, Step.TRANSFERRED]
    assert done(await till.scan(mine, "c")).voucher_id == voucher.id


async def test_a_link_is_good_once(database: Database, keys: vouchers.VoucherKeys, shop: Shop, issue: Issue) -> None:
    token = await token_of(database, keys, await given(database, shop, await issue()))
    answers = await asyncio.gather(*(claim(database, keys, token, shop) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(answer, Voucher) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 7


async def test_until_it_is_claimed_it_is_the_givers(
    database: Database, keys: vouchers.VoucherKeys, shop: Shop, issue: Issue, till: Till
) -> None:
    voucher = await issue()
    gift = await given(database, shop, voucher)
    token = await token_of(database, keys, gift)
    with pytest.raises(Conflict, match="on its way"):
        await given(database, shop, voucher)
    done(await till.scan(voucher, "a"))
    with pytest.raises(Conflict, match="nothing left"):
        await claim(database, keys, token, shop)
    assert (await standing(database, voucher.id)).owner_account_id == shop.buyer
    with pytest.raises(Conflict, match="still good"):
        await given(database, shop, voucher)


async def test_a_gift_can_be_taken_back_and_links_end(
    database: Database, keys: vouchers.VoucherKeys, shop: Shop, issue: Issue, clock: FixedClock
) -> None:
    gift = await given(database, shop, await issue())
    token = await token_of(database, keys, gift)
    async with database.system() as tx:
        with pytest.raises(Conflict):
            await vouchers.withdraw(tx, shop.staff, gift.id)
        await vouchers.withdraw(tx, shop.buyer, gift.id)
        with pytest.raises(NotFound):
            await vouchers.gift_token(tx, keys, gift.id)
    with pytest.raises(Conflict, match="taken back"):
        await claim(database, keys, token, shop)
    other = await token_of(database, keys, await given(database, shop, await issue()))
    clock.advance(timedelta(days=366))
    for bad in (other, "nonsense", ""):
        with pytest.raises(NotFound):
            await claim(database, keys, bad, shop)


async def test_a_bought_gift_waits_for_its_recipient(database: Database, shop: Shop, issue: Issue) -> None:
    await issue(recipient=Recipient(name="Somebody", email="gift@example.com"))
    async with database.transaction(Actor(ActorKind.SHOPPER, shop.buyer)) as tx:
        [row] = await tx.fetch_all(dict[str, object], "SELECT id, recipient_email FROM vouchers.gifts")
    assert row["recipient_email"] == "gift@example.com"


async def test_what_a_guest_bought_is_theirs_when_they_sign_in(database: Database, shop: Shop, issue: Issue) -> None:
    voucher = await issue(recipient=Recipient(name="Somebody"))
    merged = AccountMerged(from_id=shop.buyer, into_id=shop.staff)
    async with database.system() as tx:
        await outbox.record(tx, aggregate=AGGREGATE, aggregate_id=shop.buyer, name=MERGED, payload=merged)
        [row] = await tx.fetch_all(
            dict[str, UUID], "SELECT id FROM kit.facts WHERE name = %s ORDER BY id DESC LIMIT 1", [MERGED]
        )
        await OWNERS.handle(tx, await outbox.fact(tx, row["id"]))
        assert [each.id for each in await vouchers.vouchers_of(tx, shop.staff)] == [voucher.id]
