"""Commands send their traces to the end, and wait for no collector."""

from pathlib import Path
from time import monotonic

import httpx

from highstreet.kit.trace_export import FLUSH_WITHIN_S
from tests.collector import collecting
from tests.web.serving import program, until_ready

KEY = "0123456789abcdef0123456789abcdef"


def test_what_a_server_did_last_is_sent_when_it_ends(database_url: str, tmp_path: Path) -> None:
    """By the processes that it has; one that serves alone does the same, and nobody has to tell it to end."""
    given = {"env": "test", "data_dir": tmp_path, "database_url": database_url, "port": "0", "secret_key": KEY}
    with collecting() as collector:
        with program("serve", "--workers=2", "--drain-seconds=0", **given, traces_url=collector.url) as running:
            url = running.url()
            until_ready(url)
            answer = httpx.get(f"{url}/api/v1/categories")
            assert running.end() == 0
        (span,) = collector.named("GET /api/v1/categories")
    assert span.trace_id == answer.headers["x-request-id"]
    assert (span.process, span.attributes["http.response.status_code"]) == ("highstreet-web", 200)


def test_a_server_answers_and_ends_without_its_collector(database_url: str, tmp_path: Path) -> None:
    given = {"env": "test", "data_dir": tmp_path, "database_url": database_url, "port": "0", "secret_key": KEY}
    with program("serve", "--drain-seconds=0", **given, traces_url="http://127.0.0.1:1") as running:
        url = running.url()
        until_ready(url)
        assert httpx.get(f"{url}/api/v1/categories").status_code == 200
        began = monotonic()
        assert running.end() == 0
        assert monotonic() - began < FLUSH_WITHIN_S + 15  # fifteen seconds for a busy machine
