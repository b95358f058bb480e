"""The door of orders: quoting, placing, settling, giving up and giving back, one verb each.

Each function works in the caller's transaction. Placing and everything that follows from it needs a system transaction;
reading shows an actor what it may see.
"""

from highstreet.market.orders.usecases.ending import cancel, expire
from highstreet.market.orders.usecases.letters import Writer
from highstreet.market.orders.usecases.links import OrderLinks
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
from highstreet.market.orders.usecases.reading import hand_over, held_of, history, order, orders_of
from highstreet.market.orders.usecases.refunding import Refunded, refund
from highstreet.market.orders.usecases.settling import settle
from highstreet.market.orders.usecases.telling import follow_caps, tell_catalogue
from highstreet.market.orders.usecases.till import Till
from highstreet.market.orders.usecases.tipping import set_tipping, tip, tipping_of
from highstreet.market.orders.usecases.visits import book_visit, hours_ahead

__all__ = [
    "Answered",
    "OrderLinks",
    "Outcome",
    "Placed",
    "Purchase",
    "Refunded",
    "Till",
    "Writer",
    "book_visit",
    "cancel",
    "expire",
    "follow_caps",
    "hand_over",
    "held_of",
    "history",
    "hours_ahead",
    "is_plain",
    "order",
    "orders_of",
    "place",
    "place_all",
    "quote",
    "read",
    "refund",
    "set_tipping",
    "settle",
    "tell_catalogue",
    "tip",
    "tipping_of",
]
