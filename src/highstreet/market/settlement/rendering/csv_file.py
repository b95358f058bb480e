"""A statement as CSV (RFC 4180): one row a line, between rows of the two balances."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from highstreet.kit.spreadsheets import as_text, plain
from highstreet.market.settlement.domain.statements import Statement, StatementLine

_COLUMNS: Final = (
    "line",
    "date",
    "kind",
    "order",
    "voucher",
    "refund",
    "payout",
    "terms_version",
    "gross",
    "commission",
    "tax",
    "amount",
    "balance",
    "currency",
)


def to_csv(statement: Statement, lines: Sequence[StatementLine]) -> bytes:
    """The same bytes for the same statement. UTF-8, every line ended by CRLF, as the format asks."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerow(_balance_row(statement, "opening_balance", statement.opening_minor))
    balance_minor = statement.opening_minor
    for line in lines:
        balance_minor += line.amount_minor
        writer.writerow(_row(line, statement.currency, balance_minor))
    writer.writerow(_balance_row(statement, "closing_balance", statement.closing_minor))
    return out.getvalue().encode()


def _row(line: StatementLine, currency: str, balance_minor: int) -> list[str]:
    names = (line.order_id, line.voucher_id, line.refund_id, line.payout_id, line.terms_version)
    amounts = (line.gross_minor, line.commission_minor, line.tax_minor, line.amount_minor, balance_minor)
    return [
        str(line.number),
        f"{line.posted_at:%Y-%m-%dT%H:%M:%SZ}",
        as_text(line.kind),
        *("" if name is None else as_text(str(name)) for name in names),
        *(plain(minor, currency) for minor in amounts),
        currency,
    ]


def _balance_row(statement: Statement, kind: str, minor: int) -> list[str]:
    when = f"{statement.made_at:%Y-%m-%dT%H:%M:%SZ}"
    return ["", when, kind, *[""] * 9, plain(minor, statement.currency), statement.currency]
