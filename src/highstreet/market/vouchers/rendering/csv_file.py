"""A merchant's sales as CSV (RFC 4180): one row a deal."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from highstreet.kit.spreadsheets import as_text, plain
from highstreet.market.vouchers.domain.sales import DealSales

_COLUMNS: Final = ("deal", "title", "sold", "open", "redeemed", "refunded", "price", "earned", "currency")


def to_csv(sales: Sequence[DealSales], titles: Mapping[UUID, str]) -> bytes:
    """UTF-8, every line ended by CRLF, as the format asks."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for each in sales:
        counts = (each.sold, each.open, each.redeemed, each.refunded)
        amounts = (each.price_minor, each.earned_minor)
        writer.writerow(
            [
                as_text(str(each.deal_id)),
                as_text(titles.get(each.deal_id, "")),
                *counts,
                *(plain(minor, each.currency) for minor in amounts),
                each.currency,
            ]
        )
    return out.getvalue().encode()
