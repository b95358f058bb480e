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
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.cart import Cart, CartLine
from highstreet.market.orders.domain.orders import Order, SaleRules
from highstreet.market.orders.domain.quotes import Quote
from highstreet.market.orders.service import Purchase
from tests.market.catalog.conftest import Publish, administrator_here, publish, world

__all__ = ["administrator_here", "publish", "world"]

SIGNER = Signer(Secret("a secret of the tests, and of nobody else"), "quote")
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
    return orders.read(SIGNER, priced.token, tx.now)


async def wants(database: Database, *lines: tuple[UUID, int], account_id: UUID | None = None) -> Purchase:
    """A purchase of these options and quantities, quoted to a new buyer, or to a known one."""
    async with database.transaction(VISITOR) as tx:
        quote = await quoted(tx, *lines, account_id=account_id)
    return Purchase(account_id=account_id or await buyer(database), quote=quote)


async def placed(database: Database, purchase: Purchase) -> Order:
    async with database.system() as tx:
        outcome = await orders.place(tx, purchase)
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
