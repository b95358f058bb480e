"""An import brings the catalogue to what a file states: all of that, nothing else, and nothing half done."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.errors import Conflict, InvalidInput
from highstreet.kit.postgres.server import ADMINISTRATOR, EmbeddedPostgres
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, Precision, PublishedDeal, Reach, ValueEvidence
from highstreet.market.catalog.domain.places import DivisionDraft
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.rows import Reject
from highstreet.market.feeds.repository import claims

Record: TypeAlias = dict[str, str | None]
Make: TypeAlias = Callable[..., Record]
Write: TypeAlias = Callable[..., Path]
Rows: TypeAlias = dict[str, dict[str, Any]]


@pytest.fixture
def rows_of(database_name: str, postgres: EmbeddedPostgres) -> Callable[[], Rows]:
    """Every row of the catalogue and the outbox, by table and physical place, with the transaction that wrote it."""

    def read() -> Rows:
        with psycopg.connect(postgres.url(ADMINISTRATOR, database_name)) as connection:
            tables = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('catalog', 'kit')"
            ).fetchall()
            found: Rows = {}
            for schema, table in tables:
                query = sql.SQL("SELECT ctid::text, xmin::text, to_jsonb(t) FROM {} AS t").format(
                    sql.Identifier(schema, table)
                )
                for place, writer, row in connection.execute(query):
                    found[f"{schema}.{table}{place}"] = {"writer": writer, "row": row}
            return found

    return read


async def live(database: Database) -> list[PublishedDeal]:
    async with database.system() as tx:
        return (await catalog.changed_deals(tx, None)).published


async def by_key(database: Database) -> dict[str, PublishedDeal]:
    return {deal.source.key: deal for deal in await live(database) if deal.source is not None}


async def test_a_deal_says_what_its_row_states_and_nothing_else(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(1, title="Fish &amp; <b>Chips</b>"), row(2, town="Chicago Area", usual=None), row(3, town=None)])
    summary = await feeds.import_feed(lakeside, file, mapping)
    assert (summary.rows, summary.accepted, summary.new, summary.rejected) == (3, 3, 3, 0)
    assert summary.by_reach == {"division": 1, "locations": 1, "unstated": 1}
    deals = await by_key(lakeside)

    first = deals["1"]
    assert first.title == "Fish & <b>Chips</b>"
    assert first.state is DealState.LIVE
    assert first.reach is Reach.LOCATIONS
    assert [(point.place_name, point.precision, point.address) for point in first.points] == [
        ("Chicago", Precision.TOWN, None)
    ]
    assert first.ends_at == datetime(2027, 1, 1, tzinfo=UTC)
    (option,) = first.options
    assert (option.price_minor, option.value_minor) == (1900, 3800)
    assert option.value_evidence is ValueEvidence.FEED_STATED
    assert first.source is not None
    assert (first.source.feed, first.source.key, first.source.shifted_days) == ("lakeside", "1", 0)
    assert first.source.url == "https://deals.example/offers/1-boat-tour"
    assert not first.invented

    for deal in deals.values():
        assert (deal.merchant_name, deal.category_slug, deal.description, deal.fine_print) == (None, None, None, ())
    second, third = deals["2"], deals["3"]
    assert (second.reach, second.division_slug, second.points) == (Reach.DIVISION, "chicago", ())
    assert second.options[0].value_minor is None
    assert second.options[0].value_evidence is None
    assert (third.reach, third.points) == (Reach.UNSTATED, ())


async def test_places_are_found_by_any_of_their_names_and_never_by_likeness(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    towns = ["schaumburg, IL", "Shaumburg, IL", "Saint Charles, IL", "SCHAUMBRUG, IL", "Chicago, WI"]
    rejects: list[Reject] = []
    file = write([row(number, town=town) for number, town in enumerate(towns)])
    await feeds.import_feed(lakeside, file, mapping, on_reject=rejects.append)
    found = {key: deal.points[0].place_slug for key, deal in (await by_key(lakeside)).items()}
    assert found == {"0": "schaumburg-il-us", "1": "schaumburg-il-us", "2": "st-charles-il-us"}
    assert [(each.line, each.field, each.value) for each in rejects] == [
        (4, "place", "SCHAUMBRUG, IL"),
        (5, "place", "Chicago, WI"),
    ]
    assert rejects[0].reason == "is not a place that the catalogue knows (looked for SCHAUMBRUG in IL, US)"


async def test_a_place_that_a_row_names_twice_is_one_point_and_a_town_counts_before_its_area(
    lakeside: Database, mapping_text: str, row: Make, write: Write
) -> None:
    text = mapping_text.replace('from = "town"', 'from = "town", separator = ";"')
    text = text.replace(
        "[places.aliases]", 'area = "St. Charles, IL"\n[places.regions]\nLakes = "Chicago, IL"\n[places.aliases]'
    )
    towns = ["Chicago, IL;chicago,  il;Lakes", "Lakes;lakes", "Lakes;The Boat House; Atlantis, IL;Schaumburg, IL"]
    file = write([row(number, town=town) for number, town in enumerate(towns)])
    summary = await feeds.import_feed(lakeside, file, parse_mapping(text, "lakeside.toml"))
    assert summary.rejected == 0
    found = {
        key: [(point.place_name, str(point.precision)) for point in deal.points]
        for key, deal in (await by_key(lakeside)).items()
    }
    assert found == {
        "0": [("Chicago", "town")],
        "1": [("Chicago", "area")],
        "2": [("Schaumburg", "town"), ("Chicago", "area"), ("St. Charles", "area")],
    }


async def test_times_of_use_are_moved_with_the_dates_and_the_deal_says_so(
    lakeside: Database, mapping_text: str, row: Make, write: Write
) -> None:
    dated = '[fields.redeem_until]\nfrom = "ends"\ntransforms = ["instant"]\n'
    text = mapping_text.replace('ends_at = { from = "ends", transforms = ["instant"] }\n', "")
    mapping = parse_mapping(f"{text.replace('captured_at', '#')}\n{dated}", "lakeside.toml")
    with pytest.raises(InvalidInput, match="captured_at"):
        await feeds.import_feed(lakeside, write([row(1)]), mapping, shift_dates=True)
    mapping = parse_mapping(f"{text}\n{dated}", "lakeside.toml")
    await feeds.import_feed(lakeside, write([row(1, ends="2015-06-01T00:00:00-05:00")]), mapping, shift_dates=True)
    deal = (await by_key(lakeside))["1"]
    assert deal.source is not None
    moved = timedelta(days=deal.source.shifted_days)
    assert moved.days > 3000
    local = datetime(2015, 6, 1, tzinfo=ZoneInfo("America/Chicago"))
    assert deal.options[0].redeem_until == local + moved


async def test_the_same_file_shuffled_with_one_row_changed_writes_only_that_deal(
    lakeside: Database, mapping: Mapping, row: Make, write: Write, rows_of: Callable[[], Rows], clock: FixedClock
) -> None:
    records = [row(number) for number in range(700)]
    await feeds.import_feed(lakeside, write(records), mapping)
    before = rows_of()

    clock.advance(timedelta(days=1))
    random.Random(3).shuffle(records)
    summary = await feeds.import_feed(lakeside, write(records), mapping)
    assert (summary.new, summary.changed, summary.same) == (0, 0, 700)
    assert rows_of() == before

    records[400]["price"] = "21"
    changed = await by_key(lakeside)
    deal = changed[str(records[400]["link"]).rpartition("/")[2].partition("-")[0]]
    summary = await feeds.import_feed(lakeside, write(records), mapping)
    assert (summary.new, summary.changed, summary.same) == (0, 1, 699)
    after = rows_of()
    touched = [*(place for place in before if after.get(place) != before[place]), *(after.keys() - before.keys())]
    assert touched
    for place in touched:
        written = (after.get(place) or before[place])["row"]
        assert str(deal.id) in {written.get("id"), written.get("deal_id"), written.get("aggregate_id")}, written
    assert (await by_key(lakeside))[deal.source.key if deal.source else ""].options[0].price_minor == 2100


async def test_a_start_that_is_not_stated_is_the_first_import_and_stays(
    lakeside: Database, mapping_text: str, row: Make, write: Write, clock: FixedClock
) -> None:
    mapping = parse_mapping(mapping_text.replace("captured_at", "# captured_at"), "m")
    await feeds.import_feed(lakeside, write([row(1), row(2)]), mapping)
    first = clock.now()
    clock.advance(timedelta(days=3))
    summary = await feeds.import_feed(lakeside, write([row(1), row(2, price="20"), row(3)]), mapping)
    assert (summary.new, summary.changed, summary.same) == (1, 1, 1)
    starts = {key: deal.starts_at for key, deal in (await by_key(lakeside)).items()}
    assert starts == {"1": first, "2": first, "3": clock.now()}


async def test_a_row_that_is_refused_leaves_its_deal_as_it_was(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    await feeds.import_feed(lakeside, write([row(1), row(2)]), mapping)
    rejects: list[Reject] = []
    summary = await feeds.import_feed(
        lakeside, write([row(1, price="call us"), row(2)]), mapping, on_reject=rejects.append
    )
    assert (summary.rejected, summary.same, summary.rejected_by_field) == (1, 1, {"price": 1})
    assert rejects == [Reject(line=1, field="price", value="call us", reason="is not an amount in USD")]
    assert set(await by_key(lakeside)) == {"1", "2"}


async def test_an_old_feed_is_over_unless_its_dates_are_shifted(
    lakeside: Database, mapping: Mapping, record: Make, write: Write, clock: FixedClock
) -> None:
    file = write([record(1, ends="2015-05-15T05:00:00+00:00"), record(2), record(3, ends=None)])
    await feeds.import_feed(lakeside, file, mapping)
    assert set(await by_key(lakeside)) == {"3"}

    summary = await feeds.import_feed(lakeside, file, mapping, shift_dates=True)
    assert (summary.changed, summary.shifted_days) == (3, 3948)
    deals = await by_key(lakeside)
    assert set(deals) == {"1", "2", "3"}
    for deal in deals.values():
        assert deal.starts_at <= clock.now()
        assert deal.source is not None
        assert deal.source.shifted_days == 3948
    assert deals["1"].ends_at == datetime(2026, 3, 6, 6, tzinfo=UTC)  # a Friday's midnight in Chicago, as in 2015

    again = await feeds.import_feed(lakeside, file, mapping, shift_dates=True)
    assert again.same == 3


async def test_dates_are_not_shifted_by_a_guess(
    lakeside: Database, mapping_text: str, record: Make, write: Write
) -> None:
    mapping = parse_mapping(mapping_text.replace("captured_at", "# captured_at"), "m")
    with pytest.raises(InvalidInput, match=r"feed\.captured_at: is not in the mapping"):
        await feeds.import_feed(lakeside, write([record()]), mapping, shift_dates=True)


async def test_a_deal_that_was_over_when_it_was_first_seen_is_kept_as_ended(
    lakeside: Database, mapping_text: str, record: Make, write: Write
) -> None:
    mapping = parse_mapping(mapping_text.replace("captured_at", "# captured_at"), "m")
    first = await feeds.import_feed(lakeside, write([record()]), mapping)
    again = await feeds.import_feed(lakeside, write([record()]), mapping)
    assert (first.new, first.ended, again.same, again.ended) == (1, 1, 1, 1)
    assert await live(lakeside) == []


async def test_a_dry_run_tells_the_same_and_writes_nothing(
    lakeside: Database, mapping: Mapping, row: Make, write: Write, rows_of: Callable[[], Rows]
) -> None:
    await feeds.import_feed(lakeside, write([row(1), row(2)]), mapping)
    file = write([row(1), row(2, price="20"), row(3), row(4, price="call us"), row(1)])
    before = rows_of()
    dry_rejects: list[Reject] = []
    dry = await feeds.import_feed(lakeside, file, mapping, dry_run=True, on_reject=dry_rejects.append)
    assert rows_of() == before
    rejects: list[Reject] = []
    done = await feeds.import_feed(lakeside, file, mapping, on_reject=rejects.append)
    assert (done.new, done.changed, done.same, done.rejected) == (1, 1, 1, 2)
    assert dry_rejects == rejects
    assert dry.dry_run
    assert (dry.new, dry.changed, dry.same, dry.rejected) == (done.new, done.changed, done.same, done.rejected)


async def test_a_file_that_is_cut_short_after_many_good_rows_writes_nothing(
    lakeside: Database, mapping: Mapping, row: Make, write: Write, rows_of: Callable[[], Rows]
) -> None:
    file = write([row(number) for number in range(1200)])
    file.write_bytes(file.read_bytes()[:-2])
    before = rows_of()
    with pytest.raises(InvalidInput, match="cut short"):
        await feeds.import_feed(lakeside, file, mapping)
    assert rows_of() == before


async def test_two_imports_of_one_feed_never_run_at_once(
    lakeside: Database, mapping: Mapping, mapping_text: str, row: Make, write: Write
) -> None:
    file = write([row(1)])
    async with lakeside.system() as other:
        assert await claims.claim(other, "lakeside")
        with pytest.raises(Conflict, match="An import of lakeside is already under way"):
            await feeds.import_feed(lakeside, file, mapping)
        neighbour = parse_mapping(mapping_text.replace('name = "lakeside"', 'name = "riverside"'), "m")
        assert (await feeds.import_feed(lakeside, file, neighbour)).new == 1
    assert (await feeds.import_feed(lakeside, file, mapping)).new == 1


async def test_a_division_that_is_there_is_left_as_the_operator_made_it(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(1)])
    await feeds.import_feed(lakeside, file, mapping)
    async with lakeside.transaction(OPERATOR) as tx:
        made = await catalog.division_by_slug(tx, "chicago")
        assert made is not None
        assert (made.name, made.radius_km) == ("Chicago", 80.0)
        await catalog.create_division(
            tx, DivisionDraft(slug="chicago", name="Chicagoland", place_id=made.place_id, radius_km=120)
        )
    await feeds.import_feed(lakeside, write([row(2)]), mapping)
    async with lakeside.system() as tx:
        kept = await catalog.division_by_slug(tx, "chicago")
    assert kept is not None
    assert (kept.id, kept.name, kept.radius_km) == (made.id, "Chicagoland", 120.0)


async def test_a_mapping_that_does_not_fit_the_catalogue_is_refused_with_one_sentence(
    lakeside: Database, mapping_text: str, record: Make, write: Write
) -> None:
    file = write([record()])
    nowhere = parse_mapping(mapping_text.replace('place = "Chicago, IL"', 'place = "Chigaco, IL"'), "m")
    with pytest.raises(InvalidInput, match=r"division\.place: 'Chigaco, IL' is not a place that the catalogue knows"):
        await feeds.import_feed(lakeside, file, nowhere)
    sections = mapping_text.replace('place = { from = "town" }', 'category = { from = "town" }')
    unknown = parse_mapping(f'{sections}\n[categories]\n"Chicago, IL" = "beauty-spa"\n', "m")
    async with lakeside.system() as tx:
        await catalog.seed_categories(tx)
    with pytest.raises(InvalidInput, match="'beauty-spa' is not a category of the catalogue; did you mean beauty-spas"):
        await feeds.import_feed(lakeside, file, unknown)


async def test_what_a_feed_states_of_merchant_and_category_is_taken_over(
    lakeside: Database, mapping_text: str, row: Make, tmp_path: Path
) -> None:
    text = mapping_text.replace("[places]", 'merchant = { from = "shop" }\ncategory = { from = "kind" }\n[places]', 1)
    mapping = parse_mapping(f'{text}\n[categories]\n"Spas" = "beauty-spas"\n', "m")
    async with lakeside.system() as tx:
        await catalog.seed_categories(tx)
    file = tmp_path / "feed.json"
    file.write_text(json.dumps([row(1, shop="Lake Spa", kind="spas"), row(2, shop=None, kind=None)]))
    assert (await feeds.import_feed(lakeside, file, mapping)).accepted == 2
    deals = await by_key(lakeside)
    assert (deals["1"].merchant_name, deals["1"].category_slug) == ("Lake Spa", "beauty-spas")
    assert (deals["2"].merchant_name, deals["2"].category_slug) == (None, None)


async def test_progress_is_told_up_to_the_end(lakeside: Database, mapping: Mapping, row: Make, write: Write) -> None:
    told: list[tuple[int, int]] = []
    records = [row(number, price="19" if number % 2 else "free") for number in range(1100)]
    await feeds.import_feed(lakeside, write(records), mapping, report=lambda done, total: told.append((done, total)))
    assert told == [(500, 1100), (1000, 1100), (1100, 1100)]
