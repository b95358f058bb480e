"""Statements agree with the ledger to the cent, whatever happened, and are files that a program can read."""

import csv
import io
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.doctor.checks import Level
from highstreet.kit.errors import NotFound
from highstreet.kit.spreadsheets import as_text, plain
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.vouchers import redemption, refund_after_redemption
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.checks import CHECKS, judge_liability
from highstreet.market.settlement.domain.payees import NEW_DESTINATION_WAITS, Payee, PayeeTerms
from highstreet.market.settlement.domain.payouts import PayoutState
from highstreet.market.settlement.domain.settling import DEBT_AFTER, Account, Carried, Reserve, decide
from highstreet.market.settlement.domain.statements import Statement, StatementLine
from highstreet.market.settlement.rendering.csv_file import to_csv
from highstreet.market.settlement.rendering.pdf_file import to_pdf
from tests.market.settlement.conftest import CLEARING, book, earned, money, payable

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class History:
    """What can happen to a merchant in one currency, chosen by chance."""

    def __init__(self, database: Database, clock: FixedClock, merchant_id: UUID, currency: str, rng: Random) -> None:
        self.database, self.clock, self.merchant_id, self.currency, self.rng = (
            database, clock, merchant_id, currency, rng,
        )  # fmt: skip
        self.open: list[tuple[int, int, int]] = []
        self.count = 0

    async def redeem(self) -> None:
        self.count += 1
        price = self.rng.choice([1, 7, 99, 4999, 100_000])
        used = self.rng.randint(1, price)
        voucher = money(self.count, self.merchant_id, price, self.currency)
        await book(self.database, redemption(voucher, UUID(int=self.count), after_minor=used))
        self.open.append((self.count, price, used))

    async def undo(self) -> None:
        if not self.open:
            return
        number, price, used = self.open.pop(self.rng.randrange(len(self.open)))
        if self.rng.random() < 0.5:
            async with self.database.system() as tx:
                await ledger.reverse(tx, f"redemption:{UUID(int=number)}", new_key=f"reversal:{number}")
        else:
            voucher = money(number, self.merchant_id, price, self.currency)
            back = refund_after_redemption(voucher, UUID(int=number), CLEARING, after_minor=used)
            await book(self.database, back)

    async def wait(self) -> None:
        self.clock.advance(timedelta(days=self.rng.randint(1, 20)))

    async def change_terms(self) -> None:
        percent = self.rng.choice([0, 0, 5, 20])
        terms = PayeeTerms(
            destination=self.rng.choice(["creditor 1", "creditor 1", "creditor 2", None]),
            minimum_minor=self.rng.choice([0, 0, 5000]),
            reserve_basis_points=percent * 100,
            reserve_days=percent and 14,
        )
        async with self.database.transaction(OPERATOR) as tx:
            await settlement.agree(tx, self.merchant_id, self.currency, terms)

    async def carry(self) -> None:
        async with self.database.system() as tx:
            for each in await settlement.payouts(tx, states=[PayoutState.PROPOSED, PayoutState.SENT]):
                if each.state is PayoutState.PROPOSED:
                    await settlement.mark_sent(tx, each.id)
                elif self.rng.random() < 0.7:
                    await settlement.mark_paid(tx, each.id)
                else:
                    await settlement.mark_failed(tx, each.id, "it came back")

    async def settle(self) -> Statement | None:
        async with self.database.system() as tx:
            return await settlement.settle(tx, self.merchant_id, self.currency, at_once=True)


@pytest.mark.parametrize(("currency", "seed"), [("USD", 1), ("JPY", 2), ("KWD", 3), ("EUR", 4)])
async def test_statements_agree_with_the_ledger_whatever_happened(
    database: Database, clock: FixedClock, merchant_id: UUID, currency: str, seed: int
) -> None:
    history = History(database, clock, merchant_id, currency, Random(seed))
    await history.change_terms()
    steps = [history.redeem, history.redeem, history.redeem, history.undo, history.wait, history.carry]
    for _ in range(40):
        await history.rng.choice([*steps, history.settle, history.change_terms])()
        made = await history.settle() if history.rng.random() < 0.2 else None
        if made is not None:
            assert made.closing_minor == await payable(database, merchant_id, currency)
    await history.settle()
    async with database.system() as tx:
        made = sorted(await settlement.statements(tx, merchant_id, limit=100), key=lambda each: each.number)
        lines = [await settlement.statement_lines(tx, each.id) for each in made]
        assert sum(total.debit_minor for total in await ledger.trial_balance(tx)) == 0
    assert len(made) > 5
    assert [each.opening_minor for each in made] == [0, *(each.closing_minor for each in made[:-1])]
    assert sum(line.amount_minor for each in lines for line in each) == await payable(database, merchant_id, currency)
    assert all(line.terms_version == 2 for each in lines for line in each if line.voucher_id)
    for each, own in zip(made, lines, strict=True):
        assert_readable(each, own)


def assert_readable(statement: Statement, lines: list[StatementLine]) -> None:
    """The file leads from one balance to the other, by sums of its own texts."""
    rows = list(csv.DictReader(io.StringIO(to_csv(statement, lines).decode(), newline="")))
    assert len(rows) == len(lines) + 2
    digits = {"USD": 2, "JPY": 0, "KWD": 3, "EUR": 2}[statement.currency]

    def minor(text: str) -> int:
        assert len(text.partition(".")[2]) == digits
        return int(text.replace(".", ""))

    assert minor(rows[0]["balance"]) + sum(minor(row["amount"]) for row in rows[1:-1]) == minor(rows[-1]["balance"])
    for row in rows[1:-1]:
        assert minor(row["gross"]) - minor(row["commission"]) - minor(row["tax"]) == minor(row["amount"])


