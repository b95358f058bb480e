"""The market that a seed begins with: two merchants, three deals, a few buyers and a code."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.market.bookings import service as bookings
from highstreet.market.bookings.domain import Plan
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.drafts import OptionDraft
from highstreet.market.catalog.domain.merchants import MerchantDraft
from highstreet.market.identity import service as identity
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.policies import ExpiryPolicy, Policy, VoucherTax
from highstreet.market.orders import service as orders
from highstreet.market.payments.domain.accounts import AccountWanted
from highstreet.market.payments.service import Provider
from highstreet.market.promotions import service as promotions
from highstreet.market.promotions.domain.promotions import Draft
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.payees import NEW_DESTINATION_WAITS, PayeeTerms, Schedule
from highstreet.sandbox import accounts as sandbox_accounts
from tests.market.catalog.conftest import NOW, TOWNS, World, location_in, pizza

BEGIN: Final = datetime(2026, 2, 23, 10, tzinfo=UTC)
CODE: Final = "PIZZA20"
_BUYERS: Final = 5
_BOOKABLE: Final = timedelta(days=12)
_GUESTS_A_DAY: Final = 3


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of what takes part. `options` may be bought together, `tipping` runs once enough of it are sold."""

    merchants: tuple[UUID, ...]
    locations: dict[UUID, UUID]
    staff: UUID
    buyers: tuple[UUID, ...]
    deals: tuple[UUID, ...]
    options: tuple[UUID, ...]
    tipping: UUID


async def lay_ground(database: Database) -> None:
    """What every seed shares and none changes."""
    async with database.system() as tx:
        await catalog.store_places(tx, TOWNS[:2])
        await catalog.seed_categories(tx)


async def open_market(database: Database, clock: FixedClock, provider: Provider, rng: Random) -> Market:
    """A market of its own for one seed; the clock is behind its opening then."""
    clock.advance(BEGIN - clock.now())
    async with database.system() as tx:
        place = await catalog.place_by_slug(tx, "chicago-il-us")
        assert place is not None
        buyers = [(await identity.begin_guest(tx, f"{n}@buyers.example", "en")).id for n in range(_BUYERS)]
        staff = (await identity.begin_guest(tx, "staff@merchants.example", "en")).id
    merchants = await _merchants(database, place.id)
    await _agree(database, provider, list(merchants))
    clock.advance(NEW_DESTINATION_WAITS)
    first, second = merchants
    async with database.transaction(OPERATOR) as tx:
        await ledger.set_policy(tx, _policy(rng, clock.now()))
        await promotions.create(tx, _code(clock.now()))
    hot = OptionDraft(title="For two", price_minor=1500, cap=rng.randint(2, 5))
    wide = OptionDraft(title="For four", price_minor=2805, per_buyer_limit=3)
    soon = OptionDraft(title="By friday", price_minor=999, cap=rng.randint(3, 9), redeem_within_days=rng.randint(2, 9))
    some = OptionDraft(title="Together", price_minor=2000, cap=10)
    clock.advance(NOW - clock.now())
    two = await _publish(database, merchants, first, hot, wide)
    one = await _publish(database, merchants, second, soon)
    many = await _publish(database, merchants, first, some)
    await _offer_slots(database, merchants[first], two[1][1], clock.now())
    await _offer_slots(database, merchants[second], one[1][0], clock.now())
    async with database.system() as tx:
        await bookings.state_capacity(tx, two[0], first, {merchants[first]: (_GUESTS_A_DAY,) * 7})
        needed, hours = rng.randint(2, 7), rng.randint(6, 100)
        await orders.set_tipping(tx, many[0], needed=needed, due_at=clock.now() + timedelta(hours=hours))
    return Market(
        merchants=(first, second),
        locations=merchants,
        staff=staff,
        buyers=tuple(buyers),
        deals=(two[0], one[0], many[0]),
        options=(*two[1], *one[1]),
        tipping=many[1][0],
    )


async def _merchants(database: Database, place_id: UUID) -> dict[UUID, UUID]:
    """Merchants, each with where it is."""
    found: dict[UUID, UUID] = {}
    async with database.transaction(OPERATOR) as tx:
        for name in ("Blue Door Pizza", "Green Door Pizza"):
            merchant_id = await catalog.create_merchant(tx, MerchantDraft(name=name))
            found[merchant_id] = await catalog.add_location(tx, merchant_id, location_in(place_id))
    return found


async def _agree(database: Database, provider: Provider, merchants: Sequence[UUID]) -> None:
    """The first is paid by the provider as it earns, and bears disputes; the second by a person, week by week."""
    account = await provider.open_account(
        AccountWanted(merchant_id=merchants[0], country="US", currency="USD", email=None)
    )
    async with database.system() as tx:
        await sandbox_accounts.verify(tx, account.provider_ref)
    at_once = PayeeTerms(
        schedule=Schedule.ON_REDEMPTION,
        reserve_basis_points=1_000,
        reserve_days=5,
        destination=f"sandbox:{account.provider_ref}",
        bears_disputes=True,
    )
    weekly = PayeeTerms(schedule=Schedule.WEEKLY, minimum_minor=500, destination="creditor 7")
    async with database.transaction(OPERATOR) as tx:
        await settlement.agree(tx, merchants[0], "USD", at_once)
        await settlement.agree(tx, merchants[1], "USD", weekly)


async def _offer_slots(database: Database, location_id: UUID, option_id: UUID, now: datetime) -> None:
    """At noon and in the evening, for two each time."""
    plan = Plan(
        location_id=location_id,
        option_id=option_id,
        first_day=now.date(),
        last_day=(now + _BOOKABLE).date(),
        weekdays=(1, 2, 3, 4, 5, 6, 7),
        times=(time(12), time(18)),
        length_minutes=60,
        capacity=2,
    )
    async with database.transaction(OPERATOR) as tx:
        await bookings.add_slots(tx, plan)


def _policy(rng: Random, now: datetime) -> Policy:
    tax = rng.choice(tuple(VoucherTax))
    rate = 0 if tax is VoucherTax.NOT_COLLECTED else 1_900
    expiry = rng.choice(tuple(ExpiryPolicy))
    return Policy(jurisdiction="US", since=now, expiry=expiry, voucher_tax=tax, tax_basis_points=rate)


def _code(now: datetime) -> Draft:
    return Draft(
        code=CODE,
        title="A fifth off",
        currency="USD",
        rate=2_000,
        budget_minor=3_000,
        person_limit=3,
        valid_from=now,
        valid_until=now + timedelta(days=90),
    )


async def _publish(
    database: Database, merchants: dict[UUID, UUID], merchant: UUID, *options: OptionDraft
) -> tuple[UUID, tuple[UUID, ...]]:
    """A live deal and its options."""
    here = merchants[merchant]
    at = World(chicago=here, schaumburg=here, munich=here, merchant=merchant, loop=here, mall=here)
    draft = pizza(at, locations=(here,), options=options, ends_at=NOW + timedelta(days=200))
    async with database.transaction(OPERATOR) as tx:
        deal_id = await catalog.create_deal(tx, draft)
        await catalog.submit(tx, deal_id)
        await catalog.approve(tx, deal_id)
        await catalog.publish(tx, deal_id)
    async with database.system() as tx:
        [deal] = await catalog.published_deals(tx, [deal_id])
    return deal_id, tuple(option.id for option in deal.options)
