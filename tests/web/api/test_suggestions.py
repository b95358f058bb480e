"""What `/api/v1/suggestions` promises."""

import pytest

from tests.discovery.search.market import CHICAGO
from tests.web.api.conftest import Api


async def test_what_is_typed_is_completed_by_what_there_is(api: Api) -> None:
    deal_id = await api.publish(title="Quokka massage")
    found = (await api.get("/suggestions", q="quok", lat=CHICAGO[0], lng=CHICAGO[1])).json()
    assert found["queries"] == ["quokka"]
    (deal,) = found["deals"]
    assert (deal["id"], deal["title"]) == (str(deal_id), "Quokka massage")
    page = await api.client.get(deal["url"])
    assert page.status_code == 200
    merchant = deal["merchant"]
    assert {"name": merchant} in (await api.get("/suggestions", q=merchant[:3])).json()["merchants"]


async def test_categories_and_places_come_in_the_readers_language(api: Api) -> None:
    await api.publish()
    spanish = (await api.get("/suggestions", q="masaj", lang="es", place="chicago-il-us")).json()
    assert spanish["categories"] == [{"slug": "massage", "name": "Masajes"}]
    places = (await api.get("/suggestions", q="chic")).json()["places"]
    assert places == [{"slug": "chicago-il-us", "name": "Chicago"}]


async def test_nothing_is_suggested_for_nothing(api: Api) -> None:
    await api.publish()
    kinds = ("queries", "merchants", "categories", "places", "deals")
    nothing: dict[str, list[str]] = {kind: [] for kind in kinds}
    assert (await api.get("/suggestions")).json() == nothing
    assert (await api.get("/suggestions", q="?!\u202e \U0001f363")).json() == nothing


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"q": "a" * 201}, "q"),
        ({"limit": 21}, "limit"),
        ({"lat": 1}, "lng"),
        ({"place": "chicago-il-us", "lat": 1, "lng": 1}, "place"),
        ({"place": "atlantis"}, "place"),
        ({"radius_km": 3}, "radius_km"),
    ],
)
async def test_what_cannot_be_asked_is_named(api: Api, params: dict[str, str | float], field: str) -> None:
    refused = await api.get("/suggestions", **params)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_a_reader_who_has_the_answer_is_spared_it(api: Api) -> None:
    await api.publish()
    first = await api.get("/suggestions", q="massa")
    again = await api.client.get("/api/v1/suggestions?q=massa", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
