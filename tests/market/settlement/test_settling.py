"""A settling states every line once, pays what may be paid, and is done whole or not at all."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Actor, ActorKind, Database
from highstreet.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from highstreet.kit.sweeps import sweep_once
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.roles import Role
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.settlement import jobs
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.payees import NEW_DESTINATION_WAITS, PayeeTerms, Schedule, next_due
from highstreet.market.settlement.domain.payouts import TRANSITIONS, PayoutState
from highstreet.market.settlement.domain.settling import DEBT_AFTER, Carried
from highstreet.market.settlement.domain.statements import Statement
from tests.market.settlement.conftest import PAID, book, earned, given_back, payable

WEEK = timedelta(days=7)


async def settle(database: Database, merchant_id: UUID, currency: str = "USD") -> Statement | None:
    async with database.system() as tx:
        return await settlement.settle(tx, merchant_id, currency, at_once=True)


async def agree(database: Database, merchant_id: UUID, terms: PayeeTerms) -> None:
    async with database.transaction(OPERATOR) as tx:
        await settlement.agree(tx, merchant_id, "USD", terms)


async def holds(database: Database, code: AccountCode, merchant_id: UUID | None = None) -> int:
    async with database.system() as tx:
        return (await ledger.balance(tx, Account(code, merchant_id), "USD")).normal_minor


async def test_a_statement_names_every_line_and_pays_its_sum(database: Database, paid_merchant: UUID) -> None:
    await book(database, earned(1, paid_merchant), earned(2, paid_merchant, 999), given_back(2, paid_merchant, 999))
    made = await settle(database, paid_merchant)
    assert made is not None
    async with database.system() as tx:
        lines = await settlement.statement_lines(tx, made.id)
        [payout] = await settlement.payouts(tx, merchant_id=paid_merchant)
    assert [
        (line.kind, line.gross_minor, line.commission_minor, line.tax_minor, line.amount_minor) for line in lines
    ] == [
        ("redemption", 5000, 900, 100, 4000),
        ("redemption", 999, 180, 19, 800),
        ("refund_after_redemption", -999, -180, -19, -800),
        ("payout", -4000, 0, 0, -4000),
    ]
    assert {line.terms_version for line in lines[:3]} == {2}
    assert [line.voucher_id for line in lines] == [UUID(int=1), UUID(int=2), UUID(int=2), None]
    assert lines[2].refund_id == UUID(int=2)
    assert lines[3].payout_id == payout.id
    assert (made.number, made.opening_minor, made.closing_minor, made.payout_minor) == (1, 0, 0, 4000)
    assert (payout.amount_minor, payout.state, payout.destination) == (4000, PayoutState.PROPOSED, "creditor 7")
    assert await payable(database, paid_merchant) == 0
    assert await holds(database, AccountCode.PAYOUTS_IN_TRANSIT) == 4000
    assert await settle(database, paid_merchant) is None


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (PayeeTerms(), Carried.NO_DESTINATION),
        (PayeeTerms(destination="creditor 7", minimum_minor=4001), Carried.BELOW_MINIMUM),
        (PayeeTerms(destination="creditor 7", withheld="we look into it"), Carried.WITHHELD),
        (PayeeTerms(destination="creditor 8"), Carried.DESTINATION_CHANGED),
    ],
)
async def test_what_is_not_paid_is_carried_over_for_a_reason(
    database: Database, paid_merchant: UUID, terms: PayeeTerms, why: Carried
) -> None:
    await agree(database, paid_merchant, terms)
    await book(database, earned(1, paid_merchant))
    made = await settle(database, paid_merchant)
    assert made is not None
    assert (made.carried_because, made.closing_minor, made.payout_minor) == (why, 4000, 0)
    assert await settle(database, paid_merchant) is None  # nothing moved since
    await book(database, earned(2, paid_merchant))
    again = await settle(database, paid_merchant)
    assert again is not None
    assert (again.number, again.opening_minor) == (2, 4000)


async def test_another_destination_waits_and_is_remembered_with_who_said_so(
    database: Database, clock: FixedClock, paid_merchant: UUID
) -> None:
    await agree(database, paid_merchant, PayeeTerms(destination="creditor 8"))
    await book(database, earned(1, paid_merchant))
    clock.advance(NEW_DESTINATION_WAITS - timedelta(seconds=1))
    made = await settle(database, paid_merchant)
    assert made is not None
    assert made.carried_because is Carried.DESTINATION_CHANGED
    clock.advance(timedelta(seconds=1))
    made = await settle(database, paid_merchant)
    assert made is not None
    assert made.payout_minor == 4000
    async with database.transaction(OPERATOR) as tx:
        history = await settlement.payee_history(tx, paid_merchant, "USD")
    assert [(each.terms.destination, each.actor_kind) for each in history] == [
        ("creditor 7", "operator"),
        ("creditor 8", "operator"),
    ]


async def test_a_share_is_held_back_for_its_days(database: Database, clock: FixedClock, paid_merchant: UUID) -> None:
    await agree(
        database, paid_merchant, PayeeTerms(destination="creditor 7", reserve_basis_points=1000, reserve_days=10)
    )
    await book(database, earned(1, paid_merchant))
    made = await settle(database, paid_merchant)
    assert made is not None
    assert (made.payout_minor, made.reserve_minor) == (3600, 400)
    assert await holds(database, AccountCode.MERCHANT_RESERVE, paid_merchant) == 400
    clock.advance(timedelta(days=10))
    made = await settle(database, paid_merchant)
    assert made is not None
    assert (made.payout_minor, made.reserve_minor) == (400, 0)
    assert await holds(database, AccountCode.MERCHANT_RESERVE, paid_merchant) == 0


async def test_a_negative_balance_takes_the_reserve_then_later_earnings_and_then_is_a_debt(
    database: Database, clock: FixedClock, paid_merchant: UUID
) -> None:
    await agree(
        database, paid_merchant, PayeeTerms(destination="creditor 7", reserve_basis_points=1000, reserve_days=90)
    )
    await book(database, earned(1, paid_merchant))
    await settle(database, paid_merchant)
    await book(database, given_back(1, paid_merchant))
    made = await settle(database, paid_merchant)
    assert made is not None
    assert (made.closing_minor, made.reserve_minor, made.carried_because) == (-3600, 0, Carried.NEGATIVE)
    clock.advance(DEBT_AFTER)
    made = await settle(database, paid_merchant)
    assert made is not None
    assert (made.closing_minor, made.debt_minor) == (0, 3600)
    assert await holds(database, AccountCode.MERCHANT_RECEIVABLE, paid_merchant) == 3600
    await book(database, earned(2, paid_merchant, 10_000))
    made = await settle(database, paid_merchant)
    assert made is not None
    assert (made.debt_minor, made.reserve_minor, made.payout_minor) == (0, 800, 3600)
    assert await holds(database, AccountCode.MERCHANT_RECEIVABLE, paid_merchant) == 0


async def test_earnings_make_up_for_a_negative_balance_before_it_is_a_debt(
    database: Database, clock: FixedClock, paid_merchant: UUID
) -> None:
    await book(database, earned(1, paid_merchant))
    await settle(database, paid_merchant)
    await book(database, given_back(1, paid_merchant))
    await settle(database, paid_merchant)
    clock.advance(WEEK)
    await book(database, earned(2, paid_merchant, 10_000))
    made = await settle(database, paid_merchant)
    assert made is not None
    assert (made.opening_minor, made.payout_minor, made.debt_minor) == (-4000, 4000, 0)
    clock.advance(DEBT_AFTER)
    assert await settle(database, paid_merchant) is None


async def test_settling_at_once_by_many_states_and_pays_once(database: Database, paid_merchant: UUID) -> None:
    await book(database, *(earned(number, paid_merchant) for number in range(1, 20)))
    made = await asyncio.gather(*(settle(database, paid_merchant) for _ in range(6)))
    assert [each.payout_minor for each in made if each is not None] == [19 * 4000]


async def test_lines_that_come_while_others_are_settled_are_stated_once(
    database: Database, paid_merchant: UUID
) -> None:
    async def earn(start: int) -> None:
        for number in range(start, start + 10):
            await book(database, earned(number, paid_merchant))

    async def settle_often() -> None:
        for _ in range(6):
            await settle(database, paid_merchant)

    await asyncio.gather(earn(1), earn(101), earn(201), settle_often())
    await settle(database, paid_merchant)
    async with database.system() as tx:
        made = await settlement.statements(tx, paid_merchant)
        vouchers = [
            line.voucher_id
            for each in made
            for line in await settlement.statement_lines(tx, each.id)
            if line.kind == "redemption"
        ]
    assert len(vouchers) == len(set(vouchers)) == 30
    assert sum(each.payout_minor for each in made) == 30 * 4000
    assert await payable(database, paid_merchant) == 0


async def test_a_settling_that_is_cut_off_leaves_nothing_and_is_done_by_the_next(
    database: Database, paid_merchant: UUID
) -> None:
    await book(database, earned(1, paid_merchant))

    async def cut_off() -> None:
        async with database.system() as tx:
            await settlement.settle(tx, paid_merchant, "USD", at_once=True)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await cut_off()
    assert await payable(database, paid_merchant) == 4000
    made = await settle(database, paid_merchant)
    assert made is not None
    assert (made.number, made.payout_minor) == (1, 4000)


async def test_the_sweeps_find_who_earned_and_settle_when_it_is_time(
    database: Database, clock: FixedClock, merchant_id: UUID
) -> None:
    await book(database, earned(1, merchant_id), earned(2, merchant_id, 90, "JPY"))
    new, due = jobs.SWEEPS
    assert await sweep_once(database, new) == 2
    assert await sweep_once(database, new) == 0
    assert await sweep_once(database, due) == 2
    for currency in ("USD", "JPY"):
        await jobs.SETTLE.run(database, jobs.OnePayee(merchant_id, currency))
        await jobs.SETTLE.run(database, jobs.OnePayee(merchant_id, currency))
    assert await sweep_once(database, due) == 0
    clock.advance(WEEK)
    assert await sweep_once(database, due) == 2
    async with database.system() as tx:
        assert {(each.currency, each.closing_minor) for each in await settlement.statements(tx, merchant_id)} == {
            ("USD", 4000),
            ("JPY", 72),
        }
        assert len(await settlement.all_payees(tx)) == 2
        with pytest.raises(NotFound):
            await settlement.settle(tx, merchant_id, "EUR")


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Schedule.WEEKLY, datetime(2026, 3, 9, tzinfo=UTC)),
        (Schedule.MONTHLY, datetime(2026, 4, 1, tzinfo=UTC)),
        (Schedule.ON_REDEMPTION, datetime(2026, 3, 2, 0, 5, tzinfo=UTC)),
    ],
)
def test_a_schedule_ends_where_the_next_begins(schedule: Schedule, expected: datetime) -> None:
    assert next_due(schedule, datetime(2026, 3, 2, tzinfo=UTC)) == expected


async def test_a_payout_arrives_or_comes_back_and_then_waits_for_somebody(
    database: Database, paid_merchant: UUID
) -> None:
    await book(database, earned(1, paid_merchant))
    first = await settle(database, paid_merchant)
    async with database.system() as tx:
        [payout] = await settlement.payouts(tx, states=[PayoutState.PROPOSED])
        with pytest.raises(Conflict):
            await settlement.mark_paid(tx, payout.id)
        sent = await settlement.mark_sent(tx, payout.id, transfer_ref="tr_1")
        assert (sent.state, sent.transfer_ref) == (PayoutState.SENT, "tr_1")
    async with database.system() as tx:
        failed = await settlement.mark_failed(tx, payout.id, "the account is closed")
        assert failed.problem == "the account is closed"
        assert (
            await settlement.payee(tx, paid_merchant, "USD")
        ).terms.withheld == "a payout failed: the account is closed"
        with pytest.raises(Conflict):
            await settlement.mark_paid(tx, payout.id)
    assert await payable(database, paid_merchant) == 4000
    made = await settle(database, paid_merchant)
    assert first is not None
    assert made is not None
    assert (made.closing_minor, made.carried_because) == (4000, Carried.WITHHELD)
    await agree(database, paid_merchant, PAID)
    await settle(database, paid_merchant)
    async with database.system() as tx:
        [again] = await settlement.payouts(tx, states=[PayoutState.PROPOSED])
        await settlement.mark_sent(tx, again.id)
        await settlement.mark_paid(tx, again.id)
        assert (await settlement.payout(tx, again.id)).settled_at is not None
    assert await holds(database, AccountCode.PAYOUTS_IN_TRANSIT) == 0
    assert await holds(database, AccountCode.BANK) == -again.amount_minor


async def test_the_states_of_a_payout_are_the_same_in_the_database(database: Database) -> None:
    async with database.system() as tx:
        rows = await tx.fetch_all(dict[str, str], "SELECT before, after FROM settlement.allowed_transitions")
    expected = {(str(before), str(after)) for before, allowed in TRANSITIONS.items() for after in allowed}
    assert {(row["before"], row["after"]) for row in rows} == expected | {("new", "proposed")}


async def test_the_database_refuses_a_statement_that_does_not_add_up(database: Database, paid_merchant: UUID) -> None:
    await book(database, earned(1, paid_merchant))
    made = await settle(database, paid_merchant)
    assert made is not None
    with pytest.raises(psycopg.errors.CheckViolation, match="does not add up"):
        async with database.system() as tx:
            await tx.execute(
                """
                INSERT INTO settlement.statements (
                    id, merchant_id, currency, number, opening_minor, closing_minor, line_count, reserve_minor,
                    debt_minor, payout_minor, carried_because, made_at
                )
                VALUES (%s, %s, 'USD', 2, 5, 5, 1, 0, 0, 0, 'withheld', %s)
                """,
                [UUID(int=5), paid_merchant, tx.now],
            )
    with pytest.raises(Forbidden):
        async with database.system() as tx:
            await tx.execute("UPDATE settlement.statements SET closing_minor = 7")
    with pytest.raises(psycopg.errors.CheckViolation):
        async with database.system() as tx:
            await tx.execute("UPDATE settlement.payouts SET amount_minor = amount_minor + 1")


async def test_staff_see_and_change_their_own_merchant_and_not_what_is_held_back(
    database: Database, paid_merchant: UUID
) -> None:
    await book(database, earned(1, paid_merchant))
    made = await settle(database, paid_merchant)
    assert made is not None
    async with database.system() as tx:
        owner = (await identity.prove(tx, to_address("owner@example.com"), "en")).id
        stranger = (await identity.prove(tx, to_address("stranger@example.com"), "en")).id
        await identity.grant(tx, owner, Role.MERCHANT_OWNER, paid_merchant)
        await identity.grant(tx, stranger, Role.MERCHANT_OWNER, UUID(int=99))
    mine, other = Actor(ActorKind.STAFF, owner), Actor(ActorKind.STAFF, stranger)
    async with database.transaction(mine) as tx:
        assert [each.id for each in await settlement.statements(tx, paid_merchant)] == [made.id]
        assert len(await settlement.statement_lines(tx, made.id)) == 2
        assert len(await settlement.payouts(tx)) == 1
        changed = await settlement.agree(tx, paid_merchant, "USD", PayeeTerms(destination="creditor 9"))
        assert changed.destination_changed_at == tx.now
        with pytest.raises(InvalidInput):
            await settlement.statements(tx, paid_merchant, limit=0)
    for terms in (
        PayeeTerms(destination="creditor 9", withheld="no"),
        PayeeTerms(destination="creditor 9", reserve_basis_points=1, reserve_days=1),
    ):
        with pytest.raises(Forbidden):
            async with database.transaction(mine) as tx:
                await settlement.agree(tx, paid_merchant, "USD", terms)
    async with database.transaction(other) as tx:
        assert await settlement.statements(tx, paid_merchant) == []
        assert await settlement.payouts(tx) == []
        assert await settlement.statement_lines(tx, made.id) == []
        for attempt in (
            settlement.statement(tx, made.id),
            settlement.payee(tx, paid_merchant, "USD"),
        ):
            with pytest.raises(NotFound):
                await attempt
        with pytest.raises(Forbidden):
            await settlement.agree(tx, paid_merchant, "USD", PAID)


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum_minor": -1},
        {"reserve_basis_points": 5},
        {"reserve_days": 366, "reserve_basis_points": 5},
        {"destination": ""},
        {"destination": "DE02 1203 0000 0000 2020 51"},
        {"withheld": ""},
    ],
)
def test_terms_that_cannot_be_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        PayeeTerms(**wrong)  # pyright: ignore[reportArgumentType] -- wrong on purpose
