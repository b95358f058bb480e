"""Merchants who earn: a book of redemptions, refunds and reversals to settle."""

from uuid import UUID

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.merchants import MerchantDraft
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.entries import Entry
from highstreet.market.ledger.domain.vouchers import VoucherMoney, redemption, refund_after_redemption
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.payees import NEW_DESTINATION_WAITS, PayeeTerms

CLEARING = Account(AccountCode.PROVIDER_CLEARING)
PAID = PayeeTerms(destination="creditor 7")


def money(number: int, merchant_id: UUID, price: int = 5000, currency: str = "USD") -> VoucherMoney:
    """A voucher of which a fifth is commission, and of that a tenth tax."""
    return VoucherMoney(
        voucher_id=UUID(int=number),
        order_id=UUID(int=number),
        merchant_id=merchant_id,
        terms_version=2,
        currency=currency,
        paid_minor=price,
        commission_minor=price // 5,
        commission_tax_minor=price // 50,
    )


def earned(number: int, merchant_id: UUID, price: int = 5000, currency: str = "USD") -> Entry:
    return redemption(money(number, merchant_id, price, currency), UUID(int=number))


def given_back(number: int, merchant_id: UUID, price: int = 5000, currency: str = "USD") -> Entry:
    return refund_after_redemption(money(number, merchant_id, price, currency), UUID(int=number), CLEARING)


@pytest.fixture
async def merchant_id(database: Database) -> UUID:
    async with database.transaction(OPERATOR) as tx:
        return await catalog.create_merchant(tx, MerchantDraft(name="Pizzeria Milano"))


@pytest.fixture
async def paid_merchant(database: Database, clock: FixedClock, merchant_id: UUID) -> UUID:
    """One with a destination that has waited long enough."""
    async with database.transaction(OPERATOR) as tx:
        await settlement.agree(tx, merchant_id, "USD", PAID)
    clock.advance(NEW_DESTINATION_WAITS)
    return merchant_id


async def book(database: Database, *entries: Entry) -> None:
    async with database.system() as tx:
        await ledger.post_many(tx, entries)


async def payable(database: Database, merchant_id: UUID, currency: str = "USD") -> int:
    async with database.system() as tx:
        account = Account(AccountCode.MERCHANT_PAYABLE, merchant_id)
        return (await ledger.balance(tx, account, currency)).normal_minor
