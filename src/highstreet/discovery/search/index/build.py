"""From deals to a segment: what the search knows of each, as columns and as the words that are read in it."""

import zlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.domain import PRICE_STEPS, lead_discount, lead_option
from highstreet.discovery.search.index import grid, sequences, stored
from highstreet.discovery.search.index import sections as of
from highstreet.discovery.search.index.assembling import assemble
from highstreet.discovery.search.index.drafts import Draft
from highstreet.discovery.search.index.numbering import FIELD_MARK, Numbered, Texts, numbered
from highstreet.discovery.search.index.sections import CALENDAR, POINT, RECORD, Meta, Sections
from highstreet.discovery.search.language import text
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.deals import DealPoint, Option, PublishedDeal, Reach
from highstreet.market.catalog.domain.fine_print import Days

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY: Final = date(1970, 1, 1)
_MICROSECOND: Final = timedelta(microseconds=1)
_HALF: Final = 2**64 - 1
_ALL_DAYS: Final = 127
_MOST_POINTS: Final = 2**15
"""Points that are looked at, of one deal."""
_REACH: Final = {
    Reach.LOCATIONS: of.AT_LOCATIONS,
    Reach.DIVISION: of.IN_DIVISION,
    Reach.ONLINE: of.ONLINE,
    Reach.UNSTATED: of.REACH_UNSTATED,
}


_RECORDED: Final = (
    *("starts_us", "ends_us", "price_minor", "sold", "category", "merchant_since"),
    *("currency", "discount", "weekdays", "availability", "flags", "zone"),
)
"""The columns of a record that are taken from a deal one by one, in this order."""


