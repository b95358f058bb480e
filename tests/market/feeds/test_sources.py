"""A feed from an address or from standard input is the feed that a file would be."""

import asyncio
import gzip
import io
import os
import sys
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.readers import source as sources
from highstreet.market.feeds.readers.feed import open_feed, opened_feed

FEED = b"link,title,price,usual,ends,town\nhttps://deals.example/1-tour,Tour,19,38,,\n"


class Shop(ThreadingHTTPServer):
    """Serves `content` at every address; nothing at all, when it is `silent`."""

    content = FEED
    silent = False

    def __init__(self, *where: Any) -> None:  # noqa: ANN401 - whatever the base class takes
        super().__init__(*where)
        self.asked = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/export"


class Clerk(BaseHTTPRequestHandler):
    server: Shop  # pyright: ignore[reportIncompatibleVariableOverride] - the server that it is started by

    def do_GET(self) -> None:
        self.server.asked.set()
        if self.server.silent:
            self.rfile.read(1)  # until whoever asked has gone
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class has
        pass


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop(("127.0.0.1", 0), Clerk) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def zipped(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("feed.csv", content)
    return archive.getvalue()


def given(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Put `content` on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize("content", [FEED, gzip.compress(FEED), zipped(FEED)], ids=["plain", "gzip", "zip"])
def test_what_comes_from_elsewhere_is_unpacked_as_it_begins(
    content: bytes, csv_mapping: Mapping, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.content = content
    with open_feed(f"{shop.url}?format=csv", csv_mapping, ["127.0.0.1"]) as feed:
        assert feed.total == 1
    given(monkeypatch, content)
    with open_feed("-", csv_mapping) as feed:
        assert feed.total == 1
        assert len(list(feed.rows())) == 1, "rows can be read again, although the input cannot"


def test_a_text_is_also_a_path(csv_mapping: Mapping, tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes(FEED)
    with open_feed(str(file), csv_mapping) as feed:
        assert feed.total == 1


def test_errors_name_where_the_feed_came_from(
    csv_mapping: Mapping, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.content = gzip.compress(FEED)[:-3]
    with pytest.raises(InvalidInput, match=r"^http://127.0.0.1:\d+/export: is cut short"):
        open_feed(f"{shop.url}?token=secret", csv_mapping, ["127.0.0.1"]).__enter__()
    with pytest.raises(InvalidInput, match=r"/export: leads to '127.0.0.1', which is not on the public internet$"):
        open_feed(shop.url, csv_mapping).__enter__()
    given(monkeypatch, b"")
    with pytest.raises(InvalidInput, match=r"^standard input: is empty$"):
        open_feed("-", csv_mapping).__enter__()
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 2**20)
    given(monkeypatch, b"x" * (3 * 2**20))
    with pytest.raises(InvalidInput, match=r"^standard input: is larger than"):
        open_feed("-", csv_mapping).__enter__()


async def test_an_import_that_is_cancelled_leaves_a_silent_server_and_no_file(
    csv_mapping: Mapping, shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shop.silent = True

    async def read() -> None:
        async with opened_feed(shop.url, csv_mapping, ["127.0.0.1"]):
            pytest.fail("the server never answers")

    reading = asyncio.create_task(read())
    assert await asyncio.to_thread(shop.asked.wait, 10)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reading, 10)
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []


async def test_an_import_that_is_cancelled_leaves_a_silent_pipe(
    csv_mapping: Mapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading_end, writing_end = os.pipe()
    with os.fdopen(reading_end) as silent, os.fdopen(writing_end, "wb"):
        monkeypatch.setattr(sys, "stdin", silent)

        async def read() -> None:
            async with opened_feed("-", csv_mapping):
                pytest.fail("nothing is ever sent")

        reading = asyncio.create_task(read())
        await asyncio.sleep(0.05)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(reading, 10)
