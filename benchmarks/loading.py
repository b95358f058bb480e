"""A database full of invented deals within minutes: rows through COPY, as their owner, rules checked at the end.

What follows from deals goes in beside them: merchants, locations, towns, and frozen terms. No history of states and
prices is made up: neither pages nor the index read it.
"""

import itertools
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, LiteralString
from uuid import UUID, uuid5

import msgspec
import psycopg
from psycopg import sql

from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.deals import DealPoint, Origin, Precision, PublishedDeal
from highstreet.market.catalog.domain.merchants import OpeningHours
from highstreet.market.catalog.domain.places import Division
from highstreet.market.catalog.domain.terms import terms_of

_AT_ONCE: Final = 20_000
_OURS: Final = UUID("6f0bb2cb-6c5b-4d0e-9d4c-0f3d1d4c2a11")
"""Makes ids of slugs, for what a deal names by its slug alone."""

_COLUMNS: Final[dict[LiteralString, LiteralString]] = {
    "places": "id, geoname_id, slug, name, region_code, country_code, country_name, latitude, longitude, population,"
    " time_zone, currency",
    "categories": "id, slug, parent_id, position, names, created_at, changed_at",
    "divisions": "id, slug, name, place_id, latitude, longitude, radius_km, created_at, changed_at",
    "merchants": "id, slug, name, folded_name, created_at, changed_at",
    "locations": "id, merchant_id, place_id, currency, name, address, latitude, longitude, opening_hours, created_at,"
    " changed_at",
    "deals": "id, slug, origin, state, merchant_id, category_id, division_id, title, description, language, currency,"
    " reach, fine_print, starts_at, ends_at, sold, source_feed, source_key, source_url, source_shifted_days,"
    " source_ratings, source_digest, terms_version, created_at, changed_at, changed_xid",
    "deal_terms": "deal_id, version, digest, content, made_at",
    "deal_points": "deal_id, position, location_id, merchant_id, currency, place_id, area",
    "options": "id, deal_id, position, title, price_minor, value_minor, value_evidence, cap, per_buyer_limit,"
    " redeem_from, redeem_until, redeem_within_days, changed_at",
}
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_Rows = dict[str, list[tuple[object, ...]]]


def load(
    migrations_url: str, deals: Iterable[PublishedDeal], categories: CategoryTree, divisions: Sequence[Division]
) -> int:
    """Bring deals into a migrated database, in one transaction; how many. Statistics are fresh afterwards.

    Deals without a source are taken for invented ones. A town stands once in a deal, and at one point for all deals.
    Towns, categories and divisions that are there already, by their slugs, are taken as they are. Raises
    psycopg.errors.IntegrityError where the deals break a rule of the catalogue.
    """
    number = 0
    with psycopg.connect(migrations_url, autocommit=True, options="-c timezone=UTC") as connection:
        with connection.transaction(), _rules_aside(connection):
            known = _Known(connection, categories, divisions)
            remaining = iter(deals)
            while chunk := list(itertools.islice(remaining, _AT_ONCE)):
                number += len(chunk)
                _copy(connection, known.rows(chunk))
            _copy(connection, known.tables())
        tables = sql.SQL(", ").join(sql.Identifier("catalog", table) for table in _COLUMNS)
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(tables))
    return number


@contextmanager
def _rules_aside(connection: psycopg.Connection[Any]) -> Generator[None]:
    """Row-level security, triggers and references of the filled tables; back at the end, when references are checked.

    Where it goes wrong, the transaction is undone, and this with it.
    """
    references = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = ANY(%s::text[]::regclass[])",
        [[f"catalog.{table}" for table in _COLUMNS]],
    ).fetchall()

    def alter(table: str, *what: LiteralString) -> None:
        for each in what:
            connection.execute(f"ALTER TABLE catalog.{table} {each}".encode())

    for table, name, _ in references:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    for table in _COLUMNS:
        alter(table, "NO FORCE ROW LEVEL SECURITY", "DISABLE TRIGGER USER")
    yield
    for table, name, meaning in references:
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {meaning}".encode())
    for table in _COLUMNS:
        alter(table, "FORCE ROW LEVEL SECURITY", "ENABLE TRIGGER USER")


