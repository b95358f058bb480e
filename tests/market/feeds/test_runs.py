"""Every import is a run: recorded, gone on with, and undone as a whole."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Actor, ActorKind, Database
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.kit.postgres.server import ADMINISTRATOR, EmbeddedPostgres
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.changes import ChangeCursor, DealChanges
from highstreet.market.catalog.domain.deals import DealState, PublishedDeal
from highstreet.market.catalog.jobs import DUE_DEALS
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.runs import Asked, RunRecord, RunState
from highstreet.market.feeds.usecases.recording import told_of

Record: TypeAlias = dict[str, str | None]
Make: TypeAlias = Callable[..., Record]
Write: TypeAlias = Callable[..., Path]
Dump: TypeAlias = Callable[[], dict[str, list[Any]]]

CONTENT = {
    "deals": "SELECT to_jsonb(t) - 'changed_xid' - 'changed_at' FROM catalog.deals AS t ORDER BY id",
    "options": "SELECT to_jsonb(t) - 'changed_at' FROM catalog.options AS t WHERE position IS NOT NULL ORDER BY id",
    "points": "SELECT to_jsonb(t) FROM catalog.deal_points AS t ORDER BY deal_id, position",
    "pictures": "SELECT deal_id, address, from_feed, digest, state FROM catalog.deal_pictures AS t ORDER BY deal_id",
    "merchants": "SELECT to_jsonb(t) FROM catalog.merchants AS t ORDER BY id",
    "divisions": "SELECT to_jsonb(t) FROM catalog.divisions AS t ORDER BY id",
}
"""What the catalogue says. Histories only grow, and when a row was last written is no part of what it says."""


@pytest.fixture
def dump(database_name: str, postgres: EmbeddedPostgres) -> Dump:
    def read() -> dict[str, list[Any]]:
        with psycopg.connect(postgres.url(ADMINISTRATOR, database_name)) as connection:
            return {name: connection.execute(query).fetchall() for name, query in CONTENT.items()}  # type: ignore[call-overload] - queries of ours

    return read


async def deals(database: Database) -> dict[str, PublishedDeal]:
    async with database.system() as tx:
        found = (await catalog.changed_deals(tx, None)).published
    return {deal.source.key: deal for deal in found if deal.source is not None}


async def last_run(database: Database) -> RunRecord:
    return (await feeds.run_list(database, limit=1))[0].record


async def test_a_run_says_who_did_what_with_which_file(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(1), row(2, price="call us"), row(3, town=None)])
    asked = Asked(os_user="pat", mapping_name="lakeside.toml")
    summary = await feeds.import_feed(lakeside, file, mapping, asked=asked)
    run = await last_run(lakeside)
    assert (run.number, run.feed, run.state, run.source) == (summary.run, "lakeside", RunState.DONE, "feed.json")
    assert (run.actor_kind, run.os_user, run.mapping_name) == ("system", "pat", "lakeside.toml")
    assert (run.rows_total, run.rows_done, run.rows_new, run.rows_rejected) == (3, 3, 2, 1)
    assert run.by_reach == {"locations": 1, "unstated": 1}
    assert run.rejected_by_field == {"price": 1}
    refused = [row async for row in feeds.refused_rows(lakeside, run)]
    assert [(each.row, each.line, each.field, each.value) for each in refused] == [(2, 2, "price", "call us")]
    assert refused[0].cells == row(2, price="call us")

    again = write([row(1), row(2, price="call us"), row(3, town=None)], "other.json")
    await feeds.import_feed(lakeside, again, mapping)
    second = await last_run(lakeside)
    assert (second.source_sha256, second.mapping_sha256) == (run.source_sha256, run.mapping_sha256)
    assert (second.rows_same, second.written) == (2, 0)


async def test_a_file_that_cannot_be_used_is_a_failed_run_with_its_sentence(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(1)])
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(InvalidInput) as problem:
        await feeds.import_feed(lakeside, file, mapping)
    run = await last_run(lakeside)
    assert (run.state, run.error, run.rows_total, run.written) == (RunState.FAILED, str(problem.value), None, 0)


async def test_refused_rows_are_kept_whatever_they_hold(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    await feeds.import_feed(lakeside, write([row(1, title="nul \0 and half \ud83d"), row(2)]), mapping)
    (refused,) = [each async for each in feeds.refused_rows(lakeside, await last_run(lakeside))]
    assert refused.cells is not None
    assert refused.cells["title"] is not None
    assert "\0" in refused.cells["title"]


async def test_a_deal_that_the_file_no_longer_states_ends_and_lives_again_when_it_comes_back(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    await feeds.import_feed(lakeside, write([row(number) for number in range(4)]), mapping)
    summary = await feeds.import_feed(lakeside, write([row(0), row(1, price="call us"), row(2)]), mapping)
    assert (summary.same, summary.rejected, summary.vanished, summary.spared) == (2, 1, 1, 0)
    assert set(await deals(lakeside)) == {"0", "1", "2"}, "a row that was refused still states its deal"
    summary = await feeds.import_feed(lakeside, write([row(number) for number in range(4)]), mapping)
    assert (summary.changed, summary.same, summary.vanished) == (1, 3, 0)
    assert set(await deals(lakeside)) == {"0", "1", "2", "3"}


async def test_a_mapping_may_keep_what_vanished(lakeside: Database, mapping_text: str, row: Make, write: Write) -> None:
    mapping = parse_mapping(mapping_text.replace('currency = "USD"', 'currency = "USD"\nvanished = "keep"'), "m")
    await feeds.import_feed(lakeside, write([row(1), row(2)]), mapping)
    assert (await feeds.import_feed(lakeside, write([row(1)]), mapping)).vanished == 0
    assert set(await deals(lakeside)) == {"1", "2"}


async def test_most_of_a_feed_does_not_vanish_without_the_operators_word(
    lakeside: Database, mapping: Mapping, row: Make, write: Write, dump: Dump
) -> None:
    await feeds.import_feed(lakeside, write([row(number) for number in range(40)]), mapping)
    before = dump()
    half = write([row(number) for number in range(19)])
    summary = await feeds.import_feed(lakeside, half, mapping)
    assert (summary.vanished, summary.spared) == (0, 21)
    assert dump() == before
    dry = await feeds.import_feed(lakeside, half, mapping, dry_run=True, accept_vanished=True)
    assert (dry.vanished, dry.run) == (21, None)
    assert dump() == before
    assert (await feeds.import_feed(lakeside, half, mapping, accept_vanished=True)).vanished == 21
    assert len(await deals(lakeside)) == 19


async def test_a_file_of_which_nothing_can_be_used_ends_nothing(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    await feeds.import_feed(lakeside, write([row(1), row(2)]), mapping)
    summary = await feeds.import_feed(lakeside, write([row(3, price="?")]), mapping)
    assert (summary.vanished, summary.spared) == (0, 2)
    assert set(await deals(lakeside)) == {"1", "2"}


async def test_rows_that_cannot_be_told_apart_may_be_those_that_are_missing(
    lakeside: Database, csv_mapping: Mapping, row: Make, write: Write
) -> None:
    await feeds.import_feed(lakeside, write([row(number) for number in range(5)], "feed.csv"), csv_mapping)
    broken = write([row(number) for number in range(4)], "feed.csv")
    broken.write_bytes(broken.read_bytes() + b"4,with,a,comma,too,many,in,it\r\n")
    summary = await feeds.import_feed(lakeside, broken, csv_mapping)
    assert (summary.same, summary.rejected, summary.vanished, summary.spared) == (4, 1, 0, 1)
    assert len(await deals(lakeside)) == 5
    broken = write([row(number) for number in range(3)], "feed.csv")
    broken.write_bytes(broken.read_bytes() + b"4,with,a,comma,too,many,in,it\r\n")
    assert (await feeds.import_feed(lakeside, broken, csv_mapping)).vanished == 2, "more than could be in that row"


async def test_a_file_may_have_a_name_that_is_no_text(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(1)])
    strange = file.rename(file.with_name(os.fsdecode(b"feed \x1b[2J \xff.json")))
    await feeds.import_feed(lakeside, strange, mapping)
    assert (await last_run(lakeside)).source == r"feed \x1b[2J \udcff.json"
    strange.write_bytes(b"[")
    with pytest.raises(InvalidInput, match=r"^feed \\x1b"):
        await feeds.import_feed(lakeside, strange, mapping)
    with pytest.raises(InvalidInput, match="has a name that is no text"):
        async with lakeside.system() as tx:
            await feeds.add_schedule(tx, str(strange), mapping, every_minutes=60)


def test_what_is_kept_of_a_problem_is_short_and_can_be_written_down() -> None:
    told = told_of(InvalidInput.at("feed.zip", "holds \0 and \x1b[2J and half \ud83d " * 1_000))
    assert told.startswith(r"feed.zip: holds \x00 and \x1b[2J and half \ud83d ")
    assert len(told) < 8_000


async def test_undo_restores_all_that_the_catalogue_said(
    lakeside: Database, mapping_text: str, row: Make, write: Write, dump: Dump, clock: FixedClock
) -> None:
    more = 'merchant = { from = "shop" }\nimage = { from = "picture" }\n[places]'
    mapping = parse_mapping(mapping_text.replace("[places]", more, 1), "m")
    empty = dump()
    picture = "https://pictures.example/a.jpg"
    first = [row(number, shop=f"Shop {number % 3}", usual=None, picture=picture) for number in range(12)]
    await feeds.import_feed(lakeside, write(first), mapping)
    before = dump()
    cursor = (await changes(lakeside, None)).cursor
    clock.advance(timedelta(days=1))
    second = [
        row(0, shop="Shop 0", price="25", usual="30", title="Another tour", picture=picture.replace("a.jpg", "b.jpg")),
        row(1, shop="Shop 9", town="Schaumburg, IL", picture=picture),
        row(2, shop=None, town=None, ends=None),
        row(3, shop="Shop 0", ends="2026-03-03T00:00:00Z"),
        *first[6:],
        row(40, shop="Shop 8"),
        row(41, shop="Shop 0"),
    ]
    summary = await feeds.import_feed(lakeside, write(second), mapping)
    assert (summary.new, summary.changed, summary.same, summary.vanished) == (2, 4, 6, 2)
    made = {deal.id for key, deal in (await deals(lakeside)).items() if key in {"40", "41"}}
    assert dump() != before

    clock.advance(timedelta(hours=1))
    assert summary.run is not None
    undone = await feeds.undo(lakeside, summary.run)
    assert (undone.removed, undone.restored, undone.revived, undone.kept) == (2, 4, 2, [])
    assert dump() == before
    assert made <= set((await changes(lakeside, cursor)).withdrawn), "followers learn of what has left"
    assert (await last_run(lakeside)).state is RunState.UNDONE
    again = await feeds.import_feed(lakeside, write(first), mapping)
    assert again.same == 12

    first_run = (await feeds.run_list(lakeside))[-1].record.number
    assert (await feeds.undo(lakeside, first_run)).removed == 12
    assert dump() == empty


async def changes(database: Database, since: ChangeCursor | None) -> DealChanges:
    async with database.system() as tx:
        return await catalog.changed_deals(tx, since)


async def test_undo_leaves_what_people_changed_since_and_lists_it(
    lakeside: Database, mapping: Mapping, row: Make, write: Write, clock: FixedClock
) -> None:
    await feeds.import_feed(lakeside, write([row(1), row(2), row(3)]), mapping)
    clock.advance(timedelta(hours=1))
    second = [row(1, price="18"), row(2, price="18"), row(4), row(5)]
    summary = await feeds.import_feed(lakeside, write(second), mapping)
    found = await deals(lakeside)
    clock.advance(timedelta(hours=1))
    async with lakeside.transaction(OPERATOR) as tx:
        await catalog.pause(tx, found["1"].id)
        await catalog.kill(tx, found["4"].id, reason="a hoax")
    assert summary.run is not None
    undone = await feeds.undo(lakeside, summary.run)
    assert (undone.removed, undone.restored, undone.revived) == (1, 1, 1)
    assert [one.reason for one in undone.kept] == [
        "'Boat Tour No. 1' (key 1) became paused by operator at 2026-03-02 12:00 UTC",
        "'Boat Tour No. 4' (key 4) became killed by operator at 2026-03-02 12:00 UTC: a hoax",
    ]
    live = await deals(lakeside)
    assert {key: deal.options[0].price_minor for key, deal in live.items()} == {"2": 1900, "3": 1900}
    assert await feeds.kept_of_run(lakeside, await last_run(lakeside)) == undone.kept


async def test_what_the_clock_did_since_does_not_count_as_peoples_change(
    lakeside: Database, mapping: Mapping, row: Make, write: Write, clock: FixedClock, dump: Dump
) -> None:
    await feeds.import_feed(lakeside, write([row(1, ends="2026-03-05T00:00:00Z"), row(2)]), mapping)
    await feeds.import_feed(
        lakeside, write([row(1, ends="2026-03-04T00:00:00Z"), row(3, ends="2026-03-04T00:00:00Z")]), mapping
    )
    clock.advance(timedelta(days=10))
    async with lakeside.system() as tx:
        await DUE_DEALS.run(tx)
    undone = await feeds.undo(lakeside, (await last_run(lakeside)).number)
    assert (undone.removed, undone.restored, undone.revived, undone.kept) == (1, 1, 1, [])
    states = {each[0]["source_key"]: each[0]["state"] for each in dump()["deals"]}
    assert states == {"1": DealState.ENDED, "2": DealState.LIVE}


async def test_runs_are_undone_from_the_last_to_the_first(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    first = await feeds.import_feed(lakeside, write([row(1)]), mapping)
    second = await feeds.import_feed(lakeside, write([row(1), row(2)]), mapping)
    await feeds.import_feed(lakeside, write([row(1), row(2)]), mapping)
    assert first.run is not None
    assert second.run is not None
    with pytest.raises(Conflict, match=f"Run {second.run} of lakeside came later and has to be undone first"):
        await feeds.undo(lakeside, first.run)
    await feeds.undo(lakeside, second.run)
    with pytest.raises(Conflict, match=f"Run {second.run} of lakeside is undone already"):
        await feeds.undo(lakeside, second.run)
    await feeds.undo(lakeside, first.run)
    assert await deals(lakeside) == {}
    with pytest.raises(NotFound, match="There is no run 999"):
        await feeds.undo(lakeside, 999)


async def test_every_column_of_a_deal_and_an_option_is_restored(lakeside: Database) -> None:
    """A column that a later migration adds must be thought of here."""
    source = Path(catalog.__file__).with_name("repository").joinpath("former.py").read_text()
    meant = {
        "deals": {"id", "origin", "state", "state_reason", "source_feed", "source_key", "terms_version", "created_at"}
        | {"changed_at", "changed_xid"},
        "options": {"id", "deal_id", "changed_at", "withdrawn_at"},
    }
    async with lakeside.system() as tx:
        for table, others in meant.items():
            cursor = await tx.connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
                [f"catalog.{table}"],
            )
            columns = {name for (name,) in await cursor.fetchall()}
            assert [name for name in columns - others if f"{name} = given.{name}" not in source] == []
        cursor = await tx.connection.execute(
            "SELECT attname FROM pg_attribute "
            "WHERE attrelid = 'catalog.deal_points'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
        assert ", ".join(name for (name,) in await cursor.fetchall()) in source


async def test_whatever_refers_to_a_deal_goes_with_it_or_keeps_it(lakeside: Database) -> None:
    """A table that a later migration adds must be thought of here."""
    source = Path(catalog.__file__).with_name("repository").joinpath("former.py").read_text()
    of_deals_that_are_sold = {"adoptions", "days", "deal_terms", "slots", "stock", "tipping"}
    async with lakeside.system() as tx:
        cursor = await tx.connection.execute(
            """
            SELECT DISTINCT relname FROM pg_constraint INNER JOIN pg_class ON pg_class.oid = conrelid
            WHERE confrelid IN ('catalog.deals'::regclass, 'catalog.options'::regclass) AND confdeltype <> 'c'
            """
        )
        tables = {name for (name,) in await cursor.fetchall()} - of_deals_that_are_sold
    assert [name for name in tables if f"DELETE FROM catalog.{name} WHERE" not in source] == []


async def test_a_deal_that_was_given_a_picture_since_is_left(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    summary = await feeds.import_feed(lakeside, write([row(1), row(2)]), mapping)
    shown = (await deals(lakeside))["1"]
    async with lakeside.system() as tx:
        await tx.execute(
            """
            INSERT INTO catalog.deal_pictures
                (deal_id, position, address, from_feed, state, attempts, due_at, created_at, changed_at)
            VALUES (%s, 0, 'https://pictures.example/by-hand.jpg', false, 'wanted', 0, %s, %s, %s)
            """,
            [shown.id, tx.now, tx.now, tx.now],
        )
    assert summary.run is not None
    undone = await feeds.undo(lakeside, summary.run)
    assert undone.removed == 1
    assert [one.reason for one in undone.kept] == ["'Boat Tour No. 1' (key 1) was given a picture since."]


@pytest.mark.parametrize("table", ["runs", "rejects", "changes", "schedules"])
async def test_visitors_see_nothing_of_runs(
    lakeside: Database, mapping: Mapping, row: Make, write: Write, table: str
) -> None:
    await feeds.import_feed(lakeside, write([row(1), row(2, price="?")]), mapping)
    async with lakeside.system() as tx:
        await feeds.add_schedule(tx, "https://feeds.example/?token=1", mapping, every_minutes=60)

    async def seen_by(actor: Actor) -> int:
        async with lakeside.transaction(actor) as tx:
            query = sql.SQL("SELECT FROM {}").format(sql.Identifier("feeds", table))
            return (await tx.connection.execute(query)).rowcount

    assert await seen_by(VISITOR) == 0
    assert await seen_by(Actor(ActorKind.PARTNER, UUID(int=1))) == 0
    assert await seen_by(OPERATOR) > 0


async def test_a_history_goes_with_its_deal_or_not_at_all(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    await feeds.import_feed(lakeside, write([row(1)]), mapping)
    for table in ("deal_passages", "option_prices"):
        with pytest.raises(psycopg.errors.RestrictViolation, match=f"rows of {table} are only ever added"):
            async with lakeside.system() as tx:
                await tx.connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("catalog", table)))
