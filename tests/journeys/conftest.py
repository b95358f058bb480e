"""A street of its own, and a browser to walk along it."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import psycopg
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect, sync_playwright

from highstreet.kit.postgres.server import EmbeddedPostgres
from tests.browsers import executable
from tests.web.storefront.street import Street, open_street

PATIENCE_MS = 30_000
"""For a page or a change on it: a busy machine is no failure."""
expect.set_options(timeout=PATIENCE_MS)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Tab:
    """An open page, and what it said or asked for behind the visitor's back."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list[str])

    def visit(self, path: str) -> Page:
        self.page.goto(self.home + path)
        return self.page

    def watch(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        self.page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _on_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(self.home):
            self.complaints.append(f"asked for {request.url}")


OpenTab = Callable[..., Tab]


@pytest.fixture(scope="session")
def street(postgres: EmbeddedPostgres, administrator: psycopg.Connection, migrated_template: str) -> Generator[Street]:
    with open_street("journeys", postgres, administrator, migrated_template) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    # Not for the whole session: while Playwright runs, no asynchronous test can.
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def open_tab(browser: Browser, street: Street) -> Generator[OpenTab]:
    """Opens tabs, each without a past; at the end no tab may have complained or asked another site for anything."""
    tabs: list[Tab] = []

    def run(width: int = 1280, *, scheme: str = "light", scripts: bool = True) -> Tab:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
        )
        tab = Tab(context.new_page(), street.url)
        tab.page.set_default_timeout(PATIENCE_MS)
        tab.watch()
        tabs.append(tab)
        return tab

    yield run
    for tab in tabs:
        tab.page.context.close()
        assert tab.complaints == []
