"""What the doctor asks of settlement: that what is owed for vouchers is what open vouchers were paid."""

from collections.abc import Mapping
from typing import Final

from highstreet.kit.database import Transaction
from highstreet.kit.doctor.checks import HouseCheck, Verdict, fail, ok
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.vouchers import service as vouchers


def judge_liability(booked: Mapping[str, int], open_paid: Mapping[str, int]) -> Verdict:
    """By currency, in minor units: what the ledger owes for vouchers, and what open ones were paid."""
    wrong = [
        f"{booked.get(currency, 0)} booked and {open_paid.get(currency, 0)} open in {currency}"
        for currency in sorted({*booked, *open_paid})
        if booked.get(currency, 0) != open_paid.get(currency, 0)
    ]
    if wrong:
        return fail(
            f"What is owed for vouchers is not what open vouchers were paid, in minor units: {'; '.join(wrong)}.",
            "compare `highstreet ledger explain` of the latest orders with their vouchers before anything is paid out",
        )
    return ok("What is owed for vouchers is what open vouchers were paid.")


async def _liability(tx: Transaction) -> Verdict:
    totals = await ledger.trial_balance(tx)
    booked = {each.currency: each.normal_minor for each in totals if each.code is AccountCode.VOUCHER_LIABILITY}
    return judge_liability(booked, await vouchers.open_paid_value(tx))


CHECKS: Final = (HouseCheck("voucher liability", _liability),)
