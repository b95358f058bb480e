"""What a merchant keeps of a voucher. Amounts are minor units; rates are ten-thousandths."""

from uuid import UUID

import msgspec

from highstreet.market.ledger.domain.policies import Policy, VoucherTax, included_tax

_WHOLE = 10_000


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """What goes off a price: the house's share with the tax in it, and the tax on what the voucher buys.

    `own_tax_rate` is what the merchant says that it pays itself, where the market does not collect that tax.
    """

    commission_rate: int
    policy: Policy
    own_tax_rate: int


class Margin(msgspec.Struct, frozen=True, kw_only=True):
    """Of one option: what each voucher leaves, and what all that may be sold leave; below zero it costs.

    What does not end has no total.
    """

    option_id: UUID
    price_minor: int
    commission_minor: int
    tax_minor: int
    cost_minor: int
    left_minor: int
    units: int | None
    total_minor: int | None


def margin(option_id: UUID, price_minor: int, units: int | None, cost_minor: int, rates: Rates) -> Margin:
    """By the same rounding as the books: the commission down, the tax to the nearest, both voucher by voucher."""
    commission_minor = price_minor * rates.commission_rate // _WHOLE
    if rates.policy.voucher_tax is VoucherTax.NOT_COLLECTED:
        tax_minor = included_tax(price_minor, rates.own_tax_rate)
    else:
        tax_minor = included_tax(price_minor - commission_minor, rates.policy.tax_basis_points)
    left_minor = price_minor - commission_minor - tax_minor - cost_minor
    return Margin(
        option_id=option_id,
        price_minor=price_minor,
        commission_minor=commission_minor,
        tax_minor=tax_minor,
        cost_minor=cost_minor,
        left_minor=left_minor,
        units=units,
        total_minor=None if units is None else left_minor * units,
    )
