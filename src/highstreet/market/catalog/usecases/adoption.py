"""Taking a feed's deal into our own hands, once its merchant has agreed."""

from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, FieldProblem, InvalidInput, NotFound
from highstreet.market.catalog.domain import facts
from highstreet.market.catalog.domain.adoption import (
    AdoptedDeal,
    AdoptedLocation,
    AdoptedMerchant,
    Adoption,
    Agreement,
    MerchantLocation,
    check_adoptable,
    draft_of,
    evidence_of,
    gaps,
    nameless,
    state_of,
)
from highstreet.market.catalog.domain.deals import DealState, Origin, PublishedDeal
from highstreet.market.catalog.domain.merchants import LocationDraft, MerchantDraft
from highstreet.market.catalog.repository import adoptions as rows
from highstreet.market.catalog.repository import deals as deal_rows
from highstreet.market.catalog.repository import imports as import_rows
from highstreet.market.catalog.repository import places as place_rows
from highstreet.market.catalog.repository import published
from highstreet.market.catalog.usecases.deals import compose_draft, record_moved
from highstreet.market.catalog.usecases.merchants import add_location, create_merchant
from highstreet.market.catalog.usecases.terms import freeze

_REASON: Final = "adopted"


async def adoptable_deal(tx: Transaction, deal_id: UUID) -> tuple[PublishedDeal, list[FieldProblem]]:
    """A deal in whatever state, and what its adoption has to say because its feed does not."""
    deal = await _shown(tx, deal_id)
    return deal, gaps(deal, tx.now) if deal.source is not None else []


async def preview_adoption(tx: Transaction, deal_id: UUID, adoption: Adoption) -> Agreement:
    """What `adopt` would do with the same words, found by doing it and undoing it. Raises as `adopt` does."""
    async with tx.rehearsal():
        return await _adopt(tx, deal_id, adoption)


async def adopt(tx: Transaction, deal_id: UUID, adoption: Adoption, *, confirmed: str) -> Agreement:
    """Make a feed's deal one that is sold here, by the terms that were agreed with its merchant.

    It keeps its id, address, histories and prices. A usual price is kept only with evidence that somebody here names.
    A paused or sold out deal stays so; the others run by their dates, without another review. `confirmed` is the
    digest of the agreement as `preview_adoption` told it: what was not seen is not confirmed. Raises InvalidInput for
    each gap, NotFound, and Conflict where the deal is not to be adopted or the agreement is not the confirmed one.
    """
    agreement = await _adopt(tx, deal_id, adoption)
    if agreement.digest() != confirmed:
        raise Conflict(
            f"What would be agreed is not what was confirmed; look at the preview again (its digest is "
            f"{agreement.digest()})."
        )
    return agreement


async def _adopt(tx: Transaction, deal_id: UUID, adoption: Adoption) -> Agreement:
    standing, source = await _hold(tx, deal_id)
    await place_rows.hold_still(tx)
    deal = await _shown(tx, deal_id)
    made: set[UUID] = set()
    merchant_id = await _merchant(tx, deal, adoption, made)
    locations = await _locations(tx, merchant_id, adoption, made)
    draft = draft_of(deal, adoption, merchant_id, locations, tx.now)
    composed = await compose_draft(tx, draft, standing)
    # The deal keeps its source for one more moment, until its adoption takes that over.
    agreed = msgspec.structs.replace(composed, slug=deal.slug, source=deal.source, source_digest=source.digest)
    await deal_rows.update(tx, [agreed])
    state = state_of(standing.state, draft.starts_at, tx.now)
    if state is not standing.state:
        await deal_rows.move(tx, [deal_id], state, _REASON)
        await record_moved(tx, deal_id, Origin.IMPORTED, standing.state, state, _REASON)
    return await _seal(tx, deal, adoption, frozenset(made), state)


async def _hold(tx: Transaction, deal_id: UUID) -> tuple[deal_rows.Standing, rows.Sourced]:
    """The deal, when nobody imports its feed and nobody else changes it before the transaction ends."""
    found = await rows.source(tx, deal_id)
    if found is not None and found.feed is not None:
        await import_rows.take_turn(tx, [found.feed])
    standing = await deal_rows.lock(tx, deal_id)
    source = await rows.source(tx, deal_id)
    if standing is None or source is None:
        raise NotFound(f"There is no deal {deal_id}.")
    check_adoptable(standing.state, standing.origin)
    return standing, source


