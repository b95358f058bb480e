"""Places, the names under which they are found, and divisions."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, Final
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.names import fold
from highstreet.market.catalog.domain.places import (
    MAIN_NAME_WEIGHT,
    MAIN_PREFIX_WEIGHT,
    OTHER_NAME_WEIGHT,
    Division,
    Place,
    PlaceQuestion,
    PlaceRecord,
)

_CHUNK: Final = 2_000
_POLE: Final = 90.0
_LAST: Final = "\U0010ffff"
"""Sorts behind whatever may follow a prefix."""
_LOCK: Final = 0x706C6163
"""Any number, the same in all processes: "plac"."""

_PLACES: Final = """
    SELECT
        places.id, places.geoname_id, places.slug, places.name, places.region_code, places.region_name,
        places.country_code, places.country_name, places.latitude, places.longitude, places.population,
        places.time_zone, places.currency
    FROM catalog.places
"""


async def is_loaded(tx: Transaction, source: str, min_population: int) -> bool:
    """Whether this edition was loaded already, down to this population or further."""
    query = "SELECT FROM catalog.place_loads WHERE source = %s AND min_population <= %s"
    return await tx.execute(query, [source, min_population]) > 0


async def keep_load(tx: Transaction, source: str, min_population: int) -> None:
    await tx.execute(
        """
        INSERT INTO catalog.place_loads (source, min_population, loaded_at) VALUES (%s, %s, %s)
        ON CONFLICT (source, min_population) DO UPDATE SET loaded_at = excluded.loaded_at
        """,
        [source, min_population, tx.now],
    )


async def hold_still(tx: Transaction) -> None:
    """Let no load change a place before this transaction ends: what it writes about places is marked by no trigger."""
    await tx.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])


async def store(
    tx: Transaction, records: Iterable[PlaceRecord], expected: int, report: Callable[[int, int], None] | None
) -> int:
    """Write what is new or differs; how many places that were. Slugs that were given stay as they are."""
    await _stage(tx, records, expected, report)
    await tx.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])  # only now: whoever writes deals waits for it
    await tx.execute("SELECT set_config('work_mem', '128MB', true)")
    written = await tx.execute(_STORE_PLACES)
    await tx.execute(_SPELL)
    await tx.execute(_DROP_NAMES)
    await tx.execute(_STORE_NAMES)
    await tx.execute("DROP TABLE pg_temp.staged, pg_temp.spelled")
    return written


async def _stage(
    tx: Transaction, records: Iterable[PlaceRecord], expected: int, report: Callable[[int, int], None] | None
) -> None:
    await tx.execute(
        """
        CREATE TEMPORARY TABLE staged (
            id uuid, geoname_id integer, slug text, name text, region_code text, region_name text, country_code text,
            country_name text, latitude double precision, longitude double precision, population bigint,
            time_zone text, currency text, folded text, others text
        ) ON COMMIT DROP
        """
    )
    remaining = iter(records)
    done = 0
    async with tx.connection.cursor() as cursor, cursor.copy("COPY pg_temp.staged FROM STDIN") as copy:
        while chunk := list(islice(remaining, _CHUNK)):
            await copy.write("".join(_line(tx.new_id(), record) for record in chunk))
            done += len(chunk)
            if report:
                report(done, expected)


def _line(own_id: UUID, place: PlaceRecord) -> str:
    """A row for COPY, in its text format."""
    folded = fold(place.name)
    others = "|".join(sorted(place.folded_names() - {folded}))
    return (
        f"{own_id}\t{place.geoname_id}\t{place.slug()}\t{_field(place.name)}\t{_field(place.region_code)}\t"
        f"{_field(place.region_name)}\t{place.country_code}\t{_field(place.country_name)}\t{place.latitude!r}\t"
        f"{place.longitude!r}\t{place.population}\t{place.time_zone}\t{place.currency}\t{folded}\t{others}\n"
    )


def _field(text: str | None) -> str:
    if text is None:
        return "\\N"
    if text.isprintable() and "\\" not in text:
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


# Of several places that want one slug, the most populous has it, then the lowest GeoNames id, unless it was given away
# before; the others carry their id behind it.
_STORE_PLACES: Final = """
    INSERT INTO catalog.places (
        id, geoname_id, slug, name, region_code, region_name, country_code, country_name, latitude, longitude,
        population, time_zone, currency
    )
    SELECT
        staged.id, staged.geoname_id,
        CASE
            WHEN holder.geoname_id IS NULL AND row_number() OVER (
                PARTITION BY staged.slug, holder.geoname_id IS NULL ORDER BY staged.population DESC, staged.geoname_id
            ) = 1 THEN staged.slug
            ELSE staged.slug || '-' || staged.geoname_id
        END,
        staged.name, staged.region_code, staged.region_name, staged.country_code, staged.country_name, staged.latitude,
        staged.longitude, staged.population, staged.time_zone, staged.currency
    FROM pg_temp.staged
    LEFT JOIN catalog.places AS holder ON staged.slug = holder.slug
    ON CONFLICT (geoname_id) DO UPDATE SET
        name = excluded.name, region_code = excluded.region_code, region_name = excluded.region_name,
        country_code = excluded.country_code, country_name = excluded.country_name, latitude = excluded.latitude,
        longitude = excluded.longitude, population = excluded.population, time_zone = excluded.time_zone,
        currency = excluded.currency
    WHERE (
        places.name, places.region_code, places.region_name, places.country_code, places.country_name,
        places.latitude, places.longitude, places.population, places.time_zone, places.currency
    ) IS DISTINCT FROM (
        excluded.name, excluded.region_code, excluded.region_name, excluded.country_code, excluded.country_name,
        excluded.latitude, excluded.longitude, excluded.population, excluded.time_zone, excluded.currency
    )
