"""Settling with a merchant: everything that moved is stated, and what may be paid is on its way."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain import payouts as booking
from highstreet.market.ledger.domain.accounts import Account as LedgerAccount
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.ledger.domain.entries import Entry, EntryKind, StatedLine
from highstreet.market.settlement.domain.facts import PAYOUT, STATEMENT, PayoutMoved, StatementMade
from highstreet.market.settlement.domain.payees import Payee, next_due
from highstreet.market.settlement.domain.payouts import Payout, PayoutState, account_at
from highstreet.market.settlement.domain.settling import Account, Decision, Reserve, decide
from highstreet.market.settlement.domain.statements import Statement, StatementLine
from highstreet.market.settlement.repository import payees, payouts, statements

_LINES: Final = 50_000
"""The most lines of one statement; what is more is stated by the next, at once."""

_SETTLING: Final = frozenset(
    {
        EntryKind.PAYOUT,
        EntryKind.PAYOUT_FAILED,
        EntryKind.RESERVE_HELD,
        EntryKind.RESERVE_RELEASED,
        EntryKind.DEBT_RAISED,
        EntryKind.DEBT_RECOVERED,
    }
)
"""What is moved by settling itself, and was not earned."""


async def enrol(tx: Transaction) -> int:
    """Make payees of merchants that have earned something and are none yet; how many."""
    return await payees.enrol(tx, await ledger.parties(tx, AccountCode.MERCHANT_PAYABLE))


async def due(tx: Transaction, *, limit: int = 200) -> list[tuple[UUID, str]]:
    """With whom to settle now, by merchant and currency."""
    return await payees.due(tx, limit)


async def settle(tx: Transaction, merchant_id: UUID, currency: str, *, at_once: bool = False) -> Statement | None:
    """Settle with a merchant that is due, or `at_once`. None where it was not due, or nothing moved.

    All of it happens in the caller's transaction: whoever is killed before its end leaves nothing, and whoever does it
    again finds that it was done. What is stated is what was claimed, so that a line which is committed just now is
    stated either here or next time. Raises NotFound for a merchant that has never earned anything in that currency.
    """
    payee = await payees.lock(tx, merchant_id, currency)
    if payee is None:
        raise NotFound(f"There is no payee {merchant_id} in {currency}")
    if payee.due_at > tx.now and not at_once:
        return None
    statement_id, payable = tx.new_id(), LedgerAccount(AccountCode.MERCHANT_PAYABLE, merchant_id)
    moved = await ledger.claim(tx, payable, currency, statement_id, limit=_LINES)
    last = await statements.latest(tx, merchant_id, currency)
    account = await _account(tx, payee, last, moved)
    decision = decide(payee, account, tx.now)
    payout = _payout(tx, payee, decision, statement_id)
    reserve = _reserve(tx, payee, decision)
    entries = _entries(payee, decision, statement_id, payout, reserve)
    due_at = tx.now if len(moved) == _LINES else next_due(payee.terms.schedule, tx.now)
    await payees.settled(tx, merchant_id, currency, due_at=due_at, negative_since=decision.negative_since)
    if not moved and not entries:
        return None
    await ledger.post_many(tx, entries)
    booked = await ledger.claim(tx, payable, currency, statement_id, keys=[entry.key for entry in entries])
    order = {entry.key: number for number, entry in enumerate(entries)}
    lines = _lines([*moved, *sorted(booked, key=lambda line: order[line.key])])
    statement = _statement(tx, payee, last, account, decision, statement_id, lines)
    await statements.insert(tx, statement, lines)
    await statements.release(tx, [each.id for each in decision.released])
    if reserve is not None:
        await statements.hold(tx, merchant_id, currency, reserve)
    if payout is not None:
        await payouts.insert(tx, payout)
    await _tell(tx, statement, payout)
    return statement


async def _account(tx: Transaction, payee: Payee, last: Statement | None, moved: Sequence[StatedLine]) -> Account:
    owed = await ledger.balance(tx, LedgerAccount(AccountCode.MERCHANT_RECEIVABLE, payee.merchant_id), payee.currency)
    return Account(
        balance_minor=(last.closing_minor if last else 0) - sum(line.amount_minor for line in moved),
        earned_minor=-sum(line.amount_minor for line in moved if line.kind not in _SETTLING),
        debt_minor=owed.normal_minor,
        reserves=await statements.held(tx, payee.merchant_id, payee.currency),
    )


def _payout(tx: Transaction, payee: Payee, decision: Decision, statement_id: UUID) -> Payout | None:
    if not decision.payout_minor or payee.terms.destination is None:
        return None
    return Payout(
        id=tx.new_id(),
        statement_id=statement_id,
        merchant_id=payee.merchant_id,
        currency=payee.currency,
        amount_minor=decision.payout_minor,
        destination=payee.terms.destination,
        state=PayoutState.PROPOSED,
        transfer_ref=None,
        problem=None,
        due_at=tx.now if account_at(payee.terms.destination) else None,
        attempts=0,
        proposed_at=tx.now,
        sent_at=None,
        settled_at=None,
    )


def _reserve(tx: Transaction, payee: Payee, decision: Decision) -> Reserve | None:
    if not decision.held_minor:
        return None
    release_at = tx.now + timedelta(days=payee.terms.reserve_days)
    return Reserve(id=tx.new_id(), amount_minor=decision.held_minor, release_at=release_at)


def _entries(
    payee: Payee, decision: Decision, statement_id: UUID, payout: Payout | None, reserve: Reserve | None
) -> list[Entry]:
    """What a decision books, in its order. A statement raises or recovers a debt once, so its id is the debt's."""
    merchant_id, currency = payee.merchant_id, payee.currency
    entries = [
        booking.reserve_released(
            reserve_id=each.id, merchant_id=merchant_id, currency=currency, amount_minor=each.amount_minor
        )
        for each in decision.released
    ]
    if decision.recovered_minor:
        entries.append(
            booking.debt_recovered(
                recovery_id=statement_id,
                merchant_id=merchant_id,
                currency=currency,
                amount_minor=decision.recovered_minor,
            )
        )
    if decision.raised_minor:
        entries.append(
            booking.debt_raised(
                debt_id=statement_id, merchant_id=merchant_id, currency=currency, amount_minor=decision.raised_minor
            )
        )
    if reserve is not None:
        entries.append(
            booking.reserve_held(
                reserve_id=reserve.id, merchant_id=merchant_id, currency=currency, amount_minor=reserve.amount_minor
            )
        )
    if payout is not None:
        entries.append(
            booking.payout(
                payout_id=payout.id, merchant_id=merchant_id, currency=currency, amount_minor=payout.amount_minor
            )
        )
    return entries


