"""What a mapping has to say beyond its types: paths of what is wrong, each with a sentence."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import Money
from highstreet.market.feeds.domain.mapping import (
    KINDS,
    FieldTable,
    FileFormat,
    FileTable,
    Mapping,
    PlacesTable,
)
from highstreet.market.feeds.domain.places import town
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.spelling import fold, is_encoding, nearest
from highstreet.market.feeds.domain.steps import Kind
from highstreet.market.feeds.domain.transforms import TRANSFORMS


def problems(mapping: Mapping) -> list[tuple[str, str]]:
    """What types alone do not say: paths and sentences."""
    return [
        *_feed_problems(mapping),
        *_file_problems(mapping.file),
        *_fields_problems(mapping),
        *(problem for name, field in mapping.fields.mapped().items() for problem in _field_problems(name, field)),
        *_place_problems(mapping),
    ]


def _feed_problems(mapping: Mapping) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    try:
        Money(mapping.feed.currency, 0)
    except InvalidInput as problem:
        found.append(("feed.currency", problem.problems[0].message))
    try:
        ZoneInfo(mapping.feed.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found.append(("feed.time_zone", f"{mapping.feed.time_zone!r} is not an IANA time zone"))
    return found


def _fields_problems(mapping: Mapping) -> list[tuple[str, str]]:
    """How the fields fit each other and the other tables."""
    fields = mapping.fields
    found: list[tuple[str, str]] = []
    if fields.price is None and fields.options is None:
        found.append(("fields", "'price' is required here, or 'options' where a text holds several prices"))
    if fields.options is not None:
        found += [
            (f"fields.{name}", "is part of fields.options; map one or the other")
            for name in ("price", "value")
            if getattr(fields, name) is not None
        ]
    if fields.category is not None and not mapping.categories:
        found.append(("fields.category", "needs the table [categories], which says which category of ours is meant"))
    if fields.weekdays is not None and not fields.weekdays.days():
        found.append(("fields.weekdays", "names no day; set one of monday to sunday, holidays and before_holidays"))
    return found


def _file_problems(file: FileTable) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not is_encoding(file.encoding or "utf-8"):
        found.append(("file.encoding", f"{file.encoding!r} is not the name of a text encoding"))
    if file.format is FileFormat.SQLITE and file.table is None:
        found.append(("file.format", "sqlite needs file.table, the table that holds the rows"))
    if file.format is not FileFormat.SQLITE and file.table is not None:
        found.append(("file.table", f"only a SQLite file has tables, and this one is {file.format}"))
    if file.format not in {FileFormat.JSON, FileFormat.XML} and file.rows is not None:
        found.append(("file.rows", f"only a JSON or XML file has members, and this one is {file.format}"))
    return found + _dialect_problems(file)


def _dialect_problems(file: FileTable) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if file.delimiter and file.delimiter in '"\r\n':
        found.append(("file.delimiter", "cannot be a quote or a line break"))
    if file.quote and file.quote in f"\r\n {file.delimiter or ''}":
        found.append(("file.quote", "cannot be a line break, a space or the delimiter"))
    if len(set(file.columns)) < len(file.columns):
        found.append(("file.columns", "names a column twice"))
    stated = {"delimiter": file.delimiter is not None, "quote": file.quote is not None, "columns": bool(file.columns)}
    if file.format is not FileFormat.CSV:
        message = f"is of CSV only, and this file is {file.format}"
        found += [(f"file.{key}", message) for key, is_set in stated.items() if is_set]
    return found


def _field_problems(name: str, field: FieldTable) -> list[tuple[str, str]]:
    return [*_origin_problems(name, field), *_step_problems(name, field)] or _setting_problems(name, field)


def _origin_problems(name: str, field: FieldTable) -> list[tuple[str, str]]:
    path = f"fields.{name}"
    if (field.column is None) == (field.template is None):
        return [(path, "needs either `from`, the column to read, or `template`, a text with columns in braces")]
    if field.template is not None:
        plain = re.sub(r"\{[^{}]+\}", "", field.template)
        if "{" in plain or "}" in plain or plain == field.template:
            return [(f"{path}.template", "names columns in braces, such as `{city}/{id}`")]
    return []


def _step_problems(name: str, field: FieldTable) -> list[tuple[str, str]]:
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
    return []


def _setting_problems(name: str, field: FieldTable) -> list[tuple[str, str]]:
    path, wanted = f"fields.{name}", KINDS.get(name, Kind.TEXT)
    if field.date_format is not None and wanted is not Kind.INSTANT:
        return [(f"{path}.date_format", f"{name} is not a date")]
    if field.decimal != "." and wanted not in {Kind.MONEY, Kind.OPTIONS, Kind.COUNT}:
        return [(f"{path}.decimal", f"{name} is not money")]
    if field.separator is not None and name != "place":
        return [(f"{path}.separator", f"only place holds several, and this is {name}")]
    if field.path_separator is not None and name != "category":
        return [(f"{path}.path_separator", f"only category is a path, and this is {name}")]
    return []


def _place_problems(mapping: Mapping) -> list[tuple[str, str]]:
    """Each spelling may mean one thing only."""
    places = mapping.places
    if places.division and mapping.division is None:
        return [("places.division", "needs the table [division]")]
    return _spelling_problems(places) or _town_problems(places)


def _spelling_problems(places: PlacesTable) -> list[tuple[str, str]]:
    seen: dict[str, str] = {}
    for table in ("division", "online", "unstated", "aliases", "regions", "refused"):
        for spelling in getattr(places, table):
            folded = fold(spelling)
            if folded in seen:
                return [(f"places.{table}", f"{spelling!r} already stands in places.{seen[folded]}")]
            seen[folded] = table
    return []


def _town_problems(places: PlacesTable) -> list[tuple[str, str]]:
    """Each place that a person wrote into the mapping reads as a town."""
    meant = [] if places.area is None else [("area", places.area)]
    meant += [("aliases", text) for text in places.aliases.values()]
    meant += [("regions", text) for text in places.regions.values()]
    for table, text in meant:
        try:
            town(text, places)
        except Unusable as problem:
            return [(f"places.{table}", f"{text!r} {problem.reason}")]
    return []
