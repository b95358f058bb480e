"""What orders write to those who bought: a receipt that leads to the vouchers, and word of what went back."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from highstreet.kit.crypto import Sealer
from highstreet.kit.database import Transaction
from highstreet.kit.mail import letters, queue
from highstreet.kit.money import minor_digits
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.offers import Offer
from highstreet.market.identity import service as identity
from highstreet.market.orders.domain.orders import REFUNDABLE_FOR, Order
from highstreet.market.orders.repository import orders as rows
from highstreet.market.orders.usecases.links import OrderLinks

_PACKAGE: Final = "highstreet.market.orders"
_PREFIX: Final = {"en": ""}
_MINUS: Final = "\N{MINUS SIGN}"
_TIMES: Final = "\N{MULTIPLICATION SIGN}"


class Writer:
    """Where links of mails begin (`origin`, without a slash at its end), and what they are signed and sealed with."""

    def __init__(self, sealer: Sealer, links: OrderLinks, origin: str) -> None:
        self._sealer = sealer
        self._links = links
        self._origin = origin

    async def tell(self, tx: Transaction, name: str, order_id: UUID, back_minor: int = 0) -> None:
        """The letter `name` about an order, to whoever it belongs to now, if mail reaches them."""
        order = await rows.find(tx, order_id)
        assert order is not None, "facts are of orders that are there"
        account = await identity.surviving(tx, order.account_id)
        if account.email is None:
            return
        offers = await catalog.offers(tx, [line.option_id for line in order.lines])
        until = (order.paid_at or tx.now) + REFUNDABLE_FOR
        values = {
            "what": offers[order.lines[0].option_id].deal_title,
            "until": f"{until:%Y-%m-%d %H:%M} UTC",
            "number": str(order.id),
        }
        told = [(_MINUS, _amount(back_minor, order.currency))] if back_minor else _bill(order, offers)
        link = self._origin + _PREFIX.get(account.language, f"/{account.language}") + self._links.path(order.id)
        letter = letters.write(_PACKAGE, name, account.language, values, link=link, rows=told)
        await queue.send(tx, self._sealer, f"orders.{name}", account.email, letter)


def _bill(order: Order, offers: Mapping[UUID, Offer]) -> Sequence[tuple[str, str]]:
    """Lines with what each costs, what was taken off, and the total with tax, signed by a sum sign alone."""
    lines = [
        (
            f"{line.quantity} {_TIMES} {offers[line.option_id].deal_title} ({offers[line.option_id].option_title})",
            _amount(line.unit_price_minor * line.quantity, order.currency),
        )
        for line in order.lines
    ]
    off = order.promotion_minor + order.credit_minor
    taken = [(_MINUS, _amount(off, order.currency))] if off else []
    return [*lines, *taken, ("=", _amount(order.due_minor, order.currency))]


def _amount(minor: int, currency: str) -> str:
    """`15.00 USD`: a receipt is read by machines and in every language."""
    digits = minor_digits(currency)
    whole, part = divmod(minor, 10**digits)
    return f"{whole}.{part:0{digits}d} {currency}" if digits else f"{whole} {currency}"
