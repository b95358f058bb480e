"""The catalogue's API answers whatever it is asked as its own document says: no failure, and nothing undocumented.

What is somebody's own is tried by `tests/web/api/test_every_endpoint.py`.
"""

import asyncio
import sys
from pathlib import Path

from tests.web.api.conftest import Api

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
UNCHECKED = "positive_data_acceptance"
"""A category that does not exist, half a point, two centres: some of what fits the schemas is rightly refused."""

CONFIGURATION = """
[[operations]]
include-name = "GET /api/v1/deals/{{deal_id}}"
parameters = {{ deal_id = "{deal_id}" }}
"""
"""A deal that exists: ids that were made up would never get beyond 404."""


async def test_schemathesis_finds_no_failure_and_no_undocumented_answer(api: Api, tmp_path: Path) -> None:
    for number in range(4):
        deal_id = await api.publish(title=f"Pizza {number}")
        (tmp_path / "schemathesis.toml").write_text(CONFIGURATION.format(deal_id=deal_id))
    run = await asyncio.create_subprocess_exec(
        *(SCHEMATHESIS, "run", f"{api.client.base_url}/api/v1/openapi.json"),
        *("--include-path-regex", "^/api/v1/(deals|suggestions|places|categories)"),
        *("--checks", "all", "--exclude-checks", UNCHECKED),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", "40", "--continue-on-failure"),
        *("--generation-deterministic", "--no-color"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await run.communicate()
    assert run.returncode == 0, output.decode()
