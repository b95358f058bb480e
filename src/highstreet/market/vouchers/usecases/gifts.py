"""Giving vouchers away: a link that is good once, and new codes for whoever follows it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.market.vouchers.domain.gifts import Gift
from highstreet.market.vouchers.domain.vouchers import NOTHING, OPEN, Recipient, Step, Voucher, standing
from highstreet.market.vouchers.repository import gifts as rows
from highstreet.market.vouchers.repository import vouchers as voucher_rows
from highstreet.market.vouchers.usecases.keys import VoucherKeys
from highstreet.market.vouchers.usecases.telling import moved, tell

LASTS: Final = timedelta(days=365)


async def give(tx: Transaction, giver_account_id: UUID, voucher_id: UUID, recipient: Recipient) -> Gift:
    """Offer an open voucher to somebody else; until it is claimed it stays the giver's. Needs the system role.

    Raises NotFound for a voucher of another owner, and Conflict for one that is not open or on its way already.
    """
    voucher = await voucher_rows.hold(tx, voucher_id)
    if voucher is None or voucher.owner_account_id != giver_account_id:
        raise NotFound(f"There is no voucher {voucher_id}.")
    if standing(voucher, tx.now) not in OPEN:
        raise Conflict("Only a voucher that is still good for something can be given away.")
    gift = gift_of(tx.new_id(), voucher, recipient, tx)
    if not await rows.insert(tx, [gift]):
        raise Conflict("This voucher is on its way to somebody already; take that back first.")
    return gift


def gift_of(gift_id: UUID, voucher: Voucher, recipient: Recipient, tx: Transaction) -> Gift:
    """A voucher on its way from its owner."""
    deliver_at = recipient.deliver_at or tx.now
    return Gift(
        id=gift_id,
        voucher_id=voucher.id,
        giver_account_id=voucher.owner_account_id,
        recipient_name=recipient.name,
        recipient_email=recipient.email,
        message=recipient.message,
        deliver_at=deliver_at,
        offered_at=tx.now,
        expires_at=deliver_at + LASTS,
    )


async def withdraw(tx: Transaction, giver_account_id: UUID, gift_id: UUID) -> None:
    """Take an offer back. Needs the system role. Raises Conflict when it was claimed or withdrawn before."""
    if not await rows.withdraw(tx, gift_id, giver_account_id):
        raise Conflict("This gift was claimed already, or there is none.")


async def gift_token(tx: Transaction, keys: VoucherKeys, gift_id: UUID) -> str:
    """What the link of an open gift carries, for its giver and for the mail to its recipient. Raises NotFound."""
    gift = await rows.by_id(tx, gift_id)
    if gift is None or gift.claimed_at is not None or gift.withdrawn_at is not None:
        raise NotFound("There is no such gift any more.")
    return keys.gift_token(gift.id, gift.expires_at)


async def waiting_gift(tx: Transaction, voucher_id: UUID) -> Gift | None:
    """The gift as which a voucher is on its way to somebody, if it is."""
    return await rows.waiting(tx, voucher_id)


async def gift_of_token(tx: Transaction, keys: VoucherKeys, token: str) -> Gift | None:
    """The gift of a link that can still be claimed. Needs the system role."""
    gift_id = keys.read_gift_token(token, tx.now)
    gift = None if gift_id is None else await rows.by_id(tx, gift_id)
    return gift if gift is not None and gift.claimed_at is None and gift.withdrawn_at is None else None


async def claim_gift(tx: Transaction, keys: VoucherKeys, token: str, account_id: UUID) -> Voucher:
    """Make a gift its claimer's, with new codes: what the giver has of it is worth nothing now. Needs the system role.

    Raises NotFound for a link that is not ours or is over, and Conflict when somebody was quicker, the giver took it
    back, or the voucher is used up.
    """
    gift_id = keys.read_gift_token(token, tx.now)
    gift = None if gift_id is None else await rows.claim(tx, gift_id, account_id)
    if gift is None:
        if gift_id is None or await rows.by_id(tx, gift_id) is None:
            raise NotFound("This link is not, or no longer, one of ours.")
        raise Conflict("This gift was claimed already, or taken back by its giver.")
    voucher = await voucher_rows.hold(tx, gift.voucher_id)
    if voucher is None or voucher.owner_account_id != gift.giver_account_id or standing(voucher, tx.now) not in OPEN:
        raise Conflict("There is nothing left of this voucher.")
    given = await voucher_rows.transfer(tx, voucher, account_id, keys.new_codes(voucher.id, voucher.merchant_id))
    await tell(tx, [moved(given, Step.TRANSFERRED, NOTHING)])
    return given


async def hand_over(tx: Transaction, from_account_id: UUID, into_account_id: UUID) -> None:
    """What was one account's is another's: a guest has signed in. The codes stay, because the person does."""
    await voucher_rows.hand_over(tx, from_account_id, into_account_id)
    await rows.hand_over(tx, from_account_id, into_account_id)
