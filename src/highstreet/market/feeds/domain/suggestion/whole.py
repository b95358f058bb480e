"""A whole suggestion: the draft of the fields with what the feed as a whole is, and everything that is unsure of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from highstreet.kit.money import is_currency
from highstreet.market.catalog.domain.names import slugify
from highstreet.market.catalog.domain.places import Place
from highstreet.market.feeds.domain.mapping import FileTable
from highstreet.market.feeds.domain.suggestion.categories import Proposal
from highstreet.market.feeds.domain.suggestion.drafting import Draft
from highstreet.market.feeds.domain.suggestion.languages import language_of
from highstreet.market.feeds.domain.suggestion.places import Found, Located, bare
from highstreet.market.feeds.domain.suggestion.profiles import Sample
from highstreet.market.feeds.domain.suggestion.shapes import MARKS

_REGION_FROM: Final = 0.6
"""So many of the rows without a region have to lie in one, for it to be the mapping's."""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look at before the import. `field` is a path of the mapping, None for the file as a whole."""

    field: str | None
    text: str


class FeedDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows share."""

    name: str
    currency: str
    time_zone: str
    language: str
    country: str
    region: str | None = None
    division: Place | None = None
    """The centre of a feed of one town, None for one of many."""
    area: Place | None = None
    """The town that stands for texts that are no place."""
    prefectures: str | None = None
    doubts: tuple[Doubt, ...] = ()


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a mapping needs."""

    file: FileTable
    feed: FeedDraft
    draft: Draft
    located: Located
    categories: tuple[Proposal, ...]
    separator: str | None
    nothing: tuple[str, ...]
    doubts: tuple[Doubt, ...]


def feed_draft(sample: Sample, draft: Draft, located: Located, name: str, prefectures: str | None) -> FeedDraft:
    """What the feed is, with a doubt for whatever was only inferred."""
    centre = located.centre
    doubts: list[Doubt] = []
    currency, currency_doubt = _currency(_marks(sample, draft), centre)
    if currency_doubt:
        doubts.append(Doubt(field="feed.currency", text=currency_doubt))
    if centre is None:
        text = "no place tells the time zone; dates that state no offset are read in it"
        doubts.append(Doubt(field="feed.time_zone", text=text))
    texts = [text for each in ("title", "description", "category") for text in _texts(sample, draft, each)]
    texts = texts or [text for column in sample.columns if column.is_text for text in column.filled[:100]]
    language, sure = language_of(texts)
    if not sure:
        doubts.append(Doubt(field="feed.language", text="too few words tell the language"))
    region = _region(located)
    country = located.country() or (centre.country_code if centre else None)
    if country is None:
        doubts.append(Doubt(field="places.country", text="no place tells the country"))
    divided = located.local or bool(located.reaches.get("division"))
    return FeedDraft(
        name=name,
        currency=currency,
        time_zone=centre.time_zone if centre else "UTC",
        language=language,
        country=country or _COUNTRIES.get(currency, "US"),
        region=region,
        division=centre if divided else None,
        area=centre if located.local and _venues(located) else None,
        prefectures=prefectures,
        doubts=tuple(doubts),
    )


def _venues(located: Located) -> bool:
    """Whether most of the unknown spellings are written without a region, as venues and parts of a town are."""
    rows = sum(each.rows for each in located.unknown)
    return sum(each.rows for each in located.unknown if bare(each.text)[1] is None) > 0.5 * rows


_COUNTRIES: Final = {"USD": "US", "CAD": "CA", "GBP": "GB", "EUR": "DE", "JPY": "JP", "AUD": "AU", "BRL": "BR"}


def _marks(sample: Sample, draft: Draft) -> Counter[str]:
    """The marks of money in the columns that are mapped to money, and in the column of currencies."""
    found = Counter[str]()
    for name in ("price", "value"):
        field = draft.field(name)
        if field is not None and field.column is not None:
            found.update(sample.column(field.column).marks)
    field = draft.field("currency")
    if field is not None and field.column is not None:
        found.update(sample.column(field.column).counts)
    options = draft.field("options")
    if options is not None and options.column is not None:
        for text in sample.column(options.column).filled[:500]:
            found.update(mark for mark in MARKS if mark in text and len(mark) == 1)
    return found


