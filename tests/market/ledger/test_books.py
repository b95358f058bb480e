"""The books as the database keeps them: balanced, only ever added to, each thing once."""

import asyncio
from datetime import timedelta
from random import Random
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest

from highstreet.kit import outbox, relay
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Actor, ActorKind, Database
from highstreet.kit.doctor.checks import Level
from highstreet.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from highstreet.kit.relay import RetryPolicy
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.facts import MERGED, AccountMerged
from highstreet.market.identity.domain.roles import Role
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.checks import judge_balance
from highstreet.market.ledger.domain.accounts import KINDS, Account, AccountCode, grows_by_debit
from highstreet.market.ledger.domain.credits import CreditOrigin, credit_granted
from highstreet.market.ledger.domain.entries import Entry, EntryKind, Line
from highstreet.market.ledger.domain.payments import capture
from highstreet.market.ledger.domain.policies import ExpiryPolicy, Policy, VoucherTax
from highstreet.market.ledger.domain.vouchers import VoucherMoney, redemption
from highstreet.market.ledger.jobs import CREDIT

MERCHANT, OTHER, CUSTOMER = UUID(int=1), UUID(int=2), UUID(int=3)
CLEARING, LIABILITY = Account(AccountCode.PROVIDER_CLEARING), Account(AccountCode.VOUCHER_LIABILITY)


def paid(number: int, amount: int = 1000, currency: str = "USD") -> Entry:
    return capture(order_id=UUID(int=number), payment_id=UUID(int=number), currency=currency, paid_minor=amount)


def redeemed(number: int, merchant: UUID = MERCHANT) -> Entry:
    money = VoucherMoney(
        voucher_id=UUID(int=number),
        order_id=UUID(int=number),
        merchant_id=merchant,
        terms_version=2,
        currency="USD",
        paid_minor=1000,
        commission_minor=250,
        commission_tax_minor=40,
    )
    return redemption(money, UUID(int=number))


async def test_the_same_entry_again_does_nothing_and_another_of_its_key_is_refused(database: Database) -> None:
    async with database.system() as tx:
        assert await ledger.post(tx, paid(1))
    async with database.system() as tx:
        assert not await ledger.post(tx, paid(1))
        assert await ledger.post_many(tx, [paid(1), paid(2), paid(2)]) == 1
    with pytest.raises(Conflict, match="capture:"):
        async with database.system() as tx:
            await ledger.post_many(tx, [paid(3), paid(1, 1001)])
    with pytest.raises(Conflict):
        async with database.system() as tx:
            await ledger.post_many(tx, [paid(4), paid(4, 5)])
    async with database.system() as tx:
        assert (await ledger.balance(tx, LIABILITY, "USD")).normal_minor == 2000
        assert not await ledger.post(tx, paid(5, 0))
        with pytest.raises(NotFound):
            await ledger.entry(tx, paid(5, 0).key)


async def test_many_who_post_one_entry_at_once_book_it_once(database: Database) -> None:
    async def post(order: list[int]) -> int:
        async with database.system() as tx:
            return await ledger.post_many(tx, [paid(number) for number in order])

    forth, back = list(range(1, 30)), list(range(29, 0, -1))
    counts = await asyncio.gather(*(post(order) for order in [forth, back] * 4))
    assert sum(counts) == 29
    async with database.system() as tx:
        assert (await ledger.balance(tx, CLEARING, "USD")).lines == 29


async def test_an_entry_is_taken_back_once(database: Database) -> None:
    async with database.system() as tx:
        await ledger.post_many(tx, [paid(1), redeemed(1)])
        assert await ledger.reverse(tx, redeemed(1).key, new_key="reversal:a", memo="scanned by mistake")
    async with database.system() as tx:
        assert not await ledger.reverse(tx, redeemed(1).key, new_key="reversal:a")
        assert not await ledger.reverse(tx, "redemption:of nothing", new_key="reversal:c")
        taken_back = await ledger.entry(tx, "reversal:a")
        assert (taken_back.reverses, taken_back.memo) == (redeemed(1).key, "scanned by mistake")
        assert await ledger.entry(tx, taken_back.id) == taken_back
        told = [entry.kind for entry in await ledger.entries_of_voucher(tx, UUID(int=1))]
        assert told == [EntryKind.REDEMPTION, EntryKind.REVERSAL]
        assert len(await ledger.entries_of_order(tx, UUID(int=1))) == 3
        assert (await ledger.balance(tx, LIABILITY, "USD")).normal_minor == 1000
    with pytest.raises(Conflict, match="taken back already"):
        async with database.system() as tx:
            await ledger.reverse(tx, redeemed(1).key, new_key="reversal:b")


