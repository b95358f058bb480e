"""Parquet files for tests, written by DuckDB in a process of its own.

DuckDB reports leaks when a Python that imported it ends, which would close every run of the tests.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path


def write_parquet(
    file: Path, query: str, options: str = "", before: Sequence[tuple[str, Sequence[str | None]]] = ()
) -> None:
    """Write what `query` gives, after the statements of `before`, each with its parameters, in an empty database."""
    statements = [*before, (f"COPY ({query}) TO '{file}' (FORMAT parquet{options})", ())]
    process = _process()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(statements) + "\n")
    process.stdin.flush()
    problem = json.loads(process.stdout.readline())
    assert problem is None, problem


@cache
def _process() -> subprocess.Popen[str]:
    """One for all files of a run, wherever a test stands that is the first to want it.

    It ends with its standard input, and so with the tests.
    """
    return subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def main() -> None:
    """Answer each line of statements with null, or with what went wrong."""
    import duckdb  # noqa: PLC0415 - not where the tests run

    for line in sys.stdin:
        try:
            with duckdb.connect() as connection:
                for statement, parameters in json.loads(line):
                    connection.execute(statement, parameters)
            problem = None
        except duckdb.Error as error:
            problem = str(error)
        sys.stdout.write(json.dumps(problem) + "\n")
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