class _Known:
    """What has its row already, by what deals name it by."""

    def __init__(
        self, connection: psycopg.Connection[Any], categories: CategoryTree, divisions: Sequence[Division]
    ) -> None:
        def ids(table: LiteralString) -> dict[str, UUID]:
            return dict(connection.execute(f"SELECT slug, id FROM catalog.{table}").fetchall())  # noqa: S608 -- one of ours

        self._places, kinds, areas = ids("places"), ids("categories"), ids("divisions")
        self._towns: dict[str, tuple[UUID, str, float, float, str, str]] = {}
        self._new_categories = [each for each in categories.categories if each.slug not in kinds]
        self._categories = {each.slug: uuid5(_OURS, each.slug) for each in self._new_categories} | kinds
        self._new_divisions = [each for each in divisions if each.slug not in areas]
        self._divisions = {each.slug: each.id for each in self._new_divisions} | areas
        self._merchants, self._locations = set(ids("merchants").values()), set[UUID]()
        found = connection.execute(
            "SELECT pg_current_xact_id()::text, coalesce(max(geoname_id), 0) FROM catalog.places"
        ).fetchone()
        assert found is not None
        self._xid, self._geoname_id = found
        self._at = datetime(2026, 1, 1, tzinfo=UTC)

    def tables(self) -> _Rows:
        """The rows of towns, categories and divisions, last: some later deal may tell best where a town is."""
        rows: _Rows = {table: [] for table in _COLUMNS}
        for category in self._new_categories:
            parent = None if category.parent is None else self._categories[category.parent]
            own = (self._categories[category.slug], category.slug, parent, category.position, _json(category.names))
            rows["categories"].append((*own, self._at, self._at))
        for division in self._new_divisions:
            where = (division.latitude, division.longitude)
            centre = self._towns.setdefault(
                division.slug, (self._places.get(division.slug, division.place_id), division.name, *where, "UTC", "USD")
            )
            own = (division.id, division.slug, division.name, centre[0], *where, division.radius_km)
            rows["divisions"].append((*own, self._at, self._at))
        for number, (slug, town) in enumerate(self._towns.items(), self._geoname_id + 1):
            own_id, name, latitude, longitude, zone, currency = town
            country = ("00", "US", "United States")
            if slug not in self._places:
                where = (latitude, longitude, 10_000, zone, currency)
                rows["places"].append((own_id, number, slug, name, *country, *where))
        return rows

    def rows(self, deals: Sequence[PublishedDeal]) -> _Rows:
        """The rows of these deals, and of what they are the first to name."""
        rows: _Rows = {table: [] for table in _COLUMNS}
        for deal in deals:
            self._deal(deal, rows)
        return rows

    def _deal(self, deal: PublishedDeal, rows: _Rows) -> None:
        at = deal.changed_at
        found = dict.fromkeys(self._point(deal, point, rows) for point in deal.points)
        rows["deal_points"] += [(deal.id, position, *point) for position, point in enumerate(found)]
        category = None if deal.category_slug is None else self._categories[deal.category_slug]
        division = None if deal.division_slug is None else self._divisions[deal.division_slug]
        if deal.merchant_id is not None and deal.merchant_id not in self._merchants:
            self._merchants.add(deal.merchant_id)
            name = deal.merchant_name or ""
            since = deal.merchant_since or at
            rows["merchants"].append((deal.merchant_id, deal.merchant_slug, name, name.casefold(), since, since))
        source = deal.source
        stated = (source.feed, source.key, source.url, source.shifted_days, source.ratings, "") if source else _NOTHING
        origin, terms = (Origin.IMPORTED, None) if source else (Origin.INVENTED, 1)
        rows["deals"].append(
            (
                *(deal.id, deal.slug, origin, deal.state, deal.merchant_id, category, division, deal.title),
                *(deal.description, deal.language, deal.currency, deal.reach, _json(deal.fine_print), deal.starts_at),
                *(deal.ends_at, deal.sold, *stated, terms, at, at, self._xid),
            )
        )
        if terms is not None:
            promised = terms_of(deal)
            rows["deal_terms"].append((deal.id, terms, promised.digest(), _json(promised), at))
        for option in deal.options:
            own_id, *others = msgspec.structs.astuple(option)
            rows["options"].append((own_id, deal.id, *others, at))

    def _place(self, deal: PublishedDeal, point: DealPoint) -> UUID:
        slug = point.place_slug or ""
        if slug in self._places:
            return self._places[slug]
        if slug not in self._towns or point.precision is not Precision.ADDRESS:
            own_id, where = point.place_id or uuid5(_OURS, slug), (point.latitude, point.longitude)
            self._towns[slug] = (own_id, point.place_name or slug, *where, point.time_zone or "UTC", deal.currency)
        return self._towns[slug][0]

    def _point(self, deal: PublishedDeal, point: DealPoint, rows: _Rows) -> tuple[object, ...]:
        place = self._place(deal, point)
        if point.location_id is None:
            return (None, None, None, place, True if point.precision is Precision.AREA else None)
        if point.location_id not in self._locations:
            self._locations.add(point.location_id)
            where = (point.location_name, point.address, point.latitude, point.longitude, _hours(point.opening_hours))
            at = deal.changed_at
            rows["locations"].append((point.location_id, deal.merchant_id, place, deal.currency, *where, at, at))
        return (point.location_id, deal.merchant_id, deal.currency, None, None)


_NOTHING: Final = (None,) * 6


def _hours(hours: OpeningHours | None) -> str | None:
    return None if hours is None else _json(hours)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _copy(connection: psycopg.Connection[Any], rows: _Rows) -> None:
    for table, columns in _COLUMNS.items():
        if rows[table]:
            with connection.cursor().copy(f"COPY catalog.{table} ({columns}) FROM STDIN") as copy:
                copy.write("".join(_lines(rows[table])))


def _lines(rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    """The lines of COPY's text format."""
    for row in rows:
        yield "\t".join([_field(value) for value in row]) + "\n"


def _field(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        text = value.value if isinstance(value, StrEnum) else value
        return text.translate(_ESCAPED)
    return str(value)
