"""From what a row states to a deal for the catalogue."""

import re
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
from highstreet.market.feeds.domain.steps import PricedOption

_ONE_PRICED = {"title": "title", "price_minor": "price", "value_minor": "value"}
"""What a field of the one option of a deal is called in a mapping that prices whole rows."""


class Located(msgspec.Struct, frozen=True):
    """The places of one deal: ids of towns that it names, and of towns that stand for areas."""

    towns: tuple[UUID, ...] = ()
    areas: tuple[UUID, ...] = ()


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows of one import share."""

    mapping: Mapping
    shift: Shift
    now: datetime


def imported_deal(stated: StatedDeal, places: Located, run: Run) -> ImportedDeal:
    """The deal of one row. Raises Unusable where the catalogue could not keep it.

    `places` are the towns that the row names, and those that stand for areas.
    """
    starts_at = _starts_at(stated, run)
    # Dates are moved only from captured_at on, which is a start for the deals that state none.
    dated = starts_at is not None or stated.ends_at is not None
    division = run.mapping.division
    deal = ImportedDeal(
        feed=run.mapping.feed.name,
        key=stated.key,
        title=stated.title,
        description=stated.description,
        url=stated.url,
        image=stated.image,
        language=run.mapping.feed.language,
        currency=stated.currency,
        options=tuple(_option(option, stated) for option in stated.options),
        reach=stated.where.reach,
        places=places.towns,
        areas=places.areas,
        division=division.slug if division and stated.where.reach is Reach.DIVISION else None,
        category=stated.category,
        merchant=stated.merchant,
        fine_print=stated.fine_print,
        starts_at=starts_at,
        ends_at=stated.ends_at,
        sold=stated.sold,
        ratings=stated.ratings,
        shifted_days=run.shift.days if dated else 0,
    )
    for problem in imports.deal_problems(deal):
        raise Unusable(problem.message, field=_field(problem.field, run.mapping))
    return deal


def _option(option: PricedOption, stated: StatedDeal) -> ImportedOption:
    return ImportedOption(
        title=option.title,
        price_minor=option.price_minor,
        value_minor=option.value_minor,
        redeem_from=stated.redeem_from,
        redeem_until=stated.redeem_until,
        redeem_within_days=stated.redeem_within_days,
    )


def _field(name: str, mapping: Mapping) -> str:
    """What a field of an imported deal is called in the mapping."""
    part = re.sub(r"^options\[\d+\]\.", "", name)
    if part == name or part.startswith("redeem_"):
        return part
    return _ONE_PRICED[part] if mapping.fields.options is None else "options"


def _starts_at(stated: StatedDeal, run: Run) -> datetime | None:
    """The stated start; else the feed's moment of capture; else None, and the catalogue takes the first import."""
    captured_at = run.mapping.feed.captured_at
    if stated.starts_at is not None or captured_at is None:
        return stated.starts_at
    begun = run.shift.begun_by(captured_at, run.now)
    return begun if stated.ends_at is None or begun < stated.ends_at else None
