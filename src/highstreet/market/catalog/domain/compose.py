"""From what somebody wants to offer, or a feed states, to a deal as it is written."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog.domain.deals import Deal, DealState, Option, Origin, Source, ValueEvidence
from highstreet.market.catalog.domain.drafts import DealDraft, NewDeal, OptionDraft
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption, stated_by
from highstreet.market.catalog.domain.names import slugify

NewId = Callable[[], UUID]


class References(msgspec.Struct, frozen=True, kw_only=True):
    """The ids behind the slugs that drafts and feeds use."""

    categories: Mapping[str, UUID]
    divisions: Mapping[str, UUID]

    def category(self, slug: str | None) -> UUID | None:
        return _known("category", self.categories, slug)

    def division(self, slug: str | None) -> UUID | None:
        return _known("division", self.divisions, slug)


def _known(field: str, ids: Mapping[str, UUID], slug: str | None) -> UUID | None:
    if slug is not None and slug not in ids:
        raise InvalidInput.at(field, f"there is no {field} {slug!r}")
    return ids[slug] if slug is not None else None


def from_draft(
    draft: DealDraft | NewDeal,
    references: References,
    *,
    merchant_id: UUID,
    location_ids: tuple[UUID, ...],
    origin: Origin,
    state: DealState,
    new_id: NewId,
    own_id: UUID | None = None,
) -> Deal:
    """The deal that a draft describes; with `own_id`, that deal as it is to be."""
    return Deal(
        id=own_id or new_id(),
        slug=slugify(draft.title, "deal"),
        origin=origin,
        state=state,
        merchant_id=merchant_id,
        category_id=references.category(draft.category),
        division_id=references.division(draft.division),
        title=draft.title,
        description=draft.description,
        language=draft.language,
        currency=draft.currency,
        reach=draft.reach,
        location_ids=location_ids,
        options=tuple(_option(option, position, new_id) for position, option in enumerate(draft.options)),
        fine_print=draft.fine_print,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
    )


def _option(draft: OptionDraft, position: int, new_id: NewId) -> Option:
    return Option(
        id=draft.id or new_id(),
        position=position,
        title=draft.title,
        price_minor=draft.price_minor,
        value_minor=draft.value_minor,
        value_evidence=draft.value_evidence,
        cap=draft.cap,
        per_buyer_limit=draft.per_buyer_limit,
        redeem_from=draft.redeem_from,
        redeem_until=draft.redeem_until,
        redeem_within_days=draft.redeem_within_days,
    )


def from_feed(
    stated: ImportedDeal,
    digest: str,
    references: References,
    *,
    merchant_id: UUID | None,
    state: DealState,
    options: tuple[Option, ...],
    own_id: UUID,
    first_import: datetime,
) -> Deal:
    """The deal that a feed states, with its options as `feed_options` made them."""
    return Deal(
        id=own_id,
        slug=slugify(stated.title, "deal"),
        origin=Origin.IMPORTED,
        state=state,
        state_reason=stated_by(stated.feed),
        merchant_id=merchant_id,
        category_id=references.category(stated.category),
        division_id=references.division(stated.division),
        title=stated.title,
        description=stated.description,
        language=stated.language,
        currency=stated.currency,
        reach=stated.reach,
        place_ids=stated.places,
        area_ids=stated.areas,
        options=options,
        fine_print=stated.fine_print,
        starts_at=stated.starts_at or _begun(first_import, stated.ends_at),
        ends_at=stated.ends_at,
        sold=stated.sold or 0,
        source=Source(
            feed=stated.feed,
            key=stated.key,
            url=stated.url,
            shifted_days=stated.shifted_days,
            ratings=stated.ratings,
        ),
        source_digest=digest,
    )


def _begun(first_import: datetime, ends_at: datetime | None) -> datetime:
    """When a deal counts as begun whose feed does not say: when we first saw it, or, if it was over then, before."""
    return first_import if ends_at is None else min(first_import, ends_at - timedelta(seconds=1))


def feed_options(stated: Sequence[ImportedOption], standing: Sequence[Option], new_id: NewId) -> tuple[Option, ...]:
    """A feed's options, each with the id of the standing option that it continues, so that its price has a history.

    A feed names no ids: an option continues the first one of its title. Where only one was and only one is offered,
    they are the same whatever the title.
    """
    left = list(standing)
    ids: list[UUID | None] = []
    for option in stated:
        match = next((old for old in left if old.title == option.title), None)
        if match is None and len(stated) == len(standing) == 1:
            match = left[0]
        if match is not None:
            left.remove(match)
        ids.append(match.id if match else None)
    return tuple(
        Option(
            id=own_id or new_id(),
            position=position,
            title=option.title,
            price_minor=option.price_minor,
            value_minor=option.value_minor,
            value_evidence=ValueEvidence.FEED_STATED if option.value_minor is not None else None,
            redeem_from=option.redeem_from,
            redeem_until=option.redeem_until,
            redeem_within_days=option.redeem_within_days,
        )
        for position, (option, own_id) in enumerate(zip(stated, ids, strict=True))
    )
