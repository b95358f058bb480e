"""Taking back what an import did, and ending what a feed no longer states."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain import facts
from highstreet.market.catalog.domain.deals import DealState, Origin
from highstreet.market.catalog.domain.former import Former, FormerDeal, Kept, Written, Wrought, way_back
from highstreet.market.catalog.domain.imports import stated_by
from highstreet.market.catalog.repository import deals as deal_rows
from highstreet.market.catalog.repository import former as rows
from highstreet.market.catalog.repository import imports as import_rows
from highstreet.market.catalog.repository import pictures as picture_rows
from highstreet.market.catalog.repository.former import Since, StatedBefore
from highstreet.market.catalog.usecases.deals import record_all

_TAKEN_BACK: Final = "an import was taken back"


def _unstated(feed: str) -> str:
    return f"no longer stated by the feed {feed}"


async def standing_deals(tx: Transaction, feed: str, *, after_key: str = "", limit: int = 5_000) -> list[StatedBefore]:
    """Imported deals of a feed that run or are to start, by their keys, behind `after_key`. Needs the system role."""
    return await rows.standing(tx, feed, after_key, limit)


async def end_unstated(tx: Transaction, feed: str, ids: Sequence[UUID]) -> list[Written]:
    """End deals that their feed no longer states; what was done. One that comes back in the feed lives again.

    Those that do not run, and are not to start, are left alone: people, their dates or an adoption decided on them.
    """
    await import_rows.take_turn(tx, [feed])
    formers = await rows.unstated(tx, ids)
    ended = list(formers)
    if not ended:
        return []
    await deal_rows.move(tx, ended, DealState.ENDED, _unstated(feed))
    await rows.forget_digests(tx, ended)
    moves = [
        facts.DealMoved(
            deal_id=own_id,
            origin=Origin.IMPORTED,
            before=_read(formers[own_id]).standing().state,
            after=DealState.ENDED,
            reason=_unstated(feed),
        )
        for own_id in ended
    ]
    await record_all(tx, moves)
    passages = await rows.last_passages(tx, ended)
    return [
        Written(deal_id=own_id, wrought=Wrought.VANISHED, former=formers[own_id], passage=passages[own_id])
        for own_id in ended
    ]


async def take_back(tx: Transaction, feed: str, written: Sequence[Written]) -> list[Kept]:
    """Undo what one import of `feed` did to deals; those that people changed since are left as they are, and told.

    New deals leave the catalogue. Changed ones get back what they said; they stand where they stood, or where their
    dates have led them since. Ended ones live again. Histories of deals that stay are never shortened: what was shown
    was shown. Needs the system role. Of several imports the latest is taken back first.
    """
    await import_rows.take_turn(tx, [feed])
    ours = (stated_by(feed), _unstated(feed), _TAKEN_BACK)
    await import_rows.hold(tx, [one.deal_id for one in written])
    since = await rows.since(tx, [(one.deal_id, one.passage) for one in written], ours)
    new = {one.deal_id for one in written if one.wrought is Wrought.NEW}
    kept = [kept for deal in since.values() if (kept := _kept(deal, is_new=deal.id in new)) is not None]
    left = {one.subject_id for one in kept}
    todo = [one for one in written if one.deal_id in since and one.deal_id not in left]
    await _remove(tx, [one.deal_id for one in todo if one.wrought is Wrought.NEW])
    await _restore(tx, {one.deal_id: _read(one.former) for one in todo if one.former is not None}, since)
    return kept


async def take_back_merchants(tx: Transaction, ids: Sequence[UUID]) -> list[Kept]:
    """Remove merchants that an import made, unless a deal still names one or somebody changed it."""
    left = await rows.remove_merchants(tx, ids)
    return [_needed(own_id, f"The merchant {name}") for own_id, name in left.items()]


async def take_back_divisions(tx: Transaction, ids: Sequence[UUID]) -> list[Kept]:
    """Remove divisions that an import made, unless a deal still lies in one or somebody changed it."""
    left = await rows.remove_divisions(tx, ids)
    return [_needed(own_id, f"The division {name}") for own_id, name in left.items()]


def _needed(own_id: UUID, name: str) -> Kept:
    return Kept(subject_id=own_id, reason=f"{name} is in use, or was changed since.")


def _kept(deal: Since, *, is_new: bool) -> Kept | None:
    """Why a deal is left as it is, if it is."""
    name = f"{deal.title!r} (key {deal.key})" if deal.key else repr(deal.title)
    if deal.origin is not Origin.IMPORTED:
        return Kept(subject_id=deal.id, reason=f"{name} has been adopted since.")
    if deal.pictured and is_new:
        return Kept(subject_id=deal.id, reason=f"{name} was given a picture since.")
    if deal.stays_for_another and is_new:
        return Kept(subject_id=deal.id, reason=f"{name} is where another deal was merged into.")
    if deal.after is None:
        return None
    why = f": {deal.reason}" if deal.reason else ""
    return Kept(
        subject_id=deal.id, reason=f"{name} became {deal.after} by {deal.actor_kind} at {deal.at:%F %H:%M} UTC{why}"
    )


async def _remove(tx: Transaction, ids: Sequence[UUID]) -> None:
    if not ids:
        return
    await rows.remove(tx, ids)
    gone = [facts.DealTakenBack(deal_id=own_id) for own_id in ids]
    await outbox.record_many(
        tx, [outbox.Happening(facts.AGGREGATE, fact.deal_id, facts.TAKEN_BACK, fact) for fact in gone]
    )


async def _restore(tx: Transaction, formers: Mapping[UUID, Former], since: Mapping[UUID, Since]) -> None:
    if not formers:
        return
    changed = [former for former in formers.values() if former.options is not None]
    await rows.restore(tx, changed)
    await picture_rows.want(tx, {former.standing().id: former.image for former in changed})
    await rows.restore_digests(tx, [former for former in formers.values() if former.options is None])
    standing = {own_id: former.standing() for own_id, former in formers.items()}
    await _move_back(tx, standing, since)
    revised = [former.standing() for former in changed]
    await outbox.record_many(
        tx,
        [
            outbox.Happening(
                facts.AGGREGATE,
                deal.id,
                facts.REVISED,
                facts.DealRevised(deal_id=deal.id, origin=Origin.IMPORTED, state=deal.state_at(tx.now)),
            )
            for deal in revised
        ],
    )


async def _move_back(tx: Transaction, standing: Mapping[UUID, FormerDeal], since: Mapping[UUID, Since]) -> None:
    ways = {own_id: way_back(since[own_id].state, deal.state_at(tx.now)) for own_id, deal in standing.items()}
    moves: list[facts.DealMoved] = []
    for step in range(max(map(len, ways.values()))):
        for state in DealState:
            ids = [own_id for own_id, way in ways.items() if way[step : step + 1] == (state,)]
            if ids:
                await deal_rows.move(tx, ids, state, _TAKEN_BACK)
                moves += [
                    facts.DealMoved(
                        deal_id=own_id,
                        origin=Origin.IMPORTED,
                        before=ways[own_id][step - 1] if step else since[own_id].state,
                        after=state,
                        reason=_TAKEN_BACK,
                    )
                    for own_id in ids
                ]
    await record_all(tx, moves)
    # A deal that stands where it stood stands there for the reason that it had.
    await rows.explain_states(
        tx, {own_id: deal.state_reason for own_id, deal in standing.items() if deal.state_at(tx.now) is deal.state}
    )


def _read(former: str | None) -> Former:
    return msgspec.json.decode(former or "", type=Former)
