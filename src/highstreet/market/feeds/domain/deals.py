"""From a row to what it states about a deal. What the row does not state stays None."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import cast

import msgspec

from highstreet.market.feeds.domain.mapping import FieldTable, Mapping, fold, nearest
from highstreet.market.feeds.domain.places import PlaceReader, Whereabouts
from highstreet.market.feeds.domain.rows import Reject, Row, Unusable, reject
from highstreet.market.feeds.domain.shift import Shift
from highstreet.market.feeds.domain.text import check_text
from highstreet.market.feeds.domain.transforms import TRANSFORMS, Settings, Value, check_url

LONGEST = {
    "key": 200,
    "title": 200,
    "url": 2_000,
    "description": 10_000,
    "merchant": 200,
    "category": 200,
    "place": 200,
}
"""How many characters a text may have."""

MAX_CELL = 65_536
"""How many characters of a cell are looked at, before its transforms."""


class StatedDeal(msgspec.Struct, frozen=True, kw_only=True):
    """What one row states, in the catalogue's units; `price_minor` and `value_minor` are of the feed's currency."""

    line: int
    key: str
    title: str
    url: str | None
    description: str | None
    merchant: str | None
    category: str | None
    price_minor: int
    value_minor: int | None
    stated_place: str | None
    where: Whereabouts
    starts_at: datetime | None
    ends_at: datetime | None


class DealReader:
    """A mapping made ready for many rows."""

    def __init__(self, mapping: Mapping, shift: Shift) -> None:
        self._fields: dict[str, tuple[FieldTable, Settings]] = {
            name: (field, mapping.settings(field)) for name, field in mapping.fields.mapped().items()
        }
        self._places = PlaceReader(mapping.places)
        self._categories = {fold(stated): slug for stated, slug in mapping.categories.items()}
        self._shift = shift

    def read_all(self, rows: Iterable[Row | Reject]) -> Iterator[StatedDeal | Reject]:
        """Every row in turn. A file states each deal once: a key that was already used is refused."""
        lines: dict[str, int] = {}
        for row in rows:
            read = self.read(row) if isinstance(row, Row) else row
            if isinstance(read, StatedDeal):
                first = lines.setdefault(read.key, read.line)
                if first != read.line:
                    read = reject(read.line, f"is already the key of line {first}", field="key", value=read.key)
            yield read

    def read(self, row: Row) -> StatedDeal | Reject:
        """What `row` states, or the first thing that makes it unusable."""
        try:
            return self._read(row)
        except Unusable as problem:
            return reject(row.line, problem.reason, field=problem.field, value=problem.value)

    def _read(self, row: Row) -> StatedDeal:
        price, value = self._amounts(row)
        starts_at, ends_at = self._period(row)
        place = self._text(row, "place")
        return StatedDeal(
            line=row.line,
            key=self._required_text(row, "key"),
            title=self._required_text(row, "title"),
            url=self._url(row),
            description=self._text(row, "description"),
            merchant=self._text(row, "merchant"),
            category=self._category(row),
            price_minor=price,
            value_minor=value,
            stated_place=place,
            where=self._where(place),
            starts_at=starts_at,
            ends_at=ends_at,
        )

    def _amounts(self, row: Row) -> tuple[int, int | None]:
        price = cast("int | None", self._value(row, "price"))
        value = cast("int | None", self._value(row, "value"))
        if price is None:
            raise Unusable("is not stated", field="price")
        if value is not None and value < price:
            # One of the two must be wrong, and nobody here can know which.
            raise Unusable("is a usual price below the price", field="value", value=self._cell(row, "value"))
        return price, value

    def _period(self, row: Row) -> tuple[datetime | None, datetime | None]:
        starts_at = cast("datetime | None", self._value(row, "starts_at"))
        ends_at = cast("datetime | None", self._value(row, "ends_at"))
        if starts_at is not None and ends_at is not None and ends_at <= starts_at:
            raise Unusable("is an end before the start", field="ends_at", value=self._cell(row, "ends_at"))
        return (
            None if starts_at is None else self._shift.move(starts_at),
            None if ends_at is None else self._shift.move(ends_at),
        )

    def _url(self, row: Row) -> str | None:
        text = self._text(row, "url")
        try:
            return None if text is None else check_url(text)
        except Unusable as problem:
            raise Unusable(problem.reason, field="url", value=text) from None

    def _category(self, row: Row) -> str | None:
        stated = self._text(row, "category")
        if stated is None:
            return None
        slug = self._categories.get(fold(stated))
        if slug is None:
            hint = nearest(fold(stated), list(self._categories))
            raise Unusable(f"does not stand in [categories]{hint}", field="category", value=stated)
        return slug

    def _where(self, place: str | None) -> Whereabouts:
        try:
            return self._places.read(place)
        except Unusable as problem:
            raise Unusable(problem.reason, field="place", value=place) from None

    def _required_text(self, row: Row, name: str) -> str:
        text = self._text(row, name)
        if text is None:
            raise Unusable("is not stated", field=name, value=self._cell(row, name))
        return text

    def _text(self, row: Row, name: str) -> str | None:
        return cast("str | None", self._value(row, name))

    def _value(self, row: Row, name: str) -> Value | None:
        """The field's value after its transforms; None where the row states nothing. A text has been checked."""
        stated = self._cell(row, name)
        if stated is None or not stated.strip():
            return None
        field, settings = self._fields[name]
        value: Value = stated
        try:
            if len(stated) > MAX_CELL:
                raise Unusable(f"has {len(stated):,} characters; at most {MAX_CELL:,} are read")
            for step in field.transforms:
                assert isinstance(value, str), "only the last step gives something else: the mapping was checked for it"
                value = TRANSFORMS[step].apply(value, settings)
            if isinstance(value, str):
                return check_text(value, longest=LONGEST[name]) if value.strip() else None
        except Unusable as problem:
            raise Unusable(problem.reason, field=name, value=stated) from None
        return value

    def _cell(self, row: Row, name: str) -> str | None:
        mapped = self._fields.get(name)
        return None if mapped is None else row.cells.get(mapped[0].column)
