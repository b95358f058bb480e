"""Bugs to plant: in each a condition is left out of what the house does, in SQL or in code."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
import pytest

from highstreet.kit.database import Transaction
from highstreet.market.ledger.domain.entries import Entry
from highstreet.market.ledger.repository import entries as entry_rows
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.domain.states import OrderState
from highstreet.market.orders.usecases import refunding, settling
from highstreet.market.payments.domain.payments import PAID, Payment
from highstreet.market.vouchers.domain.vouchers import VoucherState
from highstreet.market.vouchers.service import VoucherKeys

Plant = Callable[[pytest.MonkeyPatch], None]


def _without(*conditions: str, by: str) -> Plant:
    """SQL that no longer asks for a condition."""

    def plant(patching: pytest.MonkeyPatch) -> None:
        for name in ("fetch_all", "fetch_one", "execute"):
            patching.setattr(Transaction, name, _rewriting(getattr(Transaction, name), conditions, by))

    return plant


def _rewriting(asked: Callable[..., Any], conditions: Iterable[str], by: str) -> Callable[..., Any]:
    def ask(*arguments: Any) -> Any:  # noqa: ANN401 -- it hands on whatever it was given
        changed = list(arguments)
        for index, each in enumerate(changed):
            if isinstance(each, str):
                for condition in conditions:
                    changed[index] = changed[index].replace(condition, by)
        return asked(*changed)

    return ask


def _pay_again(patching: pytest.MonkeyPatch) -> None:
    """Word of a payment pays its order each time it comes."""

    async def settle(tx: Transaction, keys: VoucherKeys, order: Order, payment: Payment) -> Order:
        if payment.state in PAID and order.state in {OrderState.PAID, OrderState.HELD}:
            return await settling._pay(  # pyright: ignore[reportPrivateUsage] -- a bug knows no manners
                tx, keys, order, order.state, payment.id
            )
        return await standing(tx, keys, order, payment)

    standing = settling._settle_paid  # pyright: ignore[reportPrivateUsage] -- as above
    patching.setattr(settling, "_settle_paid", settle)


def _book_without_key(patching: pytest.MonkeyPatch) -> None:
    """What is booked a second time is booked a second time."""

    async def insert(tx: Transaction, wanted: Iterable[Entry]) -> set[str]:
        new = [
            msgspec.structs.replace(each, key=f"{each.key}:{tx.new_id()}")
            if each.key.startswith("provider_fee:")
            else each
            for each in wanted
        ]
        written = await standing(tx, new)
        return {each.key for each, made in zip(wanted, new, strict=True) if made.key in written}

    standing = entry_rows.insert
    patching.setattr(entry_rows, "insert", insert)


def _give_back_anything(patching: pytest.MonkeyPatch) -> None:
    """Whether a voucher is still open is asked neither before nor where it is closed."""
    patching.setattr(refunding, "OPEN", frozenset(VoucherState))
    open_only = ("AND state IN ('issued', 'promo_expired')", "AND vouchers.state IN ('issued', 'promo_expired')")
    _without(*open_only, by="")(patching)


BUGS: Final[dict[str, Plant]] = {
    "stock is taken whatever remains": _without("AND (remaining IS NULL OR remaining >= %(n)s)", by=""),
    "vouchers are given back whatever became of them": _give_back_anything,
    "holds expire that were claimed": _without("holds.state = 'held' AND ", "AND state = 'held' ", by=""),
    "word that comes again pays again": _pay_again,
    "entries are booked again under another key": _book_without_key,
}
