"""From what a row states to a deal for the catalogue."""

from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.market.catalog.domain import imports
from highstreet.market.catalog.domain.deals import Reach
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption
from highstreet.market.feeds.domain.deals import StatedDeal
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.shift import Shift

_FIELDS = {"options[0].title": "title", "options[0].price_minor": "price", "options[0].value_minor": "value"}
"""What a field of an imported deal is called in a mapping, where that differs."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows of one import share."""

    mapping: Mapping
    shift: Shift
    now: datetime


def imported_deal(stated: StatedDeal, place_id: UUID | None, run: Run) -> ImportedDeal:
    """The deal of one row. Raises Unusable where the catalogue could not keep it.

    `place_id` is that of the town the row names, None where it names none.
    """
    starts_at = _starts_at(stated, run)
    dated = starts_at is not None or stated.ends_at is not None
    deal = ImportedDeal(
        feed=run.mapping.feed.name,
        key=stated.key,
        title=stated.title,
        description=stated.description,
        url=stated.url,
        language=run.mapping.feed.language,
        currency=run.mapping.feed.currency,
        options=(ImportedOption(title=stated.title, price_minor=stated.price_minor, value_minor=stated.value_minor),),
        reach=stated.where.reach,
        places=() if place_id is None else (place_id,),
        division=run.mapping.division.slug if stated.where.reach is Reach.DIVISION else None,
        category=stated.category,
        merchant=stated.merchant,
        starts_at=starts_at,
        ends_at=stated.ends_at,
        shifted_days=run.shift.days if dated else 0,
    )
    for problem in imports.deal_problems(deal):
        raise Unusable(problem.message, field=_FIELDS.get(problem.field, problem.field))
    return deal


def _starts_at(stated: StatedDeal, run: Run) -> datetime | None:
    """The stated start; else the feed's moment of capture; else None, and the catalogue takes the first import."""
    captured_at = run.mapping.feed.captured_at
    if stated.starts_at is not None or captured_at is None:
        return stated.starts_at
    begun = run.shift.begun_by(captured_at, run.now)
    return begun if stated.ends_at is None or begun < stated.ends_at else None
