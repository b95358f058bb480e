"""`highstreet import FILE --suggest` on five real feeds, which HIGHSTREET_BENCH_DATA names and which do not come along.

What each column is was written down by hand, by somebody who had read the feed's rows. The suggestion was built while
these feeds could be looked at; what it did with shapes that it had not met is told in its decision record.

A field is right if it reads one of the columns that may be it; a field that is missing is wrong, and so is one that
should not be there. A price or a value that is not the true one, with no doubt said about it, is silently wrong.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import perf_counter

import msgspec

from benchmarks.report import Report, Result, Target, report
from highstreet.kit import migrations
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database, open_database
from highstreet.kit.postgres.addresses import database_urls
from highstreet.kit.settings import load_settings
from highstreet.market.catalog import service as catalog
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.suggestion import drafting
from highstreet.market.feeds.domain.suggestion.drafting import Draft, FieldDraft
from highstreet.market.feeds.domain.suggestion.fields import Evidence
from highstreet.market.feeds.domain.suggestion.profiles import Profile, Sample
from highstreet.market.feeds.readers.looking import look_at
from highstreet.market.feeds.usecases.suggesting import take_sample

_MOST_WRONG_PERCENT = 20.0
_FIELD_NAMES = ("price", "value")


class _Feed(msgspec.Struct, frozen=True):
    """A feed and what its columns are: for each field the columns that may be it, all of them for a template.

    `optional` fields are right either way: the feed leaves open whether that is what the column is.
    """

    file: str
    fields: Mapping[str, Sequence[str]]
    optional: Mapping[str, Sequence[str]] = {}


_WEEKDAYS = {
    f"weekdays.{day}": (f"USABLE_DATE_{day[:3].upper()}",)
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
}
_FEEDS: Mapping[str, _Feed] = {
    "livingsocial_chicago_2015": _Feed(
        "items.json.xz",
        {
            "key": ("link",),
            "title": ("title",),
            "price": ("price",),
            "value": ("original_price",),
            "url": ("link",),
            "place": ("location",),
            "ends_at": ("end_date",),
        },
    ),
    "livingsocial_sf": _Feed(
        "lsdata.sqlite",
        {
            "key": ("link",),
            "title": ("title",),
            "price": ("price",),
            "value": ("original_price",),
            "url": ("link",),
            "place": ("location",),
        },
    ),
    "groupon_nyc": _Feed(
        "groupon_deals.csv.xz",
        {
            "key": ("url",),
            "title": ("promotion_title",),
            "options": ("deal_features",),
            "url": ("url",),
            "merchant": ("merchant",),
            "category": ("categories",),
            "place": ("rel_location",),
            "ratings": ("total_ratings",),
        },
        {"description": ("deal_features",)},
    ),
    "groupon_recent_2009_2011": _Feed(
        "groupon_recent_deals.csv",
        {
            "key": ("city_slug", "deal_date", "price", "value", "saving"),
            "title": ("city_slug", "deal_date", "price", "value", "saving", "currency"),
            "price": ("price",),
            "value": ("value",),
            "currency": ("currency",),
            "place": ("city_slug",),
            "starts_at": ("deal_date",),
            "sold": ("quantity_sold",),
        },
    ),
    "ponpare": _Feed(
        "coupon_list_train.csv.xz",
        {
            "key": ("COUPON_ID_hash",),
            "title": ("CAPSULE_TEXT", "ken_name", "small_area_name"),
            "price": ("DISCOUNT_PRICE",),
            "value": ("CATALOG_PRICE",),
            "category": ("GENRE_NAME", "CAPSULE_TEXT"),
            "place": ("ken_name", "small_area_name"),
            "starts_at": ("DISPFROM",),
            "ends_at": ("DISPEND",),
            "redeem_from": ("VALIDFROM",),
            "redeem_until": ("VALIDEND",),
            **_WEEKDAYS,
        },
        {
            "redeem_within_days": ("VALIDPERIOD",),
            "weekdays.holidays": ("USABLE_DATE_HOLIDAY",),
            "weekdays.before_holidays": ("USABLE_DATE_BEFORE_HOLIDAY",),
        },
    ),
}
_ROWS = 4_664
_WITHOUT_TITLE_AND_KEY = "groupon_recent_2009_2011"
_EDITS = {
    "tampa-bay-area": "Tampa, FL",
    "north-jersey": "Newark, NJ",
    "piedmont-triad": "Greensboro, NC",
    "hampton-roads": "Virginia Beach, VA",
    "greater-toronto-area": "Toronto, 08, CA",
}
"""Lines that a person moves from the spellings that are no place to the aliases: as many as may be edited."""


def run(*, quick: bool) -> Report:
    folder = os.environ.get("HIGHSTREET_BENCH_DATA")
    found = {name: Path(folder) / name / feed.file for name, feed in _FEEDS.items()} if folder else {}
    found = {name: path for name, path in found.items() if path.is_file()}
    skipped = [f"{name} (HIGHSTREET_BENCH_DATA does not lead to it)" for name in _FEEDS if name not in found]
    if quick:
        found = dict(list(found.items())[:1])
    results: list[Result] = []
    targets: list[Target] = []
    with tempfile.TemporaryDirectory(prefix="highstreet-bench-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)  # as root, PostgreSQL runs as another user, who has to pass through
        settings = load_settings({"HIGHSTREET_ENV": "test", "HIGHSTREET_DATA_DIR": directory}, serving=False)
        if found:
            with database_urls(settings) as urls:
                migrations.migrate(urls.migrations, database_url=urls.database)
                asyncio.run(_measure(urls.database, found, results, targets))
    return report("suggest", results, [], targets, skipped)


async def _measure(url: str, found: Mapping[str, Path], results: list[Result], targets: list[Target]) -> None:
    async with open_database(url, FixedClock(datetime(2026, 3, 2, 10, tzinfo=UTC)), Random(0)) as database:
        async with database.system() as tx:
            await catalog.load_places(tx)
            await catalog.seed_categories(tx)
        silent = 0
        for name, path in found.items():
            began = perf_counter()
            suggestion = await feeds.suggest(database, path)
            seconds = perf_counter() - began
            right, asked = _score(name, suggestion)
            silent += _silently_wrong(_FEEDS[name].fields, suggestion.fields, len(suggestion.doubts))
            results += [
                Result(name, "fields right", round(100 * right / asked, 1), "%"),
                Result(name, "fields asked for", asked, ""),
                *_accepted(name, suggestion),
                Result(name, "time", round(seconds, 2), "s"),
            ]
            wrong = round(100 - 100 * right / asked, 1)
            targets.append(
                Target(f"{name}, fields wrong in %", wrong, _MOST_WRONG_PERCENT, wrong < _MOST_WRONG_PERCENT)
            )
            if name == _WITHOUT_TITLE_AND_KEY:
                await _import_edited(database, path, suggestion, results, targets)
        variants, of_variants = _variants(found)
        results.append(Result("renamed and reordered columns", "variants", variants, ""))
        total = silent + of_variants
        targets.append(Target("price and value silently wrong", total, 1, total < 1))


def _score(name: str, suggestion: feeds.Suggestion) -> tuple[int, int]:
    """How many fields are right, and how many were asked for or suggested. Says which are not."""
    gold, optional = _FEEDS[name].fields, _FEEDS[name].optional
    stated = {field.name: _columns(field) for field in suggestion.fields}
    stated |= {f"weekdays.{day}": {column} for day, column in suggestion.weekdays.items()}
    allowed = {**optional, **gold}
    right = {field for field, columns in stated.items() if columns and columns <= set(allowed.get(field, ()))}
    asked = set(gold) | set(stated)
    for field in sorted(asked - right):
        sys.stderr.write(f"bench: {name}: {field} is {sorted(stated.get(field, ()))}, not {allowed.get(field)}\n")
    return len(right), len(asked)


def _columns(field: FieldDraft) -> set[str]:
    if field.column is not None:
        return {field.column}
    return set((field.template or "").replace("}", "{").split("{")[1::2])


def _silently_wrong(gold: Mapping[str, Sequence[str]], fields: Sequence[FieldDraft], doubts: int) -> int:
    """1 where price or value is not the true one and nothing is said, else 0."""
    stated = {field.name: field for field in fields if field.name in _FIELD_NAMES}
    wrong = [name for name, field in stated.items() if field.column not in gold.get(name, ())]
    return int(bool(wrong) and (doubts == 0 or not any(stated[name].doubts for name in wrong)))


def _accepted(name: str, suggestion: feeds.Suggestion) -> Iterator[Result]:
    tried = suggestion.tried
    if tried is not None:
        yield Result(name, "rows tried", tried.rows, "")
        yield Result(name, "rows accepted as suggested", tried.accepted, "")


async def _import_edited(
    database: Database, path: Path, suggestion: feeds.Suggestion, results: list[Result], targets: list[Target]
) -> None:
    """Import the feed for good, with the suggested mapping as it is and with a few lines edited."""
    for metric, text in (("as suggested", suggestion.toml), ("with five lines edited", _edited(suggestion.toml))):
        summary = await feeds.import_feed(database, path, parse_mapping(text, "suggested"))
        results.append(Result(path.parent.name, f"rows imported {metric}", summary.accepted, ""))
        placed = summary.by_reach.get("locations", 0)
        results.append(Result(path.parent.name, f"rows with a town {metric}", placed, ""))
        missing = _ROWS - summary.accepted
        targets.append(Target(f"{path.parent.name}, rows not imported {metric}", missing, 1, missing < 1))


def _edited(toml: str) -> str:
    lines = toml.splitlines()
    for spelling, place in _EDITS.items():
        (at,) = [number for number, line in enumerate(lines) if line.strip().startswith(f'"{spelling}",')]
        del lines[at]
        lines.insert(lines.index("[places.aliases]") + 1, f'"{spelling}" = "{place}"')
    return "\n".join(lines)


def _variants(found: Mapping[str, Path]) -> tuple[int, int]:
    """How many renamed, reordered and widened copies of the feeds there are, and how many are silently wrong."""
    number = wrong = 0
    for name, path in found.items():
        gold = _FEEDS[name].fields
        if "value" not in gold:
            continue
        with look_at(path) as look:
            sample, _ = take_sample(look)
        for changed, truth in _changed(sample, gold["price"][0], gold["value"][0]):
            number += 1
            drafted = drafting.draft(changed, Evidence())
            silent = _silently_wrong(truth, drafted.fields, _doubts(drafted))
            wrong += silent
            if silent:
                sys.stderr.write(f"bench: {name} with columns {[each.name for each in changed.columns]} is wrong\n")
    return number, wrong


def _doubts(drafted: Draft) -> int:
    return len(drafted.doubts) + sum(len(field.doubts) for field in drafted.fields)


_NAMES = (
    ("price", "value"), ("sale_price", "list_price"), ("amount", "total"), ("price 1", "price 2"), ("value", "price"),
    ("list_price", "sale_price"), ("cost", "price"), ("discount", "price"), ("original", "offer"), ("x", "y"),
    ("Preis", "Listenpreis"), ("precio", "precio normal"), ("割引価格", "定価"), ("you pay", "you get"),
)  # fmt: skip
"""What the two columns may be called, truly and falsely."""


def _changed(sample: Sample, price: str, value: str) -> Iterator[tuple[Sample, dict[str, Sequence[str]]]]:
    """Copies of a sample under other names and in other orders, and which columns are price and value in them."""
    rng = Random(1)
    for paid, usual in _NAMES:
        names = {price: paid, value: usual}
        for strip in (False, True):
            renamed = [
                Profile(names.get(each.name, f"c{each.position}" if strip else each.name), each.position, each.cells)
                for each in sample.columns
                if each.name in names or each.name not in {paid, usual}
            ]
            rng.shuffle(renamed)
            yield Sample(tuple(renamed), sample.rows), {"price": (paid,), "value": (usual,)}
