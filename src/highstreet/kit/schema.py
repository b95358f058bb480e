"""The tables as they are after every migration, as SQL: `python -m highstreet.kit.schema > docs/schema.sql`.

With `--check` it compares instead, and exits 1 where `docs/schema.sql` is not what the migrations make.
"""

import re
import sys
import tempfile
from pathlib import Path

from highstreet.kit import generated, migrations
from highstreet.kit.errors import HighstreetError
from highstreet.kit.postgres.home import Owner, make_home
from highstreet.kit.postgres.programs import programs_for
from highstreet.kit.postgres.server import serve

NAME = "schema.sql"

_HEADER = """\
-- Every table, index, policy and grant of ours. Generated: python -m highstreet.kit.schema > docs/schema.sql
-- The tables of the job library, in the schema `jobs`, are described by the library.

"""
_NOISE = re.compile(r"--|SET |SELECT pg_catalog\.set_config|\\(un)?restrict ")
"""Lines of pg_dump outside of any statement that tell of the run, not of the tables."""


def dump(url: str, owner: Owner | None) -> str:
    """The tables of the database at `url`, the same text for the same tables. `owner` is whom programs run as."""
    result = programs_for(owner).run(
        "pg_dump", "--schema-only", "--no-owner", "--exclude-schema=jobs", f"--dbname={url}"
    )
    if result.returncode != 0:
        raise HighstreetError(f"pg_dump failed: {result.stderr.strip()}")
    return _HEADER + _tidy(result.stdout)


def current() -> str:
    """The tables that this version's migrations make, on a database that lives only for this call."""
    with tempfile.TemporaryDirectory(prefix="highstreet-schema-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        with serve(make_home(Path(directory) / "postgres"), durable=False) as server:
            migrations.migrate(server.migrations_url, database_url=server.database_url)
            return dump(server.migrations_url, server.home.owner)


def _tidy(dumped: str) -> str:
    """The statements with one empty line between them. A function's body between `$$` keeps every line."""
    lines: list[str] = []
    inside = False
    for line in dumped.splitlines():
        if inside or not _NOISE.match(line):
            lines.append(line.rstrip())
        if line.count("$$") % 2 or line.count("$_$") % 2:
            inside = not inside
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


if __name__ == "__main__":
    sys.exit(generated.tell(current(), NAME, sys.argv[1:]))
