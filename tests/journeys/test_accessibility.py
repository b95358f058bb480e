"""Axe finds nothing to object to, on any page, in any language, light or dark, on a desk or a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe, AxeResults
from playwright.sync_api import Page

from tests.journeys.conftest import OpenTab
from tests.web.storefront.street import Street

DESK = 1280
PATHS = (
    "/places/tokyo-40-jp",
    "/",
    "/places/chicago-il-us",
    "/places/chicago-il-us/massage",
    "/categories/restaurants",
    "/search?q=lunch&place=chicago-il-us&sort=price",
    "/search?q=zeppelin&place=chicago-il-us",
    "/search?near=springfield",
    "/search?near=nowhereville",
    "/about",
    "/privacy",
    "/account/sign-in",
    "/account/forgot",
    "/account/link?token=used",
    "/nowhere",
    "/places/chicago-il-us?price=cheap",
)

ALL = {"resultTypes": ["violations"]}
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}


def run_axe(axe: Axe, page: Page, options: dict[str, list[str]] = ALL) -> AxeResults:
    return axe.run(page, options=options)  # pyright: ignore[reportUnknownMemberType] -- its lists are untyped


@pytest.mark.parametrize(
    ("prefix", "width"), [("", DESK), ("/es", 390)], ids=["English on a desk", "Spanish on a phone"]
)
def test_axe_finds_no_violation(open_tab: OpenTab, street: Street, prefix: str, width: int) -> None:
    tab = open_tab(width)
    axe = Axe()
    deals = [street.deals[name] for name in ("full", "long", "long_japanese", "imported", "bare", "ended")]
    for path in (*PATHS, *deals):
        page = tab.visit("/es" if prefix and path == "/" else prefix + path)
        page.emulate_media(color_scheme="light")
        in_light = run_axe(axe, page)
        assert in_light.violations_count == 0, f"{path}\n{in_light.generate_report()}"
        if width == DESK:  # only colours differ in the dark, and they are the same on a phone
            page.emulate_media(color_scheme="dark")
            in_dark = run_axe(axe, page, CONTRAST)
            assert in_dark.violations_count == 0, f"{path} in the dark\n{in_dark.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than the screen"


def test_everything_to_press_is_large_enough(open_tab: OpenTab, street: Street) -> None:
    """24 pixels each way (WCAG 2.2, 2.5.8); links inside a sentence are exempt."""
    tab = open_tab(390)
    for path in ("/", "/places/chicago-il-us", street.deals["full"]):
        page = tab.visit(path)
        small = page.evaluate(
            """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
            .filter(it => !it.closest('p, dd, .skip, .trail, h3') && !it.matches('.skip'))
            .map(it => [it.outerHTML.slice(0, 90), it.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([html]) => html)"""
        )
        assert small == [], path
