"""Taking over what a feed states: what is new, what has changed, and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.market.catalog.domain import compose, facts
from highstreet.market.catalog.domain.deals import Deal, DealState, Option, Origin, transitions_of
from highstreet.market.catalog.domain.former import Written, Wrought
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportOutcome, check_batch, stated_by
from highstreet.market.catalog.domain.merchants import MerchantDraft
from highstreet.market.catalog.domain.names import fold
from highstreet.market.catalog.domain.pictures import wanted_address
from highstreet.market.catalog.repository import adoptions as adoption_rows
from highstreet.market.catalog.repository import deals as deal_rows
from highstreet.market.catalog.repository import former as former_rows
from highstreet.market.catalog.repository import imports as rows
from highstreet.market.catalog.repository import merchants as merchant_rows
from highstreet.market.catalog.repository import pictures as picture_rows
from highstreet.market.catalog.repository import places as place_rows
from highstreet.market.catalog.usecases.deals import known_references, record_all
from highstreet.market.catalog.usecases.merchants import insert_merchants

_MerchantKey = tuple[str, str]


class _Stated(msgspec.Struct, frozen=True):
    """A feed's deal next to what is known of it already."""

    deal: ImportedDeal
    digest: str
    known: rows.Known | None

    def before(self) -> rows.Known:
        """What is known of a deal that is known."""
        assert self.known is not None
        return self.known


async def import_deals(
    tx: Transaction, batch: Sequence[ImportedDeal], *, first_seen: datetime | None = None
) -> ImportOutcome:
    """Write what a feed says that it did not say before; rows of deals that are as they were are not touched.

    New deals stand where their own dates put them, with no review of ours. A deal that somebody here paused or killed
    takes the feed's words and stays where it is; one that was adopted is left alone and counts as the same. Raises
    InvalidInput, with each problem under `[index].field`, and then nothing of the batch is written. Needs the system
    role; one transaction a batch, and an import that was cut short is simply run again. `first_seen` is when new deals
    begin that state no start; without it, now.
    """
    check_batch(batch)
    if not batch:
        return ImportOutcome(new=0, changed=0, same=0)
    await rows.take_turn(tx, {deal.feed for deal in batch})
    known = await rows.known(tx, [(deal.feed, deal.key) for deal in batch])
    stated = [_Stated(deal, deal.digest(), known.get((deal.feed, deal.key))) for deal in batch]
    stated = await _not_adopted(tx, stated)
    new = [one for one in stated if one.known is None]
    changed = [one for one in stated if one.known is not None and one.known.digest != one.digest]
    outcome = ImportOutcome(new=len(new), changed=len(changed), same=len(batch) - len(new) - len(changed))
    if not (new or changed):
        return outcome
    written, merchants = await _write(tx, batch, new, changed, first_seen or tx.now)
    return msgspec.structs.replace(outcome, written=written, merchants=merchants)


async def _not_adopted(tx: Transaction, stated: Sequence[_Stated]) -> list[_Stated]:
    """Without the deals that were adopted here; what their feed says of them by now is kept, to be looked at."""
    unknown = [(one.deal.feed, one.deal.key) for one in stated if one.known is None]
    adopted = await adoption_rows.of_sources(tx, unknown) if unknown else {}
    if not adopted:
        return list(stated)
    said = [(adopted[key], one) for one in stated if (key := (one.deal.feed, one.deal.key)) in adopted]
    other = [(row.deal_id, one.digest, one.deal) for row, one in said if row.stated_digest != one.digest]
    if other:
        await adoption_rows.tell(tx, other)
    return [one for one in stated if (one.deal.feed, one.deal.key) not in adopted]


async def _write(
    tx: Transaction,
    batch: Sequence[ImportedDeal],
    new: Sequence[_Stated],
    changed: Sequence[_Stated],
    first_seen: datetime,
) -> tuple[tuple[Written, ...], tuple[UUID, ...]]:
    changed = await _held(tx, changed)
    formers = await former_rows.whole(tx, [one.before().id for one in changed]) if changed else {}
    await place_rows.hold_still(tx)
    await _check_places(tx, batch, [*new, *changed])
    written = [one.deal for one in (*new, *changed)]
    references = await known_references(tx, {deal.category for deal in written}, {deal.division for deal in written})
    merchants, made = await _merchants(tx, written)
    standing = await deal_rows.options_of(tx, [one.before().id for one in changed])
    new_id = tx.new_ids().__next__
    to_insert = [_compose(tx, one, references, merchants, (), first_seen, new_id) for one in new]
    to_update = [
        _compose(tx, one, references, merchants, standing.get(one.before().id, ()), first_seen, new_id)
        for one in changed
    ]
    async with tx.pipeline():
        if to_insert:
            await deal_rows.insert(tx, to_insert)
        if to_update:
            await deal_rows.update(tx, to_update)
        await picture_rows.want(tx, _pictures(zip((*to_insert, *to_update), (*new, *changed), strict=True)))
        moves = await _move_by_dates(tx, changed)
        born = [
            facts.DealMoved(
                deal_id=deal.id, origin=deal.origin, before=None, after=deal.state, reason=deal.state_reason
            )
            for deal in to_insert
        ]
        await record_all(tx, [*born, *moves])
        await _record_revised(tx, to_update)
    passages = await former_rows.last_passages(tx, list(formers)) if formers else {}
    return (
        *(Written(deal_id=deal.id, wrought=Wrought.NEW) for deal in to_insert),
        *(
            Written(deal_id=own_id, wrought=Wrought.CHANGED, former=former, passage=passages[own_id])
            for own_id, former in formers.items()
        ),
    ), made


