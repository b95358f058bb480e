"""A mapping for a file that has none: suggested from what the file holds, and tried on its rows."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import msgspec

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.imports import ImportedDeal
from highstreet.market.catalog.domain.names import fold
from highstreet.market.catalog.domain.places import Place
from highstreet.market.feeds.domain.deals import LONGEST, DealReader
from highstreet.market.feeds.domain.imported import Run
from highstreet.market.feeds.domain.mapping import Prefectures
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.prefectures import PREFECTURES
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.domain.spelling import fold as spelling_fold
from highstreet.market.feeds.domain.suggestion import categories, drafting, places, whole
from highstreet.market.feeds.domain.suggestion.drafting import Draft, FieldDraft
from highstreet.market.feeds.domain.suggestion.fields import Evidence
from highstreet.market.feeds.domain.suggestion.places import Spelling
from highstreet.market.feeds.domain.suggestion.profiles import Sample, sample_of
from highstreet.market.feeds.domain.suggestion.rendering import render
from highstreet.market.feeds.domain.suggestion.shapes import is_nothing
from highstreet.market.feeds.domain.suggestion.whole import Doubt, Whole
from highstreet.market.feeds.readers.looking import Look, look_at
from highstreet.market.feeds.readers.source import Origin
from highstreet.market.feeds.usecases.preparing import Towns, prepare, shift_of

FIRST_ROWS: Final = 4_000
"""So many rows are looked at from the beginning on."""
_EVERY: Final = 40
"""Of the rows behind them, one of so many."""
LAST_ROW: Final = 200_000
"""Nothing behind this row is looked at: a suggestion takes seconds, whatever the file."""
_MOST_CELLS: Final = 400_000
_MOST_CHARACTERS: Final = 48 * 2**20
_MOST_COLUMNS: Final = 300
_MOST_TEXTS: Final = 5_000
_PLACE_COLUMNS: Final = 8
_PLACE_TEXTS: Final = 40
_CATEGORY_TEXTS: Final = 300
_MOST_STRANGE: Final = 50
_SHOWN: Final = 10
_TRIED_ROWS: Final = 8_000


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some of the rows under the suggested mapping, by the rules of a real import."""

    rows: int
    accepted: int
    refused: dict[str, int]
    """How many rows were refused, by field and reason, the most frequent first."""
    deals: tuple[ImportedDeal, ...]
    """The first deals that could be used."""
    place_names: dict[str, str]
    """The names of the places of `deals`, by id."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping as TOML, what is unsure of it, and what it does with the file's rows."""

    source: str
    toml: str
    looked_at: int
    """How many rows were looked at."""
    fields: tuple[FieldDraft, ...]
    weekdays: dict[str, str]
    left_out: dict[str, str]
    doubts: tuple[Doubt, ...]
    incomplete: str | None
    """Why the mapping cannot be used before somebody mends it; None if it can."""
    tried: Try | None


async def suggest(
    database: Database, origin: Origin, *, name: str | None = None, private_hosts: Collection[str] = ()
) -> Suggestion:
    """Suggest a mapping for a file, and try it on the file's first rows and some later ones. Writes nothing.

    `name` is the feed's name; unless given, it comes from the file's. The catalogue has to know its places. Raises
    InvalidInput where the file cannot be read.
    """
    with look_at(origin, private_hosts) as look:
        sample, looked_at = take_sample(look)
        async with database.system() as tx:
            suggested, named = await _suggest(tx, look, sample, name or whole.feed_name(look.name))
            toml = render(suggested, named, looked_at)
            tried, incomplete = await _try(tx, toml, look)
    return Suggestion(
        source=look.name,
        toml=toml,
        looked_at=looked_at,
        fields=suggested.draft.fields,
        weekdays=dict(suggested.draft.weekdays),
        left_out=dict(suggested.draft.left_out),
        doubts=suggested.doubts,
        incomplete=incomplete,
        tried=tried,
    )


def take_sample(look: Look) -> tuple[Sample, int]:
    """The profiles of the file's columns over a bounded number of its rows, and how many rows that are."""
    rows: list[Mapping[str, str | None]] = []
    names: dict[str, None] = {}
    cells = characters = 0
    for row in _spread(look.rows()):
        rows.append(row.cells)
        for column in row.cells:
            if len(names) < _MOST_COLUMNS and _can_be_named(column):
                names.setdefault(column)
        cells += len(row.cells)
        characters += sum(len(cell) for cell in row.cells.values() if cell)
        if cells > _MOST_CELLS or characters > _MOST_CHARACTERS:
            break
    if not names:
        raise InvalidInput.at(look.name, "has no rows with columns that can be read, so nothing can be suggested")
    return sample_of(list(names), rows), len(rows)


def _can_be_named(column: str) -> bool:
    """Whether a mapping can name a column at all."""
    return bool(column.strip()) and len(column) <= LONGEST["key"] and column.isprintable()


