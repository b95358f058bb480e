"""The parameters of the API: what each may be, and what it says of itself. Checked and documented from here."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from highstreet.discovery.search.service import Sort
from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import MAX_MINOR


def _examples(*values: Any) -> list[Example]:  # noqa: ANN401 -- values of any parameter
    return [Example(value=value) for value in values]


Words = Annotated[
    str,
    QueryParameter(
        max_length=200,
        description="Words that must all be found in a deal, its merchant, category, place, text or the end of its "
        "source's link, whatever their case, accents or plural. The last one may be the beginning of a word, from four "
        "letters on.",
        examples=_examples("hot stone massage"),
    ),
]
PlaceSlug = Annotated[
    str | None,
    QueryParameter(
        pattern="^[a-z0-9-]{1,200}$",
        description="A place of `/places` as the centre. Not together with `lat` and `lng`.",
        examples=_examples("chicago-il-us"),
    ),
]
Latitude = Annotated[
    float | None, QueryParameter(ge=-90, le=90, description="With `lng`: a point as the centre, in WGS 84 degrees.")
]
Longitude = Annotated[float | None, QueryParameter(ge=-180, le=180, description="With `lat`.")]
Radius = Annotated[
    float | None,
    QueryParameter(
        gt=0,
        le=500,
        description="How far a location may be from the centre; 25 where nothing is said.",
        examples=_examples(10),
    ),
]
CategorySlug = Annotated[
    str | None,
    QueryParameter(
        pattern="^[a-z0-9-]{1,200}$",
        description="A category of `/categories`, with all below it.",
        examples=_examples("massage"),
    ),
]
LeastPrice = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=MAX_MINOR,
        description="The cheapest option costs so much or more, in minor units of `currency`.",
        examples=_examples(1000),
    ),
]
MostPrice = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=MAX_MINOR,
        description="The cheapest option costs so much or less, in minor units of `currency`.",
        examples=_examples(5000),
    ),
]
Currency = Annotated[
    str | None,
    QueryParameter(
        pattern="^[A-Z]{3}$",
        description="The one currency that prices are compared in; deals in others pass no price filter. Where nothing "
        "is said: the place's, else the commonest among what was found.",
        examples=_examples("USD"),
    ),
]
Percent = Annotated[
    int | None,
    QueryParameter(
        ge=1,
        le=100,
        description="Least discount in percent. Deals that state no value have none.",
        examples=_examples(30),
    ),
]
Earliest = Annotated[
    str | None,
    QueryParameter(
        format="date-time",
        description="Ends then or later, or never. With its offset from UTC.",
        examples=_examples("2026-03-02T18:00:00Z"),
    ),
]
Latest = Annotated[
    str | None,
    QueryParameter(
        format="date-time",
        description="Ends then or earlier. With its offset from UTC.",
        examples=_examples("2026-03-31T18:00:00Z"),
    ),
]
Order = Annotated[
    Sort,
    QueryParameter(
        description="`distance` needs a centre. Deals that lack what an order needs come last; equals go by id."
    ),
]
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many at most.", examples=_examples(50))]
Cursor = Annotated[
    str | None,
    QueryParameter(
        max_length=200,
        description="`next_cursor` of the page before. Everything else but `limit`, `why` and `lang` must be the same.",
    ),
]
WithWhy = Annotated[bool, QueryParameter(description="Also say what each score is made of.")]
PlaceText = Annotated[
    str,
    QueryParameter(
        max_length=100,
        pattern=r"^[^\x00]*$",
        description="A name or its beginning, with or without the region behind it, in any of the place's languages. "
        "Where nothing is said: the largest places.",
        examples=_examples("chicago, il"),
    ),
]
CountryCode = Annotated[
    str | None,
    QueryParameter(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2 code.", examples=_examples("US")),
]
LanguageCode = Annotated[
    Literal["en", "es"] | None,
    QueryParameter(
        description="Language of names, sentences and addresses; goes before `Accept-Language`.",
        examples=_examples("es"),
    ),
]


def instant(name: str, text: str | None) -> datetime | None:
    """An RFC 3339 instant. Read strictly and here: the framework would take `0.5` for half a second past 1970."""
    if text is None:
        return None
    try:
        return msgspec.convert(text, Annotated[datetime, msgspec.Meta(tz=True)])
    except msgspec.ValidationError:
        raise InvalidInput.at(name, "is not an instant with its offset, such as 2026-03-02T18:00:00Z") from None
