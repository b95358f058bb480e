"""What the pages promise to somebody who reads them without JavaScript."""

import re
from pathlib import Path
from random import Random
from typing import Any, cast

import httpx
import pytest

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.settings import Settings
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from tests.web.storefront.street import IN_CHICAGO, LONG_TITLE, Street

PLACE = "/places/chicago-il-us"
MINUS = "\u2212"


def _text(page: httpx.Response) -> str:
    """The words of a page's content, as somebody sees them."""
    body = page.text.partition("<main")[2].partition("</main>")[0]
    words = re.sub(r"<[^>]+>", " ", body)
    for entity, letter in {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&#39;": "'", "&#34;": '"'}.items():
        words = words.replace(entity, letter)
    return " ".join(words.split())


def test_the_home_page_asks_for_a_town_and_names_those_that_have_deals(visitor: httpx.Client) -> None:
    page = visitor.get("/")
    assert page.status_code == 200
    assert "Your town or city" in _text(page)
    assert f'href="{PLACE}"' in page.text
    assert "set-cookie" not in page.headers


def test_towns_of_one_name_are_told_apart(visitor: httpx.Client) -> None:
    page = visitor.get("/search?near=springfield")
    assert page.status_code == 200
    assert "Springfield, Missouri" in _text(page)
    assert "Springfield, Illinois" in _text(page)


def test_a_village_is_not_guessed_where_a_city_is_called_the_same_in_another_language(visitor: httpx.Client) -> None:
    text = _text(visitor.get("/search?near=ventosa"))
    assert "Chicago, Illinois" in text
    assert "Ventosa, Illinois" in text
    assert visitor.get("/search?near=Ventosa, IL").status_code == 303


def test_a_town_in_ones_own_words_leads_to_its_page(visitor: httpx.Client) -> None:
    assert visitor.get("/search?near=chicago").headers["location"] == PLACE
    assert visitor.get("/search?near=Springfield, IL").headers["location"] == "/places/springfield-il-us"
    for words, path in {
        "chicago illinois": PLACE,
        "Springfield, I.L.": "/places/springfield-il-us",
        "Madrid, España": "/places/madrid-29-es",
        "Evanston, Estados Unidos": "/places/evanston-il-us",
    }.items():
        assert visitor.get("/search", params={"near": words}).headers["location"] == path
    with_words = visitor.get("/search?near=madrid&q=menú&radius=15").headers["location"]
    assert with_words == "/search?place=madrid-29-es&q=men%C3%BA"


def test_a_town_nobody_knows_is_asked_for_again(visitor: httpx.Client) -> None:
    page = visitor.get("/search?near=Xyzzyville")
    assert page.status_code == 200
    assert "We know no place called “Xyzzyville”" in _text(page)
    assert 'value="Xyzzyville"' in page.text


def test_a_place_lists_its_deals_with_distances_and_counts(visitor: httpx.Client) -> None:
    page = visitor.get(PLACE)
    text = _text(page)
    assert "Deals near Chicago" in text
    assert "Beauty & spas 2" in text
    assert re.search(r"Chicago, \d addresses 0\.\d mi|Chicago 0\.\d mi", text)
    assert page.text.count('<article class="ticket">') == 24


def test_a_distance_is_told_as_exactly_as_the_place_is_known(visitor: httpx.Client) -> None:
    """Of the imported cruise only the town is known: Evanston, eleven miles north of Chicago's centre."""
    from_chicago = visitor.get("/search?q=sailing&place=chicago-il-us").text
    assert re.search(r'Evanston <span class="far">about 11 mi</span>', from_chicago)
    assert '<p class="ticket-where">Evanston</p>' in visitor.get("/search?q=sailing&place=evanston-il-us").text


def test_every_deal_of_a_place_is_reached_by_following_more(visitor: httpx.Client) -> None:
    seen: set[str] = set()
    address: str | None = PLACE
    while address:
        page = visitor.get(address)
        seen |= set(re.findall(r'<h3><a href="([^"]+)"', page.text))
        more = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = more[1].replace("&amp;", "&") if more else None
    assert len(seen) >= IN_CHICAGO - 4


def test_a_category_near_a_place_holds_that_category_only(visitor: httpx.Client) -> None:
    page = visitor.get(f"{PLACE}/massage")
    assert page.text.count('<article class="ticket">') == 2
    assert "Massage near Chicago" in _text(page)


def test_words_find_deals_and_filters_stay_in_the_address(visitor: httpx.Client) -> None:
    page = visitor.get("/search?q=massage&place=chicago-il-us&sort=price&discount=40")
    assert page.text.count('<article class="ticket">') == 2
    assert re.search(r'<option value="price" selected>', page.text)
    assert re.search(r'name="q" type="search"[^>]* value="massage"', page.text)
    assert re.search(r'<option value="40" selected>', page.text)
    assert '<meta name="robots" content="noindex, follow">' in page.text


def test_an_empty_list_offers_ways_that_lead_somewhere(visitor: httpx.Client) -> None:
    page = visitor.get("/search?q=zeppelin&place=chicago-il-us")
    assert "Nothing here fits everything you asked for." in _text(page)
    ways = re.findall(r'<li><a class="chip" href="([^"]+)"', page.text.partition('class="ways"')[2])
    assert ways
    assert all(visitor.get(way.replace("&amp;", "&")).text.count('<article class="ticket">') > 0 for way in ways)


def test_a_place_without_deals_says_so_and_offers_only_circles_that_hold_some(visitor: httpx.Client) -> None:
    page = visitor.get("/places/springfield-mo-us")
    assert "There are no deals near Springfield at present." in _text(page)
    assert "Look everywhere" in _text(page)
    assert "Look as far as" not in _text(page)


def test_an_old_cursor_begins_the_list_again(visitor: httpx.Client) -> None:
    page = visitor.get(f"{PLACE}?cursor={'A' * 64}")
    assert page.status_code == 200
    assert page.text.count('<article class="ticket">') == 24
    assert "First page" not in _text(page)


def test_a_filter_that_cannot_be_used_is_named(visitor: httpx.Client) -> None:
    page = visitor.get(f"{PLACE}?radius=7&price=call+us")
    assert page.status_code == 422
    assert "In the address it is called: radius , price" in _text(page)
    assert "called: q" in _text(visitor.get(f"/search?q={'a' * 201}"))
    assert visitor.get(f"/es{PLACE}?price=cheap").text.count("<code>price</code>") == 1


def test_a_deal_says_what_where_until_when_and_what_the_catch_is(visitor: httpx.Client, street: Street) -> None:
    text = _text(visitor.get(street.deals["full"]))
    for words in (
        "Tasting menu for two",
        "The Copper Kettle",
        f"$60 usual price as stated: $120 {MINUS}50%",
        "The usual price is what the merchant says it is.",
        "$110.50",
        "Usual price not stated",
        "At most 2 for each person",
        "To be used within 90 days of buying",
        "Ends Mar 22, 2026",
        "Valid on Mondays, Tuesdays and Wednesdays only.",
        "From 18 years of age.",
        "Not on public holidays.",
        "1 Lantern Street",
        "This deal is invented, to show how the marketplace works. It cannot be bought.",
    ):
        assert words in text, words


def test_an_imported_deal_shows_what_its_source_states_and_links_to_it(visitor: httpx.Client, street: Street) -> None:
    page = visitor.get(street.deals["imported"])
    text = _text(page)
    assert "Sailing cruise & fireworks" in text
    assert "Merchant not stated" in text
    assert "Kind not stated" in text
    assert "street address not stated" in text
    assert "moved by 3,920 days" in text
    assert "the source of this deal says it is; we have not checked it" in text
    assert re.search(r'href="https://www\.gazette\.example/deals/1" rel="nofollow noopener[^"]*"', page.text)
    assert "See this deal at gazette.example" in text


def test_a_deal_of_which_only_an_area_is_known_says_so_and_counts_are_called_the_sources_own(
    visitor: httpx.Client, street: Street
) -> None:
    text = _text(visitor.get(street.deals["area"]))
    assert "stands for the area that is stated; the town is not stated" in text
    assert re.search(r"Area of \w+", text)
    assert "20,195 ratings at the source" in text
    assert "To be used between Apr 1, 2026 and Jun 30, 2026" in text, "the end itself is outside"
    for rule in (
        "Valid on Mondays, Tuesdays, Wednesdays, Thursdays and Fridays only.",
        "Not valid on public holidays and the days before them.",
        "Ask first about Fridays and days before official holidays: the source does not say plainly",
    ):
        assert rule in text, rule
    spanish = _text(visitor.get("/es" + street.deals["area"]))
    assert "20.195 valoraciones en la fuente" in spanish
    assert "Zona de " in spanish


def test_what_a_source_leaves_out_is_called_not_stated_and_no_saving_is_made_up(
    visitor: httpx.Client, street: Street
) -> None:
    page = visitor.get(street.deals["bare"])
    text = _text(page).partition("Similar deals")[0]
    assert "Ends not stated" in text
    assert "Usual price not stated" in text
    assert "All over Chicago Area" in text
    assert "No conditions are stated." in text
    assert MINUS not in text
    assert "<s>" not in page.text.partition('id="similar"')[0]


def test_a_mistyped_slug_leads_to_the_deals_one_address(visitor: httpx.Client, street: Street) -> None:
    path = street.deals["full"]
    moved = visitor.get(f"/es/deals/something-else-{path[-36:]}")
    assert moved.status_code == 308
    assert moved.headers["location"] == f"/es{path}"


def test_an_ended_deal_keeps_its_page_and_offers_similar_ones(visitor: httpx.Client, street: Street) -> None:
    page = visitor.get(street.deals["ended"])
    assert page.status_code == 200
    assert "This deal has ended." in _text(page)
    assert 'id="similar"' in page.text


def test_a_sold_out_deal_says_so(visitor: httpx.Client, street: Street) -> None:
    page = visitor.get(street.deals["sold_out"])
    assert "This deal is sold out." in _text(page)
    assert "https://schema.org/SoldOut" in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/deals/nothing-018f0000-0000-7000-8000-000000000000",
        "/deals/nothing",
        "/places/atlantis",
        f"{PLACE}/unicorns",
        "/categories/unicorns",
        "/nowhere",
        "/es/nowhere",
        "/assets/000000000000/site.css",
        "/sitemaps/deals-9.xml",
    ],
)
def test_what_is_not_there_answers_404_with_ways_on(visitor: httpx.Client, path: str) -> None:
    page = visitor.get(path)
    assert page.status_code == 404
    assert 'href="/es"' in page.text if path.startswith("/es") else 'href="/"' in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/places/a%00b", 404), ("/search?place=%00", 404), ("/search?near=a%00b", 200), ("/search?q=%00", 200)],
)
def test_a_zero_character_is_no_reason_to_fail(visitor: httpx.Client, path: str, status: int) -> None:
    assert visitor.get(path).status_code == status


