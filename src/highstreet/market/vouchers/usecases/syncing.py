"""What devices did without network, told later: the same answer whichever of them tells first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.errors import FieldProblem, Forbidden, InvalidInput
from highstreet.market.vouchers.domain.claims import Claim, ClaimOutcome, Told, is_too_old, moment_of, resolve
from highstreet.market.vouchers.domain.redemptions import (
    Channel,
    Presented,
    Redeemer,
    Redemption,
    Why,
    closed,
    refusal,
)
from highstreet.market.vouchers.domain.vouchers import Value, Voucher, VoucherState
from highstreet.market.vouchers.repository import claims as rows
from highstreet.market.vouchers.repository import devices as device_rows
from highstreet.market.vouchers.repository import vouchers as voucher_rows
from highstreet.market.vouchers.usecases.keys import VoucherKeys
from highstreet.market.vouchers.usecases.redeeming import redeem_voucher, scanned, visit_of
from highstreet.market.vouchers.usecases.reversing import displace

MOST_AT_ONCE: Final = 200
_NOT_OPEN: Final = frozenset({VoucherState.REFUNDED, VoucherState.VOID, VoucherState.EXPIRED})


async def sync(
    tx: Transaction, keys: VoucherKeys, redeemer: Redeemer, told: Sequence[Told], device_now: datetime
) -> list[Claim]:
    """What becomes of what a device did without network, in the order in which it tells.

    Of several devices that redeemed the same voucher the earliest did, then the one with the lower id, whichever tells
    first; what was redeemed online stands. Told again, each is answered by what became of it since. `device_now` is
    what the device's clock reads. Needs the system role. Raises Forbidden for what is no device.
    """
    if redeemer.device_id is None:
        raise Forbidden("Only a registered device tells of redemptions without network")
    _check(told)
    nonces = [each.nonce for each in told]
    known = await rows.of_nonces(tx, redeemer.device_id, nonces)
    for each in sorted(told, key=lambda each: (each.at, each.nonce)):
        if each.nonce not in known:
            await _take(tx, keys, redeemer, each, moment_of(each.at, device_now, tx.now))
    await device_rows.touch(tx, redeemer.device_id)
    answered = await rows.of_nonces(tx, redeemer.device_id, nonces)
    return [answered[nonce] for nonce in nonces]


async def _take(tx: Transaction, keys: VoucherKeys, redeemer: Redeemer, told: Told, at: datetime) -> None:
    """Keep one claim, and decide anew what happened to its voucher."""
    assert redeemer.device_id is not None
    found = await scanned(tx, told.code)
    voucher = None if found is None else await voucher_rows.hold(tx, found.id)
    why = await _hindrance(tx, keys, redeemer, told, voucher, at)
    claim = Claim(
        id=tx.new_id(),
        device_id=redeemer.device_id,
        nonce=told.nonce,
        voucher_id=None if voucher is None else voucher.id,
        location_id=told.location_id,
        units=told.units,
        age_years=told.age_years,
        booked_at=told.booked_at,
        stated_at=told.at,
        claimed_at=at,
        synced_at=tx.now,
        outcome=ClaimOutcome.CONTESTED if why is None else ClaimOutcome.REFUSED,
        why=why or Why.EARLIER_ELSEWHERE,
    )
    if await rows.insert(tx, claim) and why is None and voucher is not None:
        await _decide(tx, redeemer, voucher)


async def _hindrance(
    tx: Transaction, keys: VoucherKeys, redeemer: Redeemer, told: Told, voucher: Voucher | None, at: datetime
) -> Why | None:
    """Why a claim cannot have been right, whatever others did; None when only they can stand in its way."""
    if voucher is None:
        return Why.REPLACED if keys.is_ours(told.code, tx.now) else Why.UNKNOWN_CODE
    if voucher.merchant_id != redeemer.merchant_id:
        return Why.OTHER_MERCHANT
    if is_too_old(at, tx.now):
        return Why.TOLD_TOO_LATE
    if voucher.state in _NOT_OPEN:
        return closed(voucher.state).why
    if voucher.in_money and told.units is None:
        return Why.UNITS_MISSING
    untouched = voucher.in_state(VoucherState.ISSUED).holding(_whole(voucher))
    visit = await visit_of(tx, redeemer, _presented(told, told.nonce), untouched, told.units or 1, at)
    refused = refusal(untouched, visit)
    return None if refused is None else refused.why


async def _decide(tx: Transaction, redeemer: Redeemer, voucher: Voucher) -> None:
    """Let the claims on a voucher, which is held, have happened that are the earliest and fit; undo the others."""
    competing = await rows.competing(tx, voucher.id)
    standing = [claim for claim in competing if claim.outcome is ClaimOutcome.ACCEPTED]
    happened = resolve(competing, voucher.units_left + sum(claim.wanted_units for claim in standing))
    for claim in standing:
        if claim.id not in happened and claim.redemption_id is not None:
            await displace(tx, await _held(tx, voucher.id), claim.redemption_id, redeemer, Why.EARLIER_ELSEWHERE)
            gone = msgspec.structs.replace(
                claim, outcome=ClaimOutcome.CONTESTED, why=Why.EARLIER_ELSEWHERE, redemption_id=None
            )
            await rows.update(tx, gone)
    for claim in sorted(competing, key=lambda each: each.place_in_time):
        if claim.id in happened and claim.outcome is not ClaimOutcome.ACCEPTED:
            await _redeem(tx, claim, await _held(tx, voucher.id))


async def _redeem(tx: Transaction, claim: Claim, voucher: Voucher) -> None:
    redeemer = Redeemer(merchant_id=voucher.merchant_id, device_id=claim.device_id)
    told = Told(
        code="",
        nonce=claim.nonce,
        at=claim.stated_at,
        location_id=claim.location_id,
        units=claim.units,
        age_years=claim.age_years,
        booked_at=claim.booked_at,
    )
    attempts = claim.attempts + 1
    presented = _presented(told, f"{claim.id}/{attempts}")
    answer = await redeem_voucher(tx, redeemer, presented, voucher, channel=Channel.OFFLINE, at=claim.claimed_at)
    if isinstance(answer, Redemption):
        became = msgspec.structs.replace(
            claim, outcome=ClaimOutcome.ACCEPTED, why=None, redemption_id=answer.id, attempts=attempts
        )
    else:
        became = msgspec.structs.replace(claim, outcome=ClaimOutcome.REFUSED, why=answer.why)
    await rows.update(tx, became)


async def _held(tx: Transaction, voucher_id: UUID) -> Voucher:
    held = await voucher_rows.hold(tx, voucher_id)
    assert held is not None
    return held


def _whole(voucher: Voucher) -> Value:
    return Value(
        voucher.units,
        voucher.paid_minor,
        voucher.promotion_minor,
        voucher.commission_minor,
        voucher.commission_tax_minor,
        voucher.voucher_tax_minor,
    )


def _presented(told: Told, nonce: str) -> Presented:
    return Presented(
        code=told.code,
        nonce=nonce,
        location_id=told.location_id,
        units=told.units,
        age_years=told.age_years,
        booked_at=told.booked_at,
    )


def _check(told: Sequence[Told]) -> None:
    problems: list[FieldProblem] = []
    if len(told) > MOST_AT_ONCE:
        problems.append(FieldProblem("redemptions", f"at most {MOST_AT_ONCE} are told at once"))
    if len({each.nonce for each in told}) < len(told):
        problems.append(FieldProblem("redemptions", "each has a nonce of its own"))
    for index, each in enumerate(told):
        if not (1 <= len(each.nonce) <= 100 and each.nonce.isprintable()):
            problems.append(FieldProblem(f"redemptions[{index}].nonce", "has 1 to 100 characters"))
        if each.units is not None and not 1 <= each.units < 2**31:
            problems.append(FieldProblem(f"redemptions[{index}].units", "is at least 1"))
        if each.age_years is not None and not 0 <= each.age_years <= 150:
            problems.append(FieldProblem(f"redemptions[{index}].age_years", "is 0 to 150"))
    if problems:
        raise InvalidInput(tuple(problems))
