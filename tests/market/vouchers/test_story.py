"""Any story of a voucher, told to the service and to a plain model of it: both say the same, and the books balance."""

from datetime import datetime, timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain import vouchers as booking
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.policies import ExpiryPolicy
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.redemptions import REVERSAL_WITHIN, Redemption
from highstreet.market.vouchers.domain.vouchers import OFFLINE_GRACE, Value, Voucher, VoucherState
from tests.market.vouchers.conftest import Issue, Till, standing

DAY = timedelta(days=1)

_STEPS = st.one_of(
    st.tuples(st.just("redeem"), st.integers(1, 6)),
    st.tuples(st.just("reverse"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.sampled_from([1, 14, 15, 24 * 60, 10 * 24 * 60])),
    st.tuples(st.just("sweep"), st.just(0)),
    st.tuples(st.sampled_from(["refund", "void"]), st.just(0)),
)
_SOLD = st.fixed_dictionaries(
    {
        "units": st.integers(1, 7),
        "paid": st.sampled_from([0, 1, 700, 1000, 1001]),
        "promotion": st.sampled_from([0, 1, 333]),
        "promised_days": st.sampled_from([None, 5, 12]),
        "paid_days": st.sampled_from([None, 12, 20]),
    }
)


class Used(msgspec.Struct):
    redemption: Redemption
    units: int
    at: datetime
    reversed: bool = False


class Plain(msgspec.Struct):
    """What a voucher ought to be, by the words of its rules."""

    units: int
    paid: int
    until: datetime | None
    paid_until: datetime | None
    closed: VoucherState | None = None
    used: list[Used] = []

    @property
    def left(self) -> int:
        return 0 if self.closed else self.units - sum(each.units for each in self.used if not each.reversed)

    def paid_left(self, voucher: Voucher) -> int:
        """What was paid less what the parts took: all of it is with somebody."""
        del voucher
        taken = sum(each.redemption.paid_minor for each in self.used if not each.reversed)
        return 0 if self.closed else self.paid - taken

    def state(self, now: datetime) -> VoucherState:
        if self.closed:
            return self.closed
        if self.left == 0:
            return VoucherState.REDEEMED
        if self.until is None or now < self.until:
            return VoucherState.ISSUED
        over = self.paid_until is not None and now >= self.paid_until
        nothing = self.paid - sum(each.redemption.paid_minor for each in self.used if not each.reversed) == 0
        return VoucherState.EXPIRED if over or nothing else VoucherState.PROMO_EXPIRED


class Story:
    """Does each step on both sides."""

    def __init__(self, database: Database, till: Till, clock: FixedClock, voucher: Voucher, plain: Plain) -> None:
        self.database, self.till, self.clock, self.voucher, self.plain = database, till, clock, voucher, plain
        self.nonce = 0

    @property
    def open(self) -> bool:
        return self.plain.state(self.clock.now()) in {VoucherState.ISSUED, VoucherState.PROMO_EXPIRED}

    async def redeem(self, units: int) -> None:
        allowed = self.open and units <= self.plain.left
        self.nonce += 1
        answer = await self.till.scan(self.voucher, f"{self.voucher.id} {self.nonce}", None, units=units)
        assert isinstance(answer, Redemption) == allowed, answer
        if isinstance(answer, Redemption):
            self.plain.used.append(Used(answer, units, self.clock.now()))

    async def reverse(self, number: int) -> None:
        if number >= len(self.plain.used):
            return
        used = self.plain.used[number]
        in_time = self.clock.now() < used.at + REVERSAL_WITHIN
        allowed = in_time and not used.reversed and self.plain.closed is None
        assert isinstance(await self.till.reverse(used.redemption), Redemption) == allowed
        used.reversed = used.reversed or allowed

    async def wait(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    async def sweep(self, _: int) -> None:
        async with self.database.system() as tx:
            while await vouchers.expire_due(tx):
                pass
        late = self.plain.state(self.clock.now() - OFFLINE_GRACE) is VoucherState.EXPIRED
        if late and self.plain.closed is None:
            self.plain.closed = VoucherState.EXPIRED

    async def refund(self, _: int) -> None:
        allowed = self.open
        async with self.database.system() as tx:
            refunded = await vouchers.refund(tx, [self.voucher.id])
            for each in refunded:
                given_to = Account(AccountCode.PROVIDER_CLEARING)
                await ledger.post(tx, booking.refund(each.money(each.left), each.id, given_to))
        assert bool(refunded) == allowed
        if allowed:
            assert refunded[0].left.paid_minor == self.plain.paid_left(self.voucher)
            self.plain.closed = VoucherState.REFUNDED

    async def void(self, _: int) -> None:
        allowed = self.open
        try:
            async with self.database.system() as tx:
                await vouchers.void(tx, self.voucher.id, by_id=None, reason="a story")
        except Conflict:
            assert not allowed
        else:
            assert allowed
            self.plain.closed = VoucherState.VOID

    async def check(self) -> None:
        now = await standing(self.database, self.voucher.id)
        assert (now.state, now.units_left, now.paid_left_minor) == (
            self.plain.state(self.clock.now()),
            self.plain.left,
            self.plain.paid_left(now),
        )
        async with self.database.system() as tx:
            steps = await vouchers.history(tx, self.voucher.id)
        assert sum(step.paid_minor for step in steps) == now.paid_left_minor
        await self.till.books()  # the liability is the open paid value of all vouchers of all stories


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sold=_SOLD, steps=st.lists(_STEPS, max_size=10))
async def test_any_story_ends_as_the_plain_rules_say(
    database: Database,
    till: Till,
    clock: FixedClock,
    issue: Issue,
    sold: dict[str, int | None],
    steps: list[tuple[str, int]],
) -> None:
    now, days, paid_days = clock.now(), sold["promised_days"], sold["paid_days"]
    units, paid, promotion = sold["units"] or 1, sold["paid"] or 0, sold["promotion"] or 0
    until = None if days is None else now + days * DAY
    paid_until = None if until is None or paid_days is None else max(until, now + paid_days * DAY)
    voucher = await issue(
        price_minor=paid + promotion,
        paid_minor=paid,
        promotion_minor=promotion,
        commission_minor=(paid + promotion) // 5,
        commission_tax_minor=(paid + promotion) // 50,
        uses=units,
        redeem_until=until,
        paid_value_until=paid_until,
        expiry=ExpiryPolicy.STAYS_OPEN if paid_until is None else ExpiryPolicy.BREAKAGE,
    )
    story = Story(database, till, clock, voucher, Plain(units, paid, until, paid_until, used=[]))
    for name, number in steps:
        await getattr(story, name)(number)
        await story.check()


@given(
    whole=st.tuples(*[st.integers(0, 10**6)] * 2, *[st.floats(0, 1)] * 3),
    units=st.integers(1, 10**6),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=20),
)
def test_parts_sum_up_whatever_is_taken_back_between(
    whole: tuple[int, int, float, float, float], units: int, cuts: list[tuple[float, bool]]
) -> None:
    paid, promotion, commission, its_tax, tax = whole
    commission_minor = int((paid + promotion) * commission)
    left = sold = Value(
        units,
        paid,
        promotion,
        commission_minor,
        int(commission_minor * its_tax),
        int((paid + promotion - commission_minor) * tax),
    )
    taken: list[Value] = []
    for share, gives_back in cuts:
        if gives_back and taken:
            left = left.together(taken.pop(int(share * (len(taken) - 1))))
        elif left.units:
            taken.append(left.part(max(1, int(share * left.units))))
            left = left.without(taken[-1])
        for each in (left, *taken):
            assert min(msgspec.structs.astuple(each)) >= 0
            assert each.commission_minor + each.voucher_tax_minor <= each.price_minor
            assert each.commission_tax_minor <= each.commission_minor
    for each in taken:
        left = left.together(each)
    assert left == sold