def test_the_address_of_a_deal_that_was_merged_leads_to_the_one_that_stays(
    visitor: httpx.Client, street: Street
) -> None:
    for language in ("", "/es"):
        moved = visitor.get(language + street.deals["merged"])
        assert moved.status_code == 308
        assert moved.headers["location"] == language + street.deals["imported"]


def test_a_killed_deal_has_no_page(visitor: httpx.Client, street: Street) -> None:
    assert visitor.get(street.deals["killed"]).status_code == 404


def test_a_merchants_words_are_text_and_never_markup(visitor: httpx.Client, street: Street) -> None:
    page = visitor.get(street.deals["spanish"])
    assert "El Farol &lt;b&gt;&amp; Cía.&lt;/b&gt;" in page.text
    assert "<b>" not in page.text


def test_a_deal_in_another_language_says_which(visitor: httpx.Client, street: Street) -> None:
    assert re.search(r'<h1[^>]* lang="es" dir="auto">Menú', visitor.get(street.deals["spanish"]).text)
    assert re.search(r'<h1[^>]* lang="en" dir="auto">Tasting', visitor.get("/es" + street.deals["full"]).text)
    assert not re.search(r"<h1[^>]* lang=", visitor.get(street.deals["full"]).text)


def test_a_long_title_and_six_options_are_shown_whole(visitor: httpx.Client, street: Street) -> None:
    text = _text(visitor.get(street.deals["long"]))
    assert LONG_TITLE in text
    assert all(f"Course {number}" in text for number in range(1, 7))


