"""A mapping says which field of a feed file is what: the tables that a person writes in TOML, and their reference."""

import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from highstreet.market.feeds.domain.steps import Kind, Settings

_Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
_Text = Annotated[str, Meta(min_length=1, max_length=200)]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the mapping: a key that nobody knows is a mistake, never ignored."""


class FileFormat(StrEnum):
    """How a feed file is written."""

    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"
    XML = "xml"
    SQLITE = "sqlite"
    PARQUET = "parquet"


class FileTable(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[file]`: how the file is written. Archives are unpacked on the way."""

    format: Annotated[FileFormat, Meta(description="csv, json, jsonl, xml, sqlite or parquet")]
    encoding: Annotated[
        _Text | None, Meta(description="of text; a byte order mark is skipped; unless set, it is found")
    ] = None
    delimiter: Annotated[
        Annotated[str, Meta(min_length=1, max_length=1)] | None,
        Meta(
            description="of CSV: the one character between two cells; unless set, found among comma, semicolon, tab "
            "and bar"
        ),
    ] = None
    quote: Annotated[
        Annotated[str, Meta(max_length=1)] | None,
        Meta(description="of CSV: the character around a cell, empty for none; unless set, it is found"),
    ] = None
    columns: Annotated[
        tuple[_Text, ...], Meta(description="of CSV without a header: the names of its columns, in order")
    ] = ()
    rows: Annotated[
        _Text | None,
        Meta(description="of JSON: the member that holds the rows, if they are not all; of XML: the element of a row"),
    ] = None
    table: Annotated[_Text | None, Meta(description="of SQLite: the table that holds the rows")] = None
    member: Annotated[_Text | None, Meta(description="of a zip archive: which of its files, if it has several")] = None
    nothing: Annotated[
        tuple[_Text, ...],
        Meta(description="what a cell holds that states nothing, such as `NA`; empty ones state nothing"),
    ] = ()


class Vanished(StrEnum):
    """What becomes of a deal that a feed no longer states."""

    END = "end"
    KEEP = "keep"


