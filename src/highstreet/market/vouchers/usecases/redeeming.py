"""Redeeming vouchers, exactly once whoever else is at it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from highstreet.kit.crypto import fingerprint
from highstreet.kit.database import Transaction
from highstreet.kit.errors import InvalidInput, Unavailable
from highstreet.kit.idempotency import AnotherRequest
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.fine_print import NewCustomersOnly
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain import vouchers as booking
from highstreet.market.vouchers.domain import codes
from highstreet.market.vouchers.domain.redemptions import (
    Channel,
    Presented,
    Redeemer,
    Redemption,
    Refused,
    Visit,
    Why,
    refusal,
    refused,
    value_of,
)
from highstreet.market.vouchers.domain.vouchers import OPEN, Step, Voucher, VoucherState, due_at, standing
from highstreet.market.vouchers.repository import redemptions as redemption_rows
from highstreet.market.vouchers.repository import vouchers as rows
from highstreet.market.vouchers.usecases import guessing
from highstreet.market.vouchers.usecases.keys import VoucherKeys
from highstreet.market.vouchers.usecases.telling import moved, tell

_ATTEMPTS: Final = 20
_RETRY_AFTER_S: Final = 1
_MAX_NONCE_LENGTH: Final = 100
_MAX_CODE_LENGTH: Final = 1_000


async def redeeming_for(tx: Transaction, merchant_id: UUID) -> Redeemer:
    """The actor of the transaction as one who redeems for a merchant. Raises Forbidden without `vouchers.redeem`."""
    await identity.require(tx, Permission.VOUCHERS_REDEEM, merchant_id)
    return Redeemer(merchant_id=merchant_id, account_id=tx.actor.id)


BookedAt: TypeAlias = Callable[[Transaction, UUID, UUID | None, datetime], Awaitable[datetime | None]]
"""When a visit was booked, by voucher, location and moment of the visit."""


async def redeem(
    tx: Transaction, keys: VoucherKeys, redeemer: Redeemer, presented: Presented, booked_at: BookedAt | None = None
) -> Redemption | Refused:
    """Redeem units of a voucher and book it, or say why not. Needs the system role.

    `booked_at` looks up a booking where staff tell of none.

    Sent again with the same nonce, the first answer is given again. Raises AnotherRequest when that nonce was used for
    something else, InvalidInput for what cannot be meant, and TooManyRequests after many codes that do not exist. A
    refusal has to be committed too, so that guesses are counted.
    """
    _check(presented)
    voucher, channel = await _identified(tx, keys, redeemer, presented)
    if voucher is None:
        return refused(Why.REPLACED if keys.is_ours(presented.code, tx.now) else Why.UNKNOWN_CODE)
    if voucher.merchant_id != redeemer.merchant_id:
        return refused(Why.OTHER_MERCHANT)
    if booked_at is not None and presented.booked_at is None:
        booked = await booked_at(tx, voucher.id, presented.location_id, tx.now)
        presented = msgspec.structs.replace(presented, booked_at=booked)
    return await redeem_voucher(tx, redeemer, presented, voucher, channel=channel, at=tx.now)


async def redeem_voucher(
    tx: Transaction, redeemer: Redeemer, presented: Presented, voucher: Voucher, *, channel: Channel, at: datetime
) -> Redemption | Refused:
    """Redeem units of a voucher of the redeemer's merchant that was told by its code, as of the moment `at`."""
    units = _units(voucher, presented)
    for _ in range(_ATTEMPTS):
        former = await redemption_rows.of_nonce(tx, redeemer.id, presented.nonce)
        if former is not None:
            return _same(former, voucher, units)
        visit = await visit_of(tx, redeemer, presented, voucher, units, at)
        hindrance = refusal(voucher, visit)
        if hindrance is not None:
            return hindrance
        done = await _take(tx, redeemer, presented, voucher, visit, channel)
        if done is not None:
            return done
        voucher = (await rows.find(tx, [voucher.id]))[voucher.id]  # somebody was quicker: look again
    raise Unavailable("Too many redemptions of the same voucher at once; try again", _RETRY_AFTER_S)


