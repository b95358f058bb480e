"""Lines of an account as CSV (RFC 4180), one row a line."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from highstreet.kit.spreadsheets import as_text, plain
from highstreet.market.ledger.domain.entries import RunningLine

_COLUMNS: Final = (
    "posted_at",
    "entry",
    "key",
    "kind",
    "account",
    "party",
    "order",
    "voucher",
    "payment",
    "refund",
    "payout",
    "terms_version",
    "memo",
    "debit_less_credit",
    "held",
    "currency",
)


def to_csv(lines: Sequence[RunningLine]) -> bytes:
    """In the order of the lines. Amounts are debits less credits; UTF-8, every line ended by CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows(map(_row, lines))
    return out.getvalue().encode()


def _row(line: RunningLine) -> list[str]:
    names = (
        line.key,
        line.kind,
        line.account.code,
        line.account.party_id,
        line.order_id,
        line.voucher_id,
        line.payment_id,
        line.refund_id,
        line.payout_id,
        line.terms_version,
        line.memo,
    )
    return [
        f"{line.posted_at:%Y-%m-%dT%H:%M:%SZ}",
        str(line.entry_id),
        *("" if name is None else as_text(str(name)) for name in names),
        plain(line.amount_minor, line.currency),
        plain(line.held_minor, line.currency),
        line.currency,
    ]