class FeedTable(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[feed]`: what the feed is, and what all of its rows share."""

    name: Annotated[
        _Name, Meta(description="the feed's name; with the key it is a deal's identity, so never change it")
    ]
    currency: Annotated[str, Meta(description="ISO 4217 code of every price that states no other")]
    time_zone: Annotated[_Text, Meta(description="IANA name; of dates that state no offset, and of whole days")]
    language: Annotated[
        str, Meta(pattern=r"^[a-z]{2}$", description="two-letter code of the language that titles are written in")
    ] = "en"
    captured_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="a moment at which the deals were on offer; --shift-dates moves it to today"),
    ] = None
    vanished: Annotated[
        Vanished, Meta(description="end or keep: what becomes of a deal that the file no longer states")
    ] = Vanished.END


class DivisionTable(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[division]`: the operating area; it is created if it is missing."""

    slug: Annotated[
        str,
        Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64, description="its name in addresses, such as new-york"),
    ]
    name: Annotated[_Text, Meta(description="its name on pages")]
    place: Annotated[_Text, Meta(description="its centre, such as `Chicago, IL`")]
    radius_km: Annotated[float, Meta(gt=0, le=500, description="how far it reaches from its centre, up to 500")]


class FieldTable(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"column": "from"}):
    """`[fields.NAME]`: where one field of a deal comes from. Either `from` or `template` is set."""

    column: Annotated[
        _Text | None, Meta(description="the file's column or member; `a.b` is member b of member a; or else `template`")
    ] = None
    template: Annotated[
        _Text | None,
        Meta(description="text with columns in braces, such as `{city}/{id}`; it states nothing if one of them does"),
    ] = None
    otherwise: Annotated[_Text | None, Meta(description="the column to read where this one states nothing")] = None
    transforms: Annotated[tuple[str, ...], Meta(description="named steps, from left to right")] = ()
    date_format: Annotated[_Text | None, Meta(description="of dates that are not ISO 8601: a strptime pattern")] = None
    decimal: Annotated[str, Meta(pattern=r"^[.,]$", description="of money, options and counts: the decimal mark")] = "."
    separator: Annotated[_Text | None, Meta(description="of place: the text between several places of one cell")] = None
    path_separator: Annotated[
        _Text | None, Meta(description="of category: the text between the steps of a path, from the widest down")
    ] = None

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        named = (self.column,) if self.template is None else _NAMED.findall(self.template)
        return tuple(dict.fromkeys(column for column in (*named, self.otherwise) if column is not None))

    def stated(self, cells: dict[str, str | None]) -> str | None:
        """What the row's cells state for the field, before its transforms; None for nothing."""
        if self.template is None:
            return cells.get(self.column or "")
        parts = {column: cells.get(column) for column in _NAMED.findall(self.template)}
        if any(part is None for part in parts.values()):
            return None
        return _NAMED.sub(lambda found: parts[found[1]] or "", self.template)


_NAMED = re.compile(r"\{([^{}]+)\}")
"""A column in a template."""


class WeekdaysTable(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[fields.weekdays]`: the columns that say on which days a deal is valid, by flags.

    A cell holds `1`, `true`, `yes` or a circle where it is valid, `0`, `false`, `no` or a cross where it is not. A day
    that is not stated is not ruled out.
    """

    monday: Annotated[_Text | None, Meta(description="the column of Mondays")] = None
    tuesday: Annotated[_Text | None, Meta(description="the column of Tuesdays")] = None
    wednesday: Annotated[_Text | None, Meta(description="the column of Wednesdays")] = None
    thursday: Annotated[_Text | None, Meta(description="the column of Thursdays")] = None
    friday: Annotated[_Text | None, Meta(description="the column of Fridays")] = None
    saturday: Annotated[_Text | None, Meta(description="the column of Saturdays")] = None
    sunday: Annotated[_Text | None, Meta(description="the column of Sundays")] = None
    holidays: Annotated[_Text | None, Meta(description="the column of public holidays")] = None
    before_holidays: Annotated[_Text | None, Meta(description="the column of days before public holidays")] = None
    unclear: Annotated[
        tuple[_Text, ...],
        Meta(
            description="flags that the feed does not explain: the day is not ruled out, and the page says to ask first"
        ),
    ] = ()

    def days(self) -> dict[str, str]:
        """The column of each day that has one."""
        found = {name: getattr(self, name) for name in self.__struct_fields__ if name != "unclear"}
        return {name: column for name, column in found.items() if column is not None}


class FieldsTable(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[fields]`: the fields of a deal. A field that is not mapped, and a cell that is empty, is not stated."""

    key: Annotated[FieldTable, Meta(description="the feed's own identity of the row; required")]
    title: Annotated[FieldTable, Meta(description="what is offered; required")]
    price: Annotated[FieldTable | None, Meta(description="what a buyer pays; required, unless options is mapped")] = (
        None
    )
    value: Annotated[FieldTable | None, Meta(description="the usual price, as the feed states it")] = None
    options: Annotated[
        FieldTable | None, Meta(description="priced choices within one text, in place of price and value")
    ] = None
    currency: Annotated[FieldTable | None, Meta(description="ISO 4217 code of the row's prices")] = None
    url: Annotated[FieldTable | None, Meta(description="the page that the deal links out to")] = None
    image: Annotated[FieldTable | None, Meta(description="the address of its picture")] = None
    description: Annotated[FieldTable | None, Meta(description="more about the deal")] = None
    merchant: Annotated[FieldTable | None, Meta(description="the business's name")] = None
    category: Annotated[FieldTable | None, Meta(description="looked up in [categories]")] = None
    place: Annotated[FieldTable | None, Meta(description="a town or an area; see [places]")] = None
    starts_at: Annotated[
        FieldTable | None, Meta(description="when it begins; unmapped: captured_at, else its first import")
    ] = None
    ends_at: Annotated[FieldTable | None, Meta(description="when it ends; unmapped: not stated")] = None
    redeem_from: Annotated[FieldTable | None, Meta(description="from when on it can be used")] = None
    redeem_until: Annotated[FieldTable | None, Meta(description="until when it can be used")] = None
    redeem_within_days: Annotated[
        FieldTable | None, Meta(description="within how many days of buying it can be used")
    ] = None
    sold: Annotated[FieldTable | None, Meta(description="how many were sold, by the source's own count")] = None
    ratings: Annotated[FieldTable | None, Meta(description="how many ratings the source says it has")] = None
    weekdays: Annotated[WeekdaysTable | None, Meta(description="on which days it is valid: a table of its own")] = None

    def mapped(self) -> dict[str, FieldTable]:
        """The fields that the mapping fills, by name; weekdays are not among them."""
        found = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: field for name, field in found.items() if isinstance(field, FieldTable)}

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every field with each column that it reads."""
        for name, field in self.mapped().items():
            yield from ((name, column) for column in field.columns())
        if self.weekdays is not None:
            yield from ((f"weekdays.{day}", column) for day, column in self.weekdays.days().items())


class Prefectures(StrEnum):
    """Areas of a country that come with Highstreet; see `prefectures.py`."""

    JAPAN = "japan"


class PlacesTable(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[places]`: how the feed writes places. All texts compare without regard to case and runs of space."""

    country: Annotated[
        str,
        Meta(pattern=r"^[A-Z]{2}$", description="ISO 3166 code of the country of places that are written without one"),
    ]
    region: Annotated[_Text | None, Meta(description="region of a place that is written without one, such as `IL`")] = (
        None
    )
    division: Annotated[tuple[str, ...], Meta(description="texts that mean the whole division")] = ()
    online: Annotated[tuple[str, ...], Meta(description="texts that mean anywhere, by internet or post")] = ()
    unstated: Annotated[tuple[str, ...], Meta(description="texts that say nothing, such as `N/A`")] = ()
    aliases: Annotated[
        dict[str, str],
        Meta(description="the feed's spelling = the place that is meant; checked by a person, never guessed"),
    ] = {}
    regions: Annotated[
        dict[str, str], Meta(description="the feed's spelling of an area = the town that stands for it on the map")
    ] = {}
    prefectures: Annotated[
        Prefectures | None,
        Meta(
            description="`japan`: the prefectures of Japan, in Japanese, are regions; the seat of its government "
            "stands for each"
        ),
    ] = None
    area: Annotated[
        _Text | None,
        Meta(
            description="the town that stands for the area of a text that is no place we know, such as a venue's name; "
            "unless set, such a row is refused"
        ),
    ] = None
    refused: Annotated[
        dict[str, str], Meta(description="the feed's spelling = why nobody can tell which place is meant")
    ] = {}


class Mapping(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole mapping."""

    file: FileTable
    feed: FeedTable
    fields: FieldsTable
    places: PlacesTable
    division: DivisionTable | None = None
    categories: Annotated[
        dict[str, str],
        Meta(
            description="the feed's category = the slug of ours, or an empty text for none; others are refused. "
            "Of a path, written `A > B`, the longest beginning that is listed counts"
        ),
    ] = {}

    def settings(self, field: FieldTable) -> Settings:
        """What the transforms of `field` need to know."""
        return Settings(
            currency=self.feed.currency,
            zone=ZoneInfo(self.feed.time_zone),
            decimal=field.decimal,
            date_format=field.date_format,
        )


KINDS = {
    "price": Kind.MONEY,
    "value": Kind.MONEY,
    "options": Kind.OPTIONS,
    "starts_at": Kind.INSTANT,
    "ends_at": Kind.INSTANT,
    "redeem_from": Kind.INSTANT,
    "redeem_until": Kind.INSTANT,
    "redeem_within_days": Kind.COUNT,
    "sold": Kind.COUNT,
    "ratings": Kind.COUNT,
}
"""What a field's last transform has to give; every other field is text."""

REQUIRED = frozenset({"key", "title", "price", "options"})
"""The fields without which no row can be used, as far as they are mapped."""


def described(table: type[msgspec.Struct]) -> list[tuple[str, str]]:
    """Each key that a table may have, with its description; the reference in the docs is checked against this."""
    types = get_type_hints(table, include_extras=True)
    found: list[tuple[str, str]] = []
    for field in msgspec.structs.fields(table):
        metas = [meta for meta in getattr(types[field.name], "__metadata__", ()) if isinstance(meta, Meta)]
        found.append((field.encode_name, next((meta.description for meta in metas if meta.description), "")))
    return found


TABLES = (FileTable, FeedTable, DivisionTable, FieldTable, WeekdaysTable, FieldsTable, PlacesTable)
"""The types of the tables of a mapping."""