async def _take(
    tx: Transaction, redeemer: Redeemer, presented: Presented, voucher: Voucher, visit: Visit, channel: Channel
) -> Redemption | None:
    """Take the units, keep who took them, and book it; None when the voucher is no longer as it was seen."""
    part, worth = value_of(voucher, visit.units, visit.at)
    left = voucher.left.without(part)
    state = voucher.state if left.units else VoucherState.REDEEMED
    then = voucher.in_state(state).holding(left)
    step = rows.NextState(state=state, left=left, step=Step.REDEEMED, due_at=due_at(then), by_id=redeemer.id)
    if not await rows.advance(tx, voucher, step):
        return None
    redemption = Redemption(
        id=tx.new_id(),
        voucher_id=voucher.id,
        merchant_id=redeemer.merchant_id,
        location_id=visit.location_id,
        units=part.units,
        paid_minor=part.paid_minor,
        promotion_minor=part.promotion_minor,
        commission_minor=part.commission_minor,
        commission_tax_minor=part.commission_tax_minor,
        voucher_tax_minor=part.voucher_tax_minor,
        with_promotion=standing(voucher, visit.at) is VoucherState.ISSUED,
        whole=part.units == voucher.units,
        channel=channel,
        account_id=redeemer.account_id,
        device_id=redeemer.device_id,
        redeemer_id=redeemer.id,
        nonce=presented.nonce,
        attested_age_years=presented.age_years,
        redeemed_at=visit.at,
        recorded_at=tx.now,
    )
    if not await redemption_rows.insert(tx, redemption):
        raise AnotherRequest
    await ledger.post(tx, booking.redemption(voucher.money(worth), redemption.id))
    await tell(tx, [moved(voucher, Step.REDEEMED, part, redemption_id=redemption.id)])
    return redemption


async def _identified(
    tx: Transaction, keys: VoucherKeys, redeemer: Redeemer, presented: Presented
) -> tuple[Voucher | None, Channel]:
    """The voucher of the code that was presented, and how it was presented."""
    short = codes.read_short_code(presented.code)
    if short is None:
        return await scanned(tx, presented.code), Channel.SCANNED
    counted = await guessing.begin(tx, redeemer)
    found = await rows.of_short_code(tx, redeemer.merchant_id, keys.short_code_tag(redeemer.merchant_id, short))
    if found is not None:
        await guessing.take_back(tx, counted)
    return found, Channel.TYPED


async def scanned(tx: Transaction, code: str) -> Voucher | None:
    """The voucher of a code that was scanned."""
    bearer = codes.bearer_of(code)
    voucher_id = codes.read_bearer_code(bearer)
    return None if voucher_id is None else await rows.of_code(tx, voucher_id, fingerprint(bearer))


async def visit_of(
    tx: Transaction, redeemer: Redeemer, presented: Presented, voucher: Voucher, units: int, at: datetime
) -> Visit:
    place = None if presented.location_id is None else await catalog.whereabouts(tx, presented.location_id)
    there = place is not None and place.merchant_id == redeemer.merchant_id
    asks = any(isinstance(rule, NewCustomersOnly) for rule in voucher.fine_print)
    owner, merchant = voucher.owner_account_id, voucher.merchant_id
    return Visit(
        at=at,
        time_zone=place.time_zone if place is not None and there else voucher.time_zone,
        location_id=presented.location_id if there else None,
        units=units,
        age_years=presented.age_years,
        booked_at=presented.booked_at,
        last_visit=await redemption_rows.last_visit(tx, owner, merchant, voucher.id, at) if asks else None,
    )


def _units(voucher: Voucher, presented: Presented) -> int:
    units = presented.units
    if units is None and voucher.in_money and voucher.state in OPEN:
        raise InvalidInput.at("units", "say how much of the voucher is to be used, in minor units of its currency")
    return 1 if units is None else units


def _same(former: Redemption, voucher: Voucher, units: int) -> Redemption:
    if former.voucher_id != voucher.id or former.units != units:
        raise AnotherRequest
    return former


def _check(presented: Presented) -> None:
    if not 1 <= len(presented.nonce) <= _MAX_NONCE_LENGTH:
        raise InvalidInput.at("nonce", f"has 1 to {_MAX_NONCE_LENGTH} characters")
    if not presented.nonce.isprintable() or len(presented.code) > _MAX_CODE_LENGTH:
        raise InvalidInput.at("code", "is not a code of a voucher")
    if presented.units is not None and not 1 <= presented.units < 2**31:
        raise InvalidInput.at("units", "is at least 1")
    if presented.age_years is not None and not 0 <= presented.age_years <= 150:
        raise InvalidInput.at("age_years", "is 0 to 150")
