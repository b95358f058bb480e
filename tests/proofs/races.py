"""Whoever is at a voucher at the same time, at different processes: it closes once, and the books say so."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.vouchers.domain.redemptions import Why
from tests.proofs.buying import Bought, bought
from tests.proofs.counting import check_rules, expect
from tests.proofs.crowd import all_at_once
from tests.proofs.street import Person, Shop, Street
from tests.proofs.wire import Answer, Wire, written

_AT_ONCE: Final = 200
_CONTESTED: Final = 1_000
_CONTESTS_AT_ONCE: Final = 4


class _Row(msgspec.Struct, frozen=True):
    id: UUID
    state: str


async def redeemed_once(street: Street, people: Sequence[Person], seed: int) -> str:
    """One voucher, presented by staff of two merchants; what happened. Raises Broken."""
    [voucher] = await bought(street, people, 1, Random(seed))
    requests = [redemption(street.shops[number % 2], voucher.codes.bearer, f"r{number}") for number in range(_AT_ONCE)]
    answers = await all_at_once(street.house.ports, requests)
    told = Counter(_told(answer) for answer in answers)
    wanted = {"201": 1, f"409 {Why.REDEEMED}": _AT_ONCE // 2 - 1, f"409 {Why.OTHER_MERCHANT}": _AT_ONCE // 2}
    expect("answers to redemptions", told, Counter(wanted))
    await _check(street, [voucher.id], Counter({"redeemed": 1}))
    return f"{_AT_ONCE} redemptions of one voucher by two merchants: {_in_words(told)}"


async def refunded_or_redeemed(street: Street, people: Sequence[Person], seed: int) -> str:
    """Many vouchers, each given back by its buyer while staff redeem it; what happened. Raises Broken."""
    rng = Random(seed)
    contested = await bought(street, people, _CONTESTED, rng)
    numbers, outcomes = iter(contested), Counter[tuple[str, str]]()
    firsts = [rng.random() < 0.5 for _ in contested]

    async def contests() -> None:
        async with AsyncExitStack() as stack:
            wires = [await stack.enter_async_context(Wire(port)) for port in street.house.ports]
            for voucher in numbers:
                outcomes[await _contest(street, wires, voucher, refund_first=firsts.pop())] += 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(_CONTESTS_AT_ONCE):
            tasks.create_task(contests())
    refunded = sum(count for (refund, redeem), count in outcomes.items() if (refund, redeem[:3]) == ("201", "409"))
    redeemed = sum(count for (refund, redeem), count in outcomes.items() if (refund[:3], redeem) == ("409", "201"))
    expect("contests with one winner", refunded + redeemed, _CONTESTED)
    states = Counter({"refunded": refunded, "redeemed": redeemed})
    await _check(street, [voucher.id for voucher in contested], states)
    return f"{_CONTESTED} vouchers given back while redeemed: {refunded} refunded, {redeemed} redeemed, none both"


async def _contest(street: Street, wires: Sequence[Wire], voucher: Bought, *, refund_first: bool) -> tuple[str, str]:
    """What the buyer and what the staff were told, who ask at different processes."""
    headers = [*voucher.owner.headers, f"idempotency-key: refund {voucher.id}"]
    refund = written("POST", f"/api/v1/orders/{voucher.order_id}/refunds", b"{}", headers)
    redeem = redemption(street.shops[0], voucher.codes.bearer, str(voucher.id))
    asked = [(wires[0], refund), (wires[-1], redeem)]
    answers = await asyncio.gather(*(wire.ask(text) for wire, text in (asked if refund_first else asked[::-1])))
    first, second = (_told(answer) for answer in answers)
    return (first, second) if refund_first else (second, first)


def redemption(shop: Shop, code: str, nonce: str, staff: Person | None = None) -> bytes:
    """What staff send when they scan or type a code."""
    body = {"code": code, "merchant_id": shop.merchant_id, "location_id": shop.location_id}
    headers = [*(staff or shop.staff).headers, f"idempotency-key: {nonce}"]
    return written("POST", "/api/v1/redemptions", msgspec.json.encode(body), headers)


def _told(answer: Answer) -> str:
    """The status, and why it was refused where that is said."""
    why = json.loads(answer.body).get("why") if answer.status == 409 else None
    return f"{answer.status} {why}" if why else str(answer.status)


def _in_words(told: Counter[str]) -> str:
    return ", ".join(f"{count} x {what}" for what, count in sorted(told.items()))


async def _check(street: Street, voucher_ids: Sequence[UUID], wanted: Counter[str]) -> None:
    async with street.database.system() as tx:
        rows = await tx.fetch_all(
            _Row, "SELECT id, state FROM vouchers.vouchers WHERE id = ANY(%s)", [list(voucher_ids)]
        )
    expect("states of the vouchers", Counter(row.state for row in rows), wanted)
    await check_rules(street.database)