def _lines(stated: Sequence[StatedLine]) -> list[StatementLine]:
    """From the ledger's debits to what is in the merchant's favour."""
    return [
        StatementLine(
            number=number,
            entry_id=line.entry_id,
            position=line.position,
            kind=line.kind,
            posted_at=line.posted_at,
            order_id=line.order_id,
            voucher_id=line.voucher_id,
            refund_id=line.refund_id,
            payout_id=line.payout_id,
            terms_version=line.terms_version,
            gross_minor=-line.amount_minor - line.commission_minor - line.tax_minor,
            commission_minor=-line.commission_minor,
            tax_minor=-line.tax_minor,
            amount_minor=-line.amount_minor,
        )
        for number, line in enumerate(stated, start=1)
    ]


def _statement(
    tx: Transaction,
    payee: Payee,
    last: Statement | None,
    account: Account,
    decision: Decision,
    statement_id: UUID,
    lines: Sequence[StatementLine],
) -> Statement:
    opening_minor = last.closing_minor if last else 0
    released_minor = sum(each.amount_minor for each in decision.released)
    held_before_minor = sum(each.amount_minor for each in account.reserves)
    return Statement(
        id=statement_id,
        merchant_id=payee.merchant_id,
        currency=payee.currency,
        number=last.number + 1 if last else 1,
        opening_minor=opening_minor,
        closing_minor=opening_minor + sum(line.amount_minor for line in lines),
        line_count=len(lines),
        reserve_minor=held_before_minor - released_minor + decision.held_minor,
        debt_minor=account.debt_minor - decision.recovered_minor + decision.raised_minor,
        payout_minor=decision.payout_minor,
        carried_because=decision.carried,
        made_at=tx.now,
    )


async def _tell(tx: Transaction, statement: Statement, payout: Payout | None) -> None:
    made = StatementMade(
        statement_id=statement.id,
        merchant_id=statement.merchant_id,
        currency=statement.currency,
        number=statement.number,
        payout_minor=statement.payout_minor,
    )
    await outbox.record(tx, aggregate=STATEMENT, aggregate_id=statement.id, name="statement.made", payload=made)
    if payout is not None:
        moved = PayoutMoved(
            payout_id=payout.id,
            merchant_id=payout.merchant_id,
            currency=payout.currency,
            amount_minor=payout.amount_minor,
        )
        await outbox.record(tx, aggregate=PAYOUT, aggregate_id=payout.id, name="payout.proposed", payload=moved)
