"""SQLite and Parquet: binary files whose pages, lists and numbers lie."""

from random import Random

import zstandard

from tests.corpus import rows
from tests.corpus.cases import Case, Ending, feed, flipped


def family(rng: Random) -> list[Case]:
    return [*_sqlite_damaged(rng), *_sqlite(), *_parquet_damaged(rng), *_parquet()]


def _sqlite_damaged(rng: Random) -> list[Case]:
    name, whole = "feed.sqlite", rows.as_sqlite(rows.many(300))
    cut = [
        feed(f"sqlite_cut_{kept}", f"database cut short after {kept} bytes", whole[:kept], file=name)
        for kept in (16, 100, 4096, len(whole) // 2, len(whole) - 4096)
    ]
    damaged = [
        feed(
            f"sqlite_flipped_{at}",
            f"database with 8 bytes turned over at {at}",
            flipped(whole, at, 8),
            Ending.CONTAINED,
            file=name,
        )
        for at in sorted(rng.sample(range(100, len(whole)), 10))
    ]
    return (
        cut
        + damaged
        + [
            feed("sqlite_page_size", "database of pages of 3 bytes", whole[:16] + b"\x00\x03" + whole[18:], file=name),
            feed("sqlite_version", "database of a version to come", whole[:18] + b"\x09\x09" + whole[20:], file=name),
            feed(
                "sqlite_page_zeroed",
                "database with a page of zeros",
                whole[:8192] + bytes(4096) + whole[12288:],
                file=name,
            ),
            feed(
                "sqlite_page_loop",
                "database whose tree of pages leads back to itself",
                flipped(whole, 4096 + 8, 4),
                file=name,
            ),
            feed(
                "sqlite_all_ones",
                "database of nothing but ones behind its header",
                whole[:100] + b"\xff" * (len(whole) - 100),
                file=name,
            ),
        ]
    )


def _sqlite() -> list[Case]:
    """Databases that are whole, and hold what harms."""
    name, good = "feed.sqlite", [rows.good(1)]
    columns = ", ".join(f"c{number}" for number in range(1_999))
    expensive = "hex(zeroblob(16000000))"
    return [
        feed("sqlite_view", "a view instead of a table", rows.as_sqlite(good, "ALTER TABLE deals RENAME TO d", "CREATE VIEW deals AS SELECT * FROM d"), says="has no table 'deals'", file=name),
        feed("sqlite_endless_view", "a view that never ends, beside the table", rows.as_sqlite(good, "CREATE VIEW v AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT x FROM n"), Ending.CONTAINED, file=name),
        feed("sqlite_trigger", "a trigger that would delete all rows", rows.as_sqlite(good, "CREATE TRIGGER t AFTER INSERT ON deals BEGIN DELETE FROM deals; END"), Ending.CONTAINED, file=name),
        feed("sqlite_virtual", "a virtual table instead of a table", rows.as_sqlite(good, "DROP TABLE deals", "CREATE VIRTUAL TABLE deals USING fts5(link, title, price, usual, ends, town)"), Ending.CONTAINED, file=name),
        feed("sqlite_schema_text", "a table whose definition is no SQL", rows.as_sqlite(good, "PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = 'CREATE TABLE deals (((('"), file=name),
        feed("sqlite_schema_other", "a table whose definition has other columns", rows.as_sqlite(good, "PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = 'CREATE TABLE deals (a)'"), says="has no ", file=name),
        feed("sqlite_no_table", "a database without the table", rows.as_sqlite(good, "ALTER TABLE deals RENAME TO offers"), says="has no table 'deals'", file=name),
        feed("sqlite_blob", "binary data in a title", rows.as_sqlite(good, "INSERT INTO deals SELECT 'x', x'ABCDEF', '1', '', '', '' FROM deals"), Ending.REJECTED, "binary data in the column 'title'", file=name),
        feed("sqlite_not_utf8", "text that is not UTF-8", rows.as_sqlite([*good, rows.changed()], "UPDATE deals SET title = CAST(x'C328A0FF' AS TEXT) WHERE link LIKE '%/2-%'"), Ending.REJECTED, "not text", file=name),
        feed("sqlite_infinite_price", "an infinite price", rows.as_sqlite([*good, rows.changed(price="9e999")], "UPDATE deals SET price = -9e999 WHERE link LIKE '%/2-%'"), Ending.REJECTED, "is not an amount", file=name),
        feed("sqlite_nul", "a NUL in a title", rows.as_sqlite([*good, rows.changed(title="Boat\0tour")]), Ending.REJECTED, "U+0000", file=name),
        feed("sqlite_columns_2000", "a table of 2,000 columns without one that is wanted", rows.as_sqlite(good, f"CREATE TABLE wide ({columns})"), says="has no ", file=name, more='table = "wide"'),
        feed("sqlite_generated", "a column that the database makes up, at 32 MB a row",
             rows.as_sqlite([], "DROP TABLE deals", f"CREATE TABLE deals (link, title AS ({expensive}), price, usual, ends, town)", *["INSERT INTO deals (link) VALUES ('x')"] * 50), file=name),
        feed("sqlite_generated_slowly", "a column that the database takes for ever to make up",
             rows.as_sqlite([], "DROP TABLE deals", "CREATE TABLE deals (link, seed, title AS (seed LIKE '%a%a%a%a%a%a%a%a%a%b'), price, usual, ends, town)",
                            "INSERT INTO deals (link, seed) VALUES ('x', replace(hex(zeroblob(500)), '0', 'a'))"), Ending.CONTAINED, file=name, seconds=40),
        feed("sqlite_called_csv", "a database under the name of a CSV file", rows.as_sqlite(good), says="is a SQLite database", file="feed.csv"),
        feed("sqlite_csv", "CSV under the name of a database", rows.as_csv(good), says="cannot be read as a SQLite database", file=name),
        feed("sqlite_pragma", "a table whose name is SQL", rows.as_sqlite(good), says="has no table", file=name, more="table = 'deals\"; DROP TABLE deals; --'"),
    ]  # fmt: skip


def _parquet_damaged(rng: Random) -> list[Case]:
    name, whole = "feed.parquet", rows.as_parquet(rows.in_parquet(300))
    footer = int.from_bytes(whole[-8:-4], "little")
    begin = len(whole) - 8 - footer
    cut = [
        feed(f"parquet_cut_{kept}", f"Parquet file cut short after {kept} bytes", whole[:kept], file=name)
        for kept in (3, 4, 11, len(whole) // 2, len(whole) - 4, len(whole) - 1)
    ]
    in_footer = [
        feed(
            f"parquet_footer_{number}",
            f"Parquet file with 2 bytes turned over at {at}, in its list of columns",
            flipped(whole, at, 2),
            Ending.CONTAINED,
            file=name,
        )
        for number, at in enumerate(sorted(rng.sample(range(begin, begin + footer), 5)))
    ]
    in_pages = [
        feed(
            f"parquet_page_{number}",
            f"Parquet file with 4 bytes turned over at {at}, in its pages",
            flipped(whole, at, 4),
            Ending.CONTAINED,
            file=name,
        )
        for number, at in enumerate(sorted(rng.sample(range(4, begin), 3)))
    ]
    lies = {"0": 0, "too_long": len(whole) + 1, "huge": 2**32 - 1, "one_less": footer - 1}
    lying = [
        feed(
            f"parquet_footer_length_{key}",
            f"Parquet file that states a list of columns of {length:,} bytes",
            whole[:-8] + length.to_bytes(4, "little") + b"PAR1",
            file=name,
        )
        for key, length in lies.items()
    ]
    return cut + in_footer + in_pages + lying


def _parquet() -> list[Case]:
    name, one = "feed.parquet", "CASE WHEN i = 2 THEN {0} ELSE {1} END"

    def second(column: str, bad: str, good: str) -> bytes:
        return rows.as_parquet(rows.in_parquet(2, **{column: one.format(bad, good)}))

    whole = rows.as_parquet(rows.in_parquet(3))
    deep = "{'a': " * 100 + "1" + "}" * 100
    return [
        feed("parquet_encrypted", "an encrypted file", b"PARE" + whole[4:-4] + b"PARE", says="is encrypted", file=name),
        feed("parquet_empty", "nothing between the first and the last mark", b"PAR1PAR1", file=name),
        feed("parquet_csv", "CSV under the name of a Parquet file", rows.as_csv([rows.good(1)]), says="is not a Parquet file", file=name),
        feed("parquet_called_csv", "a Parquet file under the name of CSV", whole, says="is a Parquet file", file="feed.csv"),
        feed("parquet_bomb", "2 million rows of the same letters in a few KiB", lambda: rows.as_parquet("SELECT 'https://deals.example/1-tour' AS link, 'Boat tour' AS title, '19' AS price, '38' AS usual, '' AS ends, '' AS town FROM range(2_000_000)"),
             says="once unpacked", file=name),
        feed("parquet_cell_50mb", "a cell of 50 MB", lambda: rows.as_parquet(rows.in_parquet(1, title="repeat('Boat tour ', 5_000_000)")), says="larger than 16 MiB", file=name, mebibytes=900),
        feed("parquet_columns_10000", "10,000 columns", lambda: rows.as_parquet(f"SELECT {', '.join(f'{number} AS c{number}' for number in range(10_000))}"), says="has 10,000 columns", file=name, seconds=30, mebibytes=600),
        feed("parquet_deep", "a column that is nested 100 deep", rows.as_parquet(f"SELECT {deep} AS link"), file=name),
        feed("parquet_blob", "binary data where the mapping wants a title", rows.as_parquet(rows.in_parquet(1, title="'\\xAB\\xCD'::BLOB")), says="has binary data in the column 'title'", file=name),
        feed("parquet_nested", "a member list where the mapping wants a title", rows.as_parquet(rows.in_parquet(1, title="{'en': 'Boat'}")), says="has no 'title'", file=name),
        feed("parquet_missing", "no column of the name that the mapping gives", rows.as_parquet("SELECT 1 AS id"), says="has no ", file=name),
        feed("parquet_not_a_number", "a price that is not a number", second("price", "'NaN'::DOUBLE", "19"), Ending.REJECTED, "is not an amount", file=name),
        feed("parquet_infinite", "an infinite price", second("price", "'-Infinity'::DOUBLE", "19"), Ending.REJECTED, "is not an amount", file=name),
        feed("parquet_huge", "a price of 38 digits", second("price", "99999999999999999999999999999999999999::HUGEINT", "19"), Ending.REJECTED, "is not an amount", file=name),
        feed("parquet_year_0", "a date before the first year", second("ends", "TIMESTAMP '0001-01-01 (BC) 00:00:00'", "TIMESTAMP '2027-01-01'"), Ending.REJECTED, "is not a date", file=name),
        feed("parquet_year_9999", "a date of the year 9999", second("ends", "TIMESTAMP '9999-12-31 23:59:59'", "TIMESTAMP '2027-01-01'"), Ending.REJECTED, "1990 to 2100", file=name),
        feed("parquet_year_290000", "a date of the year 290,000", second("ends", "TIMESTAMP '290000-01-01'", "TIMESTAMP '2027-01-01'"), Ending.REJECTED, "is not a date", file=name),
        feed("parquet_infinite_date", "an infinite date", second("ends", "'infinity'::TIMESTAMP", "TIMESTAMP '2027-01-01'"), Ending.REJECTED, "is not a date", file=name),
        feed("parquet_nul", "a NUL in a title", second("title", "'Boat' || chr(0) || 'tour'", "'Boat tour'"), Ending.REJECTED, "U+0000", file=name),
        feed("parquet_not_utf8", "text that is not UTF-8", rows.as_parquet(rows.in_parquet(1, title="'Boat tour'"), ", COMPRESSION uncompressed").replace(b"Boat tour", b"Boat\xff\xfetou"), file=name),
        feed("parquet_zst", "a Parquet file cut short in a zstd archive that is whole", zstandard.compress(whole[:-9]), says="is cut short", file="feed.parquet.zst"),
    ]  # fmt: skip