"""

_SPELL: Final = """
    CREATE TEMPORARY TABLE spelled ON COMMIT DROP AS
    SELECT staged.folded, staged.geoname_id, staged.country_code, staged.population, true AS main
    FROM pg_temp.staged WHERE staged.folded <> ''
    UNION ALL
    SELECT others.folded, staged.geoname_id, staged.country_code, staged.population, false
    FROM pg_temp.staged, string_to_table(staged.others, '|') AS others (folded)
    WHERE others.folded <> ''
"""

_DROP_NAMES: Final = """
    DELETE FROM catalog.place_names
    WHERE
        geoname_id IN (SELECT staged.geoname_id FROM pg_temp.staged)
        AND NOT EXISTS (
            SELECT FROM pg_temp.spelled
            WHERE
                spelled.folded = place_names.folded
                AND spelled.geoname_id = place_names.geoname_id
                AND spelled.country_code = place_names.country_code
                AND spelled.population = place_names.population
                AND spelled.main = place_names.main
        )
"""

# In the order of their spelling, so that what a prefix finds lies side by side.
_STORE_NAMES: Final = """
    INSERT INTO catalog.place_names (folded, geoname_id, country_code, population, main)
    SELECT folded, geoname_id, country_code, population, main
    FROM pg_temp.spelled
    WHERE NOT EXISTS (
        SELECT FROM catalog.place_names AS standing
        WHERE standing.folded = spelled.folded AND standing.geoname_id = spelled.geoname_id
    )
    ORDER BY folded COLLATE "C"
"""

_WITHIN: Final = """
    (%(country)s::text IS NULL OR places.country_code = %(country)s)
    AND NOT EXISTS (
        SELECT FROM unnest(%(within)s::text[]) AS part
        WHERE part NOT IN (
            lower(places.region_code), lower(coalesce(places.region_name, '')), lower(places.country_code),
            lower(places.country_name)
        )
    )
"""

_IN_REGION: Final = """
    (%(country)s::text IS NULL OR places.country_code = %(country)s)
    AND (%(region)s::text IS NULL OR places.region_code = %(region)s)
"""

_EXACT: Final = """
    SELECT place_names.geoname_id, (population + 1) * CASE WHEN main THEN %(main)s ELSE %(other)s END AS weight
    FROM catalog.place_names WHERE folded = %(exact)s
