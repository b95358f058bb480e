"""Giving deals pictures, and fetching those that feeds name.

A picture is made outside of any transaction, because that takes seconds; what is written afterwards is short.
"""

import asyncio
import io
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit import outbox
from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound, Unavailable
from highstreet.kit.fetch import Limits, PassingTrouble, fetch
from highstreet.kit.pictures import making
from highstreet.kit.pictures.making import MadePicture, Workshop
from highstreet.kit.pictures.shapes import Focus
from highstreet.kit.threads import in_thread
from highstreet.market.catalog.domain import facts
from highstreet.market.catalog.domain.merchants import text_problems
from highstreet.market.catalog.domain.pictures import (
    FETCH_ATTEMPTS,
    FETCHED_AT_ONCE,
    FETCHED_FROM_A_HOST,
    MAX_ALT_LENGTH,
    MAX_PICTURES,
    PRESUMED_LOST_AFTER_S,
    PictureRecord,
    Rest,
    WantedPicture,
    wait_s,
)
from highstreet.market.catalog.repository import deals as deal_rows
from highstreet.market.catalog.repository import pictures as rows

_LIMITS: Final = Limits(max_bytes=10 * 2**20, seconds=30.0)
_BLOBS_AWAY_S: Final = 60


async def prepare_picture(
    workshop: Workshop, data: bytes, name: str, focus: tuple[float, float] | None = None
) -> MadePicture:
    """Make a picture of what somebody handed over under a name; it belongs to no deal yet. Raises InvalidInput."""
    return await making.make(workshop, data, name, _focus(focus) if focus else None)


async def fetch_picture(
    workshop: Workshop, address: str, private_hosts: Collection[str], focus: tuple[float, float] | None = None
) -> MadePicture:
    """Make a picture of what lies at an address. Raises PassingTrouble for what may be better later, else InvalidInput.

    `private_hosts` are the hosts that may be asked although they are not on the public internet.
    """
    data = await in_thread(lambda: _fetched(address, private_hosts))
    return await prepare_picture(workshop, data, address, focus)


async def attach_picture(
    tx: Transaction,
    deal_id: UUID,
    picture: MadePicture,
    *,
    alt: str | None = None,
    address: str | None = None,
    focused: bool = False,
) -> int:
    """Show a prepared picture with a deal, after those that it has; its position.

    `focused` says that its point was chosen, and not guessed. Raises Conflict for a deal that has enough of them.
    """
    if problems := text_problems("alt", alt, MAX_ALT_LENGTH):
        raise InvalidInput(tuple(problems))
    await rows.claim(tx, picture.digest)
    await _hold(tx, deal_id)
    if len(await rows.of_deal(tx, deal_id)) >= MAX_PICTURES:
        raise Conflict(f"A deal has {MAX_PICTURES} pictures at most; remove one first.")
    await rows.keep(tx, picture, refocus=focused)
    position = await rows.add(tx, deal_id, picture.digest, address, alt)
    await _record_revised(tx, deal_id)
    return position


async def pictures_of(tx: Transaction, deal_id: UUID) -> Sequence[PictureRecord]:
    """Every picture of a deal, also those that are wanted or were refused. The first one that is there is shown."""
    return await rows.of_deal(tx, deal_id)


async def remove_picture(tx: Transaction, deal_id: UUID, position: int) -> None:
    """Show a picture no longer. Raises NotFound where the deal has none at that position."""
    await _hold(tx, deal_id)
    await _at(tx, deal_id, position)
    await rows.drop(tx, deal_id, position)
    await _record_revised(tx, deal_id)


async def refocus_picture(
    database: Database, workshop: Workshop, deal_id: UUID, position: int, focus: tuple[float, float]
) -> None:
    """Have every rendition of a picture show another point; that holds for all deals that show it.

    Opens its own transactions, because the renditions are made in between.
    """
    chosen = _focus(focus)
    async with database.system() as tx:
        record = await _at(tx, deal_id, position)
    if record.digest is None:
        raise Conflict(f"Picture {position} of this deal is not there yet; it is {record.state}.")
    placeholder = await making.refocus(workshop, record.digest, chosen)
    async with database.system() as tx:
        await rows.refocus(tx, record.digest, chosen, placeholder)
        await _record_revised(tx, deal_id)


async def refetch_pictures(tx: Transaction, deal_id: UUID) -> int:
    """Have refused pictures of a deal fetched again from their addresses, also those that were removed; how many."""
    await _hold(tx, deal_id)
    return await rows.ask_again(tx, deal_id)