async def test_two_who_take_back_one_entry_at_once_do_so_once(database: Database) -> None:
    async with database.system() as tx:
        await ledger.post(tx, redeemed(1))

    async def reverse(key: str) -> bool:
        async with database.system() as tx:
            return await ledger.reverse(tx, redeemed(1).key, new_key=key)

    outcomes = await asyncio.gather(*(reverse(f"reversal:{number}") for number in range(6)), return_exceptions=True)
    assert outcomes.count(True) == 1
    assert all(isinstance(each, Conflict) for each in outcomes if each is not True)


async def test_balances_are_sums_by_account_party_and_currency(database: Database) -> None:
    async with database.system() as tx:
        await ledger.post_many(tx, [paid(1), paid(2), paid(3, 70, "JPY"), redeemed(1), redeemed(2, OTHER)])
        payable = await ledger.balances(tx, codes=[AccountCode.MERCHANT_PAYABLE])
        assert {(each.account.party_id, each.normal_minor) for each in payable} == {(MERCHANT, 750), (OTHER, 750)}
        assert [each.normal_minor for each in await ledger.balances(tx, party_id=OTHER, currency="USD")] == [750]
        assert (await ledger.balance(tx, LIABILITY, "JPY")).normal_minor == 70
        assert (await ledger.balance(tx, LIABILITY, "EUR")).normal_minor == 0
        totals = await ledger.trial_balance(tx)
    assert {(total.code, total.currency): total.normal_minor for total in totals} == {
        (AccountCode.PROVIDER_CLEARING, "JPY"): 70,
        (AccountCode.VOUCHER_LIABILITY, "JPY"): 70,
        (AccountCode.PROVIDER_CLEARING, "USD"): 2000,
        (AccountCode.VOUCHER_LIABILITY, "USD"): 0,
        (AccountCode.MERCHANT_PAYABLE, "USD"): 1500,
        (AccountCode.COMMISSION, "USD"): 420,
        (AccountCode.TAX, "USD"): 80,
    }


async def test_the_lines_of_an_account_are_read_in_pages(database: Database, clock: FixedClock) -> None:
    for number in range(1, 8):
        async with database.system() as tx:
            await ledger.post_many(tx, [redeemed(number), redeemed(100 + number, OTHER)])
        clock.advance(timedelta(minutes=1))
    seen: list[str] = []
    after = None
    async with database.system() as tx:
        while page := await ledger.account_lines(
            tx, Account(AccountCode.MERCHANT_PAYABLE, MERCHANT), "USD", after=after, limit=3
        ):
            seen += [line.key for line in page]
            after = (page[-1].entry_id, page[-1].position)
            assert {line.terms_version for line in page} == {2}
        with pytest.raises(InvalidInput):
            await ledger.account_lines(tx, LIABILITY, "USD", limit=0)
        assert await ledger.account_lines(tx, LIABILITY, "USD", limit=1)
    assert seen == [redeemed(number).key for number in range(1, 8)]


async def test_who_spends_what_an_account_holds_takes_turns(database: Database) -> None:
    grant = credit_granted(
        grant_id=UUID(int=1), account_id=CUSTOMER, origin=CreditOrigin.GOODWILL, currency="USD", amount_minor=100
    )
    async with database.system() as tx:
        await ledger.post(tx, grant)
    account = Account(AccountCode.CUSTOMER_CREDIT, CUSTOMER)

    async def spend(number: int) -> bool:
        async with database.system() as tx:
            if (await ledger.balance(tx, account, "USD", hold=True)).normal_minor < 60:
                return False
            line = Line(Account(AccountCode.BREAKAGE), -60)
            return await ledger.post(
                tx,
                Entry(key=f"spent:{number}", kind=EntryKind.CAPTURE, currency="USD", lines=(Line(account, 60), line)),
            )

    assert (await asyncio.gather(*(spend(number) for number in range(6)))).count(True) == 1


