"""A cart: what somebody wants to buy, before anything has a price."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput

MAX_LINES: Final = 20
MAX_QUANTITY: Final = 100
MAX_CODES: Final = 5

_MAX_NAME, _MAX_EMAIL, _MAX_MESSAGE = 200, 320, 2_000


class CartLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    option_id: UUID
    quantity: int = 1


class Cart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`codes` are promotion codes as they were typed; `use_credit` asks to spend what credit there is."""

    lines: tuple[CartLine, ...]
    codes: tuple[str, ...] = ()
    use_credit: bool = False


class Gift(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom a line is bought. Without `send_at` it is sent as soon as it is paid."""

    line: int
    """The line's place in the cart, from 0."""
    recipient_name: str
    recipient_email: str
    message: str | None = None
    send_at: datetime | None = None


def check_cart(cart: Cart) -> None:
    """Raise InvalidInput, with every problem, for a cart that cannot be priced."""
    problems: list[FieldProblem] = []
    if not 1 <= len(cart.lines) <= MAX_LINES:
        problems.append(FieldProblem("lines", f"a cart has 1 to {MAX_LINES} lines"))
    seen = set[UUID]()
    for index, line in enumerate(cart.lines):
        if not 1 <= line.quantity <= MAX_QUANTITY:
            problems.append(FieldProblem(f"lines[{index}].quantity", f"is 1 to {MAX_QUANTITY}"))
        if line.option_id in seen:
            problems.append(FieldProblem(f"lines[{index}].option_id", "stands in the cart already"))
        seen.add(line.option_id)
    if len(cart.codes) > MAX_CODES:
        problems.append(FieldProblem("codes", f"at most {MAX_CODES} codes go on one order"))
    problems += [
        FieldProblem(f"codes[{index}]", "is 1 to 50 characters")
        for index, code in enumerate(cart.codes)
        if not (code.strip() and len(code) <= 50 and "\x00" not in code)
    ]
    if problems:
        raise InvalidInput(tuple(problems))


def check_gifts(gifts: tuple[Gift, ...], lines: int, now: datetime) -> None:
    """Raise InvalidInput, with every problem, for gifts that cannot be sent."""
    problems: list[FieldProblem] = []
    seen = set[int]()
    for index, gift in enumerate(gifts):
        at = f"gifts[{index}]"
        if not 0 <= gift.line < lines or gift.line in seen:
            problems.append(FieldProblem(f"{at}.line", "names a line of the quote, and each line once"))
        seen.add(gift.line)
        problems += _text(f"{at}.recipient_name", gift.recipient_name, _MAX_NAME)
        problems += _text(f"{at}.message", gift.message, _MAX_MESSAGE)
        if not _is_address(gift.recipient_email):
            problems.append(FieldProblem(f"{at}.recipient_email", "is not an e-mail address"))
        if gift.send_at is not None and (gift.send_at.tzinfo is None or gift.send_at <= now):
            problems.append(FieldProblem(f"{at}.send_at", "is a time to come, with its offset from UTC"))
    if problems:
        raise InvalidInput(tuple(problems))


def _text(field: str, text: str | None, longest: int) -> list[FieldProblem]:
    if text is not None and not (text.strip() and len(text) <= longest and "\x00" not in text):
        return [FieldProblem(field, f"is 1 to {longest} characters")]
    return []


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    plain = text.isprintable() and not any(sign in text for sign in ' ,;<>"')
    return bool(local and at and domain and plain and len(text) <= _MAX_EMAIL and "." in domain.strip("."))