async def take_wanted_pictures(tx: Transaction) -> Sequence[WantedPicture]:
    """Pictures that are to be fetched now. Whoever takes them has `fetch_wanted_picture` told of each.

    One whose fetching began too often without an end is refused: it may be what ends it.
    """
    taken = await rows.take_due(tx, FETCHED_AT_ONCE, FETCHED_FROM_A_HOST, _lost_at(tx))
    for wanted in taken:
        if wanted.attempts >= FETCH_ATTEMPTS:
            await rows.refuse(tx, wanted, "was given up: whoever fetched it never came to an end")
    return [wanted for wanted in taken if wanted.attempts < FETCH_ATTEMPTS]


async def fetch_wanted_picture(
    database: Database, workshop: Workshop, private_hosts: Collection[str], wanted: WantedPicture
) -> Rest | None:
    """Fetch a picture that a deal wants, and show it; or say why not, for now or for good.

    Nothing is done for one that is no longer wanted, or that somebody else fetches. Where no picture can be kept, that
    is no fault of this one: it is tried again, and the answer says how long all others had better wait.
    """
    async with database.system() as tx:
        if not await rows.begin(tx, wanted, _lost_at(tx)):
            return None
        known = await rows.fetched_before(tx, wanted.address)
    begun = msgspec.structs.replace(wanted, attempts=wanted.attempts + 1)
    try:
        if known is not None and await _show(database, workshop, begun, known):
            return None
        made = await fetch_picture(workshop, begun.address, private_hosts)
        if not await _show(database, workshop, begun, made.digest, made):
            raise Unavailable("A picture was kept and is gone again", _BLOBS_AWAY_S)
    except Unavailable as away:
        return Rest(await _put_off(database, begun, _BLOBS_AWAY_S), str(away))
    except PassingTrouble as trouble:
        await _try_later(database, begun, trouble)
    except InvalidInput as refused:
        async with database.system() as tx:
            await _refuse(tx, begun, refused.problems[0].message)
    except asyncio.CancelledError:
        await _put_off(database, begun, 0)  # the worker is told to end
        raise
    return None


async def _put_off(database: Database, wanted: WantedPicture, wait_s: int) -> datetime:
    """Until when; this attempt does not count."""
    async with database.system() as tx:
        await rows.postpone(tx, wanted, wait_s, counted=False)
        return tx.now + timedelta(seconds=wait_s)


async def _try_later(database: Database, wanted: WantedPicture, trouble: PassingTrouble) -> None:
    wait = wait_s(wanted.attempts)
    async with database.system() as tx:
        if wait is None:
            await _refuse(tx, wanted, f"{trouble.problems[0].message}, {wanted.attempts} times")
        else:
            await rows.postpone(tx, wanted, wait, counted=True)


async def _refuse(tx: Transaction, wanted: WantedPicture, reason: str) -> None:
    await deal_rows.lock(tx, wanted.deal_id)
    await rows.refuse(tx, wanted, reason)


async def _show(
    database: Database, workshop: Workshop, wanted: WantedPicture, digest: str, made: MadePicture | None = None
) -> bool:
    """Show a picture, if it is still wanted; False if its blob is not there."""
    async with database.system() as tx:
        await rows.claim(tx, digest)
        if not await workshop.blobs.exists(digest):  # before the first lock of a row: this may be slow
            return False
        if await deal_rows.lock(tx, wanted.deal_id) is None:
            return True  # it was taken back meanwhile
        if made is not None:
            await rows.keep(tx, made, refocus=False)
        if await rows.show(tx, wanted, digest):
            await _record_revised(tx, wanted.deal_id)
    return True


def _lost_at(tx: Transaction) -> datetime:
    return tx.now + timedelta(seconds=PRESUMED_LOST_AFTER_S)


async def _hold(tx: Transaction, deal_id: UUID) -> deal_rows.Standing:
    standing = await deal_rows.lock(tx, deal_id)
    if standing is None:
        raise NotFound(f"There is no deal {deal_id}.")
    return standing


async def _at(tx: Transaction, deal_id: UUID, position: int) -> PictureRecord:
    for record in await rows.of_deal(tx, deal_id):
        if record.position == position:
            return record
    raise NotFound(f"The deal has no picture {position}.")


async def _record_revised(tx: Transaction, deal_id: UUID) -> None:
    standing = await _hold(tx, deal_id)
    fact = facts.DealRevised(deal_id=deal_id, origin=standing.origin, state=standing.state)
    await outbox.record(tx, aggregate=facts.AGGREGATE, aggregate_id=deal_id, name=facts.REVISED, payload=fact)


def _fetched(address: str, private_hosts: Collection[str]) -> bytes:
    target = io.BytesIO()
    fetch(address, target, _LIMITS, private_hosts)
    return target.getvalue()


def _focus(given: tuple[float, float]) -> Focus:
    if not all(0 <= part <= 1 for part in given):
        raise InvalidInput.at("focal", "is two numbers from 0 to 1: how far from the left, and how far from the top")
    return Focus(*given)