def _codes(mark: str) -> tuple[str, ...]:
    """The currencies that a mark or a code may mean."""
    code = mark.upper()
    stated = [code] if is_currency(code) else []
    return MARKS.get(mark, tuple(stated))


def _currency(marks: Mapping[str, int], centre: Place | None) -> tuple[str, str | None]:
    """A currency, and what makes it doubtful."""
    votes = Counter[str]()
    doubtful = False
    for mark, rows in marks.items():
        codes = _codes(mark)
        if not codes:
            continue
        likely, *others = codes
        local = centre.currency if centre is not None and centre.currency in codes else None
        doubtful = doubtful or (bool(others) and local is None)
        votes[local or likely] += rows
    if votes:
        best = votes.most_common(1)[0][0]
        return best, f"its sign is shared by several currencies; {best} is the likeliest" if doubtful else None
    if centre is not None:
        return centre.currency, f"no price states its currency; {centre.currency} is that of {centre.name}"
    return "USD", "nothing states the currency"


def _texts(sample: Sample, draft: Draft, name: str) -> Sequence[str]:
    field = draft.field(name)
    return [] if field is None or field.column is None else sample.column(field.column).filled[:300]


def _region(located: Located) -> str | None:
    """The region of most places that are written without one."""
    votes = Counter[str]()
    home = located.country()
    for each in located.found:
        if not each.read.within and each.place.country_code == home:
            votes[each.place.region_code] += each.spelling.rows
    if not votes:
        return None
    region, rows = votes.most_common(1)[0]
    return region if region and rows >= _REGION_FROM * votes.total() else None


def alias_of(found: Found, feed: FeedDraft, named: Mapping[str, Sequence[Place]]) -> str | None:
    """How the mapping has to say which place a spelling is; None where the import finds it by itself."""
    place = found.place
    if found.standing or _as_imported(found.spelling.text, feed, named) == place.id:
        return None
    written = f"{place.name}, {place.region_code}"
    return written if place.country_code == feed.country else f"{written}, {place.country_code}"


def _as_imported(text: str, feed: FeedDraft, named: Mapping[str, Sequence[Place]]) -> object:
    """The id of the place that the import takes for a text without an alias: the weightiest of the name there."""
    name, stated = bare(text)
    region = stated or feed.region or ""
    if not name or not region:
        return None
    there = (
        place.id
        for place in named.get(name, ())
        if place.region_code == region.upper() and place.country_code == feed.country
    )
    return next(there, None)


def all_doubts(whole_draft: Draft, feed: FeedDraft, located: Located, others: Sequence[Doubt]) -> Iterator[Doubt]:
    """Every doubt there is, those about money first."""
    for text in whole_draft.doubts:
        yield Doubt(field="fields.price" if whole_draft.field("price") else None, text=text)
    for field in whole_draft.fields:
        for text in field.doubts:
            if text not in whole_draft.doubts:
                yield Doubt(field=f"fields.{field.name}", text=text)
    yield from feed.doubts
    for each in located.found:
        if not each.sure:
            others_named = "; ".join(shown(place) for place in each.others)
            text = f"{each.spelling.text!r} ({rows_shown(each.spelling.rows)}) may be {shown(each.place)}"
            yield Doubt(field="places.aliases", text=f"{text} or {others_named}" if others_named else text)
    if located.far and feed.division:
        texts = ", ".join(repr(each.spelling.text) for each in located.far[:5])
        yield Doubt(field="fields.place", text=f"far away from {feed.division.name}: {texts}")
    yield from others


def shown(place: Place) -> str:
    """A place as a person writes it: `Portland, ME`, `London, 08, CA`."""
    return ", ".join(part for part in (place.name, place.region_code, place.country_code) if part)


def rows_shown(number: int) -> str:
    """A number of rows in words."""
    return "1 row" if number == 1 else f"{number:,} rows"


def feed_name(stem: str) -> str:
    """A feed's name out of its file's name."""
    bare = stem.rsplit("/", 1)[-1]
    for _ in range(3):
        head, dot, ending = bare.rpartition(".")
        if dot and head and len(ending) <= 7:
            bare = head
    return slugify(bare.replace("_", "-"), "feed").replace("-", "_")[:64].strip("_") or "feed"
