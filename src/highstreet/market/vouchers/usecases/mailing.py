"""The mail that brings a gift, on its day."""

from typing import Final

from highstreet.kit.crypto import Sealer
from highstreet.kit.database import Transaction
from highstreet.kit.mail import letters, queue
from highstreet.market.identity import service as identity
from highstreet.market.vouchers.domain.gifts import Gift
from highstreet.market.vouchers.domain.vouchers import OPEN, standing
from highstreet.market.vouchers.repository import gifts as rows
from highstreet.market.vouchers.repository import vouchers as voucher_rows
from highstreet.market.vouchers.usecases.keys import VoucherKeys

_PACKAGE: Final = "highstreet.market.vouchers"
_SWEEP: Final = 100
_PREFIX: Final = {"en": ""}


async def mail_due(tx: Transaction, keys: VoucherKeys, sealer: Sealer, origin: str) -> int:
    """Send the links of gifts whose day has come, some at a time; how many were looked at.

    Links begin with `origin`, which has no slash at its end. A voucher that was used meanwhile is not announced.
    """
    due = await rows.take_due(tx, _SWEEP)
    found = await voucher_rows.find(tx, [gift.voucher_id for gift in due])
    for gift in due:
        voucher = found[gift.voucher_id]
        if standing(voucher, tx.now) in OPEN:
            await _send(tx, keys, sealer, origin, gift, voucher.title)
    return len(due)


async def _send(tx: Transaction, keys: VoucherKeys, sealer: Sealer, origin: str, gift: Gift, title: str) -> None:
    assert gift.recipient_email is not None, "who has no address is not due"
    language = (await identity.surviving(tx, gift.giver_account_id)).language
    link = f"{origin}{_PREFIX.get(language, f'/{language}')}/gift?token={keys.gift_token(gift.id, gift.expires_at)}"
    values = {
        "what": title,
        "name": gift.recipient_name or gift.recipient_email,
        "message": gift.message or "❧",
    }
    letter = letters.write(_PACKAGE, "gift", language, values, link=link)
    await queue.send(tx, sealer, "vouchers.gift", gift.recipient_email, letter)