def test_the_demonstration_says_what_it_is_on_every_page(visitor: httpx.Client, street: Street) -> None:
    for path in ("/", PLACE, "/about", "/privacy", street.deals["full"], "/nowhere", f"{PLACE}?price=cheap"):
        assert "This is a demonstration: no money moves" in visitor.get(path).text


def test_a_live_filter_answers_with_the_list_alone_and_its_address(visitor: httpx.Client) -> None:
    answer = visitor.get(f"{PLACE}?sort=price&price=&radius=", headers={"hx-request": "true"})
    assert answer.headers["hx-push-url"] == f"{PLACE}?sort=price"
    assert "<html" not in answer.text
    assert answer.text.count('<article class="ticket">') == 24
    assert "HX-Request" in answer.headers["vary"]


async def test_a_street_that_is_still_being_laid_out_says_so_and_is_not_empty(
    database: Database, settings: Settings, clock: FixedClock, rng: Random, tmp_path: Path
) -> None:
    app = create_app(Runtime(settings, database, clock, Follower(database, tmp_path), rng, open_blobs(settings)))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(cast("Any", app)), base_url="http://127.0.0.1"
    ) as client:
        page = await client.get("/es", headers={"accept": "text/html"})
    assert page.status_code == 503
    assert page.headers["retry-after"] == "2"
    assert "Volvemos enseguida" in page.text
