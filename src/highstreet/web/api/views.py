"""What the API says of a deal. What a source did not state is null."""

from datetime import datetime
from functools import lru_cache, partial
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from highstreet.discovery.search.service import Why
from highstreet.kit.money import discount_percent
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.deals import (
    DealPoint,
    DealState,
    Option,
    Precision,
    PublishedDeal,
    Reach,
    Source,
    ValueEvidence,
)
from highstreet.market.catalog.domain.fine_print import Rule, sentence
from highstreet.market.catalog.domain.merchants import OpeningHours
from highstreet.web import i18n
from highstreet.web.addresses import deal_path
from highstreet.web.api.answers import Reader
from highstreet.web.i18n import Language
from highstreet.web.pictures import addresses

Instant = Annotated[datetime, Meta(tz=True)]
Minor = Annotated[int, Meta(ge=0, description="Minor units of the currency.", examples=[2900])]


class MerchantView(Struct, frozen=True):
    """Who offers the deal. A feed may name a merchant who is not registered here: then without id and slug."""

    id: UUID | None
    slug: str | None
    name: str


class CategoryName(Struct, frozen=True):
    """What kind of deal it is; the name is in the reader's language."""

    slug: str
    name: str


class PlaceName(Struct, frozen=True):
    """A city, town or district."""

    slug: str
    name: str


class LocationView(Struct, frozen=True, kw_only=True):
    """A point where the deal can be redeemed, in WGS 84 degrees."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lng: Annotated[float, Meta(ge=-180, le=180)]
    precision: Annotated[
        Precision,
        Meta(
            description="`town`: only the town is known, and the point is its centre. `area`: only an area is known, "
            "and the point is the centre of the town that stands for it."
        ),
    ]
    name: str | None
    address: str | None
    place: PlaceName | None
    time_zone: Annotated[str | None, Meta(description="IANA name.", examples=["America/Chicago"])]
    opening_hours: Annotated[
        OpeningHours | None, Meta(description="A week of openings on the location's own clock; Monday is 1.")
    ]


class OptionView(Struct, frozen=True, kw_only=True):
    """A priced choice."""

    id: UUID
    title: str
    price: Minor
    value: Annotated[int | None, Meta(description="The usual price in minor units, as far as anybody stated it.")]
    value_evidence: Annotated[ValueEvidence | None, Meta(description="How the usual price is known.")]
    currency: Annotated[str, Meta(description="ISO 4217 code.", examples=["USD"])]
    discount_percent: Annotated[int | None, Meta(description="Whole percent below `value`, rounded down.")]
    remaining: Annotated[int | None, Meta(description="How many are left, when few are; else null.")]
    per_buyer_limit: int | None
    redeem_from: Instant | None
    redeem_until: Instant | None
    redeem_within_days: int | None


class FinePrintView(Struct, frozen=True):
    """One condition, as a rule that a program can evaluate and as a sentence in the reader's language."""

    rule: Rule
    sentence: str


class SourceView(Struct, frozen=True):
    """The feed that an imported deal came from. Such a deal is bought at its source."""

    feed: str
    url: str | None
    shifted_days: Annotated[int, Meta(description="How many days its dates were moved to make an old feed browsable.")]
    ratings: Annotated[int | None, Meta(description="How many ratings the source says the deal has there.")]


class RenditionView(Struct, frozen=True):
    """One size of a picture in one format, under an address that never means another."""

    url: str
    type: Annotated[str, Meta(description="Media type.", examples=["image/avif"])]
    width: Annotated[int, Meta(description="In pixels.")]
    height: Annotated[int, Meta(description="In pixels.")]


class ImageView(Struct, frozen=True, kw_only=True):
    """A picture in the shape 8:5, or the drawing of an invented deal."""

    alt: Annotated[str | None, Meta(description="What is to be seen, if somebody said so.")]
    renditions: Annotated[
        tuple[RenditionView, ...], Meta(description="AVIF, then WebP, then JPEG, each from narrow to wide.")
    ]


