"""What machines read: structured data, the sitemap, assets; and how much each page weighs and asks of the database."""

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.web import seo
from tests.web.storefront.street import Street

PLACE = "/places/chicago-il-us"
NAMESPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
MAX_CSS_BYTES = 20_000
"""Before it is packed; 5.6 kB on the way. It was 18,000 until suggestions came under the search box."""
MAX_PAGE_BYTES = 60_000


def _json_ld(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_structured_data_states_what_the_deal_states(visitor: httpx.Client, street: Street) -> None:
    product = _json_ld(visitor.get(street.deals["full"]).text)
    assert product["@type"] == "Product"
    assert product["name"] == "Tasting menu for two"
    assert [offer["price"] for offer in product["offers"]] == ["60.00", "110.50"]
    assert {offer["priceCurrency"] for offer in product["offers"]} == {"USD"}
    assert product["offers"][0]["seller"] == {"@type": "Organization", "name": "The Copper Kettle"}
    assert not {"aggregateRating", "review", "image"} & set(product)
    assert "availability" not in product["offers"][0]


def test_structured_data_makes_nothing_up_for_a_silent_source(visitor: httpx.Client, street: Street) -> None:
    product = _json_ld(visitor.get(street.deals["bare"]).text)
    assert set(product) == {"@context", "@type", "name", "url", "offers"}
    assert set(product["offers"][0]) == {"@type", "name", "price", "priceCurrency", "url"}
    shifted = _json_ld(visitor.get(street.deals["imported"]).text)
    assert "validThrough" not in shifted["offers"][0]
    assert shifted["offers"][0]["url"] == "https://www.gazette.example/deals/1"
    assert "availableAtOrFrom" in shifted["offers"][0]
    area = _json_ld(visitor.get(street.deals["area"]).text)
    assert "availableAtOrFrom" not in area["offers"][0], "the town only stands for the area"


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_no_words_of_a_deal_leave_the_script_element(words: str) -> None:
    text = seo.script_json({"name": f"{words}</script><!--"})
    assert "<" not in text
    assert ">" not in text
    assert json.loads(text) == {"name": f"{words}</script><!--"}


def test_the_sitemap_lists_every_live_deal_once_and_its_pages_exist(visitor: httpx.Client, street: Street) -> None:
    index = ET.fromstring(visitor.get("/sitemap.xml").text)  # noqa: S314 -- our own document
    files = [str(found.text) for found in index.findall("s:sitemap/s:loc", NAMESPACE)]
    found: list[str] = []
    for file in files:
        urls = ET.fromstring(visitor.get(file).text)  # noqa: S314 -- our own document
        found += [str(loc.text) for loc in urls.findall("s:url/s:loc", NAMESPACE)]
    assert len(found) == len(set(found))
    assert street.url + street.deals["full"] in found
    assert street.url + PLACE in found
    assert street.url + street.deals["ended"] not in found
    for address in found[::7]:
        assert visitor.get(address).status_code == 200, address


def test_only_a_real_marketplace_invites_crawlers(visitor: httpx.Client) -> None:
    assert visitor.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    public = seo.robots_txt("https://deals.example", is_public=True)
    assert "Sitemap: https://deals.example/sitemap.xml" in public
    assert "Disallow: /es/search" in public


def test_filtered_lists_are_not_for_search_engines(visitor: httpx.Client) -> None:
    assert 'rel="canonical"' in visitor.get(PLACE).text
    for path in (f"{PLACE}?sort=price", "/search?q=lunch", "/search", "/nowhere"):
        page = visitor.get(path).text
        assert 'content="noindex, follow"' in page
        assert 'rel="canonical"' not in page


def test_assets_are_kept_for_ever_and_packed(visitor: httpx.Client) -> None:
    page = visitor.get(PLACE).text
    addresses = set(re.findall(r'"(/assets/[^"]+)"', page))
    assert {address.rpartition("/")[2] for address in addresses} == {
        "site.css",
        "icon.svg",
        "site.webmanifest",
        "htmx.js",
        "live.js",
        "find.js",
    }
    for address in addresses:
        asset = visitor.get(address)
        assert asset.status_code == 200
        assert "immutable" in asset.headers["cache-control"]
        assert asset.headers["content-encoding"] == "gzip"
        plain = visitor.get(address, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == asset.content


def test_the_style_sheet_and_a_full_page_stay_light(visitor: httpx.Client) -> None:
    page = visitor.get(PLACE).text
    css = re.search(r'href="(/assets/[^"]+site\.css)"', page)
    assert css
    assert len(visitor.get(css[1]).content) <= MAX_CSS_BYTES
    assert page.count('<article class="ticket">') == 24
    assert len(page.encode()) <= MAX_PAGE_BYTES


def test_no_page_holds_inline_style_or_script(visitor: httpx.Client, street: Street) -> None:
    for path in ("/", PLACE, "/search", "/about", "/privacy", "/nowhere", *street.deals.values()):
        page = visitor.get(path)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page.text), path
        assert not re.search(r"<script(?![^>]*(src=|application/ld\+json))", page.text), path
        assert "unsafe" not in page.headers["content-security-policy"]


def test_pictures_keep_their_room_before_they_arrive(visitor: httpx.Client, street: Street) -> None:
    for path in ("/", PLACE, street.deals["full"]):
        for image in re.findall(r"<img[^>]*>", visitor.get(path).text):
            assert re.search(r'width="\d+" height="\d+"', image)


def test_lists_ask_the_database_for_nothing_once_their_places_are_known(visitor: httpx.Client, street: Street) -> None:
    paths = (
        "/",
        "/search?q=lunch",
        "/search?q=lunch&place=chicago-il-us",
        PLACE,
        f"{PLACE}/massage",
        "/categories/massage",
    )
    for path in paths:
        visitor.get(path)
        before = street.database.transactions
        assert visitor.get(path).status_code == 200
        assert street.database.transactions == before, path
    before = street.database.transactions
    visitor.get(street.deals["full"])
    assert street.database.transactions == before + 1


def test_every_deal_with_a_page_has_a_picture_that_is_kept(visitor: httpx.Client, street: Street) -> None:
    for name in ("full", "bare", "ended"):
        address = f"/art/{street.deals[name][-36:]}.svg"
        picture = visitor.get(address)
        assert picture.status_code == 200
        assert picture.headers["content-type"].startswith("image/svg+xml")
        assert "immutable" in picture.headers["cache-control"]
        assert visitor.get(address, headers={"if-none-match": picture.headers["etag"]}).status_code == 304
    for wrong in (street.deals["killed"][-36:] + ".svg", "nothing.svg", street.deals["full"][-36:]):
        assert visitor.get(f"/art/{wrong}").status_code == 404
