"""Saying what happens next in the sandbox: to the next attempt to pay, to the next webhook, or at once."""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.sandbox import repository as rows
from highstreet.sandbox import service
from highstreet.sandbox.domain import Answer, Fault
from highstreet.sandbox.service import RefundIn


class Next(StrEnum):
    """The first three answer attempts to pay, the next five befall webhooks, the others happen at once."""

    APPROVE = "approve"
    DECLINE = "decline"
    CHALLENGE = "challenge"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DROP = "drop"
    FORGE = "forge"
    DISPUTE = "dispute"
    WIN = "win"
    LOSE = "lose"
    REFUND = "refund"
    TURN_AWAY = "turn_away"
    PAY_OUT = "pay_out"


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`payment` is the sandbox's id of one, by default the latest that was captured.

    With it `approve`, `decline` and `challenge` happen at once, as if somebody had done so on its page; without it the
    next attempts are answered so, `times` of them. `seconds` is how long webhooks are delayed.
    """

    next: Next
    payment: str | None = None
    times: Annotated[int, Meta(ge=1, le=1000)] = 1
    seconds: Annotated[int, Meta(ge=0, le=864_000)] = 60


_WAITING: Final = frozenset({*(Next(each) for each in Answer), *(Next(each) for each in Fault)})


async def control(tx: Transaction, wanted: Control) -> None:
    """Raises NotFound and Conflict where it cannot happen."""
    if wanted.next in _WAITING and (wanted.payment is None or wanted.next.value not in set(Answer)):
        await rows.insert_order(tx, wanted.next.value, wanted.times, wanted.seconds)
        return
    if wanted.next is Next.PAY_OUT:
        await service.pay_out(tx)
        return
    payment_id = wanted.payment or await rows.latest_captured(tx)
    if payment_id is None:
        raise NotFound("No payment was captured yet")
    match wanted.next:
        case Next.DISPUTE:
            await service.dispute(tx, payment_id)
        case Next.WIN | Next.LOSE:
            await service.close_dispute(tx, payment_id, won=wanted.next is Next.WIN)
        case Next.TURN_AWAY:
            await service.turn_refund_away(tx, payment_id)
        case Next.REFUND:
            found = await service.find(tx, payment_id)
            left = found.amount_minor - found.refunded_minor
            await service.refund(tx, RefundIn(payment=payment_id, amount_minor=left), None)
        case _:
            await service.attempt(tx, payment_id, Answer(wanted.next.value), obedient=False)
