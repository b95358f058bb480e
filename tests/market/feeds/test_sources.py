"""A feed from an address or from standard input is the feed that a file would be."""

import gzip
import io
import sys
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.readers import source as sources
from highstreet.market.feeds.readers.feed import open_feed

FEED = b"link,title,price,usual,ends,town\nhttps://deals.example/1-tour,Tour,19,38,,\n"


class Shop(ThreadingHTTPServer):
    """Serves `content` at every address."""

    content = FEED

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/export"


class Clerk(BaseHTTPRequestHandler):
    server: Shop  # pyright: ignore[reportIncompatibleVariableOverride] - the server that it is started by

    def do_GET(self) -> None:
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