def _pictures(written: Iterable[tuple[Deal, _Stated]]) -> dict[UUID, str | None]:
    """Which picture each deal is to have. A new deal that names none has none to lose."""
    named = ((deal.id, one.known, wanted_address(one.deal.image)) for deal, one in written)
    return {deal_id: address for deal_id, known, address in named if known is not None or address is not None}


async def _held(tx: Transaction, changed: Sequence[_Stated]) -> list[_Stated]:
    """The deals in the states in which they are now, and stay until the transaction ends."""
    states = await rows.hold(tx, [one.before().id for one in changed])
    return [
        _Stated(one.deal, one.digest, msgspec.structs.replace(one.before(), state=states[one.before().id]))
        for one in changed
    ]


def _compose(
    tx: Transaction,
    one: _Stated,
    references: compose.References,
    merchants: Mapping[_MerchantKey, UUID],
    standing: Sequence[Option],
    first_seen: datetime,
    new_id: compose.NewId,
) -> Deal:
    key = _merchant_key(one.deal)
    # A price in another currency does not continue the former one.
    continued = standing if one.known and one.known.currency == one.deal.currency else ()
    return compose.from_feed(
        one.deal,
        one.digest,
        references,
        merchant_id=merchants[key] if key else None,
        state=one.known.state if one.known else one.deal.state_at(tx.now),
        options=compose.feed_options(one.deal.options, continued, new_id),
        own_id=one.known.id if one.known else new_id(),
        first_import=one.known.starts_at if one.known else first_seen,
    )


async def _check_places(tx: Transaction, batch: Sequence[ImportedDeal], written: Sequence[_Stated]) -> None:
    named = {place_id for one in written for place_id in one.deal.towns}
    missing = named - {place.id for place in await place_rows.by_ids(tx, list(named))}
    if missing:
        raise InvalidInput(
            tuple(
                FieldProblem(f"[{index}].places", "names a place that does not exist")
                for index, deal in enumerate(batch)
                if missing.intersection(deal.towns)
            )
        )


def _merchant_key(deal: ImportedDeal) -> _MerchantKey | None:
    return (deal.feed, fold(deal.merchant) or deal.merchant) if deal.merchant else None


async def _merchants(
    tx: Transaction, deals: Sequence[ImportedDeal]
) -> tuple[dict[_MerchantKey, UUID], tuple[UUID, ...]]:
    """The merchants that the deals name, and those of them that were made, named by a feed for the first time."""
    names = {key: deal.merchant for deal in deals if deal.merchant and (key := _merchant_key(deal))}
    found = await merchant_rows.of_feed(tx, set(names))
    missing = [(key, name) for key, name in names.items() if key not in found]
    made: list[UUID] = []
    if missing:
        made = await insert_merchants(
            tx, [MerchantDraft(name=name) for _, name in missing], [feed for (feed, _), _ in missing]
        )
        found |= {key: own_id for (key, _), own_id in zip(missing, made, strict=True)}
    return found, tuple(made)


async def _move_by_dates(tx: Transaction, changed: Sequence[_Stated]) -> list[facts.DealMoved]:
    """Start, end or bring back deals as their new dates say, where that is an allowed step."""
    allowed = transitions_of(Origin.IMPORTED)
    moves: list[facts.DealMoved] = []
    for one in changed:
        before, after = one.before().state, one.deal.state_at(tx.now)
        led_here = before in {DealState.PAUSED, DealState.SOLD_OUT}
        if before is DealState.MERGED:
            continue
        if after in allowed[before] and not (led_here and after is not DealState.ENDED):
            reason = stated_by(one.deal.feed)
            await deal_rows.move(tx, [one.before().id], after, reason)
            moves.append(
                facts.DealMoved(
                    deal_id=one.before().id, origin=Origin.IMPORTED, before=before, after=after, reason=reason
                )
            )
    return moves


async def _record_revised(tx: Transaction, deals: Sequence[Deal]) -> None:
    revised = [facts.DealRevised(deal_id=deal.id, origin=deal.origin, state=deal.state) for deal in deals]
    await outbox.record_many(
        tx, [outbox.Happening(facts.AGGREGATE, fact.deal_id, facts.REVISED, fact) for fact in revised]
    )
