"""Exit codes and ends of real processes."""

import json
import signal
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from highstreet.kit import outbox, relay
from highstreet.kit.clock import SystemClock
from highstreet.kit.database import VISITOR, Database, open_database
from tests.web.serving import program


@pytest.mark.parametrize(
    ("arguments", "environ", "code", "said"),
    [
        (("--help",), {}, 0, "Usage: highstreet"),
        (("no-such-command",), {}, 2, "no command 'no-such-command'"),
        (("jobs", "list", "--no-such-option"), {}, 2, "No such option"),
        (("jobs", "list"), {"databse_url": "x"}, 1, "did you mean HIGHSTREET_DATABASE_URL?"),
    ],
)
def test_the_exit_code_tells_done_failed_and_wrong_usage(
    arguments: tuple[str, ...], environ: dict[str, str], code: int, said: str
) -> None:
    with program(*arguments, **environ) as running:
        assert running.process.wait(30) == code
    lines = list(running.said.queue)
    assert any(said in line for line in lines)
    assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize(("sig", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
async def test_a_worker_sweeps_what_is_due_and_ends_when_told(
    database: Database, database_url: str, tmp_path: Path, sig: signal.Signals, code: int
) -> None:
    async with database.transaction(VISITOR) as tx:  # by the test's clock, and so long ago for the worker
        await outbox.record(tx, aggregate="ball", aggregate_id=UUID(int=1), name="told", payload={})
    await relay.route(database)
    with program("worker", env="test", database_url=database_url, data_dir=tmp_path, log_format="json") as running:
        assert json.loads(running.wait_for('"swept"'))["sweep"] == "settled facts"
        assert running.end(sig) == code
    async with open_database(database_url, SystemClock(), Random()) as later, later.system() as tx:
        assert await tx.fetch_all(dict[str, UUID], "SELECT id FROM kit.facts") == []
