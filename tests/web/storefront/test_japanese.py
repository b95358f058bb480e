"""Deals and places of Japan, on pages in other languages."""

import html
import re

import httpx
import pytest

from tests.web.storefront.street import JAPANESE_TITLE, Street

TOKYO = "/places/tokyo-40-jp"


@pytest.mark.parametrize("words", ["居酒屋", "飲み放題", "新宿居酒屋", "2時間コース", "ｺｰｽ ２時間", "たぬき"])
def test_a_deal_is_found_by_words_within_its_text(visitor: httpx.Client, words: str) -> None:
    page = visitor.get("/search", params={"q": words})
    assert JAPANESE_TITLE in page.text
    assert page.text.count('<article class="ticket">') in (1, 2)
    (deal, *_) = visitor.get("/api/v1/deals", params={"q": words}).json()["deals"]
    assert deal["title"] == JAPANESE_TITLE


@pytest.mark.parametrize("words", ["東京", "東京都", "東京 日本", "tokyo", "東京，日本"])
def test_a_place_is_found_in_japanese(visitor: httpx.Client, words: str) -> None:
    assert visitor.get("/search", params={"near": words}).headers["location"] == TOKYO


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("東京 居酒屋", "/search?place=tokyo-40-jp&amp;q=%E5%B1%85%E9%85%92%E5%B1%8B"),
        ("居酒屋 東京", "/search?place=tokyo-40-jp&amp;q=%E5%B1%85%E9%85%92%E5%B1%8B"),
        ("東京", TOKYO),
    ],
)
def test_words_that_name_a_town_lead_to_the_deals_near_it(visitor: httpx.Client, words: str, way: str) -> None:
    page = visitor.get("/search", params={"q": words})
    assert f'<a class="chip" href="{way}">' in page.text
    assert 'class="chip" href="/search?place=' not in visitor.get("/search", params={"q": f"{words} 温泉旅館"}).text


def test_a_place_shows_its_prefecture_and_amounts_without_decimals(visitor: httpx.Client) -> None:
    page = visitor.get(TOKYO)
    assert "Tokyo, Tokyo, Japan" in page.text
    assert "¥1,500" in page.text
    assert "¥12,000" in page.text
    assert "¥1,000 to ¥1,999" in html.unescape(page.text)
    assert "1.500\xa0JPY" in visitor.get("/es" + TOKYO).text


def test_a_price_filter_counts_whole_yen(visitor: httpx.Client) -> None:
    page = visitor.get(f"{TOKYO}?price=1000-1999")
    assert page.text.count('<article class="ticket">') == 1
    assert JAPANESE_TITLE in page.text


def test_every_text_of_the_deal_says_that_it_is_japanese(visitor: httpx.Client, street: Street) -> None:
    page = visitor.get(street.deals["japanese"]).text
    for element in ("h1", 'li aria-current="page"', "p", 'div class="prose"'):
        assert re.search(rf'<{element}[^>]* lang="ja" dir="auto">', page), element
    assert re.search(rf'<h3><a [^>]*lang="ja" dir="auto">{JAPANESE_TITLE}', visitor.get(TOKYO).text)
    assert "Mar 31, 2026" not in page
    assert "Apr 1, 2026" in page


def test_an_address_of_a_title_without_latin_letters_leads_to_the_deal(visitor: httpx.Client, street: Street) -> None:
    path = street.deals["long_japanese"]
    assert path.startswith("/deals/deal-")
    assert visitor.get(path).status_code == 200
    assert visitor.get(f"/deals/グルメ-{path[-36:]}").headers["location"] == path


def test_a_description_for_search_engines_is_cut_though_it_has_no_spaces(visitor: httpx.Client, street: Street) -> None:
    page = visitor.get(street.deals["japanese"]).text
    described = re.search(r'<meta name="description" content="([^"]*)">', page)
    assert described is not None
    assert described[1].startswith("海の幸と日本酒。海の幸")
    assert len(described[1]) == 156
