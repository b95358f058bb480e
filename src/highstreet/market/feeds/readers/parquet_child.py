"""The process that turns a Parquet file into JSON Lines, and may fall over what it finds there.

DuckDB's makers say that a crafted file may crash the process that reads it, or take memory without end
(duckdb.org/security). So a process of its own reads it, which may do little and whose end harms nobody. It is started
by parquet_rows, reads a Request from its standard input and writes an Answer to its standard output.
"""

import os
import re
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from threading import Thread
from typing import cast

import duckdb
import msgspec
from duckdb.sqltypes import VARCHAR, DuckDBPyType

from highstreet.kit import limits
from highstreet.market.feeds.readers.limits import MAX_COLUMNS, MAX_DEPTH
from highstreet.market.feeds.readers.parquet_rows import Answer, Request

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": "1",
    "async_threads": "1",
    "memory_limit": "700MB",
    "temp_directory": "",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "enable_external_file_cache": "false",
    "python_enable_replacements": "false",
}
_BATCH_ROWS = 256
_CLOSED = (
    "SET TimeZone = 'UTC'",
    "SET enable_geoparquet_conversion = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class _Leaf(msgspec.Struct, frozen=True):
    """A column, or a member in one, that is not taken apart any further."""

    column: str
    name: str
    pattern: str
    """What names of it look like: any number for the place in a list, anything for a key."""
    is_binary: bool = False


def main() -> None:
    """Answer one request."""
    request = msgspec.json.decode(sys.stdin.buffer.readline(), type=Request)
    os.chdir(request.folder)
    _limit(request)
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        answer = _unpack(request)
    except OSError:  # the limit of what may be written is the process's own
        answer = Answer(refused=f"holds more than {request.max_bytes // 2**20:,} MiB once unpacked")
    except (duckdb.OutOfMemoryException, MemoryError):
        answer = Answer(refused="takes more memory to read than a feed may; write it in smaller pages, or as CSV")
    except (duckdb.Error, RecursionError) as problem:
        answer = Answer(refused=f"is damaged, or nothing that can be read here: {_sentence(problem)}")
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def _limit(request: Request) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, request.max_memory_bytes),
        (resource.RLIMIT_CPU, request.max_seconds),
        (resource.RLIMIT_FSIZE, request.max_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        limits.lower(kind, most)


def _end_with_parent() -> None:
    """Once the request's pipe is closed, nobody waits for the answer."""
    while os.read(0, 1):
        pass
    os._exit(1)


def _unpack(request: Request) -> Answer:
    with duckdb.connect(":memory:", config=_SETTINGS) as connection:
        connection.execute(f"SET allowed_paths = [{_text(request.file)}]")
        for statement in _CLOSED:
            connection.execute(statement)
        source = f"FROM read_parquet({_text(request.file)}, hive_partitioning = false)"
        relation = connection.sql(f"SELECT * {source}")
        types = dict(zip(relation.columns, relation.types, strict=True))
        found = _found(types, request.wanted)
        if found.chosen:
            cells = ", ".join(
                f"{_name(column)} := CAST({_name(column)} AS {_as_text(types[column])})" for column in found.chosen
            )
            connection.execute(f"SELECT CAST(to_json(struct_pack({cells})) AS VARCHAR) {source}")
            _write(connection, request.rows)
        return found.answer


def _write(connection: duckdb.DuckDBPyConnection, target: str) -> None:
    with open(target, "w", encoding="utf-8", newline="\n") as rows:  # noqa: PTH123 - a name in the current folder
        while batch := cast("list[tuple[str]]", connection.fetchmany(_BATCH_ROWS)):
            rows.writelines(f"{row}\n" for (row,) in batch)


class _Found(msgspec.Struct, frozen=True):
    answer: Answer
    chosen: list[str] = []
    """The columns to write: none, if one that is wanted is missing or cannot be used."""


def _found(types: Mapping[str, DuckDBPyType], wanted: Sequence[str] | None) -> _Found:
    leaves = [
        leaf for column, kind in types.items() for leaf in _leaves(_Leaf(column, column, re.escape(column)), kind)
    ]
    if len(leaves) > MAX_COLUMNS:
        return _Found(Answer(refused=f"has {len(leaves):,} columns; at most {MAX_COLUMNS:,} can be read"))
    names = [leaf.name for leaf in leaves]
    if wanted is None:
        needed = [leaf for leaf in leaves if not leaf.is_binary]
    else:
        hits = {name: [leaf for leaf in leaves if re.fullmatch(leaf.pattern, name)] for name in wanted}
        names += [name for name in wanted if hits[name] and name not in names]
        needed = [leaf for each in hits.values() for leaf in each] if all(hits.values()) else []
    if binary := next((leaf for leaf in needed if leaf.is_binary), None):
        return _Found(Answer(refused=f"has binary data in the column {binary.name!r}, and text is wanted"))
    return _Found(Answer(names), list(dict.fromkeys(leaf.column for leaf in needed)))


def _leaves(above: _Leaf, kind: DuckDBPyType, depth: int = 0) -> Iterator[_Leaf]:
    if depth > MAX_DEPTH:
        raise RecursionError(f"it is nested more than {MAX_DEPTH} levels deep")
    match kind.id:
        case "struct":
            for name, inner in _children(kind).items():
                step = _Leaf(above.column, f"{above.name}.{name}", rf"{above.pattern}\.{re.escape(name)}")
                yield from _leaves(step, inner, depth + 1)
        case "list" | "array":
            step = _Leaf(above.column, f"{above.name}.0", rf"{above.pattern}\.\d+")
            yield from _leaves(step, _children(kind)["child"], depth + 1)
        case "map":
            step = _Leaf(above.column, f"{above.name}.KEY", rf"{above.pattern}\..+")
            yield from _leaves(step, _children(kind)["value"], depth + 1)
        case other:
            yield msgspec.structs.replace(above, is_binary=other == "blob")


def _as_text(kind: DuckDBPyType) -> DuckDBPyType:
    """The same shape with nothing but text in it: JSON of DuckDB writes a decimal as the nearest binary fraction."""
    match kind.id:
        case "struct":
            return duckdb.struct_type({name: _as_text(inner) for name, inner in _children(kind).items()})
        case "list" | "array":
            return duckdb.list_type(_as_text(_children(kind)["child"]))
        case "map":
            return duckdb.map_type(VARCHAR, _as_text(_children(kind)["value"]))
        case _:
            return VARCHAR


def _children(kind: DuckDBPyType) -> dict[str, DuckDBPyType]:
    """The types within a type; a list also states its size there, and nobody asks for it."""
    return cast("dict[str, DuckDBPyType]", dict(kind.children))


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _sentence(problem: Exception) -> str:
    """The first line of what may be many, without what DuckDB calls the kind of problem."""
    first = (str(problem).splitlines() or [""])[0]
    words = re.sub(r"^[A-Z][A-Za-z ]* Error: ", "", first) or type(problem).__name__
    return "".join(sign if sign.isprintable() else "?" for sign in words)[:200]


if __name__ == "__main__":
    main()