class DealView(Struct, frozen=True, kw_only=True):
    """A deal with everything that the public may know of it."""

    id: UUID
    slug: str
    url: Annotated[str, Meta(description="The deal's page, in the reader's language.")]
    title: str
    description: str | None
    language: Annotated[str, Meta(description="The language that the deal is written in.")]
    state: Annotated[DealState, Meta(description="`live`, `sold_out` or `ended`.")]
    merchant: MerchantView | None
    category: CategoryName | None
    reach: Annotated[Reach, Meta(description="Where it can be used, as far as its source says.")]
    place: Annotated[PlaceName | None, Meta(description="Where its nearest location is; its first without a centre.")]
    division: Annotated[str | None, Meta(description="Slug of the area it holds in, when `reach` is `division`.")]
    locations: tuple[LocationView, ...]
    options: tuple[OptionView, ...]
    fine_print: tuple[FinePrintView, ...]
    starts_at: Instant
    ends_at: Instant | None
    sold: int
    image: Annotated[ImageView | None, Meta(description="Null where the deal brings no picture.")]
    source: SourceView | None
    invented: Annotated[bool, Meta(description="True for the invented deals of a demonstration.")]
    changed_at: Instant


class FoundDealView(DealView, frozen=True, kw_only=True):
    """A deal as the answer to a search."""

    distance_km: Annotated[float | None, Meta(description="From the centre to its nearest location.", examples=[1.204])]
    score: Annotated[float, Meta(description="Its relevance for this search, whatever the order.")]
    why: Annotated[Why | None, Meta(description="The parts of `score`, with `why=true`.")]


def view_deal(
    deal: PublishedDeal, reader: Reader, categories: CategoryTree, now: datetime, nearest: DealPoint | None = None
) -> DealView:
    """The deal for a reader, as it stands at `now`. `nearest` is the point that its place is read from."""
    language = reader.language
    point = nearest or (deal.points[0] if deal.points else None)
    category = categories.by_slug(deal.category_slug) if deal.category_slug is not None else None
    return DealView(
        id=deal.id,
        slug=deal.slug,
        url=reader.origin + language.localized(deal_path(deal)),
        title=deal.title,
        description=deal.description,
        language=deal.language,
        state=DealState.ENDED if deal.ends_at is not None and deal.ends_at <= now else deal.state,
        merchant=None if deal.merchant_name is None else _merchant(deal, deal.merchant_name),
        category=None if category is None else CategoryName(category.slug, category.name(language.code)),
        reach=deal.reach,
        place=None if point is None else _place(point),
        division=deal.division_slug,
        locations=tuple(map(_location, deal.points)),
        options=tuple(_option(option, deal.currency) for option in deal.options),
        fine_print=tuple(FinePrintView(rule, in_words(rule, language)) for rule in deal.fine_print),
        starts_at=deal.starts_at,
        ends_at=deal.ends_at,
        sold=deal.sold,
        image=_image(deal, reader.origin),
        source=None if deal.source is None else _source(deal.source),
        invented=deal.invented,
        changed_at=deal.changed_at,
    )


@lru_cache(maxsize=4096)
def in_words(rule: Rule, language: Language) -> str:
    """A rule of the fine print as a sentence, times of day as the language writes them."""
    translations = language.translations
    return sentence(rule, translations.gettext, translations.ngettext, partial(i18n.clock, language))


def _merchant(deal: PublishedDeal, name: str) -> MerchantView:
    return MerchantView(deal.merchant_id, deal.merchant_slug, name)


def _image(deal: PublishedDeal, origin: str) -> ImageView | None:
    if deal.picture is not None:
        found = (
            RenditionView(origin + each.path, each.type, each.width, each.height) for each in addresses(deal.picture)
        )
        return ImageView(alt=deal.picture.alt, renditions=tuple(found))
    if deal.invented:
        return ImageView(
            alt=None, renditions=(RenditionView(f"{origin}/art/{deal.id}.svg", "image/svg+xml", 400, 300),)
        )
    return None


def _source(source: Source) -> SourceView:
    return SourceView(source.feed, source.url, source.shifted_days, source.ratings)


def _place(point: DealPoint) -> PlaceName | None:
    if point.place_slug is None or point.place_name is None:
        return None
    return PlaceName(point.place_slug, point.place_name)


def _location(point: DealPoint) -> LocationView:
    return LocationView(
        lat=point.latitude,
        lng=point.longitude,
        precision=point.precision,
        name=point.location_name,
        address=point.address,
        place=_place(point),
        time_zone=point.time_zone,
        opening_hours=point.opening_hours,
    )


def _option(option: Option, currency: str) -> OptionView:
    return OptionView(
        id=option.id,
        title=option.title,
        price=option.price_minor,
        value=option.value_minor,
        value_evidence=option.value_evidence,
        currency=currency,
        discount_percent=discount_percent(option.price_minor, option.value_minor),
        remaining=None,
        per_buyer_limit=option.per_buyer_limit,
        redeem_from=option.redeem_from,
        redeem_until=option.redeem_until,
        redeem_within_days=option.redeem_within_days,
    )
