"""Vouchers that are spent in parts: no option of the catalogue asks for them yet, so here some orders do."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

import msgspec
import pytest

from highstreet.market.orders.domain.orders import Line, Order
from highstreet.market.orders.domain.vouchers import Sale, vouchers_of
from highstreet.market.orders.usecases import settling
from highstreet.market.vouchers.domain.vouchers import NewVoucher


@contextmanager
def spent_in_parts() -> Generator[None]:
    """Of three orders one gets vouchers for three visits, and one vouchers that are spent like money."""
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(settling, "vouchers_of", _vouchers_of)
        yield


def _vouchers_of(order: Order, line: Line, sale: Sale, now: datetime) -> list[NewVoucher]:
    wanted = vouchers_of(order, line, sale, now)
    match order.id.int % 3:
        case 0:
            return [msgspec.structs.replace(each, uses=3) for each in wanted]
        case 1:
            return [msgspec.structs.replace(each, balance_minor=each.price_minor) for each in wanted]
        case _:
            return wanted
