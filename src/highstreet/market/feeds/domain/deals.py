"""From a row to what it states about a deal. What the row does not state stays None."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import cast

import msgspec

from highstreet.kit.money import is_currency
from highstreet.market.catalog.domain.fine_print import Rule
from highstreet.market.feeds.domain.category_paths import CategoryReader
from highstreet.market.feeds.domain.mapping import FieldTable, Mapping
from highstreet.market.feeds.domain.places import PlaceReader, Whereabouts
from highstreet.market.feeds.domain.rows import Reject, Row, Unusable, reject
from highstreet.market.feeds.domain.shift import Shift
from highstreet.market.feeds.domain.spelling import fold
from highstreet.market.feeds.domain.steps import PricedOption, Settings, Value
from highstreet.market.feeds.domain.text import check_text
from highstreet.market.feeds.domain.transforms import TRANSFORMS, check_url
from highstreet.market.feeds.domain.weekdays import weekday_rules

LONGEST = {
    "key": 200,
    "title": 200,
    "url": 2_000,
    "description": 10_000,
    "merchant": 200,
    "category": 2_000,
    "place": 2_000,
    "image": 2_000,
    "currency": 20,
}
"""How many characters a text may have."""

MAX_CELL = 65_536
"""How many characters of a cell are looked at, before its transforms."""


class StatedDeal(msgspec.Struct, frozen=True, kw_only=True):
    """What one row states, in the catalogue's units. Amounts of `options` are of `currency`."""

    line: int
    key: str
    title: str
    url: str | None
    image: str | None
    description: str | None
    merchant: str | None
    category: str | None
    currency: str
    options: tuple[PricedOption, ...]
    stated_place: str | None
    where: Whereabouts
    starts_at: datetime | None
    ends_at: datetime | None
    redeem_from: datetime | None
    redeem_until: datetime | None
    redeem_within_days: int | None
    fine_print: tuple[Rule, ...]
    sold: int | None
    ratings: int | None


