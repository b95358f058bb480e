"""A mapping says which field of a feed file is what: a person writes it in TOML, and it is checked before any row."""

import difflib
import re
import tomllib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NoReturn, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import Money
from highstreet.market.feeds.domain.transforms import TRANSFORMS, Kind, Settings

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


class FeedTable(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[feed]`: what the feed is, and what all of its rows share."""

    name: Annotated[
        _Name, Meta(description="the feed's name; with the key it is a deal's identity, so never change it")
    ]
    currency: Annotated[str, Meta(description="ISO 4217 code of every price")]
    time_zone: Annotated[_Text, Meta(description="IANA name; of dates that state no offset, and of whole days")]
    language: Annotated[
        str, Meta(pattern=r"^[a-z]{2}$", description="two-letter code of the language that titles are written in")
    ] = "en"
    captured_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="a moment at which the deals were on offer; --shift-dates moves it to today"),
    ] = None


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
    """`[fields.NAME]`: where one field of a deal comes from."""

    column: Annotated[_Text, Meta(description="the file's column or member; `a.b` is member b of member a")]
    transforms: Annotated[tuple[str, ...], Meta(description="named steps, from left to right")] = ()
    date_format: Annotated[_Text | None, Meta(description="of dates that are not ISO 8601: a strptime pattern")] = None
    decimal: Annotated[str, Meta(pattern=r"^[.,]$", description="of money: the decimal mark")] = "."


class FieldsTable(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[fields]`: the fields of a deal. A field that is not mapped, and a cell that is empty, is not stated."""

    key: Annotated[FieldTable, Meta(description="the feed's own identity of the row; required")]
    title: Annotated[FieldTable, Meta(description="what is offered; required")]
    price: Annotated[FieldTable, Meta(description="what a buyer pays; required")]
    value: Annotated[FieldTable | None, Meta(description="the usual price, as the feed states it")] = None
    url: Annotated[FieldTable | None, Meta(description="the page that the deal links out to")] = None
    description: Annotated[FieldTable | None, Meta(description="more about the deal")] = None
    merchant: Annotated[FieldTable | None, Meta(description="the business's name")] = None
    category: Annotated[FieldTable | None, Meta(description="looked up in [categories]")] = None
    place: Annotated[FieldTable | None, Meta(description="a town or an area; see [places]")] = None
    starts_at: Annotated[
        FieldTable | None, Meta(description="when it begins; unmapped: captured_at, else its first import")
    ] = None
    ends_at: Annotated[FieldTable | None, Meta(description="when it ends; unmapped: not stated")] = None

    def mapped(self) -> dict[str, FieldTable]:
        """The fields that the mapping fills, by name."""
        found = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: field for name, field in found.items() if field is not None}


class PlacesTable(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[places]`: how the feed writes places. All texts compare without regard to case and runs of space."""

    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$", description="ISO 3166 code of the country of all places")]
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
    refused: Annotated[
        dict[str, str], Meta(description="the feed's spelling = why nobody can tell which place is meant")
    ] = {}


class Mapping(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole mapping."""

    file: FileTable
    feed: FeedTable
    division: DivisionTable
    fields: FieldsTable
    places: PlacesTable
    categories: Annotated[
        dict[str, str], Meta(description="the feed's category = the slug of ours; others are refused")
    ] = {}

    def settings(self, field: FieldTable) -> Settings:
        """What the transforms of `field` need to know."""
        return Settings(
            currency=self.feed.currency,
            zone=ZoneInfo(self.feed.time_zone),
            decimal=field.decimal,
            date_format=field.date_format,
        )


KINDS = {"price": Kind.MONEY, "value": Kind.MONEY, "starts_at": Kind.INSTANT, "ends_at": Kind.INSTANT}
"""What a field's last transform has to give; every other field is text."""

REQUIRED = frozenset({"key", "title", "price"})
"""The fields without which no row can be used."""


def parse_mapping(source: str, name: str) -> Mapping:
    """Read and check a mapping. `name` names it in errors.

    Raises InvalidInput with one sentence that tells the line and the field, and the nearest names that would be right.
    """
    try:
        values = tomllib.loads(source)
    except tomllib.TOMLDecodeError as problem:
        raise InvalidInput.at(name, f"is not TOML: {problem}") from None
    try:
        mapping = msgspec.convert(values, Mapping)
    except msgspec.ValidationError as problem:
        _refuse(source, name, str(problem))
    for path, message in _problems(mapping):
        raise InvalidInput.at(_where(source, name, path), message)
    return mapping


def nearest(word: str, known: list[str]) -> str:
    """A hint such as `; did you mean title?` that closes a sentence about a name that does not exist."""
    close = difflib.get_close_matches(word, known, n=2, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(map(_shown, close))}?"
    shown = ", ".join(map(_shown, sorted(known)[:12]))
    return f"; there are: {shown}" + (", …" if len(known) > 12 else "") if known else ""


def _shown(name: str) -> str:
    """A name from elsewhere, short and fit for a terminal."""
    return (name if name.isprintable() else ascii(name))[:60]


def _refuse(source: str, name: str, problem: str) -> NoReturn:
    """Turn msgspec's sentence and JSON path into ours, with a line and a hint."""
    message, _, path = problem.partition(" - at `")
    steps = re.sub(r"\[\.\.\.\]", "", path.rstrip("`").removeprefix("$")).strip(".")
    message = message[0].lower() + message[1:]
    if unknown := re.fullmatch(r"object contains unknown field `(.*)`", message, re.DOTALL):
        key = unknown.group(1)
        steps = f"{steps}.{key}" if steps else key
        message = f"{key!r} is not known here{nearest(key, _keys(steps))}"
    elif missing := re.fullmatch(r"object missing required field `(.*)`", message):
        message = f"{missing.group(1)!r} is required here"
    elif described := _description(steps):
        message = f"{message}; wanted: {described}"
    raise InvalidInput.at(_where(source, name, steps), message)


def _description(steps: str) -> str | None:
    """What the mapping's reference says about the key at `steps`."""
    *_, key = steps.split(".")
    for field, description in described(_table(steps)):
        if field == re.sub(r"\[\d+\]$", "", key):
            return description
    return None


def _keys(steps: str) -> list[str]:
    """The keys that the table around the last of `steps` may have."""
    return [key for key, _ in described(_table(steps))]


def _table(steps: str) -> type[msgspec.Struct]:
    """The type of the table around the last of `steps`."""
    table: type[msgspec.Struct] = Mapping
    for step in steps.split(".")[:-1]:
        inner = {field.encode_name: repr(field.type) for field in msgspec.structs.fields(table)}.get(step, "")
        table = next((other for other in TABLES if f".{other.__name__}" in inner), table)
    return table


def described(table: type[msgspec.Struct]) -> list[tuple[str, str]]:
    """Each key that a table may have, with its description; the reference in the docs is checked against this."""
    types = get_type_hints(table, include_extras=True)
    found: list[tuple[str, str]] = []
    for field in msgspec.structs.fields(table):
        metas = [meta for meta in getattr(types[field.name], "__metadata__", ()) if isinstance(meta, Meta)]
        found.append((field.encode_name, next((meta.description for meta in metas if meta.description), "")))
    return found


TABLES = (FileTable, FeedTable, DivisionTable, FieldTable, FieldsTable, PlacesTable)
"""The types of the tables of a mapping."""


def _where(source: str, name: str, path: str) -> str:
    line = _line_of(source, path)
    return " ".join(part for part in (name, f"line {line}," if line else "", path) if part).rstrip(",")


def _line_of(source: str, path: str) -> int | None:
    """The line on which `path` is set, or the header of its table; None where it cannot be told."""
    found: int | None = None
    table = ""
    keys = [re.sub(r"\[\d+\]$", "", step) for step in path.split(".")]
    wanted = ".".join(keys)
    for number, line in enumerate(source.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = re.sub(r"[\s\"']", "", header.group(1))
            if wanted == table or wanted.startswith(table + "."):
                found = number
        elif assigned := re.match(r"\s*([^=#]+?)\s*=", line):
            key = re.sub(r"[\s\"']", "", assigned.group(1))
            full = f"{table}.{key}" if table else key
            if wanted.replace(" ", "") == full or wanted.startswith(full + "."):
                return number
    return found


def _problems(mapping: Mapping) -> list[tuple[str, str]]:
    """What types alone do not say: paths and sentences."""
    return [
        *_feed_problems(mapping),
        *_file_problems(mapping.file),
        *(problem for name, field in mapping.fields.mapped().items() for problem in _field_problems(name, field)),
        *_place_problems(mapping.places),
    ]


def _feed_problems(mapping: Mapping) -> list[tuple[str, str]]:
    problems: list[tuple[str, str]] = []
    try:
        Money(mapping.feed.currency, 0)
    except InvalidInput as problem:
        problems.append(("feed.currency", problem.problems[0].message))
    try:
        ZoneInfo(mapping.feed.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(("feed.time_zone", f"{mapping.feed.time_zone!r} is not an IANA time zone"))
    if mapping.fields.category is not None and not mapping.categories:
        problems.append(("fields.category", "needs the table [categories], which says which category of ours is meant"))
    return problems


def _file_problems(file: FileTable) -> list[tuple[str, str]]:
    problems: list[tuple[str, str]] = []
    try:
        " ".encode(file.encoding or "utf-8")
    except LookupError:
        problems.append(("file.encoding", f"{file.encoding!r} is not the name of a text encoding"))
    if file.format is FileFormat.SQLITE and file.table is None:
        problems.append(("file.format", "sqlite needs file.table, the table that holds the rows"))
    if file.format is not FileFormat.SQLITE and file.table is not None:
        problems.append(("file.table", f"only a SQLite file has tables, and this one is {file.format}"))
    if file.format not in {FileFormat.JSON, FileFormat.XML} and file.rows is not None:
        problems.append(("file.rows", f"only a JSON or XML file has members, and this one is {file.format}"))
    return problems + _dialect_problems(file)


def _dialect_problems(file: FileTable) -> list[tuple[str, str]]:
    problems: list[tuple[str, str]] = []
    if file.delimiter and file.delimiter in '"\r\n':
        problems.append(("file.delimiter", "cannot be a quote or a line break"))
    if file.quote and file.quote in f"\r\n {file.delimiter or ''}":
        problems.append(("file.quote", "cannot be a line break, a space or the delimiter"))
    if len(set(file.columns)) < len(file.columns):
        problems.append(("file.columns", "names a column twice"))
    stated = {"delimiter": file.delimiter is not None, "quote": file.quote is not None, "columns": bool(file.columns)}
    if file.format is not FileFormat.CSV:
        message = f"is of CSV only, and this file is {file.format}"
        problems += [(f"file.{key}", message) for key, is_set in stated.items() if is_set]
    return problems


def _field_problems(name: str, field: FieldTable) -> list[tuple[str, str]]:
    path = f"fields.{name}.transforms"
    for step in field.transforms:
        if step not in TRANSFORMS:
            return [(path, f"{step!r} is not a transform{nearest(step, list(TRANSFORMS))}")]
    kinds = [TRANSFORMS[step].gives for step in field.transforms] or [Kind.TEXT]
    if any(kind is not Kind.TEXT for kind in kinds[:-1]):
        return [(path, "only the last step may give something other than text")]
    wanted = KINDS.get(name, Kind.TEXT)
    if kinds[-1] is not wanted:
        givers = ", ".join(step.name for step in TRANSFORMS.values() if step.gives is wanted)
        ending = "leave that step out" if wanted is Kind.TEXT else f"end with one of: {givers}"
        return [(path, f"{name} needs {wanted}, but the steps give {kinds[-1]}; {ending}")]
    if field.date_format is not None and wanted is not Kind.INSTANT:
        return [(f"fields.{name}.date_format", f"{name} is not a date")]
    if field.decimal != "." and wanted is not Kind.MONEY:
        return [(f"fields.{name}.decimal", f"{name} is not money")]
    return []


def _place_problems(places: PlacesTable) -> list[tuple[str, str]]:
    """Each spelling may mean one thing only."""
    seen: dict[str, str] = {}
    for table in ("division", "online", "unstated", "aliases", "refused"):
        for spelling in getattr(places, table):
            folded = fold(spelling)
            if folded in seen:
                return [(f"places.{table}", f"{spelling!r} already stands in places.{seen[folded]}")]
            seen[folded] = table
    return []


def fold(text: str) -> str:
    """How texts of [places] and [categories] compare: without regard to case and runs of space."""
    return " ".join(text.casefold().split())
