"""The search form in a browser: suggestions while one types, and deals near one's own position."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import OpenTab, Tab
from tests.journeys.test_accessibility import run_axe
from tests.web.storefront.street import Street

CHICAGO = "/places/chicago-il-us"


def _type(page: Page, text: str) -> None:
    page.get_by_label("What are you looking for?").press_sequentially(text)


def test_a_suggestion_is_found_and_taken_with_keys_alone(open_tab: OpenTab, street: Street) -> None:
    tab = open_tab()
    page = tab.visit(CHICAGO)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "suggestions" in request.url else None)
    field = page.get_by_role("combobox", name="What are you looking for?")
    field.focus()
    _type(page, "m")
    expect(field).to_have_attribute("aria-expanded", "false")
    _type(page, "assa")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    expect(page.locator("#find-status")).to_have_text(re.compile(r"^Suggestions: \d+$"))
    assert asked
    assert all("q=m&" not in url and "place=chicago-il-us" in url for url in asked)
    assert run_axe(Axe(), page).violations_count == 0
    page.keyboard.press("ArrowUp")
    last = page.locator("#find-list").get_by_role("option").last
    expect(last).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", last.get_attribute("id") or "")
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_be_focused()
    expect(field).to_have_value("massa")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#find-list").get_by_role("option", selected=True)).to_have_text("massage")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{street.url}/search?q=massage&place=chicago-il-us")


def test_a_suggested_kind_opens_near_the_same_place_and_in_the_same_language(open_tab: OpenTab, street: Street) -> None:
    tab = open_tab(390)
    page = tab.visit("/es" + CHICAGO)
    page.locator("#find-q").press_sequentially("masaj")
    page.get_by_role("group", name="Tipos de oferta").get_by_role("option", name="Masajes").click()
    expect(page).to_have_url(f"{street.url}/es{CHICAGO}/massage")


def test_without_suggestions_the_form_still_searches(open_tab: OpenTab, street: Street) -> None:
    tab = open_tab()
    page = tab.visit("/")
    failed: list[Route] = []

    def fail(route: Route) -> None:
        failed.append(route)
        route.fulfill(status=503, body="{}")

    page.route("**/api/v1/suggestions*", fail)
    with page.expect_response("**/api/v1/suggestions*"):
        _type(page, "lunch")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{street.url}/search?q=lunch&near=")
    assert failed


def test_near_me_asks_only_when_pressed_and_tells_no_more_than_needed(open_tab: OpenTab, street: Street) -> None:
    tab = open_tab()
    tab.page.context.grant_permissions(["geolocation"])
    tab.page.context.set_geolocation({"latitude": 41.8812345, "longitude": -87.6298765})
    page = tab.visit("/")
    expect(page).to_have_url(street.url + "/")
    _type(page, "massage")
    page.get_by_label("Where?").focus()
    page.locator(".find-panel").get_by_role("button", name="Near me").click()
    expect(page).to_have_url(f"{street.url}/search?q=massage&lat=41.881&lng=-87.630")
    expect(page.get_by_role("heading", level=1)).to_have_text("“massage” near you")
    expect(page.get_by_label("Where?")).to_have_value("Near you")
    assert run_axe(Axe(), page).violations_count == 0
    page.get_by_label("Order").select_option("distance")
    expect(page).to_have_url(re.compile(r"lat=41\.881&lng=-87\.630&q=massage&sort=distance"))
    page.get_by_label("What are you looking for?").fill("lunch")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{street.url}/search?q=lunch&lat=41.881&lng=-87.630")
    assert tab.page.context.cookies() == []


@pytest.mark.parametrize(("code", "said"), [(1, "does not give"), (2, "cannot be found"), (3, "takes too long")])
def test_a_position_that_cannot_be_had_is_said_in_words(open_tab: OpenTab, code: int, said: str) -> None:
    tab = open_tab(390)
    if code > 1:  # a browser cannot be told to fail in these ways, and refuses by itself in the first
        tab.page.add_init_script(
            f"navigator.geolocation.getCurrentPosition = (found, failed) => failed({{code: {code}}})"
        )
    page = tab.visit("/")
    page.locator("main").get_by_role("button", name="Near me").click()
    expect(page.locator("main .near-said")).to_contain_text(said)
    assert run_axe(Axe(), page).violations_count == 0


def test_without_scripts_there_is_the_plain_form(open_tab: OpenTab, street: Street) -> None:
    tab: Tab = open_tab(scripts=False)
    page = tab.visit(CHICAGO)
    expect(page.get_by_role("button", name="Near me")).to_have_count(0)
    page.get_by_role("searchbox", name="What are you looking for?").fill("massage")
    page.get_by_role("searchbox", name="What are you looking for?").press("Enter")
    expect(page).to_have_url(f"{street.url}/search?place=chicago-il-us&q=massage")
