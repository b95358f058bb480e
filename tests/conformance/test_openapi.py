"""The API answers whatever it is asked as its own document says: no failure, and nothing undocumented.

Nobody is signed in here: what is somebody's own is tried by `tests/web/api/test_every_endpoint.py`.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from highstreet.kit.database import Database
from highstreet.kit.settings import Settings
from highstreet.web.checkout import open_checkout
from highstreet.web.runtime import Runtime
from tests.web.api.conftest import Api

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
UNCHECKED = "positive_data_acceptance"
"""A category that does not exist, half a point, two centres: some of what fits the schemas is rightly refused."""

CONFIGURATION = """
[generation]
max-examples = 2

[[operations]]
include-path-regex = "^/api/v1/(deals|suggestions|places|categories)"
generation = {{ max-examples = 40 }}

[[operations]]
include-name = "GET /api/v1/deals/{{deal_id}}"
parameters = {{ deal_id = "{deal_id}" }}
"""
"""A deal that exists: ids that were made up would never get beyond 404. By chance is tried what answers everybody."""


@pytest.fixture
def runtime(runtime: Runtime, settings: Settings, database: Database) -> Runtime:
    """One that sells, too: without, much would answer 503."""
    return replace(runtime, checkout=open_checkout(settings, database))


async def test_schemathesis_finds_no_failure_and_no_undocumented_answer(api: Api, tmp_path: Path) -> None:
    for number in range(4):
        deal_id = await api.publish(title=f"Pizza {number}")
        (tmp_path / "schemathesis.toml").write_text(CONFIGURATION.format(deal_id=deal_id))
    run = await asyncio.create_subprocess_exec(
        *(SCHEMATHESIS, "run", f"{api.client.base_url}/api/v1/openapi.json"),
        *("--checks", "all", "--exclude-checks", UNCHECKED),
        *("--phases", "examples,coverage,fuzzing", "--continue-on-failure"),
        *("--generation-deterministic", "--no-color"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await run.communicate()
    assert run.returncode == 0, output.decode()
