"""The parameters of the API: what each may be, and what it says of itself. Checked and documented from here."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from highstreet.discovery.search.service import Sort
from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import MAX_MINOR
from highstreet.web.parameters import Parameters

Words = Annotated[
    str,
    Meta(
        max_length=200,
        description="Words that must all be found in a deal, its merchant, category, place, text or the end of its "
        "source's link, whatever their case, accents or plural. The last one may be the beginning of a word, from four "
        "letters on.",
        examples=["hot stone massage"],
    ),
]
Typed = Annotated[
    str,
    Meta(max_length=200, description="What was typed so far; its last word may be unfinished.", examples=["hot sto"]),
]
PlaceSlug = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9-]{1,200}$",
        description="A place of `/places` as the centre. Not together with `lat` and `lng`.",
        examples=["chicago-il-us"],
    ),
]
Latitude = Annotated[float, Meta(ge=-90, le=90, description="With `lng`: a point as the centre, in WGS 84 degrees.")]
Longitude = Annotated[float, Meta(ge=-180, le=180, description="With `lat`.")]
Radius = Annotated[
    float,
    Meta(
        gt=0,
        le=500,
        description="How far a location may be from the centre; 25 where nothing is said.",
        examples=[10],
    ),
]
CategorySlug = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9-]{1,200}$",
        description="A category of `/categories`, with all below it.",
        examples=["massage"],
    ),
]
LeastPrice = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_MINOR,
        description="The cheapest option costs so much or more, in minor units of `currency`.",
        examples=[1000],
    ),
]
MostPrice = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_MINOR,
        description="The cheapest option costs so much or less, in minor units of `currency`.",
        examples=[5000],
    ),
]
Currency = Annotated[
    str,
    Meta(
        pattern="^[A-Z]{3}$",
        description="The one currency that prices are compared in; deals in others pass no price filter. Where nothing "
        "is said: the place's, else the commonest among what was found.",
        examples=["USD"],
    ),
]
Percent = Annotated[
    int,
    Meta(
        ge=1,
        le=100,
        description="Least discount in percent. Deals that state no value have none.",
        examples=[30],
    ),
]
Earliest = Annotated[
    str,
    Meta(
        extra_json_schema={"format": "date-time"},
        description="Ends then or later, or never. With its offset from UTC.",
        examples=["2026-03-02T18:00:00Z"],
    ),
]
Latest = Annotated[
    str,
    Meta(
        extra_json_schema={"format": "date-time"},
        description="Ends then or earlier. With its offset from UTC.",
        examples=["2026-03-31T18:00:00Z"],
    ),
]
Weekdays = Annotated[
    str,
    Meta(
        pattern="^[1-7](,[1-7]){0,6}$",
        description="Can be used on one of these weekdays, as far as its terms say; Monday is 1.",
        examples=["6,7"],
    ),
]
UsableToday = Annotated[bool, Meta(description="Only what can be used today, on the calendar of where it is.")]
NewMerchant = Annotated[bool, Meta(description="Only deals of merchants who came here lately.")]
Order = Annotated[
    Sort,
    Meta(description="`distance` needs a centre. Deals that lack what an order needs come last; equals go by id."),
]
FewLimit = Annotated[int, Meta(ge=1, le=20, description="How many of each kind at most.", examples=[5])]
Limit = Annotated[int, Meta(ge=1, le=100, description="How many at most.", examples=[50])]
Cursor = Annotated[
    str,
    Meta(
        max_length=200,
        description="`next_cursor` of the page before. Everything else but `limit`, `why` and `lang` must be the same.",
    ),
]
WithWhy = Annotated[bool, Meta(description="Also say what each score is made of.")]
PlaceText = Annotated[
    str,
    Meta(
        max_length=100,
        pattern=r"^[^\x00]*$",
        description="A name or its beginning, with or without the region behind it, in any of the place's languages. "
        "Where nothing is said: the largest places.",
        examples=["chicago, il"],
    ),
]
CountryCode = Annotated[
    str,
    Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2 code.", examples=["US"]),
]
LanguageCode = Annotated[
    Literal["en", "es"],
    Meta(
        description="Language of names, sentences and addresses; goes before `Accept-Language`.",
        examples=["es"],
    ),
]


class InLanguage(Parameters, frozen=True, kw_only=True):
    """What can be asked where there is nothing to choose but the language."""

    lang: LanguageCode | None = None


def instant(name: str, text: str | None) -> datetime | None:
    """An RFC 3339 instant. Read strictly and here: with other parameters, `0.5` would be half a second past 1970."""
    if text is None:
        return None
    try:
        return msgspec.convert(text, Annotated[datetime, msgspec.Meta(tz=True)])
    except msgspec.ValidationError:
        raise InvalidInput.at(name, "is not an instant with its offset, such as 2026-03-02T18:00:00Z") from None
