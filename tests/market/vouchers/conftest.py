"""A shop that sells vouchers: a deal that is live, and what is needed to issue, book and redeem."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec
import pytest

from highstreet.kit.database import Database
from highstreet.kit.settings import Secret
from highstreet.market.catalog import service as catalog
from highstreet.market.identity import service as identity
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.ledger.domain.entries import EntryKind, credit, debit, entry
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.redemptions import Presented, Redeemer, Redemption, Refused
from highstreet.market.vouchers.domain.vouchers import NewVoucher, Voucher
from tests.market.catalog.conftest import Publish, World, administrator_here, publish, world

__all__ = ["administrator_here", "publish", "world"]


Issue = Callable[..., Awaitable[Voucher]]


class Shop(msgspec.Struct, frozen=True):
    """A deal on sale, and an account that buys it."""

    world: World
    deal: UUID
    option: UUID
    buyer: UUID
    staff: UUID

    @property
    def till(self) -> Redeemer:
        """Somebody who redeems at the merchant."""
        return Redeemer(merchant_id=self.world.merchant, account_id=self.staff)

    def wanted(self, **stated: object) -> NewVoucher:
        """A voucher of the deal for 15 dollars, of which three are ours, where nothing else is stated."""
        usual = NewVoucher(
            order_id=self.buyer,
            line_id=self.buyer,
            owner_account_id=self.buyer,
            deal_id=self.deal,
            option_id=self.option,
            merchant_id=self.world.merchant,
            currency="USD",
            price_minor=1500,
            paid_minor=1500,
            commission_minor=300,
            commission_tax_minor=30,
            terms_version=1,
            title="Two pizzas of your choice: for two",
            location_ids=(self.world.loop, self.world.mall),
        )
        return msgspec.structs.replace(usual, **stated)


@pytest.fixture(scope="session")
def keys() -> vouchers.VoucherKeys:
    return vouchers.VoucherKeys(Secret("a secret of the tests, and of nobody else"))


@pytest.fixture
async def shop(database: Database, world: World, publish: Publish) -> Shop:
    deal_id = await publish()
    async with database.system() as tx:
        [deal] = await catalog.published_deals(tx, [deal_id])
        buyer = await identity.begin_guest(tx, "somebody@example.com", "en")
        staff = await identity.begin_guest(tx, "staff@example.com", "en")
        return Shop(world, deal_id, deal.options[0].id, buyer.id, staff.id)


@pytest.fixture
def issue(database: Database, shop: Shop, keys: vouchers.VoucherKeys) -> Issue:
    """Issues one voucher and books what was paid; what is stated changes it."""

    async def run(**stated: object) -> Voucher:
        async with database.system() as tx:
            [voucher] = await vouchers.issue(tx, keys, [shop.wanted(**stated)])
            paid = voucher.paid_minor
            captured = [debit(AccountCode.PROVIDER_CLEARING, paid), credit(AccountCode.VOUCHER_LIABILITY, paid)]
            await ledger.post(tx, entry(f"capture:{voucher.id}", EntryKind.CAPTURE, voucher.currency, captured))
            return voucher

    return run


class Till(msgspec.Struct, frozen=True):
    """Redeems as staff do, at the merchant's first location where nothing else is said."""

    database: Database
    keys: vouchers.VoucherKeys
    shop: Shop

    async def codes(self, voucher: Voucher) -> vouchers.Codes:
        async with self.database.system() as tx:
            return await vouchers.codes_of(tx, self.keys, voucher.id, voucher.owner_account_id)

    async def redeem(
        self, code: str, nonce: str, redeemer: Redeemer | None = None, **presented: object
    ) -> Redemption | Refused:
        usual = Presented(code=code, nonce=nonce, location_id=self.shop.world.loop)
        said = msgspec.structs.replace(usual, **presented)
        async with self.database.system() as tx:
            return await vouchers.redeem(tx, self.keys, redeemer or self.shop.till, said)

    async def scan(
        self, voucher: Voucher, nonce: str, redeemer: Redeemer | None = None, **presented: object
    ) -> Redemption | Refused:
        return await self.redeem((await self.codes(voucher)).bearer, nonce, redeemer, **presented)

    async def reverse(self, redemption: Redemption, redeemer: Redeemer | None = None) -> Redemption | Refused:
        async with self.database.system() as tx:
            return await vouchers.reverse(tx, redeemer or self.shop.till, redemption.id, reason="wrong table")

    async def books(self) -> dict[AccountCode, int]:
        """What accounts hold, each on its normal side, without those that hold nothing."""
        async with self.database.system() as tx:
            held = {each.account.code: each.normal_minor for each in await ledger.balances(tx)}
            liability = held.get(AccountCode.VOUCHER_LIABILITY, 0)
            assert liability == sum((await vouchers.open_paid_value(tx)).values())
        return {code: minor for code, minor in held.items() if minor}


@pytest.fixture
def till(database: Database, keys: vouchers.VoucherKeys, shop: Shop) -> Till:
    return Till(database, keys, shop)


def done(answer: Redemption | Refused) -> Redemption:
    assert isinstance(answer, Redemption), answer
    return answer


def why(answer: Redemption | Refused) -> str:
    assert isinstance(answer, Refused), answer
    assert all(answer.in_words(str))
    return answer.why


async def standing(database: Database, voucher_id: UUID) -> Voucher:
    async with database.system() as tx:
        return await vouchers.voucher(tx, voucher_id)
