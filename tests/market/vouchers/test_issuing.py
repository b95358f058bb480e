"""Issuing, reading and refunding: what was sold is what is kept, by whom it is seen, and that it ends once."""

import asyncio
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.crypto import fingerprint
from highstreet.kit.database import Actor, ActorKind, Database
from highstreet.kit.errors import Forbidden, NotFound
from highstreet.market.catalog.domain.fine_print import Days, Hours, MinimumAge, Note
from highstreet.market.ledger.domain.policies import ExpiryPolicy
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.codes import SHORT_BITS, read_bearer_code, read_short_code
from highstreet.market.vouchers.domain.vouchers import TRANSITIONS, Recipient, Step, VoucherState
from tests.market.catalog.conftest import NOW
from tests.market.vouchers.conftest import Issue, Shop, standing


def owner(account_id: UUID) -> Actor:
    return Actor(ActorKind.SHOPPER, account_id)


async def test_a_voucher_is_kept_as_it_was_sold(database: Database, shop: Shop, keys: vouchers.VoucherKeys) -> None:
    rules = (Days((1, 2, 3)), Hours(start=NOW.time(), until=NOW.replace(hour=20).time()), MinimumAge(18), Note("Enjoy"))
    wanted = [
        shop.wanted(fine_print=rules, redeem_until=NOW + timedelta(days=90)),
        shop.wanted(paid_minor=900, promotion_minor=600, uses=5),
        shop.wanted(balance_minor=3000, recipient=Recipient(name="Somebody", email="gift@example.com")),
    ]
    async with database.system() as tx:
        issued = await vouchers.issue(tx, keys, wanted)
    async with database.transaction(owner(shop.buyer)) as tx:
        kept = await vouchers.vouchers_of_order(tx, shop.buyer)
        assert await vouchers.vouchers_of(tx, shop.buyer, limit=2) == [issued[2], issued[1]]
        assert await vouchers.vouchers_of(tx, shop.buyer, before=issued[1].id) == [issued[0]]
        births = await vouchers.history(tx, issued[0].id)
    assert kept == issued
    assert [voucher.units for voucher in kept] == [1, 5, 3000]
    assert [(birth.step, birth.before, birth.paid_minor) for birth in births] == [(Step.ISSUED, None, 1500)]


async def test_codes_are_shown_to_their_owner_alone(
    database: Database, shop: Shop, keys: vouchers.VoucherKeys, issue: Issue, administrator_here: psycopg.Connection
) -> None:
    voucher = await issue()
    async with database.transaction(owner(shop.buyer)) as tx:
        codes = await vouchers.codes_of(tx, keys, voucher.id, shop.buyer)
    assert read_bearer_code(codes.bearer) == voucher.id
    assert read_short_code(codes.short) == codes.short
    kept = administrator_here.execute("SELECT code_fingerprint, vouchers::text FROM vouchers.vouchers").fetchone()
    assert kept is not None
    assert kept[0] == fingerprint(codes.bearer)
    assert codes.short not in kept[1]
    assert codes.bearer not in kept[1]
    stranger = voucher.id
    for actor, account in ((owner(stranger), shop.buyer), (owner(shop.buyer), stranger)):
        async with database.transaction(actor) as tx:
            with pytest.raises(NotFound):
                await vouchers.codes_of(tx, keys, voucher.id, account)


async def test_strangers_see_nothing_and_owners_change_nothing(
    database: Database, shop: Shop, keys: vouchers.VoucherKeys, issue: Issue
) -> None:
    voucher = await issue(recipient=Recipient(email="gift@example.com"))
    for actor in (owner(voucher.id), Actor(ActorKind.VISITOR), Actor(ActorKind.STAFF, shop.buyer)):
        async with database.transaction(actor) as tx:
            careless = await tx.fetch_all(dict[str, object], "SELECT id FROM vouchers.vouchers")
            careless += await tx.fetch_all(dict[str, object], "SELECT voucher_id FROM vouchers.passages")
            careless += await tx.fetch_all(dict[str, object], "SELECT id FROM vouchers.gifts")
            assert careless == []
    with pytest.raises(Forbidden):
        async with database.transaction(owner(shop.buyer)) as tx:
            await vouchers.issue(tx, keys, [shop.wanted()])
    with pytest.raises(Forbidden):
        async with database.transaction(owner(shop.buyer)) as tx:
            await vouchers.refund(tx, [voucher.id])