async def test_credit_goes_with_the_account_that_it_was_given_to(database: Database) -> None:
    grant = credit_granted(
        grant_id=UUID(int=1), account_id=CUSTOMER, origin=CreditOrigin.PROMOTION, currency="USD", amount_minor=500
    )
    merged = AccountMerged(from_id=CUSTOMER, into_id=OTHER)
    async with database.system() as tx:
        await ledger.post(tx, grant)
        await outbox.record(tx, aggregate="account", aggregate_id=CUSTOMER, name=MERGED, payload=merged)
    await relay.subscribe(database, [CREDIT])
    await relay.route(database)
    assert await relay.deliver(database, {CREDIT.name: CREDIT}, Random(1), RetryPolicy()) is not None
    async with database.system() as tx:
        assert (await ledger.balance(tx, Account(AccountCode.CUSTOMER_CREDIT, CUSTOMER), "USD")).normal_minor == 0
        assert (await ledger.balance(tx, Account(AccountCode.CUSTOMER_CREDIT, OTHER), "USD")).normal_minor == 500
        assert await ledger.move_credit(tx, CUSTOMER, OTHER) == 0


INSERT_ENTRY: LiteralString = """
    INSERT INTO ledger.entries (id, key, kind, currency, line_count, posted_at)
    VALUES ('00000000-0000-0000-0000-0000000000ff', 'by hand', 'capture', 'USD', 2, '2026-03-02')
"""
INSERT_LINES: LiteralString = """
    INSERT INTO ledger.lines (entry_id, position, account_code, party_id, currency, amount_minor)
    SELECT '00000000-0000-0000-0000-0000000000ff'::uuid, given.*
"""


@pytest.mark.parametrize(
    ("lines", "constraint"),
    [
        ("(VALUES (0, 'bank', NULL::uuid, 'USD', 5), (1, 'tax', NULL, 'USD', -6))", "entries_balance"),
        ("(VALUES (0, 'bank', NULL::uuid, 'USD', 5), (1, 'tax', NULL, 'EUR', -5))", "entries_balance"),
        ("(VALUES (0, 'bank', NULL::uuid, 'USD', 5))", "entries_closed"),
        (
            "(VALUES (0, 'bank', NULL::uuid, 'USD', 5), (1, 'tax', NULL, 'USD', -5), (2, 'tax', NULL, 'USD', 1))",
            "entries_closed",
        ),
        ("(VALUES (0, 'bank', NULL::uuid, 'USD', 5), (1, 'purse', NULL, 'USD', -5))", "lines_have_accounts"),
        (
            "(VALUES (0, 'bank', NULL::uuid, 'USD', 5), (1, 'merchant_payable', NULL, 'USD', -5))",
            "lines_have_accounts",
        ),
    ],
)
async def test_the_database_takes_no_entry_that_is_not_whole(
    database: Database, lines: LiteralString, constraint: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        async with database.system() as tx:
            await tx.execute(
                f"WITH entry AS ({INSERT_ENTRY}) {INSERT_LINES} FROM {lines} AS given (n, code, party, currency, minor)"
            )
    assert refused.value.diag.constraint_name == constraint


async def test_a_closed_entry_takes_no_further_line(database: Database) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        async with database.system() as tx:
            await tx.execute(INSERT_ENTRY)
    async with database.system() as tx:
        await ledger.post(tx, paid(1))
        entry_id = (await ledger.entry(tx, paid(1).key)).id
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        async with database.system() as tx:
            await tx.execute(
                """
                INSERT INTO ledger.lines (entry_id, position, account_code, currency, amount_minor)
                VALUES (%(id)s, 2, 'bank', 'USD', 5), (%(id)s, 3, 'tax', 'USD', -5)
                """,
                {"id": entry_id},
            )
    assert refused.value.diag.constraint_name == "entries_closed"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger.lines SET amount_minor = 1",
        "DELETE FROM ledger.lines",
        "UPDATE ledger.entries SET memo = 'other'",
        "DELETE FROM ledger.entries",
        "TRUNCATE ledger.entries, ledger.lines CASCADE",
    ],
)
async def test_what_is_booked_stays_for_everybody(
    database: Database, migrations_url: str, change: LiteralString
) -> None:
    async with database.system() as tx:
        await ledger.post(tx, paid(1))
    for transaction in (database.system(), database.transaction(OPERATOR)):
        with pytest.raises(Forbidden):
            async with transaction as tx:
                await tx.execute(change)
    with psycopg.connect(migrations_url) as owner, pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(change)


async def test_only_the_system_posts(database: Database) -> None:
    for actor in (VISITOR, OPERATOR, Actor(ActorKind.STAFF, UUID(int=5))):
        with pytest.raises(Forbidden):
            async with database.transaction(actor) as tx:
                await ledger.post(tx, paid(1))


