"""Published deals without the names of their fields, as they travel from the database and are kept by the million.

The kinds below differ from those that they are named after in that alone. Only rules, which are few and short, keep the
names. The order of the fields is that of the kinds; what follows others in time is added at the end.
"""

import msgspec

from highstreet.market.catalog.domain.deals import DealPoint, Option, PublishedDeal, Source
from highstreet.market.catalog.domain.pictures import DealPicture


class CompactPoint(DealPoint, frozen=True, kw_only=True, gc=False, array_like=True):
    """A point of a deal."""


class CompactOption(Option, frozen=True, kw_only=True, gc=False, array_like=True):
    """An option of a deal."""


class CompactSource(Source, frozen=True, kw_only=True, gc=False, array_like=True):
    """Where a deal came from."""


class CompactPicture(DealPicture, frozen=True, kw_only=True, gc=False, array_like=True):
    """The picture of a deal."""


class CompactDeal(PublishedDeal, frozen=True, kw_only=True, gc=False, array_like=True):
    """A deal. Not to be handed on: it equals no PublishedDeal."""

    points: tuple[CompactPoint, ...]
    options: tuple[CompactOption, ...]
    source: CompactSource | None
    picture: CompactPicture | None = None


def compact(deal: PublishedDeal) -> CompactDeal:
    """What `published` makes the same deal of."""
    return msgspec.convert(deal, CompactDeal, from_attributes=True)


def published(deal: CompactDeal) -> PublishedDeal:
    """The deal itself."""
    return msgspec.convert(deal, PublishedDeal, from_attributes=True)
