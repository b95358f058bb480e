"""The till: a code is typed or scanned, and the answer is one that can be read at arm's length."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from highstreet.kit.errors import HighstreetError, InvalidInput, NotFound, TooManyRequests
from highstreet.kit.idempotency import AnotherRequest
from highstreet.market.bookings import service as bookings
from highstreet.market.catalog.domain.adoption import MerchantLocation
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.redemptions import Presented, Redemption, Refused, Why
from highstreet.web.answers import Answer
from highstreet.web.merchant import fields as read
from highstreet.web.merchant.desk import Desk, page
from highstreet.web.merchant.showing import Redeemed, redeemed
from highstreet.web.parameters import fields_of
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other

_ASKS_FOR: Final = {Why.AGE_UNKNOWN: "age", Why.NOT_BOOKED: "booked", Why.UNITS_MISSING: "amount"}
"""What the form asks for besides, once a voucher was refused without it."""
_REFUSED: Final = 409


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why nothing was done. `asks` names the field that would help; `keeps` is whether the code may be mended."""

    status: int
    reasons: tuple[str, ...]
    asks: str = ""
    keeps: bool = False


async def scan_page(request: HttpRequest, desk: Desk) -> Answer:
    """The form, and above it what was redeemed just now, if something was."""
    del request
    params = desk.person.params
    if not params.get("done"):
        return _shown(desk, params)
    async with desk.person.runtime.database.transaction(desk.person.actor) as tx:
        found = await vouchers.redemption(tx, _id(params["done"]))
    if found.merchant_id != desk.merchant_id:
        raise NotFound("There is no such redemption")
    [done] = await redeemed(desk, [found])
    return _shown(desk, params, done=done)


async def scan(request: HttpRequest, desk: Desk) -> Answer:
    """Redeem what was typed or scanned. The answer has an address of its own: to load it again redeems nothing."""
    fields = await fields_of(request)
    runtime, location = desk.person.runtime, desk.location(fields.get("location", ""))
    try:
        presented = _presented(fields, location)
        async with runtime.database.transaction(desk.person.actor) as tx:
            redeemer = await vouchers.redeeming_for(tx, desk.merchant_id)
        async with runtime.database.system() as tx:
            done = await vouchers.redeem(tx, runtime.voucher_keys, redeemer, presented, bookings.booked_at)
    except (InvalidInput, TooManyRequests) as problem:
        return _shown(desk, fields, _said(desk, problem))
    if isinstance(done, Refused):
        return _shown(desk, fields, _refused(desk, done))
    return _to_answer(desk, done, fields)


async def take_back(request: HttpRequest, desk: Desk) -> Answer:
    """Take a redemption back, and return to the page that it was asked on."""
    fields, runtime = await fields_of(request), desk.person.runtime
    redemption_id = _id(fields.get("id", ""))
    async with runtime.database.transaction(desk.person.actor) as tx:
        redeemer = await vouchers.redeeming_for(tx, desk.merchant_id)
    async with runtime.database.system() as tx:
        done = await vouchers.reverse(tx, redeemer, redemption_id, reason=fields.get("reason", ""))
    if isinstance(done, Refused):
        return _shown(desk, {"location": fields.get("location", "")}, _refused(desk, done))
    return _to_answer(desk, done, fields) if fields.get("back") == "scan" else see_other(desk.path("/redemptions"))


def _to_answer(desk: Desk, done: Redemption, fields: Mapping[str, str]) -> Answer:
    location = desk.location(fields.get("location", ""))
    kept = {"location": str(location.id)} if location else {}
    return see_other(desk.path("/scan", **kept, done=str(done.id)))


def _shown(
    desk: Desk, fields: Mapping[str, str], problem: _Problem | None = None, done: Redeemed | None = None
) -> Answer:
    _ = desk.person.language.translate
    location = desk.location(fields.get("location", ""))
    title = _("Redeem a voucher")
    if problem:
        title = _("Not done")
    elif done:
        title = _("Taken back") if done.taken_back else _("Accepted")
    context = {
        "location": location,
        "problem": problem,
        "done": done,
        "code": fields.get("code", "") if problem and (problem.keeps or problem.asks) else "",
        "asks": problem.asks if problem else "",
        "reasons": reasons_of(desk),
    }
    status = problem.status if problem else 200
    return page(desk.person, "merchant_scan.html", title, context, desk=desk, status=status, camera=True)


def reasons_of(desk: Desk) -> list[tuple[str, str]]:
    """Why redemptions are taken back: as it is kept, and as it is read."""
    _ = desk.person.language.translate
    return [
        ("wrong voucher", _("It was the wrong voucher")),
        ("guest did not stay", _("The guest did not stay")),
        ("redeemed by mistake", _("It was a mistake")),
    ]


def _refused(desk: Desk, done: Refused) -> _Problem:
    translations = desk.person.language.translations
    reasons = done.in_words(translations.gettext, translations.ngettext)
    return _Problem(_REFUSED, reasons, _ASKS_FOR.get(done.why, ""), done.why is Why.UNKNOWN_CODE)


def _said(desk: Desk, problem: HighstreetError) -> _Problem:
    """What cannot be meant, in the reader's language."""
    _ = desk.person.language.translate
    status = describe(problem).status
    if isinstance(problem, TooManyRequests):
        return _Problem(status, (_("Too many attempts; wait a while and try again"),), keeps=True)
    if isinstance(problem, AnotherRequest):
        used = _("This page had been used already. Nothing was redeemed by it now; press once more.")
        return _Problem(status, (used,), keeps=True)
    assert isinstance(problem, InvalidInput)
    field = problem.problems[0].field
    told = {
        "units": (_("Say how much of this voucher is to be used."), "amount"),
        "amount": (_("This is not an amount of money."), "amount"),
        "uses": (_("Visits are a whole number, at least 1."), "uses"),
        "age": (_("An age is a whole number of years."), "age"),
        "booked": (_("This is not a day and a time."), "booked"),
    }
    reason, asks = told.get(field, (_("There is no voucher of yours with this code. Check it, or scan it."), ""))
    return _Problem(status, (reason,), asks, keeps=True)


def _presented(fields: Mapping[str, str], location: MerchantLocation | None) -> Presented:
    """Raises InvalidInput that names the field of the form which cannot be read."""
    code, nonce = fields.get("code", "").strip(), fields.get("nonce", "")
    if not code:
        raise InvalidInput.at("code", "is missing")
    return Presented(
        code=code,
        nonce=nonce,
        location_id=location.id if location else None,
        units=_units(fields, location),
        age_years=_whole(fields, "age"),
        booked_at=_booked_at(fields.get("booked", ""), location),
    )


def _units(fields: Mapping[str, str], location: MerchantLocation | None) -> int | None:
    amount = fields.get("amount", "").strip()
    if not amount:
        return _whole(fields, "uses")
    if location is None:
        raise InvalidInput.at("amount", "has no currency where no location is chosen")
    try:
        return read.amount(amount, location.currency)
    except ValueError:
        raise InvalidInput.at("amount", "is not an amount of money") from None


def _whole(fields: Mapping[str, str], name: str) -> int | None:
    try:
        return read.whole(fields.get(name, "").strip())
    except ValueError:
        raise InvalidInput.at(name, "is a whole number") from None


def _booked_at(text: str, location: MerchantLocation | None) -> datetime | None:
    """A day and a time by the clock of the location, as a browser's field has it: `2026-03-02T18:30`."""
    try:
        return read.moment(text, location.time_zone if location else "UTC")
    except ValueError:
        raise InvalidInput.at("booked", "is not a day and a time") from None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such redemption") from None
