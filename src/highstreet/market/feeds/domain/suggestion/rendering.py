"""A suggestion as the text of a mapping: what is suggested as TOML, why and how surely as comments beside it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from highstreet.market.catalog.domain.names import slugify
from highstreet.market.catalog.domain.places import Place
from highstreet.market.feeds.domain.suggestion.categories import Proposal, nearest_category, split
from highstreet.market.feeds.domain.suggestion.drafting import FieldDraft
from highstreet.market.feeds.domain.suggestion.whole import Whole, alias_of, rows_shown, shown

UNSURE: Final = "UNSURE"
"""The mark of a line that somebody should look at."""

_MOST_ALIASES: Final = 1_000
_MOST_UNKNOWN: Final = 300
_MOST_CATEGORIES: Final = 500
_COMMENT_WIDTH: Final = 110
_RADIUS_KM: Final = 80


def render(whole: Whole, named: Mapping[str, Sequence[Place]], looked_at: int) -> str:
    """The text of the mapping. `named` are the catalogue's places by name, as they were looked up."""
    parts = [
        _head(whole, looked_at),
        _file(whole),
        _feed(whole),
        _division(whole),
        _fields(whole),
        _weekdays(whole),
        _places(whole, named),
        _categories(whole),
    ]
    return "\n\n".join("\n".join(lines) for lines in ([*part] for part in parts) if lines) + "\n"


def _head(whole: Whole, looked_at: int) -> Iterator[str]:
    yield f"# A suggestion, from {rows_shown(looked_at)} of the file. It is yours from here on: read it, and mend it."
    if whole.doubts:
        yield f"# What is unsure is marked {UNSURE}."


def _file(whole: Whole) -> Iterator[str]:
    file = whole.file
    yield "[file]"
    yield f"format = {_quoted(file.format)}"
    for key in ("encoding", "delimiter", "quote", "rows", "table"):
        stated = getattr(file, key)
        if stated is not None:
            yield f"{key} = {_quoted(stated)}"
    if file.columns:
        yield f"columns = {_list(file.columns)}"
    if whole.nothing:
        yield f"nothing = {_list(whole.nothing)}"


def _feed(whole: Whole) -> Iterator[str]:
    feed = whole.feed
    yield "[feed]"
    for key in ("name", "currency", "time_zone", "language"):
        yield from _doubts(whole, f"feed.{key}")
        yield f"{key} = {_quoted(getattr(feed, key))}"


def _division(whole: Whole) -> Iterator[str]:
    place = whole.feed.division
    if place is None:
        return
    slug = slugify(place.name, "division")[:64].strip("-")
    yield "[division]"
    yield from _comment("most rows lie around this place")
    yield f"slug = {_quoted(slug)}"
    yield f"name = {_quoted(place.name)}"
    yield f"place = {_quoted(_written(place, whole.feed.country))}"
    yield f"radius_km = {_RADIUS_KM}"


def _written(place: Place, country: str) -> str:
    written = f"{place.name}, {place.region_code}"
    return written if place.country_code == country else f"{written}, {place.country_code}"


def _fields(whole: Whole) -> Iterator[str]:
    yield "[fields]"
    for field in whole.draft.fields:
        yield from _comment(f"{field.likelihood:.0%}: {field.reason}")
        for doubt in field.doubts:
            yield from _comment(doubt, mark=UNSURE)
        yield f"{field.name} = {_field_table(field)}"
    if whole.draft.field("key") is None:
        yield from _comment("no row was read, so nothing is known of a key; key is required", mark=UNSURE)
    if whole.draft.field("price") is None and whole.draft.field("options") is None:
        yield from _comment("no column looks like a price; price (or options) is required", mark=UNSURE)
        yield '# price = { from = "", transforms = ["money"] }'
    if whole.draft.value_withheld:
        for doubt in whole.draft.doubts:
            yield from _comment(doubt, mark=UNSURE)
        yield '# value = { from = "", transforms = ["money"] }'
    for column, why in list(whole.draft.left_out.items())[:100]:
        yield from _comment(f"left out: {column} ({why})")


def _field_table(field: FieldDraft) -> str:
    parts: list[str] = []
    for key, stated in (
        ("from", field.column),
        ("template", field.template),
        ("otherwise", field.otherwise),
        ("date_format", field.date_format),
        ("decimal", None if field.decimal == "." else field.decimal),
        ("path_separator", field.path_separator),
    ):
        if stated is not None:
            parts.append(f"{key} = {_quoted(stated)}")
    if field.transforms:
        parts.append(f"transforms = {_list(field.transforms)}")
    return "{ " + ", ".join(parts) + " }"


