"""Visits that are booked with vouchers."""

from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import InvalidInput
from highstreet.market.bookings import service as bookings
from highstreet.market.bookings.domain import Booking
from highstreet.market.catalog.domain.fine_print import BookingNeeded
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import OPEN, Voucher


async def book_visit(tx: Transaction, voucher_id: UUID, slot_id: UUID, *, account_id: UUID, seats: int = 1) -> Booking:
    """Come at a slot with a voucher, which the caller may see. Needs the system role.

    The voucher is held meanwhile: whoever gives it back later finds the booking, and frees its seats. Raises as
    `bookings.book` does, and InvalidInput for a voucher that is not open.
    """
    voucher = await vouchers.hold(tx, voucher_id)
    if voucher.state not in OPEN:
        raise InvalidInput.at("voucher_id", f"is {voucher.state}, and cannot be booked")
    return await bookings.book(
        tx,
        slot_id,
        voucher_id=voucher_id,
        option_id=voucher.option_id,
        account_id=account_id,
        seats=seats,
        hours_ahead=hours_ahead(voucher),
    )


def hours_ahead(voucher: Voucher) -> int:
    """How long before a visit it has to be booked, by the fine print."""
    return max((rule.hours_ahead for rule in voucher.fine_print if isinstance(rule, BookingNeeded)), default=0)
