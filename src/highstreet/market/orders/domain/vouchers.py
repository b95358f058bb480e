"""From a line that was paid to the vouchers that it becomes."""

from datetime import datetime, timedelta

import msgspec

from highstreet.market.catalog.domain.deals import Option
from highstreet.market.catalog.domain.terms import Terms
from highstreet.market.ledger.domain.policies import Policy, included_tax
from highstreet.market.orders.domain.orders import PAID_VALUE_FOR, Line, Order
from highstreet.market.promotions.domain.promotions import shared
from highstreet.market.vouchers.domain.vouchers import NewVoucher, Recipient

_WHOLE = 10_000


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """What a line's vouchers promise, and by which rules of the place where they are used."""

    terms: Terms
    policy: Policy
    time_zone: str


def vouchers_of(order: Order, line: Line, sale: Sale, now: datetime) -> list[NewVoucher]:
    """One voucher for each unit. Together they cost what the line cost, to the last minor unit."""
    option = next(each for each in sale.terms.options if each.id == line.option_id)
    redeem_until = _redeem_until(option, now)
    discounts = shared(line.promotion_minor, [line.unit_price_minor] * line.quantity)
    commission_minor = line.unit_price_minor * line.commission_rate // _WHOLE
    return [
        NewVoucher(
            order_id=order.id,
            line_id=line.id,
            owner_account_id=order.account_id,
            deal_id=line.deal_id,
            option_id=line.option_id,
            merchant_id=line.merchant_id,
            currency=order.currency,
            price_minor=line.unit_price_minor,
            paid_minor=line.unit_price_minor - discount_minor,
            promotion_minor=discount_minor,
            commission_minor=commission_minor,
            commission_tax_minor=included_tax(commission_minor, line.commission_tax_rate),
            voucher_tax=sale.policy.voucher_tax,
            voucher_tax_minor=included_tax(line.unit_price_minor - commission_minor, sale.policy.tax_basis_points),
            expiry=sale.policy.expiry,
            terms_version=line.terms_version,
            title=f"{sale.terms.title} ({option.title})"[:200],
            redeem_from=option.redeem_from,
            redeem_until=redeem_until,
            paid_value_until=None if redeem_until is None else max(now + PAID_VALUE_FOR, redeem_until),
            location_ids=tuple(point.location_id for point in sale.terms.points if point.location_id),
            time_zone=sale.time_zone,
            fine_print=sale.terms.fine_print,
            recipient=_recipient(line),
        )
        for discount_minor in discounts
    ]


def _redeem_until(option: Option, now: datetime) -> datetime | None:
    if option.redeem_within_days is None:
        return option.redeem_until
    within = now + timedelta(days=option.redeem_within_days)
    return within if option.redeem_until is None else min(within, option.redeem_until)


def _recipient(line: Line) -> Recipient | None:
    if line.gift is None:
        return None
    return Recipient(
        name=line.gift.recipient_name,
        email=line.gift.recipient_email,
        message=line.gift.message,
        deliver_at=line.gift.send_at,
    )