def _weekdays(whole: Whole) -> Iterator[str]:
    draft = whole.draft
    if not draft.weekdays:
        return
    yield "[fields.weekdays]"
    for day, column in draft.weekdays.items():
        yield f"{day} = {_quoted(column)}"
    if draft.unclear:
        yield from _comment("flags that are neither yes nor no; say what they mean if you know", mark=UNSURE)
        yield f"unclear = {_list(draft.unclear)}"


def _places(whole: Whole, named: Mapping[str, Sequence[Place]]) -> Iterator[str]:
    feed, located = whole.feed, whole.located
    yield "[places]"
    yield from _doubts(whole, "places.country")
    yield f"country = {_quoted(feed.country)}"
    if feed.region is not None:
        yield f"region = {_quoted(feed.region)}"
    if feed.prefectures is not None:
        yield f"prefectures = {_quoted(feed.prefectures)}"
    for reach, texts in located.reaches.items():
        yield f"{reach} = {_list(texts)}"
    if feed.area is not None:
        known = ", ".join(repr(each.text) for each in located.unknown[:4])
        yield from _comment(
            f"{len(located.unknown):,} spellings are no place that the catalogue knows ({known}): they count as "
            "somewhere around here",
            mark=UNSURE,
        )
        yield f"area = {_quoted(_written(feed.area, feed.country))}"
    elif located.unknown:
        yield from _comment(
            f"{len(located.unknown):,} spellings are no place that the catalogue knows: their deals are found in "
            "searches without a place only. Where you know the place, move the line to [places.aliases].",
            mark=UNSURE,
        )
        yield "unstated = ["
        for each in located.unknown[:_MOST_UNKNOWN]:
            yield f"  {_quoted(each.text)},  # {rows_shown(each.rows)}"
        yield "]"
    aliases = [(each, written) for each in located.found if (written := alias_of(each, feed, named)) is not None]
    if aliases:
        yield ""
        yield "[places.aliases]"
        for each, written in aliases[:_MOST_ALIASES]:
            others = "; ".join(shown(place) for place in each.others)
            doubt = f"; {UNSURE}: or {others}" if others else "" if each.sure else f"; {UNSURE}"
            rows = rows_shown(each.spelling.rows)
            yield f"{_quoted(each.spelling.text)} = {_quoted(written)}  # {rows}{_plain(doubt)}"


def _categories(whole: Whole) -> Iterator[str]:
    lines = list(category_lines(whole.categories, whole.separator))[:_MOST_CATEGORIES]
    if not lines:
        return
    yield "[categories]"
    for path, slug, rows, sure in lines:
        yield f"{_quoted(path)} = {_quoted(slug)}  # {rows_shown(rows)}{'' if sure else f'; {UNSURE}'}"


def category_lines(proposals: Iterable[Proposal], separator: str | None) -> Iterator[tuple[str, str, int, bool]]:
    """The lines of the table: a path, our category, how many rows, and whether it is sure.

    Of paths only those are listed that say something else than the path above them.
    """
    listed: dict[tuple[str, ...], list[Proposal]] = {}
    for each in proposals:
        if each.slug is not None:
            path = tuple(split(each.stated, separator))
            listed.setdefault(path, []).append(each)
    if separator is None:
        for path, each in listed.items():
            yield path[0], each[0].slug or "", each[0].rows, each[0].sure
        return
    yield from _tree(listed)


def _tree(listed: Mapping[tuple[str, ...], Sequence[Proposal]]) -> Iterator[tuple[str, str, int, bool]]:
    steps = sorted({path[:length] for path in listed for length in range(1, len(path) + 1)})
    chosen: dict[tuple[str, ...], str | None] = {(): None}
    for step in steps:
        slug, sure = nearest_category(step)
        above = chosen[step[:-1]]
        chosen[step] = slug if slug is not None else above
        if slug is not None and slug != above:
            rows = sum(each.rows for path, found in listed.items() if path[: len(step)] == step for each in found)
            yield " > ".join(step), slug, rows, sure


def _doubts(whole: Whole, path: str) -> Iterator[str]:
    for doubt in whole.doubts:
        if doubt.field == path:
            yield from _comment(doubt.text, mark=UNSURE)


def _comment(text: str, *, mark: str = "") -> Iterator[str]:
    """A comment of one line: whatever a file holds, it cannot leave the comment."""
    plain = _plain(f"{mark}: {text}" if mark else text)
    while len(plain) > _COMMENT_WIDTH:
        cut = plain.rfind(" ", 0, _COMMENT_WIDTH)
        cut = cut if cut > 20 else _COMMENT_WIDTH
        yield f"# {plain[:cut]}"
        plain = plain[cut:].lstrip()
    yield f"# {plain}"


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)[:600]


def _quoted(text: str) -> str:
    """A basic string of TOML, which escapes as JSON does, and DEL besides."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(_quoted(text) for text in texts) + "]"
