"""Who buys in a house and what: deals with a cap, buyers who are known, and the requests that they send."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from random import SystemRandom
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit import crypto, webhooks
from highstreet.kit.crypto import Signer
from highstreet.kit.database import OPERATOR, VISITOR, Database
from highstreet.kit.ids import uuid7
from highstreet.kit.sandbox_keys import webhook_secret
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.drafts import OptionDraft
from highstreet.market.catalog.domain.merchants import MerchantDraft
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.logins import Method, Visitor
from highstreet.market.identity.domain.roles import Role
from highstreet.market.identity.usecases import logins
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain import quotes
from highstreet.market.orders.domain.cart import Cart, CartLine
from highstreet.market.orders.domain.orders import SaleRules
from highstreet.market.orders.domain.quotes import Quote
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Payment
from highstreet.market.payments.providers.sandbox import SIGNATURE
from highstreet.web.actors import csrf_token
from highstreet.web.cookies import login_cookie_name
from tests.market.catalog.conftest import TOWNS, World, location_in, pizza
from tests.market.payments.conftest import event, said
from tests.proofs.house import SECRET, House, Open
from tests.proofs.wire import written

_RULES: Final = SaleRules(commission_rate=2_500, commission_tax_rate=2_000, sells_invented=False)
_RNG: Final = SystemRandom()
_BATCH: Final = 500


class Person(msgspec.Struct, frozen=True):
    """Somebody who is signed in, and the headers by which they are known."""

    id: UUID
    headers: tuple[str, ...]


class Hot(msgspec.Struct, frozen=True):
    """What everybody wants: an option, and the quote that each gets a copy of."""

    option_id: UUID
    quote: Quote


class Wish(msgspec.Struct, frozen=True):
    """One buyer's order as they send it, again and again until they know what became of it."""

    buyer: Person
    request: bytes


class Shop(msgspec.Struct, frozen=True):
    """A merchant, where it redeems, and a member of its staff."""

    merchant_id: UUID
    location_id: UUID
    staff: Person


class Street:
    """A house with merchants in it. Made by `open_street`."""

    def __init__(self, opened: Open, shops: Sequence[Shop]) -> None:
        self.house: House = opened.house
        self.database: Database = opened.database
        self.shops = shops
        self._signer = Signer(SECRET, "quote")
        self._events: Iterator[int] = itertools.count(1)

    async def people(self, count: int) -> list[Person]:
        """So many guests, each with an account and a browser of their own."""
        found: list[Person] = []
        for begin in range(0, count, _BATCH):
            async with self.database.system() as tx:
                for number in range(begin, min(begin + _BATCH, count)):
                    account = await identity.begin_guest(tx, f"buyer{number}@example.com", "en")
                    visitor = Visitor("a browser", f"192.0.2.{number % 256}")
                    begun = await logins.begin(tx, account.id, Method.GUEST, visitor)
                    found.append(Person(account.id, _known(self.house, begun)))
        return found

    async def deal(self, cap: int | None, *, per_buyer_limit: int | None = None, shop: int = 0) -> Hot:
        """A live deal of so many units at 15 dollars each."""
        at, now = self.shops[shop], self.house.clock.now()
        here = at.location_id
        world = World(chicago=here, schaumburg=here, munich=here, merchant=at.merchant_id, loop=here, mall=here)
        option = OptionDraft(title="For two", price_minor=1500, cap=cap, per_buyer_limit=per_buyer_limit)
        days = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=60)}
        draft = pizza(world, locations=(here,), options=(option,), **days)
        async with self.database.transaction(OPERATOR) as tx:
            deal_id = await catalog.create_deal(tx, draft)
            await catalog.submit(tx, deal_id)
            await catalog.approve(tx, deal_id)
            await catalog.publish(tx, deal_id)
        async with self.database.system() as tx:
            [deal] = await catalog.published_deals(tx, [deal_id])
        async with self.database.transaction(VISITOR) as tx:
            cart = Cart(lines=(CartLine(option_id=deal.options[0].id, quantity=1),))
            priced = await orders.quote(tx, self._signer, _RULES, cart)
        return Hot(deal.options[0].id, priced.quote)

    def wish(self, buyer: Person, hot: Hot, key: str | None = None, **changed: object) -> Wish:
        """With a quote made just now, and a key of its own; what is `changed` is so in the quote."""
        now = self.house.clock.now()
        made = msgspec.structs.replace(hot.quote, id=uuid7(now, _RNG), made_at=now)
        quote = msgspec.structs.replace(made, **changed)
        token = self._signer.sign(quotes.encode(quote), now + quotes.GOOD_FOR)
        headers = [*buyer.headers, f"idempotency-key: {key or crypto.new_token()}"]
        return Wish(buyer, written("POST", "/api/v1/orders", msgspec.json.encode({"quote": token}), headers))

    async def payments_of(self, order_ids: Sequence[UUID]) -> list[Payment]:
        async with self.database.system() as tx:
            return [(await payments.of_order(tx, order_id))[-1] for order_id in order_ids]

    def word(self, payment: Payment, state: str = "captured", **more: object) -> bytes:
        """The provider's signed word of a payment, an event of its own, as it sends it to us."""
        content = event(next(self._events), said(payment, state, **more), self.house.clock)
        body = msgspec.json.encode(content)
        signature = webhooks.sign(body, webhook_secret(SECRET), self.house.clock.now())
        return written("POST", "/webhooks/payments/sandbox", body, [f"{SIGNATURE}: {signature}"])

    async def expire(self) -> int:
        """A quarter of an hour later: what was held for who did not pay goes back, as the worker does it."""
        self.house.clock.advance(timedelta(minutes=16))
        expired = 0
        while True:
            async with self.database.system() as tx:
                count = await orders.expire(tx)
            expired += count
            if not count:
                return expired


async def open_street(opened: Open) -> Street:
    """Two merchants in a town, each with somebody who redeems."""
    async with opened.database.system() as tx:
        await catalog.store_places(tx, TOWNS[:1])
        await catalog.seed_categories(tx)
        place = await catalog.place_by_slug(tx, "chicago-il-us")
        assert place is not None
    shops = [await _shop(opened, place.id, name) for name in ("Blue Door Pizza", "Green Door Pizza")]
    return Street(opened, shops)


async def _shop(opened: Open, place_id: UUID, name: str) -> Shop:
    async with opened.database.transaction(OPERATOR) as tx:
        merchant_id = await catalog.create_merchant(tx, MerchantDraft(name=name))
        location_id = await catalog.add_location(tx, merchant_id, location_in(place_id))
    return Shop(merchant_id, location_id, await staff_of(opened.house, opened.database, merchant_id, name))


async def staff_of(house: House, database: Database, merchant_id: UUID, name: str) -> Person:
    """Somebody who may redeem for the merchant, signed in."""
    async with database.system() as tx:
        address = to_address(f"{name.replace(' ', '.')}@example.com")
        account = await identity.prove(tx, address, "en")
        await identity.grant(tx, account.id, Role.MERCHANT_SCANNER, merchant_id)
        begun = await logins.begin(tx, account.id, Method.PASSWORD, Visitor("a browser", "192.0.2.1"))
    return Person(account.id, _known(house, begun))


def _known(house: House, begun: logins.Begun) -> tuple[str, ...]:
    token = csrf_token(SECRET, begun.login)
    return (f"cookie: {login_cookie_name(house.settings)}={begun.token}", f"x-csrf-token: {token}")


asked = partial(written, "GET")