"""
_CITIES: Final = """
    SELECT place_names.geoname_id, (population + 1) * CASE WHEN main THEN %(main_prefix)s ELSE 1 END AS weight
    FROM catalog.place_names, unnest(%(prefixes)s::text[]) AS prefix
    WHERE population >= 100000 AND folded >= prefix COLLATE "C" AND folded < (prefix || %(last)s) COLLATE "C"
"""
_ALL: Final = """
    SELECT place_names.geoname_id, (population + 1) * CASE WHEN main THEN %(main_prefix)s ELSE 1 END AS weight
    FROM catalog.place_names, unnest(%(prefixes)s::text[]) AS prefix
    WHERE folded >= prefix COLLATE "C" AND folded < (prefix || %(last)s) COLLATE "C"
"""


async def find(tx: Transaction, question: PlaceQuestion, country: str | None, limit: int) -> list[Place]:
    """Places that are called what was asked for, or whose names begin so, the weightiest first."""
    params = _params(question, country, limit)
    found = await tx.fetch_all(Place, _RANKED_CITIES, params)
    return found if len(found) >= limit else await tx.fetch_all(Place, _RANKED_ALL, params)


async def called(tx: Transaction, question: PlaceQuestion, country: str | None, limit: int) -> list[Place]:
    """Places that are called exactly what was asked for, the most populous first."""
    return await tx.fetch_all(Place, _CALLED, _params(question, country, limit))


async def locate(tx: Transaction, folded: str, region_code: str | None, country_code: str | None) -> Place | None:
    """The weightiest place that is called exactly so, within region and country where these are given."""
    params = {
        "exact": folded,
        "main": MAIN_NAME_WEIGHT,
        "other": OTHER_NAME_WEIGHT,
        "country": country_code,
        "region": region_code,
        "limit": 1,
    }
    return await tx.fetch_one(Place, _LOCATE, params)


def _params(question: PlaceQuestion, country: str | None, limit: int) -> dict[str, Any]:
    return {
        "exact": question.exact,
        "prefixes": list(question.prefixes),
        "within": list(question.within),
        "last": _LAST,
        "main": MAIN_NAME_WEIGHT,
        "other": OTHER_NAME_WEIGHT,
        "main_prefix": MAIN_PREFIX_WEIGHT,
        "country": country,
        "limit": limit,
    }


_WEIGHED: Final = """
    INNER JOIN (
        SELECT geoname_id, max(weight) AS weight FROM (
"""
_BY_WEIGHT: Final = """
        ) AS named GROUP BY geoname_id
    ) AS weighed ON places.geoname_id = weighed.geoname_id
    WHERE
