"""Questions that mean harm, over HTTP: an answer or a refusal that says what is wrong, never a failure of ours."""

from tests.web.api.conftest import Api

_ANSWERED = (
    "q=piz%00za",
    "q=%F0%9F%8D%95%E2%80%8D%F0%9F%A7%96",
    "q=%E2%80%AEazzip+%D7%A4%D7%99%D7%A6%D7%94",
    "q=%ff%fe%ed%a0%80",
    "q=" + "a+" * 99,
    "q=" + "%22" * 150,
    "lat=-90&lng=180&radius_km=500",
)
_REFUSED = (
    "q=" + "a" * 10_000,
    "q=" + "massage+" * 500,
    "lat=nan&lng=nan",
    "lat=inf&lng=0",
    "lat=0&lng=0&radius_km=1e9",
    "lat=0&lng=0&radius_km=nan",
    "lat=0&lng=0&radius_km=-1",
    "category=%00",
    "min_price=1e400",
    "cursor=" + "A" * 84,
    "cursor=%00",
)


async def test_what_means_harm_is_answered_or_refused(api: Api) -> None:
    await api.publish()
    statuses = {
        query: (await api.client.get(f"/api/v1/deals?{query}")).status_code for query in (*_ANSWERED, *_REFUSED)
    }
    assert {query: statuses[query] for query in _ANSWERED} == dict.fromkeys(_ANSWERED, 200)
    assert all(400 <= statuses[query] < 500 for query in _REFUSED), statuses
