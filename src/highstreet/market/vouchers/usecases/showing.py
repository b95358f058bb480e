"""Vouchers as their owners print them, or show them at the till, and as their merchants count them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.money import minor_digits
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.fine_print import sentence
from highstreet.market.catalog.domain.terms import TermsPoint
from highstreet.market.vouchers.domain.codes import shown_short_code
from highstreet.market.vouchers.domain.redemptions import as_written, local
from highstreet.market.vouchers.domain.sales import DealSales
from highstreet.market.vouchers.domain.vouchers import Voucher
from highstreet.market.vouchers.rendering import csv_file, pdf_file, qr
from highstreet.market.vouchers.usecases.keys import VoucherKeys
from highstreet.market.vouchers.usecases.reading import codes_of, voucher


def sales_as_csv(sales: Sequence[DealSales], titles: Mapping[UUID, str]) -> bytes:
    """What became of a merchant's vouchers, one row a deal; `titles` are those of the deals."""
    return csv_file.to_csv(sales, titles)


async def voucher_as_svg(tx: Transaction, keys: VoucherKeys, voucher_id: UUID, owner_account_id: UUID) -> bytes:
    """The picture that is scanned, for its owner alone. Raises NotFound for everybody else."""
    codes = await codes_of(tx, keys, voucher_id, owner_account_id)
    return qr.svg(keys.signed_text(await voucher(tx, voucher_id), codes.bearer, tx.now))


async def voucher_as_pdf(tx: Transaction, keys: VoucherKeys, voucher_id: UUID, owner_account_id: UUID) -> bytes:
    """A page with everything that is needed to redeem, for its owner alone, in English.

    Needs the system role, because it shows the terms as they were when it was sold. Raises NotFound for everybody else.
    """
    codes = await codes_of(tx, keys, voucher_id, owner_account_id)
    shown = await voucher(tx, voucher_id)
    frozen = await catalog.terms(tx, shown.deal_id, shown.terms_version)
    paper = pdf_file.Paper(
        title=shown.title,
        merchant="" if frozen is None else frozen.terms.merchant_name,
        places=() if frozen is None else tuple(map(_place, frozen.terms.points)),
        facts=tuple(_facts(shown)),
        fine_print=tuple(sentence(rule, as_written) for rule in shown.fine_print),
        qr=keys.signed_text(shown, codes.bearer, tx.now),
        short=shown_short_code(codes.short),
        number=f"Voucher {shown.id} of order {shown.order_id}",
    )
    return pdf_file.to_pdf(paper)


def _place(point: TermsPoint) -> str:
    return ", ".join(filter(None, (point.location_name, point.address, point.place_name)))


def _facts(shown: Voucher) -> list[str]:
    facts = [f"Paid: {_amount(shown.paid_minor, shown.currency)}"]
    if shown.in_money:
        facts.append(f"Left: {_amount(shown.units_left, shown.currency)} of {_amount(shown.units, shown.currency)}")
    elif shown.units > 1:
        facts.append(f"Left: {shown.units_left} of {shown.units} visits")
    if shown.redeem_from is not None:
        facts.append(f"Valid from {_moment(shown.redeem_from, shown)}")
    if shown.redeem_until is not None:
        facts.append(f"Valid until {_moment(shown.redeem_until, shown)}")
        end = "" if shown.paid_value_until is None else f", until {_moment(shown.paid_value_until, shown)}"
        facts.append(f"From then on it is good for what was paid{end}")
    return facts


def _amount(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-minor_digits(currency))} {currency}"


def _moment(at: datetime, shown: Voucher) -> str:
    return f"{local(at, shown.time_zone):%Y-%m-%d %H:%M} ({shown.time_zone})"
