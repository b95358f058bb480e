"""The peer of search: a table made for the purpose and one SQL query, answering the same question on the same data."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from highstreet.discovery.search.text import Term, terms

from highstreet.discovery.search.domain import lead_discount, lead_option
from highstreet.discovery.search.service import Generation, SearchQuery, SearchResult
from highstreet.science import geo

_TABLES = """
CREATE SCHEMA bench;
CREATE TABLE bench.deals (
    id uuid PRIMARY KEY,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    price bigint NOT NULL,
    currency text NOT NULL,
    discount integer,
    categories text[] NOT NULL,
    reach text NOT NULL,
    division text,
    words text[] NOT NULL
);
CREATE TABLE bench.points (
    deal_id uuid NOT NULL REFERENCES bench.deals (id),
    latitude double precision NOT NULL,
    longitude double precision NOT NULL
);
"""
_INDEXES = """
CREATE INDEX ON bench.deals USING gin (words);
CREATE INDEX ON bench.deals (reach) WHERE reach <> 'locations';
CREATE INDEX ON bench.points (latitude, longitude);
CREATE INDEX ON bench.points (deal_id);
ANALYZE bench.deals, bench.points;
"""
_QUESTION = """
WITH near AS MATERIALIZED (
    SELECT deal_id, min(metres) AS metres
    FROM (
        SELECT deal_id, round(2 * %(earth)s * asin(sqrt(least(1,
            sin(radians(latitude - %(latitude)s) / 2) ^ 2
            + cos(radians(%(latitude)s)) * cos(radians(latitude)) * sin(radians(longitude - %(longitude)s) / 2) ^ 2
        )))) AS metres
        FROM bench.points
        WHERE latitude BETWEEN %(south)s AND %(north)s AND longitude BETWEEN %(west)s AND %(east)s
    ) AS box
    WHERE metres <= %(radius)s
    GROUP BY deal_id
    UNION ALL
    SELECT id, NULL
    FROM bench.deals
    WHERE reach = 'online' OR (reach = 'division' AND division = ANY(%(divisions)s))
),
found AS MATERIALIZED (
    SELECT id, price, currency, categories
    FROM near JOIN bench.deals ON id = deal_id
    WHERE starts_at <= %(at)s AND (ends_at IS NULL OR ends_at > %(at)s)
        AND words @> %(words)s
        AND (%(last)s::text IS NULL OR EXISTS (
            SELECT FROM unnest(words) AS word WHERE word = %(last)s OR word LIKE %(prefix)s
        ))
        AND (%(max_price)s::bigint IS NULL OR (currency = %(currency)s AND price <= %(max_price)s))
        AND (%(min_discount)s::integer IS NULL OR discount >= %(min_discount)s)
),
chosen AS (
    SELECT id, price, currency FROM found
    WHERE %(category)s::text IS NULL OR %(category)s = ANY(categories)
)
SELECT
    (SELECT count(*) FROM chosen),
    (SELECT jsonb_object_agg(category, number) FROM (
        SELECT unnest(categories) AS category, count(*) AS number FROM found GROUP BY 1
    ) AS counted),
    (SELECT array_agg(id) FROM (
        SELECT id FROM chosen
        ORDER BY CASE WHEN currency = %(currency)s THEN price END NULLS LAST, id
        LIMIT %(limit)s
    ) AS page)
"""


@dataclass(frozen=True)
class Answer:
    """What both have to agree on."""

    total: int
    categories: dict[str, int]
    ids: list[Any]

    @classmethod
    def of(cls, result: SearchResult) -> "Answer":
        """Ours, in the same form."""
        counted = {each.value: each.count for each in result.facets["category"]}
        return cls(result.total, counted, [hit.deal.id for hit in result.hits])


def fill(connection: psycopg.Connection[Any], index: Generation) -> None:
    """Make the peer's tables of everything that the index holds."""
    words_of = _words_by_row(index)
    connection.execute("SET jit = off")  # compiling such a query takes longer than running it
    with connection.transaction():
        connection.execute(_TABLES)
        with connection.cursor().copy("COPY bench.deals FROM STDIN") as deals:
            deals.set_types(
                ["uuid", "timestamptz", "timestamptz", "int8", "text", "int4", "text[]", "text", "text", "text[]"]
            )
            for row, deal in enumerate(index.base.deals):
                path = [each.slug for each in index.categories.path(deal.category_slug)] if deal.category_slug else []
                price, currency, discount = lead_option(deal).price_minor, deal.currency, lead_discount(deal)
                where = (str(deal.reach), deal.division_slug)
                deals.write_row(
                    (deal.id, deal.starts_at, deal.ends_at, price, currency, discount, path, *where, words_of[row])
                )
        with connection.cursor().copy("COPY bench.points FROM STDIN") as points:
            for deal in index.base.deals:
                for point in deal.points if deal.reach == "locations" else ():
                    points.write_row((deal.id, point.latitude, point.longitude))
        connection.execute(_INDEXES)


def ask(connection: psycopg.Connection[Any], index: Generation, query: SearchQuery) -> Answer:
    """The peer's answer, in the order of price."""
    found = connection.execute(_QUESTION, _parameters(index, query)).fetchone()
    assert found is not None
    return Answer(found[0], found[1] or {}, found[2] or [])


def _parameters(index: Generation, query: SearchQuery) -> dict[str, Any]:
    assert query.centre is not None
    latitude, longitude, radius = query.centre.latitude, query.centre.longitude, query.radius_km * 1000
    up = float(np.degrees((radius + 1) / geo.EARTH_RADIUS_M))
    across = up / float(np.cos(np.radians(min(89.0, abs(latitude) + up))))
    asked = [term for term in terms(query.text) if isinstance(term, Term)]  # the demonstration writes with spaces
    last = next((term for term in asked if term.prefix is not None), None)
    return {
        "earth": geo.EARTH_RADIUS_M,
        "latitude": latitude,
        "longitude": longitude,
        "radius": radius,
        "south": latitude - up,
        "north": latitude + up,
        "west": longitude - across,
        "east": longitude + across,
        "divisions": _divisions_around(index, latitude, longitude),
        "at": query.at,
        "words": [term.token for term in asked if term.prefix is None],
        "last": None if last is None else last.token,
        "prefix": None if last is None else f"{last.prefix}%",
        "max_price": query.max_price_minor,
        "currency": query.currency,
        "min_discount": query.min_discount,
        "category": query.category,
        "limit": query.limit,
    }


def _divisions_around(index: Generation, latitude: float, longitude: float) -> list[str]:
    if not index.divisions:
        return []
    metres = geo.distance_m(
        latitude,
        longitude,
        np.array([division.latitude for division in index.divisions]),
        np.array([division.longitude for division in index.divisions]),
    )
    return [each.slug for each, away in zip(index.divisions, metres, strict=True) if away <= each.radius_km * 1000]


def _words_by_row(index: Generation) -> list[list[str]]:
    """The words that our index holds for each row, so that both search the same ones."""
    base = index.base
    found: list[list[str]] = [[] for _ in base.deals]
    for number, word in enumerate(base.tokens):
        rows: list[int] = base.posting_rows[base.posting_starts[number] : base.posting_starts[number + 1]].tolist()
        for row in rows:
            found[row].append(word)
    return found
