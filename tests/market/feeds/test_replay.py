"""Rows that a run refused are read again, and nothing else is touched."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import msgspec
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict, InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.rows import Reject
from highstreet.market.feeds.domain.runs import RefusedRow, RunRecord

Record: TypeAlias = dict[str, str | None]
Make: TypeAlias = Callable[..., Record]
Write: TypeAlias = Callable[..., Path]


async def prices(database: Database) -> dict[str, int]:
    async with database.system() as tx:
        found = (await catalog.changed_deals(tx, None)).published
    return {deal.source.key: deal.options[0].price_minor for deal in found if deal.source is not None}


async def record_of(database: Database, number: int | None) -> RunRecord:
    assert number is not None
    return (await feeds.run_by_number(database, number)).record


async def refused_by(database: Database, number: int | None) -> list[RefusedRow]:
    return [row async for row in feeds.refused_rows(database, await record_of(database, number))]


@pytest.fixture
async def run(lakeside: Database, mapping: Mapping, row: Make, write: Write) -> int:
    """A run that took two rows and refused three: one price, one town, one key that was there already."""
    rows = [row(1), row(2, price="call us"), row(3, town="Chicagoo, IL"), row(1, price="7"), row(4)]
    number = (await feeds.import_feed(lakeside, write(rows), mapping)).run
    assert number is not None
    return number


async def test_a_corrected_mapping_reads_what_was_refused(
    lakeside: Database, mapping_text: str, run: int, clock: FixedClock
) -> None:
    clock.advance(timedelta(hours=1))
    alias = parse_mapping(
        mapping_text.replace('"Shaumburg, IL"', '"Chicagoo, IL" = "Chicago, IL"\n"Shaumburg, IL"'), "m"
    )
    rejects: list[Reject] = []
    summary = await feeds.replay(lakeside, run, mapping=alias, on_reject=rejects.append)
    assert (summary.rows, summary.new, summary.rejected, summary.vanished) == (2, 1, 1, 0)
    assert [each.line for each in rejects] == [2]
    assert await prices(lakeside) == {"1": 1900, "3": 1900, "4": 1900}, "the second row of a key stays refused"
    replayed = await record_of(lakeside, summary.run)
    assert replayed.replays == (await record_of(lakeside, run)).id
    assert [each.row for each in await refused_by(lakeside, summary.run)] == [2]


async def test_mended_rows_are_read_as_they_were_mended(lakeside: Database, run: int) -> None:
    mended: list[RefusedRow] = []
    for row in await refused_by(lakeside, run):
        assert row.cells is not None
        if row.field == "price":
            mended.append(msgspec.structs.replace(row, cells={**row.cells, "price": "21"}))
        if row.field == "key":
            mended.append(msgspec.structs.replace(row, cells={**row.cells, "link": "https://deals.example/9-x"}))
    summary = await feeds.replay(lakeside, run, mended=mended)
    assert (summary.rows, summary.new) == (2, 2)
    assert await prices(lakeside) == {"1": 1900, "2": 2100, "4": 1900, "9": 700}
    assert summary.run is not None
    await feeds.undo(lakeside, summary.run)
    assert await prices(lakeside) == {"1": 1900, "4": 1900}


async def test_a_replay_can_itself_be_replayed(lakeside: Database, run: int) -> None:
    again = await feeds.replay(lakeside, run)
    assert (again.rows, again.rejected) == (2, 2)
    assert again.run is not None
    third = await feeds.replay(lakeside, again.run)
    assert (third.rows, third.rejected) == (2, 2)


async def test_rows_that_a_later_run_has_read_anew_are_not_brought_back(
    lakeside: Database, mapping: Mapping, run: int, row: Make, write: Write
) -> None:
    later = await feeds.import_feed(lakeside, write([row(1), row(4)]), mapping)
    with pytest.raises(Conflict, match=f"Run {later.run} has read lakeside since; its refused rows are the newer ones"):
        await feeds.replay(lakeside, run)
    assert later.run is not None
    with pytest.raises(InvalidInput, match="has no refused row that could be read again"):
        await feeds.replay(lakeside, later.run)
    await feeds.undo(lakeside, later.run)
    with pytest.raises(Conflict, match="is undone; rows of one that is done can be read again"):
        await feeds.replay(lakeside, later.run)
    assert (await feeds.replay(lakeside, run)).rows == 2


async def test_only_rows_that_the_run_refused_are_read(lakeside: Database, run: int, mapping_text: str) -> None:
    (first, *_) = await refused_by(lakeside, run)
    with pytest.raises(InvalidInput, match=f"row 77: is none that run {run} refused and kept"):
        await feeds.replay(lakeside, run, mended=[msgspec.structs.replace(first, row=77)])
    with pytest.raises(InvalidInput, match="row 2: has no cells, so there is nothing to read"):
        await feeds.replay(lakeside, run, mended=[msgspec.structs.replace(first, cells=None)])
    other = parse_mapping(mapping_text.replace('name = "lakeside"', 'name = "riverside"'), "m")
    with pytest.raises(InvalidInput, match=f"--mapping: is of riverside, and run {run} is of lakeside"):
        await feeds.replay(lakeside, run, mapping=other)


async def test_dates_of_replayed_rows_are_moved_as_far_as_those_of_the_run(
    lakeside: Database, mapping: Mapping, record: Make, write: Write, clock: FixedClock
) -> None:
    summary = await feeds.import_feed(lakeside, write([record(1), record(2, price="?")]), mapping, shift_dates=True)
    clock.advance(timedelta(days=30))
    (row,) = await refused_by(lakeside, summary.run)
    assert row.cells is not None
    assert summary.run is not None
    again = await feeds.replay(
        lakeside, summary.run, mended=[msgspec.structs.replace(row, cells={**row.cells, "price": "5"})]
    )
    assert again.shifted_days == summary.shifted_days > 0
