"""What `/api/v1/deals` promises."""

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import Reach
from highstreet.market.catalog.domain.drafts import OptionDraft
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption
from highstreet.web.api.deals import DealPage
from highstreet.web.kept import MOMENT
from tests.discovery.search.market import CHICAGO, until
from tests.web.api.conftest import Api


async def ids(api: Api, **params: str | float) -> list[UUID]:
    answer = await api.get("/deals", **params)
    assert answer.status_code == 200, answer.text
    return [UUID(deal["id"]) for deal in answer.json()["deals"]]


def fields_in_error(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    return sorted(problem["field"] for problem in answer.json()["errors"])


async def test_a_deal_is_found_near_its_place_with_its_distance_and_reasons(api: Api) -> None:
    deal_id = await api.publish()
    answer = await api.get("/deals", q="pizza", place="chicago-il-us", why="true")
    (deal,) = answer.json()["deals"]
    assert (deal["id"], deal["distance_km"]) == (str(deal_id), 0.0)
    assert sum(deal["why"].values()) == pytest.approx(deal["score"], abs=1e-6)
    assert answer.json()["total"] == 1
    assert {"value": "pizza", "count": 1} in answer.json()["facets"]["category"]


async def test_a_page_put_together_from_pieces_is_what_its_type_says(api: Api, clock: FixedClock) -> None:
    for number in range(3):
        await api.publish(title=f"Pizza {number} “é” 🍕")
    for params in ({}, {"q": "pizza", "place": "chicago-il-us", "why": "true", "limit": 2}, {"q": "sushi"}):
        for _ in range(2):  # the second time from what was kept
            body = (await api.get("/deals", **params)).content
            assert msgspec.json.encode(msgspec.json.decode(body, type=DealPage)) == body
            clock.advance(timedelta(minutes=1))


async def test_the_same_question_is_answered_once_in_a_moment(api: Api, clock: FixedClock) -> None:
    for _ in range(2):
        await api.publish()
    first, again = [await api.get("/deals", limit=1) for _ in range(2)]
    assert first.content == again.content
    assert (await api.get("/deals", limit=1, lang="es")).json()["deals"][0]["url"] != first.json()["deals"][0]["url"]
    clock.advance(MOMENT)
    later = await api.get("/deals", limit=1)
    assert later.json()["next_cursor"] != first.json()["next_cursor"]  # it names the instant of its answer


async def test_a_deal_that_changed_is_told_anew(api: Api, clock: FixedClock) -> None:
    before = ImportedDeal(
        feed="a feed",
        key="1",
        title="Pizza somewhere",
        currency="USD",
        options=(ImportedOption(title="One", price_minor=1000),),
        reach=Reach.ONLINE,
    )
    titles: list[str] = []
    for title in ("Pizza somewhere", "Pasta somewhere"):
        async with api.market.database.system() as tx:
            (written,) = (await catalog.import_deals(tx, [msgspec.structs.replace(before, title=title)])).written
        clock.advance(timedelta(seconds=1))
        await until(partial(knows, api, written.deal_id, title))
        titles.append((await api.get("/deals")).json()["deals"][0]["title"])
    assert titles == ["Pizza somewhere", "Pasta somewhere"]


def knows(api: Api, deal_id: UUID, title: str) -> bool:
    deal = api.runtime.follower.index.deal(deal_id)
    return deal is not None and deal.title == title


async def test_a_deal_is_told_in_each_readers_own_language_and_address(api: Api) -> None:
    await api.publish()
    answers = [
        (await api.client.get("/api/v1/deals", params={"lang": language}, headers={"host": host})).json()
        for _ in range(2)
        for language in ("en", "es")
        for host in ("one.example", "two.example")
    ]
    urls = [answer["deals"][0]["url"].partition("/deals/")[0] for answer in answers]
    assert urls == 2 * ["http://one.example", "http://two.example", "http://one.example/es", "http://two.example/es"]


async def test_a_deal_carries_what_is_known_of_it(api: Api) -> None:
    deal_id = await api.publish()
    deal = (await api.get(f"/deals/{deal_id}")).json()
    assert deal["merchant"]["name"] == "Joe\u2019s Pizzería"
    assert deal["category"] == {"slug": "pizza", "name": "Pizza"}
    assert deal["place"] == {"slug": "chicago-il-us", "name": "Chicago"}
    assert (deal["locations"][0]["lat"], deal["locations"][0]["lng"]) == CHICAGO
    (option,) = deal["options"]
    assert (option["price"], option["value"], option["currency"]) == (2900, 5800, "USD")
    assert (option["discount_percent"], option["value_evidence"]) == (50, "merchant_stated")
    assert (deal["starts_at"], deal["ends_at"]) == ("2026-03-01T10:00:00Z", "2026-04-01T10:00:00Z")
    assert (deal["state"], deal["sold"], deal["image"], deal["source"]) == ("live", 0, None, None)
    page = await api.client.get(deal["url"])
    assert page.status_code == 200
    assert "Pizza for two" in page.text


async def test_what_a_feed_did_not_state_is_null(api: Api, clock: FixedClock) -> None:
    bare = ImportedDeal(
        feed="a feed",
        key="1",
        title="Pizza somewhere",
        currency="USD",
        options=(ImportedOption(title="One", price_minor=1000),),
        reach=Reach.UNSTATED,
        starts_at=clock.now(),
    )
    async with api.market.database.system() as tx:
        await catalog.import_deals(tx, [bare])
    await until(lambda: api.runtime.follower.index.size == 1)
    (deal,) = (await api.get("/deals")).json()["deals"]
    unstated = ("merchant", "category", "place", "image", "ends_at", "description", "division", "distance_km", "why")
    assert {name: deal[name] for name in unstated} == dict.fromkeys(unstated)
    assert (deal["options"][0]["value"], deal["options"][0]["discount_percent"]) == (None, None)
    assert deal["source"] == {"feed": "a feed", "url": None, "shifted_days": 0, "ratings": None}
    assert (await api.get("/deals", place="chicago-il-us")).json()["total"] == 0


async def test_each_filter_keeps_what_it_says(api: Api, clock: FixedClock) -> None:
    cheap = OptionDraft(title="One", price_minor=900)
    plain = await api.publish()
    other = await api.publish(
        title="Sushi", category="restaurants", options=(cheap,), ends_at=clock.now() + timedelta(2)
    )
    assert await ids(api, category="pizza") == [plain]
    assert set(await ids(api, category="food-drink")) == {plain, other}
    assert await ids(api, max_price=900) == [other]
    assert await ids(api, min_price=901) == [plain]
    assert await ids(api, max_price=900, currency="EUR") == []
    assert await ids(api, min_discount=50) == [plain]
    assert await ids(api, ends_before="2026-03-05T00:00:00Z") == [other]
    assert await ids(api, ends_after="2026-03-05T02:00:00+02:00") == [plain]
    assert await ids(api, sort="price") == [other, plain]
    assert await ids(api, lat=CHICAGO[0] + 1, lng=CHICAGO[1], radius_km=50) == []


async def test_an_answer_without_results_says_what_to_leave_out(api: Api) -> None:
    await api.publish()
    answer = (await api.get("/deals", q="pizza", category="massage")).json()
    assert (answer["total"], answer["relaxed"]) == (0, {"category": 1})


async def test_pages_are_linked_until_the_last(api: Api) -> None:
    published = {await api.publish(title=f"Pizza {number}") for number in range(5)}
    seen: list[UUID] = []
    answer = await api.get("/deals", q="pizza", limit=2, lang="en")
    while True:
        seen += [UUID(deal["id"]) for deal in answer.json()["deals"]]
        if "next" not in answer.links:
            break
        assert answer.json()["next_cursor"] in answer.links["next"]["url"]
        answer = await api.client.get(answer.links["next"]["url"])
    assert (len(seen), set(seen)) == (5, published)
    assert answer.json()["next_cursor"] is None


async def test_the_reader_who_has_an_answer_is_spared_it(api: Api) -> None:
    deal_id = await api.publish()
    for path in ("/deals", f"/deals/{deal_id}", "/categories", "/places", "/openapi.json"):
        answer = await api.get(path)
        etag = answer.headers["etag"]
        again = await api.client.get(f"/api/v1{path}", headers={"if-none-match": f'"other", {etag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    before = (await api.get("/deals")).headers["etag"]
    await api.publish(title="Another")
    changed = await api.client.get("/api/v1/deals", headers={"if-none-match": before})
    assert (changed.status_code, changed.json()["total"]) == (200, 2)


async def test_an_answer_stays_the_same_while_only_time_passes(api: Api, clock: FixedClock) -> None:
    for number in range(3):
        await api.publish(title=f"Pizza {number}")
    path = "/api/v1/deals?q=pizza&limit=1&why=true"
    first = await api.client.get(path)
    clock.advance(timedelta(minutes=90))
    later = await api.client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert later.status_code == 304
    assert (await api.client.get(path)).json()["deals"][0]["score"] != first.json()["deals"][0]["score"]


async def test_names_and_sentences_are_in_the_readers_language(api: Api) -> None:
    deal_id = await api.publish(category="massage")
    path = f"/api/v1/deals/{deal_id}"
    spanish = await api.client.get(path, headers={"accept-language": "fr;q=0.9, es-MX;q=0.8, en;q=0.1"})
    assert spanish.headers["content-language"] == "es"
    assert spanish.json()["category"]["name"] == "Masajes"
    assert "/es/deals/" in spanish.json()["url"]
    asked = await api.client.get(path, params={"lang": "en"}, headers={"accept-language": "es"})
    assert asked.json()["category"]["name"] == "Massage"
    sentences = [[rule["sentence"] for rule in answer.json()["fine_print"]] for answer in (spanish, asked)]
    assert sentences[0] != sentences[1]


async def test_each_thing_that_cannot_be_used_is_named(api: Api) -> None:
    refused = {
        "limit=0&sort=best&min_price=-1": ["limit", "min_price", "sort"],
        "radius=5&colour=red": ["colour", "radius"],
        "lat=41.8": ["lng"],
        "lng=41.8": ["lat"],
        "lat=91&lng=0": ["lat"],
        "lat=nan&lng=0": ["lat"],
        "place=chicago-il-us&lat=1&lng=1": ["place"],
        "place=atlantis": ["place"],
        "radius_km=5": ["radius_km"],
        "category=nothing": ["category"],
        "sort=distance": ["sort"],
        "ends_after=2026-03-05T00:00:00": ["ends_after"],
        "cursor=made-up": ["cursor"],
        "currency=usd": ["currency"],
        "lang=fr": ["lang"],
        "limit=5&limit=6&sort=NULL": ["limit", "sort"],
    }
    found = {query: fields_in_error(await api.client.get(f"/api/v1/deals?{query}")) for query in refused}
    assert found == refused


async def test_a_cursor_of_another_search_is_refused(api: Api) -> None:
    for number in range(3):
        await api.publish(title=f"Pizza {number}")
    cursor = (await api.get("/deals", q="pizza", limit=1)).json()["next_cursor"]
    assert fields_in_error(await api.get("/deals", q="sushi", limit=1, cursor=cursor)) == ["cursor"]


async def test_a_deal_that_is_over_keeps_its_address_and_says_so(api: Api, clock: FixedClock) -> None:
    deal_id = await api.publish()
    clock.advance(timedelta(days=31))
    assert (await api.get("/deals")).json()["total"] == 0
    assert (await api.get(f"/deals/{deal_id}")).json()["state"] == "ended"


async def test_a_deal_that_was_killed_is_gone_at_once(api: Api) -> None:
    deal_id = await api.publish()
    async with api.market.database.system() as tx:
        await catalog.kill(tx, deal_id, reason="unsafe")
    assert (await api.get(f"/deals/{deal_id}")).status_code == 404


async def test_a_deal_that_was_merged_leads_to_the_one_that_stays(api: Api) -> None:
    usual = ImportedDeal(
        feed="gazette",
        key="1",
        title="Wash, cut and blow-dry with a head massage",
        merchant="Scissors & Co",
        currency="USD",
        options=(ImportedOption(title="Cut", price_minor=2000),),
        reach=Reach.LOCATIONS,
    )
    async with api.market.database.system() as tx:
        chicago = await catalog.place_by_slug(tx, "chicago-il-us")
        assert chicago is not None
        feeds = [msgspec.structs.replace(usual, feed=feed, places=(chicago.id,)) for feed in ("gazette", "herald")]
        stays, goes = [(await catalog.import_deals(tx, [deal])).written[0].deal_id for deal in feeds]
    await catalog.find_duplicates(api.market.database)
    async with api.market.database.transaction(OPERATOR) as tx:
        (pair,) = await catalog.duplicate_pairs(tx)
        await catalog.merge_duplicates(tx, pair.id, keep=stays)
    moved = await api.get(f"/deals/{goes}", lang="es")
    assert (moved.status_code, moved.headers["location"]) == (308, f"/api/v1/deals/{stays}?lang=es")
    assert moved.headers["cache-control"] == "no-cache"
    followed = await api.client.get(f"/api/v1/deals/{goes}", follow_redirects=True)
    assert (followed.status_code, followed.json()["id"]) == (200, str(stays))
    async with api.market.database.transaction(OPERATOR) as tx:
        await catalog.split_duplicates(tx, pair.id)
    assert (await api.get(f"/deals/{goes}")).json()["id"] == str(goes)
    async with api.market.database.system() as tx:
        await catalog.kill(tx, stays, reason="unsafe")
    assert (await api.get(f"/deals/{stays}")).status_code == 404


async def test_an_unknown_deal_and_a_foreign_method_are_refused_as_problems(api: Api) -> None:
    unknown = await api.get(f"/deals/{uuid4()}")
    assert (unknown.status_code, unknown.json()["title"]) == (404, "Not Found")
    refused = await api.client.delete("/api/v1/deals")
    assert (refused.status_code, refused.headers["content-type"]) == (405, "application/problem+json")
    assert "GET" in refused.headers["allow"]


async def test_an_address_tells_all_of_its_methods(api: Api) -> None:
    for method, status in (("OPTIONS", 204), ("PATCH", 405)):
        told = await api.client.request(method, "/api/v1/orders")
        assert (told.status_code, told.headers["allow"]) == (status, "GET, HEAD, OPTIONS, POST")