class _Numbers(dict[str, int]):
    """Gives each name the next number when it is first asked for."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number


def build(deals: Iterable[PublishedDeal], categories: CategoryTree) -> Sections:
    """A segment of these deals. Ids must be distinct. Takes them one by one, and keeps none of them."""
    drafting = Drafting(categories)
    drafting.add(deals)
    return assemble([drafting.draft()])


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


class Drafting:
    """The columns of a draft as they grow, deal by deal; none of these is kept."""

    def __init__(self, categories: CategoryTree) -> None:
        self.paths = {
            each.slug: [text.category_word(above.slug) for above in categories.path(each.slug)]
            for each in categories.categories
        }
        self.texts, self.merchants = Texts(), _Numbers()
        self.categories, self.currencies, self.divisions = _Numbers(), _Numbers(), _Numbers()
        self.zones, self.languages, self.places = _Numbers(), _Numbers(), _Numbers()
        self.place_names: list[str] = []
        self.records: list[tuple[object, ...]] = []
        self.calendar: list[tuple[int, int]] = []
        self.ids: list[int] = []
        self.row_places: list[int] = []
        self.row_merchants: list[int] = []
        self.row_languages: list[int] = []
        self.fixed_cells: list[int] = []
        """0 where the first point gives the cell."""
        self.points: list[tuple[float, float]] = []
        """Of each row the first one, or (0, 0)."""
        self.of_chains: list[tuple[int, int, float, float]] = []
        self.stored: list[bytes] = []

    def add(self, deals: Iterable[PublishedDeal]) -> None:
        for deal in deals:
            self._add(deal)

    def _add(self, deal: PublishedDeal) -> None:
        row = len(self.ids)
        located = deal.points if deal.reach is Reach.LOCATIONS else ()
        first = deal.points[0] if deal.points else None
        self.ids.append(deal.id.int)
        self.points.append((located[0].latitude, located[0].longitude) if located else (0.0, 0.0))
        if len(located) > 1:
            self.of_chains += [(row, place, p.latitude, p.longitude) for place, p in enumerate(located[:_MOST_POINTS])]
        self.fixed_cells.append(0 if located else self._cell(deal))
        self.row_places.append(self._place(first))
        self.row_merchants.append(of.NONE if deal.merchant_name is None else self.merchants[deal.merchant_name])
        self.row_languages.append(self.languages[deal.language])
        self._read(deal)
        self.stored.append(stored.pack(deal))
        option, discount = lead_option(deal), lead_discount(deal)
        zone = (first.time_zone if first else None) or "UTC"
        self.calendar.append(_days_of(option, zone))
        flags = _REACH[deal.reach]
        self.records.append(
            (
                microseconds(deal.starts_at),
                of.NEVER_US if deal.ends_at is None else microseconds(deal.ends_at),
                option.price_minor,
                min(deal.sold, 2**32 - 1),
                of.NO_CATEGORY if deal.category_slug is None else self.categories[deal.category_slug],
                0 if deal.merchant_since is None else _day(deal.merchant_since.date()),
                self.currencies[deal.currency],
                of.NO_DISCOUNT if discount is None else discount,
                _weekdays(deal),
                _availability(deal),
                flags,
                self.zones[zone],
            )
        )

    def _cell(self, deal: PublishedDeal) -> int:
        if deal.reach is Reach.DIVISION and deal.division_slug is not None:
            return grid.DIVISION_CELL + self.divisions[deal.division_slug]
        return grid.ONLINE_CELL if deal.reach is Reach.ONLINE else grid.UNSTATED_CELL

    def _place(self, point: DealPoint | None) -> int:
        if point is None or point.place_slug is None or point.place_name is None:
            return of.NONE
        number = self.places[point.place_slug]
        if number == len(self.place_names):
            self.place_names.append(point.place_name)
        return number

    def _read(self, deal: PublishedDeal) -> None:
        """The deal's texts, field by field."""
        add = self.texts.add
        add(of.TITLE, deal.title)
        if deal.merchant_name:
            add(of.MERCHANT, deal.merchant_name)
        for word in self.paths.get(deal.category_slug or "", ()):
            add(of.CATEGORY, word)
        for name in sorted({point.place_name for point in deal.points if point.place_name}):
            add(of.PLACE, name)
        if deal.description:
            add(of.DESCRIPTION, deal.description)
        for title in dict.fromkeys([option.title for option in deal.options]):
            add(of.DESCRIPTION, title)
        if deal.source is not None and deal.source.url:
            add(of.LINK, " ".join(text.link_words(deal.source.url)))
        self.texts.end_row()

    def draft(self) -> Draft:
        """What has been added, once and at the end."""
        rows = len(self.ids)
        points = np.array(self.points, dtype=np.float64).reshape(rows, 2)
        fixed = np.array(self.fixed_cells, dtype=np.uint32)
        cells = np.where(fixed == 0, grid.cells(points[:, 0], points[:, 1]), fixed)
        of_chains = np.array(self.of_chains, dtype=np.float64).reshape(len(self.of_chains), 4)
        cells[of_chains[of_chains[:, 1] == 0, 0].astype(np.int64)] += np.uint32(grid.CHAIN_CELL)
        read = numbered(self.texts)
        sequence_starts, coded = sequences.coded(read.tokens, read.row_ends)
        sizes = np.array([len(each) for each in self.stored], dtype=np.uint64)
        return Draft(
            rows=np.arange(rows, dtype=np.int64),
            meta=Meta(
                rows=rows,
                categories=tuple(self.categories),
                currencies=tuple(self.currencies),
                divisions=tuple(self.divisions),
                zones=tuple(self.zones),
                languages=tuple(self.languages),
                places=tuple(self.places),
                place_names=tuple(self.place_names),
            ),
            word_bytes=read.word_bytes,
            word_starts=read.word_starts,
            word_languages=_languages(read, np.array(self.row_languages, dtype=np.int64)),
            merchants=list(self.merchants),
            records=_records(self.records, points),
            calendar=np.array(self.calendar, dtype=CALENDAR),
            cells=cells,
            id_high=np.array([number >> 64 for number in self.ids], dtype=np.uint64),
            id_low=np.array([number & _HALF for number in self.ids], dtype=np.uint64),
            place=np.array(self.row_places, dtype=np.uint32),
            merchant=np.array(self.row_merchants, dtype=np.uint32),
            point_cells=grid.cells(of_chains[:, 2], of_chains[:, 3]),
            point_rows=of_chains[:, 0].astype(np.uint32),
            point_ordinals=of_chains[:, 1].astype(np.uint16),
            points=_on_sphere(of_chains[:, 2], of_chains[:, 3]),
            sequence_starts=sequence_starts,
            sequences=coded,
            sequence_ranks=sequences.as_met(len(read.word_starts) - 1),
            stored_starts=np.concatenate((np.zeros(1, np.uint64), np.cumsum(sizes, dtype=np.uint64))),
            stored_crc=np.array([zlib.crc32(each) for each in self.stored], dtype=np.uint32),
            stored=np.frombuffer(b"".join(self.stored), dtype=np.uint8),
        )


