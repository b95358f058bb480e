"""Whatever happens to orders in whatever order, they stand where a plain model says they do."""

from datetime import timedelta
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.orders import Order, SoldOut
from highstreet.market.orders.domain.states import OrderState
from highstreet.market.orders.service import Purchase
from highstreet.market.payments.domain.payments import Ending
from tests.market.orders.conftest import (
    Counts,
    Offer,
    check_books,
    check_stock,
    paid,
    payment_of,
    stock,
    told,
    tried,
    vouchers_of,
    wants,
)

CAP = 5
PRICE = 1500
Step = tuple[str, int]

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["place", "pay", "pay", "decline", "cancel", "wait", "give back one", "give back all"]),
        st.integers(0, 3),
    ),
    min_size=3,
    max_size=14,
)


class Expected(msgspec.Struct):
    """An order as it should be. `open` counts vouchers that were not given back, `sent_back` money."""

    order: Order
    quantity: int
    state: OrderState = OrderState.HELD
    open: int = 0
    sent_back: int = 0


class Story:
    """Does each step to the real thing and to the model, and holds the two together."""

    def __init__(self, database: Database, clock: FixedClock, option_id: UUID) -> None:
        self.database, self.clock, self.option_id = database, clock, option_id
        self.known: list[Expected] = []

    def _count(self, *states: OrderState) -> int:
        return sum(each.quantity for each in self.known if each.state in states)

    @property
    def sold(self) -> int:
        return sum(each.open for each in self.known)

    async def tell(self, step: Step) -> None:
        name, number = step
        if name == "place":
            await self._place(number % 3 + 1)
        elif name == "wait":
            await self._wait()
        elif self.known:
            one = self.known[number % len(self.known)]
            await {
                "pay": self._pay,
                "decline": self._decline,
                "cancel": self._cancel,
                "give back one": self._give_back_one,
                "give back all": self._give_back_all,
            }[name](one)
        await self.check()

    async def _place(self, quantity: int) -> None:
        left = CAP - self.sold - self._count(OrderState.HELD)
        purchase = await self._quoted(quantity)
        if isinstance(purchase, SoldOut):
            assert (purchase.remaining, quantity > left) == (left, True)
            return
        made = await tried(self.database, purchase)
        assert isinstance(made, Order)
        assert quantity <= left
        self.known.append(Expected(order=made, quantity=quantity))

    async def _quoted(self, quantity: int) -> Purchase | SoldOut:
        try:
            return await wants(self.database, (self.option_id, quantity))
        except SoldOut as refused:
            return refused

    async def _pay(self, one: Expected) -> None:
        await paid(self.database, one.order)
        if one.state is OrderState.HELD:
            one.state, one.open = OrderState.PAID, one.quantity
        elif one.state in {OrderState.EXPIRED, OrderState.CANCELLED}:
            one.sent_back = PRICE * one.quantity

    async def _decline(self, one: Expected) -> None:
        """A payment that ended may be captured all the same: word of the two crosses on its way."""
        await told(self.database, await payment_of(self.database, one.order), ended=Ending.FAILED)

    async def _cancel(self, one: Expected) -> None:
        try:
            async with self.database.system() as tx:
                await orders.cancel(tx, one.order.id)
        except Conflict:
            assert one.state is not OrderState.HELD
        else:
            assert one.state is OrderState.HELD
            one.state = OrderState.CANCELLED

    async def _wait(self) -> None:
        self.clock.advance(timedelta(minutes=15))
        async with self.database.system() as tx:
            expired = await orders.expire(tx)
        held = [each for each in self.known if each.state is OrderState.HELD]
        assert expired == len(held)
        for each in held:
            each.state = OrderState.EXPIRED

    async def _give_back_one(self, one: Expected) -> None:
        still_open = [each for each in await vouchers_of(self.database, one.order) if each.state == "issued"]
        assert len(still_open) == one.open
        await self._give_back(one, [still_open[0].id] if still_open else None)

    async def _give_back_all(self, one: Expected) -> None:
        await self._give_back(one, None)

    async def _give_back(self, one: Expected, voucher_ids: list[UUID] | None) -> None:
        try:
            async with self.database.system() as tx:
                refunded = await orders.refund(tx, one.order.id, voucher_ids)
        except Conflict:
            assert not one.open
            return
        given = len(refunded.voucher_ids)
        assert given == (1 if voucher_ids else one.open)
        one.open -= given
        one.sent_back += PRICE * given
        one.state = OrderState.PARTLY_REFUNDED if one.open else OrderState.REFUNDED

    async def check(self) -> None:
        for each in self.known:
            async with self.database.system() as tx:
                now = await orders.order(tx, each.order.id)
            assert now.state is each.state
            assert (await payment_of(self.database, each.order)).refunding_minor == each.sent_back
        held, sold = self._count(OrderState.HELD), self.sold
        if self.known:
            expected = Counts(held=held, sold=sold, remaining=CAP - held - sold)
            assert await stock(self.database, self.option_id) == expected
        await check_books(self.database)
        await check_stock(self.database)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(STEPS)
async def test_orders_stand_where_a_plain_model_says(
    database: Database, offer: Offer, clock: FixedClock, steps: list[Step]
) -> None:
    deal = await offer(CAP)
    story = Story(database, clock, deal.options[0])
    for step in steps:
        await story.tell(step)
    await story.tell(("wait", 0))  # so that the next story begins with nothing held
