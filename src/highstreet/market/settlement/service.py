"""Settlement's door: settle with merchants, carry their payouts, and show them what moved.

Settling and carrying payouts need a transaction of the system. Reading shows staff their own merchant's, and operators
all. Errors are InvalidInput, NotFound (there is none that the actor may see), Forbidden and Conflict.
"""

from highstreet.market.settlement.usecases.agreeing import agree, all_payees, payee, payee_history, terms_of
from highstreet.market.settlement.usecases.disputing import (
    follow_failed_refund,
    follow_refund,
    lose_dispute,
    open_dispute,
    win_dispute,
)
from highstreet.market.settlement.usecases.files import statement_as_csv, statement_as_pdf
from highstreet.market.settlement.usecases.paying import mark_failed, mark_paid, mark_sent, payout, payouts
from highstreet.market.settlement.usecases.reading import require_reader, statement, statement_lines, statements
from highstreet.market.settlement.usecases.sending import send, take_due_payouts
from highstreet.market.settlement.usecases.settling import due, enrol, settle

__all__ = [
    "agree",
    "all_payees",
    "due",
    "enrol",
    "follow_failed_refund",
    "follow_refund",
    "lose_dispute",
    "mark_failed",
    "mark_paid",
    "mark_sent",
    "open_dispute",
    "payee",
    "payee_history",
    "payout",
    "payouts",
    "require_reader",
    "send",
    "settle",
    "statement",
    "statement_as_csv",
    "statement_as_pdf",
    "statement_lines",
    "statements",
    "take_due_payouts",
    "terms_of",
    "win_dispute",
]
