"""What `/api/v1/places` and `/api/v1/categories` promise."""

from tests.web.api.conftest import Api


async def test_places_are_found_by_name_and_without_one_by_size(api: Api) -> None:
    (chicago,) = (await api.get("/places", q="chic")).json()["places"]
    assert (chicago["slug"], chicago["name"], chicago["region_code"]) == ("chicago-il-us", "Chicago", "IL")
    assert (chicago["time_zone"], chicago["currency"]) == ("America/Chicago", "USD")
    largest = (await api.get("/places")).json()["places"]
    assert [place["name"] for place in largest] == ["Madrid", "Chicago"]
    assert [place["name"] for place in (await api.get("/places", country="US")).json()["places"]] == ["Chicago"]
    assert len((await api.get("/places", limit=1)).json()["places"]) == 1
    assert (await api.get("/places", q="atlantis")).json() == {"places": []}


async def test_a_name_that_no_database_could_hold_is_refused(api: Api) -> None:
    assert (await api.client.get("/api/v1/places?q=a%00b")).status_code == 422


async def test_categories_are_a_tree_in_the_readers_language(api: Api) -> None:
    english = (await api.get("/categories")).json()["categories"]
    spanish = (await api.get("/categories", lang="es")).json()["categories"]
    assert [category["slug"] for category in english] == [category["slug"] for category in spanish]
    assert {"slug": "massage", "name": "Massage", "parent": "beauty-spas"} in english
    assert {"slug": "massage", "name": "Masajes", "parent": "beauty-spas"} in spanish
    known = {category["slug"] for category in english}
    assert all(category["parent"] in {None, *known} for category in english)
