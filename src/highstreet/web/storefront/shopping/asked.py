"""What somebody typed into the checkout, read kindly: what cannot be used is said beside its field, nothing is lost."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from highstreet.kit.errors import FieldProblem, HighstreetError, InvalidInput
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.orders.domain.cart import MAX_CODES, Cart, CartLine, Gift, check_gifts
from highstreet.market.orders.domain.orders import LimitReached, Refused, SoldOut
from highstreet.web.i18n import Language

MAX_QUANTITY: Final = 20
_MORNING: Final = time(8)
_LATEST: Final = timedelta(days=365)
_YEARS: Final = range(2000, 9000)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the form as they were typed.

    `quote` is the price that the buyer has seen, and `seen` what was taken off it; empty before they saw any.
    """

    option: str = ""
    quantity: str = "1"
    email: str = ""
    code: str = ""
    credit: str = ""
    gift: str = ""
    gift_name: str = ""
    gift_email: str = ""
    gift_message: str = ""
    gift_date: str = ""
    quote: str = ""
    seen: str = ""

    @property
    def is_gift(self) -> bool:
        return bool(self.gift)

    @property
    def option_id(self) -> UUID | None:
        try:
            return UUID(self.option)
        except ValueError:
            return None

    @property
    def units(self) -> int | None:
        """None for what is no number that can be bought."""
        text = self.quantity.strip()
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
        return number if 1 <= number <= MAX_QUANTITY else None

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.code.replace(",", " ").split()))[:MAX_CODES]

    @property
    def taken_off(self) -> str:
        """What the buyer wants to have taken off the price, in the form that `seen` has."""
        return " ".join([*(code.upper() for code in sorted(self.codes)), *(["+"] if self.credit else [])])

    def cart(self, option_id: UUID, units: int) -> Cart:
        lines = (CartLine(option_id=option_id, quantity=units),)
        return Cart(lines=lines, codes=self.codes, use_credit=bool(self.credit))


def read(fields: Mapping[str, str]) -> Asked:
    """What was sent, as far as it is known here."""
    return Asked(**{name: fields[name] for name in Asked.__struct_fields__ if name in fields})


def gifts(asked: Asked, time_zone: str | None) -> tuple[Gift, ...]:
    """For whom it is; a day begins there at eight in the morning. A date that is none is left out."""
    if not asked.is_gift:
        return ()
    day = _day(asked)
    zone = ZoneInfo(time_zone or "UTC")
    return (
        Gift(
            line=0,
            recipient_name=asked.gift_name,
            recipient_email=asked.gift_email.strip(),
            message=asked.gift_message.strip() or None,
            send_at=datetime.combine(day, _MORNING, zone).astimezone(UTC) if day else None,
        ),
    )


def gift_problems(language: Language, asked: Asked, time_zone: str | None, now: datetime) -> dict[str, str]:
    """What is wrong with a gift, by field."""
    _ = language.translate
    told = {
        "recipient_name": ("gift_name", _("Who is it for? A name of up to 200 letters.")),
        "recipient_email": ("gift_email", _("Please give an e-mail address, such as name@example.com.")),
        "message": ("gift_message", _("Please keep the message below 2,000 letters.")),
        "send_at": ("gift_date", _("Please choose a day to come, or none.")),
    }
    found: dict[str, str] = {}
    day = _day(asked)
    if asked.is_gift and asked.gift_date and (day is None or day > (now + _LATEST).date()):
        found |= [told["send_at"]]
    try:
        check_gifts(gifts(asked, time_zone), 1, now)
    except InvalidInput as problem:
        found |= [told[each.field.rpartition(".")[2]] for each in problem.problems]
    return found


def _day(asked: Asked) -> date | None:
    try:
        day = date.fromisoformat(asked.gift_date)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def email_problem(language: Language, asked: Asked) -> dict[str, str]:
    try:
        to_address(asked.email)
    except InvalidInput:
        return {"email": language.translate("Please give an e-mail address, such as name@example.com.")}
    return {}


def quantity_problem(language: Language, asked: Asked) -> dict[str, str]:
    if asked.units is not None:
        return {}
    message = language.translate("Please give a number from 1 to {most}.").format(most=MAX_QUANTITY)
    return {"quantity": message}


def refusal(language: Language, problem: HighstreetError) -> dict[str, str]:
    """Why a cart has no price, by field; under the name `all` where no field is to blame."""
    _, ngettext = language.translate, language.translations.ngettext
    match problem:
        case SoldOut(remaining=0):
            return {"all": _("It has just sold out. Nothing was taken from you; should some come back, they are here.")}
        case SoldOut(remaining=left):
            message = ngettext("Only {left} is left now.", "Only {left} are left now.", left)
            return {"quantity": message.format(left=left)}
        case LimitReached(limit=limit):
            message = ngettext(
                "One person may have {limit} of it, counting what you have bought already.",
                "One person may have {limit} of them, counting what you have bought already.",
                limit,
            )
            return {"quantity": message.format(limit=limit)}
        case InvalidInput(problems=problems):
            return _fields(language, problems)
        case _:
            return {"all": _("It cannot be bought just now. Nothing was taken from you.")}


def _(message: str) -> str:
    """Marks a sentence for translation where it is only named."""
    return message


_WHY_NOTHING_OFF: Final = frozenset({
    _("There is no such code."),
    _("It is over."),
    _("It has not begun yet."),
    _("It is for other deals than these."),
    _("It needs more in the cart of what it is for."),
    _("All of it was given away already."),
    _("It is counted by person, so say first who you are."),
    _("It is for a first order."),
    _("You have used it as often as one person may."),
    _("It takes nothing off."),
})  # fmt: skip


def nothing_off(language: Language, refused: Sequence[Refused]) -> dict[str, str]:
    """Why codes take nothing off, beside their field."""
    _ = language.translate
    other = _("It cannot be used for this, or another code takes off more.")
    said = [f"{each.code}: {_(each.why) if each.why in _WHY_NOTHING_OFF else other}" for each in refused]
    return {"code": " ".join(said)} if said else {}


def _fields(language: Language, problems: Sequence[FieldProblem]) -> dict[str, str]:
    _ = language.translate
    found: dict[str, str] = {}
    for each in problems:
        if each.field.startswith("codes"):
            found["code"] = _("This code is not one of ours.")
        elif each.field.endswith("quantity"):
            found["quantity"] = _("Please give a number from 1 to {most}.").format(most=MAX_QUANTITY)
        else:
            found["all"] = _("This is not on sale any more. Nothing was taken from you.")
    return found
