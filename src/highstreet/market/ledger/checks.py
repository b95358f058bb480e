"""What the doctor asks of the ledger: that debits and credits of each currency sum to zero."""

from collections.abc import Sequence
from typing import Final

from highstreet.kit.database import Transaction
from highstreet.kit.doctor.checks import HouseCheck, Verdict, fail, ok
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.entries import Total


def judge_balance(totals: Sequence[Total]) -> Verdict:
    """The database refuses entries that do not balance, so one that is found was put there around it."""
    off: dict[str, int] = {}
    for total in totals:
        off[total.currency] = off.get(total.currency, 0) + total.debit_minor
    wrong = [f"{currency} by {minor} minor units" for currency, minor in sorted(off.items()) if minor]
    if wrong:
        return fail(
            f"The ledger does not balance: {', '.join(wrong)}.",
            "stop paying out, and compare it with a backup: somebody changed rows around the rules",
        )
    return ok(f"The ledger balances in {len(off)} currencies." if off else "Nothing is booked in the ledger yet.")


async def _balance(tx: Transaction) -> Verdict:
    return judge_balance(await ledger.trial_balance(tx))


CHECKS: Final = (HouseCheck("ledger", _balance),)
