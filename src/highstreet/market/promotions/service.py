"""The door of promotions and credit.

Each function works in the caller's transaction. Making promotions is for operators who may; everything that a buyer
uses needs the system's transaction.
"""

from highstreet.market.promotions.usecases.crediting import (
    credit_left,
    credits_of,
    end_credits,
    grant_credit,
    hand_over,
    hold_credit,
    return_credit,
)
from highstreet.market.promotions.usecases.promoting import (
    create,
    hold,
    keep,
    pause,
    price,
    promotions,
    release,
    resume,
)

__all__ = [
    "create",
    "credit_left",
    "credits_of",
    "end_credits",
    "grant_credit",
    "hand_over",
    "hold",
    "hold_credit",
    "keep",
    "pause",
    "price",
    "promotions",
    "release",
    "resume",
    "return_credit",
]
