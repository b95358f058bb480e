"""The door of orders: quoting, placing, giving up, one verb each.

Each function works in the caller's transaction. Placing and everything that follows from it needs a system transaction;
reading shows an actor what it may see.
"""

from highstreet.market.orders.usecases.ending import cancel, expire
from highstreet.market.orders.usecases.placing import (
    Answered,
    Outcome,
    Placed,
    Purchase,
    is_plain,
    place,
    place_all,
)
from highstreet.market.orders.usecases.quoting import quote, read
from highstreet.market.orders.usecases.reading import hand_over, history, order, orders_of
from highstreet.market.orders.usecases.telling import follow_caps, tell_catalogue

__all__ = [
    "Answered",
    "Outcome",
    "Placed",
    "Purchase",
    "cancel",
    "expire",
    "follow_caps",
    "hand_over",
    "history",
    "is_plain",
    "order",
    "orders_of",
    "place",
    "place_all",
    "quote",
    "read",
    "tell_catalogue",
]
