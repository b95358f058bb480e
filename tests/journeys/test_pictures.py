"""A page full of pictures stays small and still, on a phone as on a desktop."""

import io
import threading
from collections.abc import Generator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any

import psycopg
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page, Response

from highstreet.kit.blobs import open_blobs
from highstreet.kit.database import Database
from highstreet.kit.pictures.making import Workshop
from highstreet.kit.postgres.server import EmbeddedPostgres
from highstreet.kit.settings import Settings
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import Reach
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption
from tests.journeys.conftest import PATIENCE_MS
from tests.photographs import encoded, photograph
from tests.web.storefront.street import NOW, Street, open_street

DEALS = 24
MOST_BYTES = 250_000
SEARCH = "/search?q=gallery"
_WATCH = """
window.shifts = [];
const box = ({x, y, width, height}) => [x, y, width, height].map(Math.round).join(" ");
new PerformanceObserver(list => {
  for (const {value, sources} of list.getEntries()) {
    const moved = sources.map(({node, previousRect, currentRect}) =>
      `${node?.nodeName}.${node?.className} ${box(previousRect)} to ${box(currentRect)}`);
    window.shifts.push(`${value}: ${moved.join(", ")}`);
  }
}).observe({type: "layout-shift", buffered: true});
"""


def _photographs() -> list[Image.Image]:
    """24 different pictures of 8: as they are, mirrored, and upside down."""
    seeds = [photograph(seed, 640, 480) for seed in range(DEALS // 3)]
    return [turned for seed in seeds for turned in (seed, ImageOps.mirror(seed), ImageOps.flip(seed))]


async def hang_pictures(database: Database, settings: Settings) -> None:
    """24 deals with a photograph each, and nothing else that a search for them finds."""
    workshop = Workshop(open_blobs(settings))
    async with database.system() as tx:
        place = await catalog.place_by_slug(tx, "chicago-il-us")
        assert place is not None
        await catalog.import_deals(
            tx,
            [
                ImportedDeal(
                    feed="gallery",
                    key=str(number),
                    title=f"Gallery dinner {number}" + " among the pictures of the season" * (number % 2),
                    currency="USD",
                    options=(ImportedOption(title="For two", price_minor=4000 + number),),
                    reach=Reach.LOCATIONS,
                    places=(place.id,),
                    starts_at=NOW,
                )
                for number in range(DEALS)
            ],
        )
        changes = await catalog.changed_deals(tx, None)
    deals = [deal.id for deal in changes.published if deal.source and deal.source.feed == "gallery"]
    for deal_id, picture in zip(deals, _photographs(), strict=True):
        made = await catalog.prepare_picture(workshop, encoded(picture, quality=90), "a photograph")
        async with database.system() as tx:
            await catalog.attach_picture(tx, deal_id, made)


@pytest.fixture(scope="module")
def gallery(postgres: EmbeddedPostgres, administrator: psycopg.Connection, migrated_template: str) -> Generator[Street]:
    with open_street("gallery", postgres, administrator, migrated_template, hang_pictures) as opened:
        yield opened


class Watched:
    """A page, and the pictures that it was sent."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sent: dict[str, int] = {}
        page.add_init_script(_WATCH)
        page.on("response", self._on_response)

    def _on_response(self, response: Response) -> None:
        if response.request.resource_type == "image" and not response.url.startswith("data:"):
            self.sent[response.url] = int(response.headers.get("content-length", "0"))

    def scroll_to_the_end(self) -> None:
        for _ in range(60):
            self.page.mouse.wheel(0, 500)
            self.page.wait_for_timeout(50)
        self.until("[...document.images].every(each => each.complete && each.naturalWidth > 0)")

    def until(self, holds: str) -> None:
        """Wait for an expression; the page's policy forbids the way that the browser driver has for it."""
        for _ in range(PATIENCE_MS // 50):
            if self.page.evaluate(holds):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came true: {holds}")

    def shifts(self) -> list[str]:
        """How much moved, what, from where and to where."""
        self.page.wait_for_timeout(200)  # the observer is told a frame later
        return list(self.page.evaluate("window.shifts"))


@pytest.fixture(params=[(390, 844, 2), (390, 844, 3), (1280, 900, 1)], ids=lambda each: f"{each[0]} at {each[2]}")
def watched(request: pytest.FixtureRequest, browser: Browser, gallery: Street) -> Generator[Watched]:
    width, height, ratio = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=ratio)
    opened = Watched(context.new_page())
    opened.page.set_default_timeout(PATIENCE_MS)
    opened.page.goto(gallery.url + SEARCH)
    yield opened
    context.close()


def test_a_page_of_24_pictures_is_small_and_does_not_move(watched: Watched) -> None:
    at_first = len(watched.sent)
    watched.scroll_to_the_end()
    cards = watched.page.locator(".ticket picture img")
    assert cards.count() == DEALS
    assert len(watched.sent) >= DEALS
    assert at_first < DEALS, "pictures further down wait until they are near"
    assert watched.shifts() == []
    phone = watched.page.viewport_size == {"width": 390, "height": 844}
    for source in cards.evaluate_all("all => all.map(each => each.currentSrc)"):
        assert source.endswith(".avif")
        assert ("/tall" in source) is phone
    total = sum(watched.sent.values())
    assert total < (MOST_BYTES if phone else 2 * MOST_BYTES), f"{total:,} bytes"


class _Halting(BaseHTTPRequestHandler):
    """The street behind a line that halts for a moment in the middle of a page's front."""

    street = ""

    def do_GET(self) -> None:
        line = HTTPConnection(self.street.removeprefix("http://"))
        line.request("GET", self.path)
        came = line.getresponse()
        body = came.read()
        line.close()
        self.send_response(came.status)
        self.send_header("Content-Type", came.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        front, button, rest = body.partition(b'<button class="go">')
        self.wfile.write(front)
        if button:
            sleep(0.5)  # it is the halt that is tried
        self.wfile.write(button + rest)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 -- as the library names them
        """Nothing is said."""


def test_a_front_that_comes_in_pieces_does_not_move(browser: Browser, gallery: Street) -> None:
    halting = ThreadingHTTPServer(("127.0.0.1", 0), type("Halting", (_Halting,), {"street": gallery.url}))
    threading.Thread(target=halting.serve_forever).start()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = Watched(context.new_page())
    try:
        opened.page.goto(f"http://127.0.0.1:{halting.server_port}{SEARCH}")
        assert opened.shifts() == []
    finally:
        context.close()
        halting.shutdown()
        halting.server_close()


def test_pictures_are_asked_for_in_the_size_of_their_slots(watched: Watched) -> None:
    """With `sizes`, the natural width of a picture is the width that was promised for its slot."""
    watched.scroll_to_the_end()
    slots = watched.page.locator(".ticket picture img").evaluate_all(
        "all => all.map(each => [each.naturalWidth, each.getBoundingClientRect().width])"
    )
    assert all(abs(promised - real) <= 0.05 * real for promised, real in slots), slots


def test_a_deals_page_shows_its_picture_and_names_it_to_others(watched: Watched) -> None:
    watched.page.locator(".ticket h3 a").first.click()
    picture = watched.page.locator(".deal-art picture img")
    picture.wait_for()
    watched.until("document.querySelector('.deal-art picture img').naturalWidth > 0")
    promised, real = picture.evaluate("each => [each.naturalWidth, each.getBoundingClientRect().width]")
    assert abs(promised - real) <= 0.05 * real
    assert str(picture.get_attribute("alt")).startswith("Picture: Gallery dinner")
    assert watched.page.locator("text=The picture is a drawing").count() == 0
    assert watched.shifts() == []
    address = str(watched.page.locator("meta[property='og:image']").get_attribute("content"))
    shared = Image.open(io.BytesIO(watched.page.request.get(address).body()))
    stated = [
        watched.page.locator(f"meta[property='og:image:{side}']").get_attribute("content")
        for side in ("width", "height")
    ]
    assert stated == [str(side) for side in shared.size]
    assert shared.format == "JPEG"
    assert address in str(watched.page.locator("script[type='application/ld+json']").text_content())


def test_the_first_pictures_come_at_once_and_the_others_late(gallery: Street, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(gallery.url + SEARCH)
    said = page.locator(".ticket picture img").evaluate_all(
        "all => all.map(each => [each.getAttribute('fetchpriority'), each.getAttribute('loading')])"
    )
    context.close()
    assert said == [["high", None]] * 2 + [[None, "eager"]] * 2 + [[None, "lazy"]] * (DEALS - 4)
