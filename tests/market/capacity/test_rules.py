"""The capacity guard's rules against plain simulations: every way to buy and to come is played, guest by guest."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.market.capacity.domain.guard import TRANSITIONS, GuardState, next_step
from highstreet.market.capacity.domain.load import Demand, Window, demand_of, squeeze, weeks
from highstreet.market.capacity.domain.margin import Rates, margin
from highstreet.market.catalog.domain.deals import TRANSITIONS as DEAL_TRANSITIONS
from highstreet.market.catalog.domain.deals import DealState, Option
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.ledger.domain.policies import Policy, VoucherTax, included_tax
from highstreet.market.ledger.domain.vouchers import VoucherMoney, redemption

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HERE, THERE, OPTION = UUID(int=1), UUID(int=2), UUID(int=3)


@st.composite
def demands(draw: st.DrawFn, days: int) -> Demand:
    firsts = sorted(draw(st.sets(st.integers(0, days - 1), max_size=3)))
    lasts = sorted(draw(st.sets(st.integers(0, days - 1), min_size=len(firsts), max_size=len(firsts))))
    windows = tuple(Window(a, b) for a, b in zip(firsts, lasts, strict=True) if a <= b)
    return Demand(
        guests=draw(st.integers(0, 3)),
        first=min((each.first for each in windows), default=0),
        last=windows[-1].last if windows else None,
        windows=windows,
    )


def all_served(guests: list[Window], room: list[int]) -> bool:
    """Day by day, whoever has to hurry most comes first: no other order serves more."""
    waiting = sorted(guests, key=lambda each: each.last)
    for day, places in enumerate(room):
        today = [each for each in waiting if each.first <= day][:places]
        for each in today:
            waiting.remove(each)
        if any(each.last <= day for each in waiting):
            return False
    return not waiting


def every_way_to_buy(wanted: list[Demand]) -> list[list[Window]]:
    choices = [each.windows for each in wanted for _ in range(each.guests) if each.windows]
    return [list(each) for each in product(*choices)]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_all_are_served_whenever_they_buy_exactly_where_the_tightest_days_fit(data: st.DataObject) -> None:
    room = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=6))
    wanted = data.draw(st.lists(demands(len(room)), max_size=2))
    tightest = squeeze(wanted, room)
    served = all(all_served(guests, room) for guests in every_way_to_buy(wanted))
    assert served is (tightest is None or tightest.fits)
    if tightest is not None:
        assert tightest.room == sum(room[tightest.first : tightest.last + 1])
        worst = max(
            sum(each.first >= tightest.first and each.last <= tightest.last for each in guests)
            for guests in every_way_to_buy(wanted)
        )
        assert worst == tightest.guests


@given(
    st.integers(0, 20),
    st.integers(0, 30),
    st.none() | st.integers(0, 40),
    st.none() | st.integers(1, 9),
    st.sampled_from([None, 3]),
)
def test_windows_are_those_that_vouchers_of_each_day_of_sale_have(
    starts: int, lasts: int, until: int | None, within: int | None, opens: int | None
) -> None:
    at = MONDAY + timedelta(hours=9)
    sales = (at + timedelta(days=starts), at + timedelta(days=starts + lasts, hours=1))
    closes = None if until is None else at + timedelta(days=until + starts)
    option = Option(
        id=OPTION,
        position=0,
        title="One",
        price_minor=1,
        redeem_from=None if opens is None else MONDAY + timedelta(days=starts + opens),
        redeem_until=closes,
        redeem_within_days=within,
    )
    demand = demand_of(option, 5, MONDAY.date(), sales, "UTC")
    opens_at = 0 if opens is None else starts + opens
    each_day: list[Window] = []
    for sold in range(starts, starts + lasts + 1):
        ends = [sold + within] if within else []
        ends += [until + starts] if until is not None else []
        if ends and max(sold, opens_at) <= min(ends):
            each_day.append(Window(max(sold, opens_at), min(ends)))
    holds_none = {
        one
        for one in each_day
        if not any(other != one and one.first <= other.first and other.last <= one.last for other in each_day)
    }
    assert set(demand.windows) == holds_none
    assert list(demand.windows) == sorted(demand.windows)
    assert sorted(each.last for each in demand.windows) == [each.last for each in demand.windows]
    assert demand.last == (max((each.last for each in each_day), default=-1) if until is not None or within else None)


@settings(deadline=None)
@given(st.lists(demands(30), max_size=3), st.lists(st.integers(0, 4), min_size=30, max_size=30))
def test_weeks_tell_who_may_come_and_lose_nobody(wanted: list[Demand], room: list[int]) -> None:
    rooms = {HERE: room, THERE: [1] * 30}
    shown = weeks(wanted, rooms, MONDAY.date())
    for location_id, places in rooms.items():
        own = [each for each in shown if each.location_id == location_id]
        days = sum((each.last_day - each.first_day).days + 1 for each in own)
        assert (days, own[0].first_day, own[-1].last_day) == (30, date(2026, 3, 2), date(2026, 3, 31))
        for week in own:
            for monday in range((week.first_day - MONDAY.date()).days, (week.last_day - MONDAY.date()).days + 1, 7):
                span = set(range(monday, min(monday + 7, 30)))
                may_come = [
                    each
                    for each in wanted
                    if span & set(range(each.first, (29 if each.last is None else each.last) + 1))
                ]
                assert (week.room, week.most) == (
                    sum(places[day] for day in span),
                    sum(each.guests for each in may_come),
                )


def test_the_same_voucher_is_worth_to_its_merchant_what_the_books_will_say() -> None:
    tax = Policy(jurisdiction="*", since=MONDAY, voucher_tax=VoucherTax.MULTI_PURPOSE, tax_basis_points=1900)
    for price_minor in range(0, 4000, 7):
        rates = Rates(commission_rate=2137, policy=tax, own_tax_rate=0)
        told = margin(OPTION, price_minor, 10, 150, rates)
        money = VoucherMoney(
            voucher_id=OPTION,
            order_id=OPTION,
            merchant_id=HERE,
            terms_version=1,
            currency="EUR",
            paid_minor=price_minor,
            commission_minor=price_minor * 2137 // 10_000,
            voucher_tax=tax.voucher_tax,
            voucher_tax_minor=included_tax(price_minor - price_minor * 2137 // 10_000, 1900),
        )
        booked = redemption(money, OPTION) if price_minor else None
        lines = booked.lines if booked else ()
        earned = -sum(each.amount_minor for each in lines if each.account.code is AccountCode.MERCHANT_PAYABLE)
        assert told.left_minor == earned - 150
        assert told.total_minor == sum(earned - 150 for _ in range(10))


@given(
    st.lists(st.tuples(st.integers(0, 120), st.sampled_from(["guard", "resume", "pause"])), max_size=30),
    st.integers(2, 100),
    st.data(),
)
def test_a_pause_ends_by_a_person_or_when_the_load_has_fallen_and_by_nothing_else(
    story: list[tuple[int, str]], pause: int, data: st.DataObject
) -> None:
    resume = data.draw(st.integers(1, pause - 1))
    guard, deal, waived = GuardState.WATCHING, DealState.LIVE, False
    for percent, who in story:
        if who == "resume" and deal is DealState.PAUSED:
            deal, waived = DealState.LIVE, guard is GuardState.PAUSED
            continue
        if who == "pause" and deal is DealState.LIVE:
            deal = DealState.PAUSED
            continue
        step = next_step(guard, deal, percent, pause, resume)
        assert step.state is guard or step.state in TRANSITIONS[guard]
        waived = waived and percent >= resume
        if step.deal is not None:
            assert step.deal in DEAL_TRANSITIONS[deal]
        if step.deal is DealState.PAUSED:
            assert percent >= pause
            assert not waived
        if step.deal is DealState.LIVE:
            assert guard is GuardState.PAUSED
            assert percent < resume
        guard, deal = step.state, step.deal or deal