def _records(values: list[tuple[object, ...]], points: NDArray[np.float64]) -> NDArray[Any]:
    records = np.zeros(len(values), dtype=RECORD)
    for name, column in zip(_RECORDED, zip(*values, strict=True), strict=False):
        records[name] = column
    records["x"], records["y"], records["z"] = grid.vectors(points[:, 0], points[:, 1]).T
    records["price_band"] = np.searchsorted(np.array(PRICE_STEPS), records["price_minor"], side="right") - 1
    return records


def _on_sphere(latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]) -> NDArray[Any]:
    points = np.zeros(len(latitudes), dtype=POINT)
    points["x"], points["y"], points["z"] = grid.vectors(latitudes, longitudes).T
    return points


def _languages(read: Numbered, row_languages: NDArray[np.int64]) -> NDArray[np.uint32]:
    """By word, a bit for each language of a deal that it stands in; of languages beyond the 32nd none."""
    found = np.zeros(len(read.word_starts) - 1, dtype=np.uint32)
    language = np.repeat(row_languages, np.diff(read.row_ends, prepend=0))
    for number in range(min(int(row_languages.max(initial=-1)) + 1, 32)):
        stands = np.zeros(len(read.word_starts) - 1, dtype=np.bool_)
        stands[read.tokens[(language == number) & (read.tokens < FIELD_MARK)]] = True
        found[stands] |= np.uint32(1 << number)
    return found


def _weekdays(deal: PublishedDeal) -> int:
    """A bit for each weekday on which the fine print lets it be used and one of its locations is open."""
    allowed = _ALL_DAYS
    for rule in deal.fine_print:
        if isinstance(rule, Days):
            allowed &= sum(1 << day - 1 for day in set(rule.weekdays))
    if deal.points and all(point.opening_hours is not None for point in deal.points):
        allowed &= sum(1 << day - 1 for day in {o.weekday for point in deal.points for o in point.opening_hours or ()})
    return allowed


def _availability(deal: PublishedDeal) -> int:
    """What is left of all that is offered, 0 to 255; 255 where an option has no cap."""
    caps = [option.cap for option in deal.options if option.cap is not None]
    offered = sum(caps)
    if len(caps) < len(deal.options) or not offered:
        return 255
    return 255 * max(offered - deal.sold, 0) // offered


def _days_of(option: Option, zone: str) -> tuple[int, int]:
    """The days on which an option can be used first and last, on the clock of its location."""
    first = 0 if option.redeem_from is None else _local_day(option.redeem_from, zone)
    last = of.NO_DAY if option.redeem_until is None else _local_day(option.redeem_until - _MICROSECOND, zone)
    return first, last


def _local_day(instant: datetime, zone: str) -> int:
    return _day(instant.astimezone(ZoneInfo(zone)).date())


def _day(day: date) -> int:
    return min(max((day - _FIRST_DAY).days, 0), of.NO_DAY)
