"""The states that an order passes through."""

from enum import StrEnum
from typing import Final

from highstreet.kit.errors import Conflict


class OrderState(StrEnum):
    """Where an order stands."""

    HELD = "held"
    """Its units are kept for the buyer, who has yet to pay."""
    AUTHORISED = "authorised"
    """The money is set aside until the deal has tipped."""
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    EXPIRED = "expired"
    """Nobody paid in time; the units went back."""
    CANCELLED = "cancelled"
    """The buyer gave it up before paying."""
    VOIDED = "voided"
    """The deal did not tip; the money was never taken."""


class HoldState(StrEnum):
    HELD = "held"
    CLAIMED = "claimed"
    RELEASED = "released"


TRANSITIONS: Final[dict[OrderState | None, frozenset[OrderState]]] = {
    None: frozenset({OrderState.HELD}),
    OrderState.HELD: frozenset(
        {OrderState.AUTHORISED, OrderState.PAID, OrderState.EXPIRED, OrderState.CANCELLED},
    ),
    OrderState.AUTHORISED: frozenset({OrderState.PAID, OrderState.VOIDED}),
    OrderState.PAID: frozenset({OrderState.PARTLY_REFUNDED, OrderState.REFUNDED}),
    OrderState.PARTLY_REFUNDED: frozenset({OrderState.REFUNDED}),
    OrderState.REFUNDED: frozenset(),
    OrderState.EXPIRED: frozenset(),
    OrderState.CANCELLED: frozenset(),
    OrderState.VOIDED: frozenset(),
}
"""From each state, the states that may follow; from None, those in which an order begins. The database holds the same
table and refuses everything else."""


REFUNDABLE: Final = frozenset({OrderState.PAID, OrderState.PARTLY_REFUNDED})
"""States in which vouchers stand that can be given back."""


def check_transition(current: OrderState, wanted: OrderState) -> None:
    """Raise Conflict unless an order in state `current` may become `wanted`."""
    if wanted not in TRANSITIONS[current]:
        raise Conflict(f"An order that is {current} cannot become {wanted}.")