async def test_everybody_sees_what_is_theirs_to_see(database: Database) -> None:
    grant = credit_granted(
        grant_id=UUID(int=1), account_id=CUSTOMER, origin=CreditOrigin.PROMOTION, currency="USD", amount_minor=500
    )
    async with database.system() as tx:
        await ledger.post_many(tx, [paid(1), redeemed(1), redeemed(2, OTHER), grant])
        owner = await identity.prove(tx, to_address("owner@example.com"), "en")
        scanner = await identity.prove(tx, to_address("scanner@example.com"), "en")
        await identity.grant(tx, owner.id, Role.MERCHANT_OWNER, MERCHANT)
        await identity.grant(tx, scanner.id, Role.MERCHANT_SCANNER, MERCHANT)

    async def seen(actor: Actor) -> set[str]:
        async with database.transaction(actor) as tx:
            return {str(each.account) for each in await ledger.balances(tx)}

    assert len(await seen(OPERATOR)) == 8
    assert await seen(Actor(ActorKind.STAFF, owner.id)) == {f"merchant_payable:{MERCHANT}"}
    assert await seen(Actor(ActorKind.STAFF, scanner.id)) == set()
    assert await seen(Actor(ActorKind.OPERATOR, owner.id)) == set()
    assert await seen(Actor(ActorKind.SHOPPER, CUSTOMER)) == {f"customer_credit:{CUSTOMER}"}
    assert await seen(Actor(ActorKind.SHOPPER, MERCHANT)) == set()
    assert await seen(VISITOR) == set()
    async with database.transaction(Actor(ActorKind.STAFF, owner.id)) as tx:
        mine = await ledger.account_lines(tx, Account(AccountCode.MERCHANT_PAYABLE, MERCHANT), "USD")
        assert [line.key for line in mine] == [redeemed(1).key]
        with pytest.raises(NotFound):  # its other lines are not the merchant's
            await ledger.entry(tx, redeemed(1).key)
        with pytest.raises(NotFound):
            await ledger.entry(tx, redeemed(2, OTHER).key)


async def test_the_kinds_of_accounts_are_the_same_in_the_database(database: Database) -> None:
    async with database.system() as tx:
        held = await tx.fetch_all(dict[str, str], "SELECT code, class, normal_side, party FROM ledger.account_codes")
    assert {(each["code"], each["class"], each["normal_side"], each["party"]) for each in held} == {
        (str(code), str(kind), "debit" if grows_by_debit(code) else "credit", str(party))
        for code, (kind, party) in KINDS.items()
    }


async def test_the_nearest_policy_holds_from_its_day_on(database: Database, clock: FixedClock) -> None:
    now = clock.now()
    usa = Policy(jurisdiction="US", since=now, expiry=ExpiryPolicy.BREAKAGE)
    new_york = Policy(jurisdiction="US-NY", since=now + timedelta(days=2), expiry=ExpiryPolicy.ESCHEAT)
    taxed = Policy(jurisdiction="DE", since=now, voucher_tax=VoucherTax.SINGLE_PURPOSE, tax_basis_points=1900)
    async with database.transaction(OPERATOR) as tx:
        assert (await ledger.policy(tx, "US-NY", now)).expiry is ExpiryPolicy.STAYS_OPEN
        for policy in (usa, new_york, taxed):
            await ledger.set_policy(tx, policy)
    async with database.system() as tx:
        assert await ledger.policy(tx, "US-NY", now) == usa
        assert await ledger.policy(tx, "US-NY", now + timedelta(days=2)) == new_york
        assert await ledger.policy(tx, "DE", now) == taxed
        assert await ledger.all_policies(tx) == [taxed, usa, new_york]
    with pytest.raises(Conflict):
        async with database.transaction(OPERATOR) as tx:
            await ledger.set_policy(tx, usa)
    with pytest.raises(InvalidInput):
        async with database.transaction(OPERATOR) as tx:
            await ledger.set_policy(tx, Policy(jurisdiction="FR", since=now - timedelta(days=1)))
    with pytest.raises(Forbidden):
        async with database.transaction(Actor(ActorKind.STAFF, CUSTOMER)) as tx:
            await ledger.set_policy(tx, Policy(jurisdiction="FR", since=now))


async def test_the_doctor_sees_whether_the_books_balance(database: Database) -> None:
    async with database.system() as tx:
        assert judge_balance(await ledger.trial_balance(tx)).says == "Nothing is booked in the ledger yet."
        await ledger.post_many(tx, [paid(1), paid(2, 7, "JPY")])
        totals = await ledger.trial_balance(tx)
    assert judge_balance(totals).level is Level.OK
    verdict = judge_balance([each for each in totals if each.code is not AccountCode.VOUCHER_LIABILITY])
    assert verdict.level is Level.FAIL
    assert "JPY by 7 minor units, USD by 1000 minor units" in verdict.says