class DealReader:
    """A mapping made ready for many rows."""

    def __init__(self, mapping: Mapping, shift: Shift) -> None:
        self._fields: dict[str, tuple[FieldTable, Settings]] = {
            name: (field, mapping.settings(field)) for name, field in mapping.fields.mapped().items()
        }
        place, category = mapping.fields.place, mapping.fields.category
        self._currency = mapping.feed.currency
        self._weekdays = mapping.fields.weekdays
        self._nothing = frozenset(fold(text) for text in mapping.file.nothing)
        self._places = PlaceReader(mapping.places, place.separator if place else None)
        self._categories = CategoryReader(mapping.categories, category.path_separator if category else None)
        self._shift = shift
        self._lines: dict[str, int] = {}
        self._refused: set[str] = set()
        self.nameless = 0
        """How many rows were taken that state nobody knows which deal."""

    def read_all(self, rows: Iterable[Row | Reject]) -> Iterator[StatedDeal | Reject]:
        """Every row of a file in turn."""
        return map(self.take, rows)

    def take(self, row: Row | Reject) -> StatedDeal | Reject:
        """The next row of a file. A file states each deal once: a key that was already used is refused."""
        if not isinstance(row, Row):
            self.nameless += 1
            return row
        read = self.read(row)
        if isinstance(read, Reject):
            self._note_refused(row)
            return read
        first = self._lines.get(read.key)
        if first is not None:
            return reject(read.line, f"is already the key of line {first}", field="key", value=read.key)
        self._lines[read.key] = read.line
        return read

    def _note_refused(self, row: Row) -> None:
        try:
            key = self._text(row, "key")
        except Unusable:
            self.nameless += 1
        else:
            if key is not None:
                self._refused.add(key)

    def states(self, key: str) -> bool:
        """Whether a row that was taken has this key, be it usable or not."""
        return key in self._lines or key in self._refused

    def line_of(self, key: str) -> int | None:
        """The line of the usable row that has this key."""
        return self._lines.get(key)

    def key_of(self, row: Row) -> str | None:
        """The key of a row, if it can be read."""
        try:
            return self._text(row, "key")
        except Unusable:
            return None

    def read(self, row: Row) -> StatedDeal | Reject:
        """What `row` states, or the first thing that makes it unusable."""
        stating = {name: None if self._is_nothing(cell) else cell for name, cell in row.cells.items()}
        try:
            return self._read(Row(row.line, stating))
        except Unusable as problem:
            return reject(row.line, problem.reason, field=problem.field, value=problem.value)

    def _is_nothing(self, cell: str | None) -> bool:
        return cell is None or not cell.strip() or (bool(self._nothing) and fold(cell) in self._nothing)

    def _read(self, row: Row) -> StatedDeal:
        currency, options = self._priced(row)
        starts_at, ends_at = self._period(row, "starts_at", "ends_at")
        redeem_from, redeem_until = self._period(row, "redeem_from", "redeem_until")
        place = self._text(row, "place")
        return StatedDeal(
            line=row.line,
            key=self._required_text(row, "key"),
            title=self._required_text(row, "title"),
            url=self._address(row, "url"),
            image=self._address(row, "image"),
            description=self._text(row, "description"),
            merchant=self._text(row, "merchant"),
            category=self._category(row),
            currency=currency,
            options=options,
            stated_place=place,
            where=self._where(place),
            starts_at=starts_at,
            ends_at=ends_at,
            redeem_from=redeem_from,
            redeem_until=redeem_until,
            redeem_within_days=self._count(row, "redeem_within_days"),
            fine_print=() if self._weekdays is None else weekday_rules(row.cells, self._weekdays),
            sold=self._count(row, "sold"),
            ratings=self._count(row, "ratings"),
        )

    def _priced(self, row: Row) -> tuple[str, tuple[PricedOption, ...]]:
        """The row's currency, and what it prices in it."""
        currency = self._text(row, "currency") or self._currency
        if not is_currency(currency):
            raise Unusable("is not an ISO 4217 currency code", field="currency", value=currency)
        if "options" not in self._fields:
            price, value = self._amounts(row, currency)
            return currency, (
                PricedOption(title=self._required_text(row, "title"), price_minor=price, value_minor=value),
            )
        options = cast("tuple[PricedOption, ...] | None", self._value(row, "options", currency))
        if not options:
            raise Unusable("states no price to pay", field="options", value=self._cell(row, "options"))
        return currency, options

    def _amounts(self, row: Row, currency: str) -> tuple[int, int | None]:
        price = cast("int | None", self._value(row, "price", currency))
        value = cast("int | None", self._value(row, "value", currency))
        if price is None:
            raise Unusable("is not stated", field="price")
        if value is not None and value < price:
            # One of the two must be wrong, and nobody here can know which.
            raise Unusable("is a usual price below the price", field="value", value=self._cell(row, "value"))
        return price, value

    def _period(self, row: Row, start: str, end: str) -> tuple[datetime | None, datetime | None]:
        starts_at = cast("datetime | None", self._value(row, start))
        ends_at = cast("datetime | None", self._value(row, end))
        if starts_at is not None and ends_at is not None and ends_at <= starts_at:
            raise Unusable("is an end before the start", field=end, value=self._cell(row, end))
        return (
            None if starts_at is None else self._shift.move(starts_at),
            None if ends_at is None else self._shift.move(ends_at),
        )

    def _address(self, row: Row, name: str) -> str | None:
        text = self._text(row, name)
        try:
            return None if text is None else check_url(text)
        except Unusable as problem:
            raise Unusable(problem.reason, field=name, value=text) from None

    def _category(self, row: Row) -> str | None:
        stated = self._text(row, "category")
        try:
            return None if stated is None else self._categories.read(stated)
        except Unusable as problem:
            raise Unusable(problem.reason, field="category", value=stated) from None

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

    def _count(self, row: Row, name: str) -> int | None:
        return cast("int | None", self._value(row, name))

    def _value(self, row: Row, name: str, currency: str | None = None) -> Value | None:
        """The field's value after its transforms; None where the row states nothing. A text has been checked.

        With `currency`, amounts are read in it.
        """
        if name not in self._fields:
            return None
        field, settings = self._fields[name]
        if currency is not None and currency != settings.currency:
            settings = msgspec.structs.replace(settings, currency=currency)
        value = self._applied(name, field.stated(row.cells), field, settings)
        if not value and value != 0 and field.otherwise is not None:
            value = self._applied(name, row.cells.get(field.otherwise), field, settings)
        return value

    def _applied(self, name: str, stated: str | None, field: FieldTable, settings: Settings) -> Value | None:
        if stated is None or not stated.strip():
            return None
        value: Value = stated
        try:
            if len(stated) > MAX_CELL:
                raise Unusable(f"has {len(stated):,} characters; at most {MAX_CELL:,} are read")
            for step in field.transforms:
                assert isinstance(value, str), "only the last step gives something else: the mapping was checked for it"
                value = TRANSFORMS[step].apply(value, settings)
            if isinstance(value, str):
                return check_text(value, longest=LONGEST[name]) if value.strip() else None
            if isinstance(value, tuple):
                for option in value:
                    check_text(option.title, longest=LONGEST["title"])
        except Unusable as problem:
            raise Unusable(problem.reason, field=name, value=stated) from None
        return value

    def _cell(self, row: Row, name: str) -> str | None:
        mapped = self._fields.get(name)
        return None if mapped is None else mapped[0].stated(row.cells)