async def test_a_voucher_is_refunded_once(database: Database, issue: Issue) -> None:
    both = [await issue(), await issue(uses=3)]

    async def refund() -> list[int]:
        async with database.system() as tx:
            return [each.left.paid_minor for each in await vouchers.refund(tx, [each.id for each in both])]

    answers = await asyncio.gather(*(refund() for _ in range(8)))
    assert max(answers, key=len) == [1500, 1500]
    assert sum(len(answer) for answer in answers) == 2
    async with database.system() as tx:
        assert await vouchers.open_paid_value(tx) == {}
        assert [each.step for each in await vouchers.history(tx, both[0].id)] == [Step.ISSUED, Step.REFUNDED]
        facts = await tx.fetch_all(dict[str, str], "SELECT name FROM kit.facts WHERE aggregate = 'voucher'")
    assert [fact["name"] for fact in facts] == ["voucher.refunded"] * 2


async def test_what_is_over_is_not_refunded_even_before_it_is_swept(
    database: Database, clock: FixedClock, issue: Issue
) -> None:
    end = NOW + timedelta(days=1)
    breakage = await issue(redeem_until=end, paid_value_until=end, expiry=ExpiryPolicy.BREAKAGE)
    stays = await issue(redeem_until=end, paid_value_until=end)
    clock.advance(timedelta(days=1))
    assert (await standing(database, breakage.id)).state is VoucherState.EXPIRED
    assert (await standing(database, stays.id)).state is VoucherState.PROMO_EXPIRED
    async with database.system() as tx:
        assert [each.id for each in await vouchers.refund(tx, [breakage.id, stays.id])] == [stays.id]


async def test_a_short_code_that_is_taken_is_given_to_nobody_else(
    database: Database, shop: Shop, keys: vouchers.VoucherKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter([5, 5, 6, 7])

    def next_number(bits: int) -> int:
        assert bits == SHORT_BITS
        return next(numbers)

    monkeypatch.setattr("highstreet.market.vouchers.usecases.keys.new_number", next_number)
    async with database.system() as tx:
        issued = await vouchers.issue(tx, keys, [shop.wanted(), shop.wanted()])
    async with database.transaction(owner(shop.buyer)) as tx:
        shorts = {(await vouchers.codes_of(tx, keys, each.id, shop.buyer)).short for each in issued}
    assert len(shorts) == 2


def test_the_database_knows_the_same_steps(administrator_here: psycopg.Connection) -> None:
    rows = administrator_here.execute("SELECT before, after FROM vouchers.allowed_transitions").fetchall()
    ours = {(before or "new", after) for before, following in TRANSITIONS.items() for after in following}
    assert {(before, after) for before, after in rows} == ours


REFUSED = [
    ("paid_minor = paid_minor + 1", "vouchers_keep_promise"),
    ("units_left = 0", "vouchers_left_goes_with_units"),
    ("paid_left_minor = paid_left_minor - 1", "vouchers_left_goes_with_units"),
    ("state = 'redeemed'", "vouchers_open_have_units"),
    ("state = 'used'", "vouchers_transition"),
    ("commission_minor = 1501", "vouchers_keep_promise"),
    ("units_left = 2", "vouchers_left_goes_with_units"),
    ("redeem_until = redeem_from", "vouchers_windows"),
    ("paid_value_until = changed_at", "vouchers_stay_open"),
    ("currency = 'EUR'", "vouchers_keep_promise"),
    ("location_ids = '{}'", "vouchers_keep_promise"),
]


async def test_a_voucher_that_cannot_be_is_refused(issue: Issue, administrator_here: psycopg.Connection) -> None:
    await issue(redeem_from=NOW)
    for change, refusal in REFUSED:
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            administrator_here.execute(f"UPDATE vouchers.vouchers SET {change}".encode())
        assert refused.value.diag.constraint_name == refusal, change
    for change in ("DELETE FROM vouchers.passages", "UPDATE vouchers.passages SET reason = 'x'"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="only ever added"):
            administrator_here.execute(change.encode())


async def test_what_was_never_promised_is_not_issued(
    database: Database, shop: Shop, keys: vouchers.VoucherKeys
) -> None:
    for impossible in ({"terms_version": 2}, {"price_minor": 1}, {"commission_minor": 1501}, {"uses": 0}):
        with pytest.raises(psycopg.errors.IntegrityError):
            async with database.system() as tx:
                await vouchers.issue(tx, keys, [shop.wanted(), shop.wanted(**impossible)])
    async with database.system() as tx:
        assert await vouchers.open_paid_value(tx) == {}