def _spread(rows: Iterator[Row | Reject]) -> Iterator[Row]:
    """The first rows, and one of so many of those behind, up to the last that is looked at."""
    for number, row in enumerate(islice(rows, LAST_ROW)):
        if isinstance(row, Row) and (number < FIRST_ROWS or number % _EVERY == 0):
            yield row


async def _suggest(tx: Transaction, look: Look, sample: Sample, name: str) -> tuple[Whole, dict[str, list[Place]]]:
    draft = drafting.draft(sample, await _evidence(tx, sample))
    texts = _texts(look, draft)
    draft, proposals, separator, nothing = _categorised(draft, texts.categories, sample)
    spellings = _spellings(texts)
    prefectures = _prefectures(texts.places)
    standing = await _standing(tx, prefectures)
    named = await catalog.namesakes(tx, _names(each.text for each in spellings))
    located = places.locate(spellings, named, _regions(sample, draft), standing)
    feed = whole.feed_draft(sample, draft, located, name, prefectures)
    others = [*(Doubt(field=None, text=text) for text in look.doubts), *texts.doubts, *_uncategorised(proposals)]
    suggested = Whole(
        file=look.file,
        feed=feed,
        draft=draft,
        located=located,
        categories=tuple(proposals),
        separator=separator,
        nothing=tuple(dict.fromkeys([*sample.nothings, *nothing])),
        doubts=tuple(whole.all_doubts(draft, feed, located, others)),
    )
    return suggested, named


async def _evidence(tx: Transaction, sample: Sample) -> Evidence:
    """How many of the texts of likely columns are places that the catalogue knows, or kinds of ours."""
    texty = [column for column in sample.columns if column.filled and column.is_text and column.mean_length <= 150]
    kinds = {
        column.name: categories.known_share(dict(column.counts.most_common(_CATEGORY_TEXTS)))
        for column in sorted(texty, key=lambda column: "kind" not in column.concepts)[: 2 * _PLACE_COLUMNS]
    }
    likely = sorted(
        (column for column in texty if column.mean_length <= 80),
        key=lambda column: (not column.concepts & {"town", "region"}, column.mean_words),
    )[:_PLACE_COLUMNS]
    texts = {column.name: column.counts.most_common(_PLACE_TEXTS) for column in likely}
    named = await catalog.namesakes(tx, _names(text for counts in texts.values() for text, _ in counts), limit=1)
    return Evidence(categories=kinds, places={name: _known_share(counts, named) for name, counts in texts.items()})


def _known_share(counts: Sequence[tuple[str, int]], named: Mapping[str, Sequence[Place]]) -> float:
    """How many of the rows' texts can be read as a place."""
    total = sum(rows for _, rows in counts)
    areas = PREFECTURES[Prefectures.JAPAN]
    known = sum(
        rows
        for text, rows in counts
        if text in areas
        or places.reach_of(text)
        or any(reading.name in named for reading in places.readings(text) if reading.rest is None)
    )
    return known / total if total else 0.0


def _names(texts: Iterable[str]) -> set[str]:
    """Every name that may have to be looked up for some texts."""
    found: set[str] = set()
    for text in texts:
        found.add(places.bare(text)[0])
        for reading in places.readings(text):
            found.add(reading.name)
            if reading.rest:
                found.add(reading.rest)
    return found - {""}


class _Texts(msgspec.Struct):
    """The texts of the place and the category over all rows that are looked at, with how many rows have each."""

    places: Counter[str]
    categories: Counter[str]
    marks: dict[str, Counter[str]]
    """The marks of money in the rows of a place."""
    doubts: list[Doubt]


def _texts(look: Look, draft: Draft) -> _Texts:
    columns = {name: field.column for name in ("place", "category", "currency") if (field := draft.field(name))}
    found = _Texts(Counter(), Counter(), {}, [])
    keys: set[int] = set()
    repeated = total = 0
    key = draft.field("key")
    for row in islice(look.rows(), LAST_ROW):
        if not isinstance(row, Row):
            continue
        total += 1
        stated = {name: cell.strip() for name, column in columns.items() if (cell := row.cells.get(column or ""))}
        for name, counter in (("place", found.places), ("category", found.categories)):
            text = " ".join(stated.get(name, "").split())
            if not is_nothing(text) and len(text) <= LONGEST["key"] and (text in counter or len(counter) < _MOST_TEXTS):
                counter[text] += 1
                if name == "place" and "currency" in stated:
                    found.marks.setdefault(text, Counter())[stated["currency"]] += 1
        if key is not None:
            identity = hash(tuple(row.cells.get(column) for column in _columns_of(key)))
            repeated += identity in keys
            keys.add(identity)
    if repeated:
        text = f"{repeated:,} of {total:,} rows repeat an earlier key, and are refused"
        found.doubts.append(Doubt(field="fields.key", text=text))
    return found