"""
_FIRST: Final = " ORDER BY weighed.weight DESC, places.geoname_id LIMIT %(limit)s"
_RANKED_CITIES: Final = _PLACES + _WEIGHED + _EXACT + " UNION ALL " + _CITIES + _BY_WEIGHT + _WITHIN + _FIRST
_RANKED_ALL: Final = _PLACES + _WEIGHED + _EXACT + " UNION ALL " + _ALL + _BY_WEIGHT + _WITHIN + _FIRST
_LOCATE: Final = _PLACES + _WEIGHED + _EXACT + _BY_WEIGHT + _IN_REGION + _FIRST

_CALLED: Final = (
    _PLACES
    + "INNER JOIN catalog.place_names USING (geoname_id) WHERE folded = %(exact)s AND"
    + _WITHIN
    + "ORDER BY population DESC, geoname_id LIMIT %(limit)s"
)


async def by_slug(tx: Transaction, slug: str) -> Place | None:
    return await tx.fetch_one(Place, _PLACES + "WHERE slug = %s", [slug])


async def by_ids(tx: Transaction, ids: Sequence[UUID]) -> list[Place]:
    """In no order; those that do not exist are left out."""
    return await tx.fetch_all(Place, _PLACES + "WHERE id = ANY(%s)", [list(ids)])


async def largest(tx: Transaction, country: str | None, limit: int) -> list[Place]:
    query = """
        WHERE %(country)s::text IS NULL OR country_code = %(country)s
        ORDER BY population DESC, geoname_id LIMIT %(limit)s
    """
    return await tx.fetch_all(Place, _PLACES + query, {"country": country, "limit": limit})


async def nearest(tx: Transaction, latitude: float, longitude: float, within_degrees: float) -> Place | None:
    """The nearest place at most so many degrees of a great circle away.

    The box around that circle is what an index finds; it may reach over the antimeridian, and round a pole.
    """
    query = """
        WHERE latitude BETWEEN %(latitude)s - %(reach)s AND %(latitude)s + %(reach)s
            AND (
                longitude BETWEEN %(longitude)s - %(aside)s AND %(longitude)s + %(aside)s
                OR longitude BETWEEN %(longitude)s - %(aside)s + 360 AND %(longitude)s + %(aside)s + 360
                OR longitude BETWEEN %(longitude)s - %(aside)s - 360 AND %(longitude)s + %(aside)s - 360
            )
            AND power(sind((latitude - %(latitude)s) / 2), 2)
                + cosd(latitude) * cosd(%(latitude)s) * power(sind((longitude - %(longitude)s) / 2), 2)
                <= power(sind(%(reach)s / 2), 2)
        ORDER BY
            power(sind((latitude - %(latitude)s) / 2), 2)
            + cosd(latitude) * cosd(%(latitude)s) * power(sind((longitude - %(longitude)s) / 2), 2),
            geoname_id
        LIMIT 1
    """
    params = {
        "latitude": latitude,
        "longitude": longitude,
        "reach": within_degrees,
        "aside": _degrees_aside(latitude, within_degrees),
    }
    return await tx.fetch_one(Place, _PLACES + query, params)


def _degrees_aside(latitude: float, within_degrees: float) -> float:
    """How many degrees of longitude a circle reaches to either side; all there are where it holds a pole."""
    if abs(latitude) + within_degrees >= _POLE:
        return 180.0
    return math.degrees(math.asin(math.sin(math.radians(within_degrees)) / math.cos(math.radians(latitude))))


_DIVISION: Final = "SELECT id, slug, name, place_id, latitude, longitude, radius_km FROM catalog.divisions"


async def store_division(tx: Transaction, division: Division) -> UUID:
    """Make the division, or give the one of that slug what differs; its id."""
    stored = await tx.fetch_one(
        dict[str, UUID],
        """
        INSERT INTO catalog.divisions (
            id, slug, name, place_id, latitude, longitude, radius_km, created_at, changed_at
        )
        VALUES (
            %(id)s, %(slug)s, %(name)s, %(place_id)s, %(latitude)s, %(longitude)s, %(radius_km)s, %(now)s, %(now)s
        )
        ON CONFLICT (slug) DO UPDATE SET
            name = excluded.name, place_id = excluded.place_id, latitude = excluded.latitude,
            longitude = excluded.longitude, radius_km = excluded.radius_km, changed_at = excluded.changed_at
        WHERE (divisions.name, divisions.place_id, divisions.latitude, divisions.longitude, divisions.radius_km)
            IS DISTINCT FROM
            (excluded.name, excluded.place_id, excluded.latitude, excluded.longitude, excluded.radius_km)
        RETURNING id
        """,
        {
            "id": division.id,
            "slug": division.slug,
            "name": division.name,
            "place_id": division.place_id,
            "latitude": division.latitude,
            "longitude": division.longitude,
            "radius_km": division.radius_km,
            "now": tx.now,
        },
    )
    if stored:
        return stored["id"]
    standing = await division_by_slug(tx, division.slug)
    assert standing is not None
    return standing.id


async def division_by_slug(tx: Transaction, slug: str) -> Division | None:
    return await tx.fetch_one(Division, _DIVISION + " WHERE slug = %s", [slug])


async def divisions(tx: Transaction) -> list[Division]:
    """All of them, by name."""
    return await tx.fetch_all(Division, _DIVISION + " ORDER BY name, slug")
