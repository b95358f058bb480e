"""The one cookie: what sets it, what it holds, and who may not."""

import httpx
import pytest

from highstreet.kit.settings import Environment, Secret, Settings
from highstreet.web.choices import Choices, Theme, choices_cookie, read_choices
from tests.web.storefront.street import Street

PLACE = "/places/chicago-il-us"


def test_a_town_is_remembered_only_when_it_is_chosen(visitor: httpx.Client) -> None:
    for path in ("/", PLACE, "/search?near=chicago", "/search?q=lunch"):
        assert "set-cookie" not in visitor.get(path).headers
    chosen = visitor.post("/choices/place", data={"near": "Chicago"})
    assert chosen.status_code == 303
    assert chosen.headers["location"] == PLACE
    cookie = chosen.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    home = visitor.get("/").text
    assert "Near Chicago" in home
    assert 'value="Chicago, Illinois"' in home


def test_forgetting_the_last_choice_deletes_the_cookie(visitor: httpx.Client) -> None:
    visitor.post("/choices/place", data={"place": "chicago-il-us", "back": PLACE})
    assert len(visitor.cookies) == 1
    forgotten = visitor.post("/choices/place", data={"place": "", "back": PLACE})
    assert forgotten.headers["location"] == PLACE
    assert not visitor.cookies


def test_an_appearance_stays_and_keeps_the_town(visitor: httpx.Client) -> None:
    visitor.post("/choices/place", data={"near": "Chicago"})
    visitor.post("/es/choices/theme", data={"theme": "dark", "back": "/es/privacy"})
    page = visitor.get("/es/privacy").text
    assert 'data-theme="dark"' in page
    assert "Localidad: Chicago" in page


def test_a_town_of_several_is_asked_about_and_not_guessed(visitor: httpx.Client) -> None:
    answer = visitor.post("/choices/place", data={"near": "Springfield"})
    assert answer.headers["location"] == "/search?near=Springfield"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("sender", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}])
def test_a_form_on_another_site_chooses_nothing(visitor: httpx.Client, sender: dict[str, str]) -> None:
    answer = visitor.post("/choices/theme", data={"theme": "dark"}, headers=sender)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "back",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "elsewhere",
        "/\u65e5",
    ],
)
def test_a_form_never_leads_to_another_site(visitor: httpx.Client, back: str) -> None:
    assert visitor.post("/choices/theme", data={"theme": "dark", "back": back}).headers["location"] == "/"


def test_a_broken_cookie_counts_as_no_choice(visitor: httpx.Client, street: Street) -> None:
    for value in ("place=atlantis&theme=neon", "place=%00", "%%%", "theme", "=" * 3000):
        page = httpx.get(street.url, headers={"cookie": f"hs_choices={value}", "accept": "text/html"})
        assert page.status_code == 200
        assert "data-theme" not in page.text
    assert visitor.get("/").status_code == 200


def test_production_keeps_its_cookie_to_https_and_this_host() -> None:
    settings = Settings(env=Environment.PRODUCTION, secret_key=Secret("a secret of the tests, and of nobody else"))
    cookie = choices_cookie(Choices("chicago-il-us", Theme.DARK), settings)
    assert cookie.key.startswith("__Host-")
    assert cookie.secure
    assert cookie.httponly
    assert cookie.path == "/"
    assert read_choices({cookie.key: cookie.value or ""}, settings) == Choices("chicago-il-us", Theme.DARK)
