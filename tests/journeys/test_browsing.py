"""Finding a deal near a town: with a mouse, with keys, without JavaScript, and when the network fails."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.conftest import OpenTab
from tests.web.storefront.street import Street

PLACE = "/places/chicago-il-us"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_first_page_to_a_deal(open_tab: OpenTab, street: Street, *, scripts: bool) -> None:
    tab = open_tab(scripts=scripts)
    page = tab.visit("/")
    page.get_by_label("Your town or city").fill("chicago")
    page.get_by_role("button", name="Show deals").click()
    expect(page).to_have_url(street.url + PLACE)
    page.get_by_role("navigation", name="Kinds of deals").get_by_role("link", name="Beauty & spas").click()
    page.get_by_role("link", name="Sixty-minute massage").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sixty-minute massage")
    expect(page.get_by_text("Lantern Street")).to_be_visible()
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("heading", name="Lo que cuesta")).to_be_visible()
    page.get_by_role("link", name="Highstreet").click()
    expect(page.get_by_role("heading", name="Cerca de Chicago")).to_be_visible()


def test_every_step_can_be_done_with_keys_alone(open_tab: OpenTab, street: Street) -> None:
    tab = open_tab()
    page = tab.visit("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your town or city")).to_be_focused()
    page.keyboard.type("Chicago")
    page.keyboard.press("Enter")
    expect(page).to_have_url(street.url + PLACE)
    page.get_by_role("link", name="Lunch number").first.focus()
    outline = page.evaluate("getComputedStyle(document.activeElement, '::after').outlineWidth")
    assert outline == "3px"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What it costs")).to_be_visible()


def test_a_filter_answers_in_place_and_keeps_the_focus(open_tab: OpenTab, street: Street) -> None:
    tab = open_tab()
    page = tab.visit(PLACE)
    order = page.get_by_label("Order")
    order.focus()
    order.select_option("price")
    expect(page).to_have_url(f"{street.url}{PLACE}?sort=price")
    expect(page.locator(".ticket h3").first).to_have_text("Lunch number 0")
    expect(page.locator("#status")).to_have_text(re.compile(r"^\d+ deals$"))
    expect(order).to_be_focused()
    page.get_by_label("Distance").select_option("1")
    expect(page).to_have_url(f"{street.url}{PLACE}?radius=1&sort=price")
    page.reload()
    expect(page.get_by_label("Order")).to_have_value("price")
    expect(page.get_by_label("Distance")).to_have_value("1")


def test_back_returns_to_the_list_as_it_was(open_tab: OpenTab, street: Street) -> None:
    tab = open_tab()
    page = tab.visit(PLACE)
    before = page.locator(".ticket h3").first.text_content()
    page.get_by_label("Order").select_option("price")
    expect(page.locator(".ticket h3").first).to_have_text("Lunch number 0")
    expect(page).to_have_url(f"{street.url}{PLACE}?sort=price")  # the address follows the list, a moment later
    page.go_back()
    expect(page).to_have_url(street.url + PLACE)
    expect(page.locator(".ticket h3").first).to_have_text(before or "")
    expect(page.get_by_label("Order")).to_have_value("")


def test_a_slow_answer_is_announced_and_a_lost_one_is_said(open_tab: OpenTab) -> None:
    tab = open_tab()
    page = tab.visit(PLACE)
    held: list[Route] = []
    page.route("**/*sort=price*", lambda route: held.append(route))  # noqa: PLW0108 -- Playwright wants a function
    page.get_by_label("Order").select_option("price")
    expect(page.locator("#status")).to_have_text("Fetching deals…")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "true")
    held[0].abort()
    expect(page.locator("#status")).to_have_text("The deals could not be fetched. Please try again.")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "false")
    assert page.locator(".ticket").count() == 24
    tab.complaints.clear()  # the browser reports the request that this test broke


def test_filters_work_without_scripts(open_tab: OpenTab) -> None:
    tab = open_tab(scripts=False)
    page = tab.visit(PLACE)
    page.get_by_label("Order").select_option("price")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".ticket h3").first).to_have_text("Lunch number 0")
    page.get_by_role("link", name="More deals").click()
    expect(page.get_by_role("link", name="First page")).to_be_visible()


def test_nothing_is_kept_in_the_browser_but_the_one_cookie(open_tab: OpenTab) -> None:
    tab = open_tab()
    page = tab.visit(PLACE)
    page.get_by_label("Order").select_option("price")
    expect(page).to_have_url(re.compile("sort=price"))
    assert tab.page.context.cookies() == []
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert [cookie.get("name") for cookie in tab.page.context.cookies()] == ["hs_choices"]
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_nothing_moves_while_a_page_loads(open_tab: OpenTab, street: Street) -> None:
    tab = open_tab(390)
    for path in ("/", PLACE, street.deals["full"]):
        page = tab.visit(path)
        shift = page.evaluate(
            """() => new Promise(done => {
                let sum = 0;
                new PerformanceObserver(list => list.getEntries().forEach(entry => { sum += entry.value; }))
                    .observe({type: 'layout-shift', buffered: true});
                setTimeout(() => done(sum), 300);
            })"""
        )
        assert shift < 0.01, path