async def test_a_statement_is_the_same_file_each_time(database: Database, paid_merchant: UUID) -> None:
    await book(database, *(earned(number, paid_merchant) for number in range(1, 120)))
    async with database.system() as tx:
        made = await settlement.settle(tx, paid_merchant, "USD", at_once=True)
        assert made is not None
        as_csv = await settlement.statement_as_csv(tx, made.id)
        assert as_csv == await settlement.statement_as_csv(tx, made.id)
        as_pdf = await settlement.statement_as_pdf(tx, made.id)
        assert as_pdf == await settlement.statement_as_pdf(tx, made.id)
        with pytest.raises(NotFound):
            await settlement.statement_as_csv(tx, UUID(int=1))
        assert len(await settlement.statement_lines(tx, made.id, after=10, limit=5)) == 5
    assert as_pdf.startswith(b"%PDF-")
    assert as_pdf.count(b"/Type /Page\n") == 4
    lines = as_csv.split(b"\r\n")
    assert lines[0].startswith(b"line,date,kind,order,voucher,")
    assert lines[1].endswith(b",0.00,USD")
    assert b"\n" not in as_csv.replace(b"\r\n", b"")


def test_a_merchant_is_named_in_its_own_letters() -> None:
    statement = Statement(
        id=UUID(int=1),
        merchant_id=UUID(int=2),
        currency="JPY",
        number=1,
        opening_minor=0,
        closing_minor=5,
        line_count=1,
        reserve_minor=0,
        debt_minor=0,
        payout_minor=0,
        carried_because=Carried.NO_DESTINATION,
        made_at=NOW,
    )
    latin, japanese = to_pdf(statement, [], "Café Müller"), to_pdf(statement, [], "居酒屋 花")
    assert b"HeiseiKakuGo" not in latin
    assert b"HeiseiKakuGo" in japanese


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_calculate_stays_text(text: str) -> None:
    assert as_text(text) == f"'{text}"
    assert as_text("redemption") == "redemption"


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [(-5, "USD", "-0.05"), (123450, "KWD", "123.450"), (-1500, "JPY", "-1500"), (0, "USD", "0.00")],
)
def test_amounts_are_exact_decimals(minor: int, currency: str, expected: str) -> None:
    assert plain(minor, currency) == expected


amounts = st.integers(0, 10**9)


@given(
    balance=st.integers(-(10**9), 10**9),
    earned_minor=st.integers(-(10**9), 10**9),
    debt=amounts,
    held=st.lists(st.tuples(st.integers(1, 10**6), st.integers(-30, 30)), max_size=4),
    share=st.integers(0, 10_000),
    days_negative=st.none() | st.integers(0, 60),
)
def test_a_decision_loses_nothing_and_pays_no_more_than_there_is(
    balance: int, earned_minor: int, debt: int, held: list[tuple[int, int]], share: int, days_negative: int | None
) -> None:
    payee = Payee(
        merchant_id=UUID(int=1),
        currency="USD",
        terms=PayeeTerms(destination="creditor 7", reserve_basis_points=share, reserve_days=share and 30),
        destination_changed_at=NOW - NEW_DESTINATION_WAITS,
        due_at=NOW,
        negative_since=None if days_negative is None else NOW - timedelta(days=days_negative),
    )
    reserves = [
        Reserve(id=UUID(int=number), amount_minor=minor, release_at=NOW + timedelta(days=days))
        for number, (minor, days) in enumerate(held)
    ]
    made = decide(
        payee, Account(balance_minor=balance, earned_minor=earned_minor, debt_minor=debt, reserves=reserves), NOW
    )
    released = sum(each.amount_minor for each in made.released)
    kept = balance + released - made.recovered_minor + made.raised_minor - made.held_minor - made.payout_minor
    assert kept == made.closing_minor
    assert min(made.recovered_minor, made.raised_minor, made.held_minor, made.payout_minor) >= 0
    assert made.recovered_minor <= debt
    assert made.held_minor <= max(0, earned_minor)
    assert (made.payout_minor > 0) == (made.carried is None)
    assert made.payout_minor <= max(0, balance + released)
    if made.payout_minor:
        assert made.closing_minor == 0
        assert made.recovered_minor == debt or made.payout_minor == 0
    assert {each.id for each in reserves if each.release_at <= NOW} <= {each.id for each in made.released}
    if made.closing_minor < 0:
        assert made.negative_since is not None
        assert NOW - made.negative_since < DEBT_AFTER
        assert len(made.released) == len(reserves)
    else:
        assert made.negative_since is None


def test_the_doctor_compares_what_is_owed_with_open_vouchers() -> None:
    assert judge_liability({"USD": 5, "EUR": 0}, {"USD": 5}).level is Level.OK
    verdict = judge_liability({"USD": 5}, {"USD": 4, "JPY": 1})
    assert verdict.level is Level.FAIL
    assert "0 booked and 1 open in JPY; 5 booked and 4 open in USD" in verdict.says


async def test_the_doctor_finds_no_difference_in_an_empty_house(database: Database) -> None:
    (check,) = CHECKS
    async with database.system() as tx:
        assert (await check.look(tx)).level is Level.OK
