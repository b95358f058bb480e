"""A deal on sale, and buyers of it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec
import pytest

from highstreet.kit.crypto import Signer
from highstreet.kit.database import VISITOR, Database, Transaction
from highstreet.kit.errors import HighstreetError
from highstreet.kit.settings import Secret
from highstreet.market.catalog.domain.drafts import OptionDraft
from highstreet.market.identity import service as identity
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.cart import Cart, CartLine
from highstreet.market.orders.domain.orders import Order, SaleRules
from highstreet.market.orders.domain.quotes import Quote
from highstreet.market.orders.service import Purchase
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Ending, Known, Payment, PaymentSeen
from highstreet.market.payments.domain.seen import Seen
from highstreet.market.payments.usecases.applying import apply
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import Voucher
from highstreet.market.vouchers.service import VoucherKeys
from tests.market.catalog.conftest import Publish, administrator_here, publish, world

__all__ = ["administrator_here", "publish", "world"]

SECRET = Secret("a secret of the tests, and of nobody else")
KEYS = VoucherKeys(SECRET)
SIGNER = Signer(SECRET, "quote")
RULES = SaleRules(commission_rate=2_500, commission_tax_rate=2_000, sells_invented=False)


class Deal(msgspec.Struct, frozen=True):
    """A live deal and its options, in their order."""

    id: UUID
    options: tuple[UUID, ...]


class Counts(msgspec.Struct, frozen=True):
    """Stock of an option."""

    held: int
    sold: int
    remaining: int | None


Offer = Callable[..., Awaitable[Deal]]


@pytest.fixture
def offer(database: Database, publish: Publish) -> Offer:
    """A live deal of options at 15 dollars each, with these caps; what else is given changes the options."""

    async def run(*caps: int | None, **stated: object) -> Deal:
        usual = OptionDraft(title="For two", price_minor=1500)
        drafts = [msgspec.structs.replace(usual, cap=cap, **stated) for cap in caps or (None,)]
        deal_id = await publish(options=tuple(drafts))
        async with database.system() as tx:
            rows = await tx.fetch_all(
                dict[str, UUID], "SELECT id FROM catalog.options WHERE deal_id = %s ORDER BY position", [deal_id]
            )
        return Deal(deal_id, tuple(row["id"] for row in rows))

    return run


async def buyer(database: Database) -> UUID:
    """The id of somebody who buys."""
    async with database.system() as tx:
        return (await identity.begin_guest(tx, "somebody@example.com", "en")).id


async def quoted(tx: Transaction, *lines: tuple[UUID, int], account_id: UUID | None = None) -> Quote:
    cart = Cart(lines=tuple(CartLine(option_id=option_id, quantity=quantity) for option_id, quantity in lines))
    priced = await orders.quote(tx, SIGNER, RULES, cart, account_id=account_id)
    return orders.read(SIGNER, priced.token)


async def wants(database: Database, *lines: tuple[UUID, int], account_id: UUID | None = None) -> Purchase:
    """A purchase of these options and quantities, quoted to a new buyer, or to a known one."""
    async with database.transaction(VISITOR) as tx:
        quote = await quoted(tx, *lines, account_id=account_id)
    return Purchase(account_id=account_id or await buyer(database), quote=quote)


async def placed(database: Database, purchase: Purchase) -> Order:
    async with database.system() as tx:
        outcome = await orders.place(tx, KEYS, purchase)
    assert isinstance(outcome, orders.Placed)
    return outcome.order


async def tried(database: Database, purchase: Purchase) -> Order | HighstreetError:
    """The order, or why there is none."""
    try:
        return await placed(database, purchase)
    except HighstreetError as refused:
        return refused


async def stock(database: Database, option_id: UUID) -> Counts:
    async with database.system() as tx:
        found = await tx.fetch_one(
            Counts, "SELECT held, sold, remaining FROM orders.stock WHERE option_id = %s", [option_id]
        )
    assert found is not None
    return found


async def payment_of(database: Database, order: Order) -> Payment:
    async with database.system() as tx:
        return (await payments.of_order(tx, order.id))[-1]


async def told(
    database: Database,
    payment: Payment,
    *,
    authorised: bool = False,
    captured: bool = False,
    ended: Ending | None = None,
) -> Order:
    """The order after the provider said what is true of its payment."""
    known = Known(authorised=authorised, captured=captured, ended=ended)
    seen = PaymentSeen(amount_minor=payment.amount_minor, currency=payment.currency, known=known)
    async with database.system() as tx:
        held = await payments.standing(tx, payment.id)
        await apply(tx, "sandbox", held, Seen(reference=payment.id, payment=seen))
        return await orders.settle(tx, KEYS, payment.id)


async def paid(database: Database, order: Order) -> Order:
    return await told(database, await payment_of(database, order), captured=True)


async def vouchers_of(database: Database, order: Order) -> list[Voucher]:
    async with database.system() as tx:
        return await vouchers.vouchers_of_order(tx, order.id)


async def check_books(database: Database) -> None:
    """What is owed for vouchers is what open vouchers are worth, and every currency balances."""
    async with database.system() as tx:
        totals = await ledger.trial_balance(tx)
        owed = {total.currency: -total.debit_minor for total in totals if total.code is AccountCode.VOUCHER_LIABILITY}
        worth = await vouchers.open_paid_value(tx)
    assert {currency: minor for currency, minor in owed.items() if minor} == {
        currency: minor for currency, minor in worth.items() if minor
    }
    for currency in {total.currency for total in totals}:
        assert sum(total.debit_minor for total in totals if total.currency == currency) == 0


async def check_stock(database: Database) -> None:
    """Stock says what orders say, unit for unit."""
    async with database.system() as tx:
        wrong = await tx.fetch_all(
            dict[str, object],
            """
            SELECT stock.option_id, stock.held, stock.sold, counted.held AS ordered, counted.sold AS paid
            FROM orders.stock CROSS JOIN LATERAL (
                SELECT
                    coalesce(sum(lines.quantity) FILTER (WHERE orders.state IN ('held', 'authorised')), 0) AS held,
                    coalesce(sum(lines.quantity - lines.refunded)
                        FILTER (WHERE orders.state IN ('paid', 'partly_refunded', 'refunded')), 0) AS sold
                FROM orders.lines INNER JOIN orders.orders ON lines.order_id = orders.id
                WHERE lines.option_id = stock.option_id
            ) AS counted
            WHERE stock.held <> counted.held OR stock.sold <> counted.sold
            """,
        )
    assert wrong == []
