"""Redemptions as staff read them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.redemptions import REVERSAL_WITHIN, Redemption, reversed_in_time
from highstreet.market.vouchers.domain.vouchers import Voucher
from highstreet.web import i18n
from highstreet.web.i18n import Language
from highstreet.web.merchant.desk import Desk

_NUMBER_LENGTH = 8


class Redeemed(msgspec.Struct, frozen=True, kw_only=True):
    """One redemption. Times are by the clock of the place where it happened."""

    id: UUID
    number: str
    title: str
    used: str
    """How much of the voucher this was."""
    left: str
    """How much is left on it by now; empty where nothing is."""
    where: str
    day: str
    at: str
    until: str
    """Until when it can be taken back; empty where it cannot be any more."""
    taken_back: bool
    only_paid: bool
    """The deal's promise is over, and only what was paid is honoured."""
    paid: str


async def redeemed(desk: Desk, redemptions: Sequence[Redemption]) -> list[Redeemed]:
    """What was redeemed at the desk's merchant, with what is needed to know each again."""
    async with desk.person.runtime.database.system() as tx:
        found = await vouchers.vouchers(tx, list({each.voucher_id for each in redemptions}))
    return [_redeemed(desk, each, found[each.voucher_id]) for each in redemptions]


def number_of(voucher_id: UUID) -> str:
    """The end of a voucher's id, by which people tell one from another."""
    return voucher_id.hex[-_NUMBER_LENGTH:].upper()


def moment(language: Language, at: datetime, time_zone: str) -> tuple[str, str]:
    """The day and the time of day of an instant somewhere."""
    return i18n.date(language, at, time_zone), i18n.clock(language, at.astimezone(ZoneInfo(time_zone)).time())


def _redeemed(desk: Desk, redemption: Redemption, voucher: Voucher) -> Redeemed:
    language, now = desk.person.language, desk.person.now
    where = next((each for each in desk.locations if each.id == redemption.location_id), None)
    time_zone = where.time_zone if where else voucher.time_zone
    day, at = moment(language, redemption.redeemed_at, time_zone)
    until = redemption.recorded_at + REVERSAL_WITHIN if reversed_in_time(redemption, now) is None else None
    return Redeemed(
        id=redemption.id,
        number=number_of(voucher.id),
        title=voucher.title,
        used=_units(language, voucher, redemption.units),
        left=_units(language, voucher, voucher.units_left) if voucher.units_left else "",
        where=(where.name or where.address) if where else "",
        day=day,
        at=at,
        until=moment(language, until, time_zone)[1] if until else "",
        taken_back=redemption.reversed_at is not None,
        only_paid=not redemption.with_promotion,
        paid=i18n.money(language, redemption.paid_minor, voucher.currency),
    )


def _units(language: Language, voucher: Voucher, units: int) -> str:
    if voucher.in_money:
        return i18n.money(language, units, voucher.currency)
    text = language.translations.ngettext("%(num)s visit", "%(num)s visits", units)
    return text % {"num": i18n.number(language, units)}
