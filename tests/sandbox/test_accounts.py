"""A merchant shows the provider who they are, and is sent money by it once."""

import asyncio
from uuid import UUID

import msgspec
import pytest

from highstreet.kit.database import OPERATOR, Actor, ActorKind
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.merchants import MerchantDraft
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.accounts import AccountWanted, TransferWanted
from highstreet.market.payments.providers.port import Refused
from tests.sandbox.shop import Shop, rows


@pytest.fixture
async def wanted(shop: Shop) -> AccountWanted:
    async with shop.database.transaction(OPERATOR) as tx:
        merchant_id = await catalog.create_merchant(tx, MerchantDraft(name="Pizzeria Milano"))
    return AccountWanted(merchant_id=merchant_id, country="IT", currency="EUR")


async def connect(shop: Shop, wanted: AccountWanted) -> str:
    return await payments.connect_account(shop.database, shop.provider, wanted, f"{shop.base}/back")


async def test_a_merchant_is_payable_once_they_have_shown_who_they_are(shop: Shop, wanted: AccountWanted) -> None:
    addresses = await asyncio.gather(*(connect(shop, wanted) for _ in range(4)))
    assert len(set(addresses)) == 1
    before = await payments.refresh_account(shop.database, shop.provider, wanted.merchant_id)
    assert (before.ready, len(before.missing)) == (False, 1)
    assert "Pretend" in (await shop.browser.get(addresses[0])).text
    assert "Done" in (await shop.browser.post(addresses[0])).text
    for _ in range(2):
        assert (await payments.refresh_account(shop.database, shop.provider, wanted.merchant_id)).ready
    assert len(await rows(shop.database, "SELECT id FROM kit.facts WHERE name = 'merchant.payable'")) == 1


async def test_money_is_sent_once_and_no_more_than_there_is(shop: Shop, wanted: AccountWanted) -> None:
    await shop.pay(await shop.order())
    page = await connect(shop, wanted)
    account = await payments.refresh_account(shop.database, shop.provider, wanted.merchant_id)
    sent = TransferWanted(id=UUID(int=3), account_ref=account.provider_ref, amount_minor=4000, currency="EUR")
    with pytest.raises(Refused, match="who they are"):
        await shop.provider.transfer(sent)
    await shop.browser.post(page)
    assert await shop.provider.transfer(sent) == await shop.provider.transfer(sent)
    with pytest.raises(Refused, match="balance in EUR is 880"):
        await shop.provider.transfer(msgspec.structs.replace(sent, id=UUID(int=4)))
    with pytest.raises(Refused, match="another transfer"):
        await shop.provider.transfer(msgspec.structs.replace(sent, amount_minor=1))


async def test_an_account_stays_where_it_was_opened(shop: Shop, wanted: AccountWanted) -> None:
    await connect(shop, wanted)
    with pytest.raises(Conflict):
        await connect(shop, msgspec.structs.replace(wanted, country="FR"))
    for wrong in ({"country": "Italy"}, {"currency": "euro"}):
        with pytest.raises(InvalidInput):
            await connect(shop, msgspec.structs.replace(wanted, **wrong))


async def test_an_account_is_seen_by_the_merchants_own_staff_alone(shop: Shop, wanted: AccountWanted) -> None:
    await connect(shop, wanted)
    async with shop.database.transaction(OPERATOR) as tx:
        assert not (await payments.account_of(tx, wanted.merchant_id, "sandbox")).ready
    for kind in (ActorKind.STAFF, ActorKind.SHOPPER, ActorKind.PARTNER):
        async with shop.database.transaction(Actor(kind, UUID(int=8))) as tx:
            with pytest.raises(NotFound):
                await payments.account_of(tx, wanted.merchant_id, "sandbox")