async def _shown(tx: Transaction, deal_id: UUID) -> PublishedDeal:
    found = await published.in_any_state(tx, [deal_id])
    if not found:
        raise NotFound(f"There is no deal {deal_id}.")
    return found[0]


async def _merchant(tx: Transaction, deal: PublishedDeal, adoption: Adoption, made: set[UUID]) -> UUID:
    """The merchant's id; one that had to be made is added to `made`."""
    if isinstance(adoption.merchant, AdoptedMerchant):
        new = adoption.merchant
        draft = MerchantDraft(name=new.name, website=new.website, description=new.description)
        made.add(merchant_id := await create_merchant(tx, draft))
        return merchant_id
    if adoption.merchant is not None:
        found = await rows.merchant(tx, adoption.merchant)
        if found is None:
            raise InvalidInput.at("merchant", f"there is no merchant {adoption.merchant!r}")
        return found.id
    if deal.merchant_id is None:
        raise InvalidInput(tuple(gaps(deal, tx.now)))
    return deal.merchant_id


async def _locations(tx: Transaction, merchant_id: UUID, adoption: Adoption, made: set[UUID]) -> list[UUID]:
    """The ids of the locations in their order; those that had to be made are added to `made`."""
    found: list[UUID] = []
    for index, location in enumerate(adoption.locations):
        if isinstance(location, AdoptedLocation):
            made.add(own_id := await add_location(tx, merchant_id, await _location(tx, location, index)))
            found.append(own_id)
        else:
            found.append(location)
    return found


async def _location(tx: Transaction, stated: AdoptedLocation, index: int) -> LocationDraft:
    place = await place_rows.by_slug(tx, stated.place)
    if place is None:
        raise InvalidInput.at(f"locations[{index}].place", f"there is no place {stated.place!r}")
    return LocationDraft(
        name=stated.name,
        address=stated.address,
        place_id=place.id,
        latitude=stated.latitude,
        longitude=stated.longitude,
        opening_hours=stated.opening_hours,
    )


async def _seal(
    tx: Transaction, deal: PublishedDeal, adoption: Adoption, made: frozenset[UUID], state: DealState
) -> Agreement:
    """Freeze what is promised, keep where the deal came from, and let it be one of ours."""
    await freeze(tx, [deal.id])
    frozen = await deal_rows.terms(tx, deal.id, None)
    agreed = await _shown(tx, deal.id)
    assert frozen is not None
    assert agreed.category_slug is not None
    assert deal.source is not None
    agreement = Agreement(
        deal_id=deal.id,
        category=agreed.category_slug,
        terms=nameless(frozen.terms, made),
        evidence=evidence_of(deal, adoption),
        state=state,
    )
    await rows.insert(
        tx,
        rows.AdoptionRow(
            deal_id=deal.id,
            terms_version=frozen.version,
            agreement_digest=agreement.digest(),
            evidence=agreement.evidence,
        ),
    )
    await rows.become_written(tx, deal.id)
    adopted = facts.DealAdopted(
        deal_id=deal.id,
        feed=deal.source.feed,
        key=deal.source.key,
        merchant_id=frozen.terms.merchant_id,
        state=state,
        terms_version=frozen.version,
    )
    await outbox.record(tx, aggregate=facts.AGGREGATE, aggregate_id=deal.id, name=facts.ADOPTED, payload=adopted)
    return agreement


async def adopted_deals(tx: Transaction, *, drifted: bool = False, limit: int = 100) -> list[AdoptedDeal]:
    """Adopted deals, the latest first; with `drifted` those whose feed says something that nobody has looked at."""
    return await rows.listed(tx, drifted=drifted, limit=limit)


async def acknowledge_drift(tx: Transaction, deal_id: UUID) -> None:
    """What the feed says of an adopted deal by now has been looked at: it is told again when it changes again."""
    if not await rows.acknowledge(tx, deal_id):
        raise NotFound(f"There is no adopted deal {deal_id}.")


async def merchant_locations(tx: Transaction, reference: str) -> list[MerchantLocation]:
    """The locations of the merchant of this slug or id, in the order in which they were made."""
    found = await rows.merchant(tx, reference)
    if found is None:
        raise NotFound(f"There is no merchant {reference!r}.")
    return await rows.locations(tx, found.id)