def _spellings(texts: _Texts) -> list[Spelling]:
    """The texts of places as a mapping tells them apart: without regard to case, in the most frequent spelling."""
    found: dict[str, Spelling] = {}
    for text, rows in texts.places.most_common():
        marks = texts.marks.get(text, Counter[str]())
        standing = found.get(spelling_fold(text))
        if standing is not None:
            both = Counter(standing.marks) + marks
            found[spelling_fold(text)] = Spelling(text=standing.text, rows=standing.rows + rows, marks=both)
        elif _can_be_named(text):
            found[spelling_fold(text)] = Spelling(text=text, rows=rows, marks=marks)
    return list(found.values())


def _columns_of(field: FieldDraft) -> list[str]:
    return [field.column] if field.column is not None else re.findall(r"\{([^{}]+)\}", field.template or "")


def _categorised(
    draft: Draft, texts: Counter[str], sample: Sample
) -> tuple[Draft, list[categories.Proposal], str | None, list[str]]:
    """The draft with its paths' separator; the proposed categories; and texts that name no kind of ours."""
    field = draft.field("category")
    if field is None:
        return draft, [], None, []
    separator = categories.separator_of(texts)
    proposals = categories.propose(texts, separator)
    if not any(each.slug for each in proposals):
        return drafting.without(draft, "category", "none of its texts names a kind of ours"), [], None, []
    elsewhere = {
        text.casefold()
        for column in sample.columns
        if column.name != field.column and column.name in {name for each in draft.fields for name in _columns_of(each)}
        for text in column.counts
    }
    strange = [each.stated for each in proposals if each.slug is None and each.stated.casefold() not in elsewhere]
    return drafting.with_path(draft, separator), proposals, separator, strange[:_MOST_STRANGE]


def _uncategorised(proposals: Sequence[categories.Proposal]) -> list[Doubt]:
    doubts: list[Doubt] = []
    strange = [each for each in proposals if each.slug is None]
    if strange:
        shown = ", ".join(repr(each.stated) for each in strange[:5])
        text = f"{len(strange):,} texts name no kind of ours and count as none ({shown}); see file.nothing"
        doubts.append(Doubt(field="categories", text=text))
    guessed = [each for each in proposals if each.slug is not None and not each.sure]
    if guessed:
        text = f"{len(guessed):,} categories are matched by a word of theirs only; they are marked in [categories]"
        doubts.append(Doubt(field="categories", text=text))
    return doubts


def _prefectures(texts: Counter[str]) -> str | None:
    areas = PREFECTURES[Prefectures.JAPAN]
    known = sum(rows for text, rows in texts.items() if text in areas)
    return str(Prefectures.JAPAN) if known >= 0.5 * texts.total() > 0 else None


async def _standing(tx: Transaction, prefectures: str | None) -> dict[str, Place]:
    """The towns that stand for prefectures, by the prefecture."""
    if prefectures is None:
        return {}
    found: dict[str, Place] = {}
    for area, meant in PREFECTURES[Prefectures(prefectures)].items():
        name, region, country = (part.strip() for part in meant.split(","))
        place = await catalog.locate(tx, name, region, country)
        if place is not None:
            found[area] = place
    return found


def _regions(sample: Sample, draft: Draft) -> tuple[str, ...]:
    """The region that all rows state beside their place, if they do."""
    used = {column for field in draft.fields for column in _columns_of(field)}
    for column in sample.columns:
        if column.name not in used and "region" in column.concepts and column.distinct == 1 and column.is_text:
            return (fold(next(iter(column.counts))),)
    return ()


async def _try(tx: Transaction, toml: str, look: Look) -> tuple[Try | None, str | None]:
    """What the mapping does with some of the rows; or why it cannot be used yet."""
    try:
        mapping = parse_mapping(toml, "the suggestion")
    except InvalidInput as problem:
        return None, str(problem)
    run = Run(mapping=mapping, shift=shift_of(mapping, tx.now, wanted=False), now=tx.now)
    towns = Towns(mapping)
    reader = DealReader(mapping, run.shift)
    accepted = rows = 0
    refused = Counter[str]()
    deals: list[ImportedDeal] = []
    for stated in islice(reader.read_all(_spread(look.rows())), _TRIED_ROWS):
        rows += 1
        deal = await prepare(tx, stated, towns, run)
        if isinstance(deal, Reject):
            refused[f"{deal.field or 'row'}: {deal.reason}"[:200]] += 1
        else:
            accepted += 1
            if len(deals) < _SHOWN:
                deals.append(deal)
    ids = [own_id for deal in deals for own_id in (*deal.places, *deal.areas)]
    named = {str(place.id): place.name for place in await catalog.places_by_ids(tx, ids)}
    return Try(
        rows=rows,
        accepted=accepted,
        refused=dict(refused.most_common(20)),
        deals=tuple(deals),
        place_names=named,
    ), None
