"""A merchant's staff write deals as plain forms: nothing typed is lost, and nobody writes over another one."""

import asyncio
import html
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import pytest

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.settings import Settings
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, PublishedDeal, ValueEvidence
from highstreet.market.catalog.domain.editing import AT_WORK, ON_SALE, PAST
from highstreet.market.catalog.domain.fine_print import (
    AskFirst,
    BookingNeeded,
    Days,
    Hours,
    MinimumAge,
    NewCustomersOnly,
    Note,
    NotOnHolidays,
)
from highstreet.market.catalog.domain.merchants import MerchantDraft
from highstreet.market.identity.domain.roles import Role
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from tests.market.catalog.conftest import World, administrator_here, pizza, world
from tests.web.serving import served
from tests.web.test_merchant import at_work, hidden, person

__all__ = ["administrator_here", "world"]


class Writer:
    """A browser of somebody who writes a merchant's deals; it follows no redirect by itself."""

    def __init__(self, client: httpx.AsyncClient, database: Database, merchant: UUID, account_id: UUID) -> None:
        self.client, self.database, self.merchant, self.account_id = client, database, merchant, account_id
        self.home = f"/merchant/{merchant}"

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(self.home + path)

    async def post(self, path: str, fields: dict[str, str]) -> httpx.Response:
        return await self.client.post(self.home + path, data=fields)

    async def form(self, path: str, **typed: str | None) -> dict[str, str]:
        """What the page's form sends, with these texts typed over; None is a box that is not ticked."""
        page = await self.get(path)
        assert page.status_code == 200, page.text
        fields = {
            **form_of(page),
            **{name.replace("__", "-"): text for name, text in typed.items() if text is not None},
        }
        return {name: text for name, text in fields.items() if typed.get(name.replace("-", "__"), "") is not None}

    async def save(self, path: str, **typed: str | None) -> httpx.Response:
        return await self.post(path, await self.form(path, **typed))

    async def new(self, **typed: str | None) -> UUID:
        """The id of the deal that was saved."""
        usual = {"title": "Two pizzas", "starts": "2026-03-03T10:00", "option__0__title": "For two"}
        done = await self.save("/deals/new", **{**usual, "option__0__price": "15", **typed})
        assert done.status_code == 303, done.text
        return UUID(re.findall(r"/deals/([0-9a-f-]{36})", done.headers["location"])[0])

    async def deal(self, deal_id: UUID) -> PublishedDeal:
        async with self.database.system() as tx:
            return await catalog.own_deal(tx, self.merchant, deal_id)

    async def steps(self, deal_id: UUID) -> list[tuple[DealState, UUID | None]]:
        """What became of a deal, and who did it."""
        async with self.database.system() as tx:
            return [(step.after, step.actor_id) for step in await catalog.history(tx, deal_id)]

    async def deals(self) -> int:
        async with self.database.system() as tx:
            every = (*AT_WORK, *ON_SALE, *PAST)
            return len(await catalog.own_deals(tx, self.merchant, every, before=None, limit=100))


def form_of(page: httpx.Response) -> dict[str, str]:
    """The fields of the page's first form of its own, as a browser would send them."""
    [sheet] = re.findall(r'<form class="sheet" method="post" novalidate>.*?</form>', page.text, re.DOTALL)
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", sheet):
        said = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if said.get("type") not in {"checkbox", "radio"}:
            fields[said["name"]] = html.unescape(said["value"])
        elif " checked" in tag:
            fields[said["name"]] = said.get("value", "on")
    for name, text in re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>([^<]*)</textarea>', sheet):
        fields[name] = html.unescape(text)
    for name, listed in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', sheet, re.DOTALL):
        fields[name] = next(iter(re.findall(r'value="([^"]*)" selected', listed)), "")
    return fields


def told(page: httpx.Response) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", page.text).split()))


@pytest.fixture
def runtime(settings: Settings, database: Database, clock: FixedClock, rng: Random, tmp_path: Path) -> Runtime:
    return Runtime(settings, database, clock, Follower(database, tmp_path), rng, open_blobs(settings))


@pytest.fixture
async def url(runtime: Runtime) -> AsyncGenerator[str]:
    async with served(create_app(runtime)) as address:
        yield address


@pytest.fixture
async def writer(runtime: Runtime, database: Database, url: str, world: World) -> AsyncGenerator[Writer]:
    manager = await person(runtime, "manager@example.com", Role.MERCHANT_MANAGER, world.merchant)
    async with at_work(runtime, url, manager) as client:
        yield Writer(client, database, world.merchant, manager)


async def test_a_deal_is_written_with_all_that_a_form_can_say_and_shown_again(writer: Writer, world: World) -> None:
    deal_id = await writer.new(
        title="Two pizzas <of> your choice",
        description="Crisp.\r\n\r\nFrom the oven.",
        category="pizza",
        ends="2026-03-31T22:00",
        option__0__price="15,50",
        option__0__value="30.00",
        option__0__cap="40",
        option__0__limit="2",
        option__0__first="2026-03-05",
        option__0__last="2026-06-30",
        day__7=None,
        hours__from="17:00",
        hours__until="01:00",
        booking="on",
        booking__hours="24",
        age="18",
        new="on",
        new__months="12",
        holidays="on",
        notes="One each table\r\nNot to take away",
    )
    deal = await writer.deal(deal_id)
    [option] = deal.options
    assert (deal.state, deal.currency, deal.category_slug) == (DealState.DRAFT, "USD", "pizza")
    assert deal.description == "Crisp.\n\nFrom the oven."
    assert (option.price_minor, option.value_minor, option.cap, option.per_buyer_limit) == (1550, 3000, 40, 2)
    assert option.value_evidence is ValueEvidence.MERCHANT_STATED
    assert option.redeem_until is not None
    assert deal.starts_at.isoformat() == "2026-03-03T16:00:00+00:00", "by the clock of Chicago"
    assert option.redeem_until.isoformat() == "2026-07-01T05:00:00+00:00", "the last day is whole"
    assert [type(rule) for rule in deal.fine_print] == [
        *(Days, Hours, BookingNeeded, MinimumAge, NewCustomersOnly, NotOnHolidays, Note, Note),
    ]
    assert {point.location_id for point in deal.points} == {world.loop, world.mall}
    assert (await writer.save(f"/deals/{deal_id}/edit")).status_code == 303
    again = await writer.deal(deal_id)
    assert (again.options, again.fine_print, again.starts_at) == (deal.options, deal.fine_print, deal.starts_at)
    shown = await writer.get(f"/deals/{deal_id}")
    assert "Two pizzas <of> your choice" in told(shown)
    assert "<of>" not in shown.text


async def test_what_cannot_be_used_is_said_beside_it_and_nothing_typed_is_lost(writer: Writer) -> None:
    wrong = {
        "title": " ",
        "starts": "",
        "ends": "soon",
        "option__0__title": "For two",
        "option__0__price": "fifteen",
        "option__0__cap": "-1",
        "age": "x",
        "hours__from": "11:00",
        "notes": "Kept as it was <typed>",
        "day__1": None,
    }
    page = await writer.save("/deals/new", **wrong)
    assert page.status_code == 422
    typed = form_of(page)
    for name, text in wrong.items():
        assert typed.get(name.replace("__", "-")) == text, name
    for name in ("title", "starts", "ends", "option-0-price", "option-0-cap", "age"):
        assert re.search(rf'id="{name}"[^>]*aria-invalid="true" aria-describedby="{name}-said"', page.text), name
    assert "Name two different times" in page.text
    assert await writer.deals() == 0
    more = await writer.post("/deals/new", {**typed, "do": "more"})
    assert (more.status_code, "option-1-title" in form_of(more)) == (200, True)
    less = form_of(await writer.post("/deals/new", {**form_of(more), "do": "drop-0"}))
    assert ("option-0-title" in less, "option-1-title" in less, less["notes"]) == (False, True, wrong["notes"])
    for name, text in (("category", "nothing"), ("location-" + "0" * 32, "on"), ("starts", "9999-12-31T10:00")):
        form = await writer.form("/deals/new", title="A", starts="2026-03-03T10:00")
        refused = await writer.post("/deals/new", {**form, name: text})
        assert refused.status_code == 422, name
    spanish = await writer.client.post(f"/es{writer.home}/deals/new", data=typed)
    assert (spanish.status_code, 'lang="es"' in spanish.text) == (422, True)


async def test_pressing_twice_saves_one_draft(writer: Writer) -> None:
    form = await writer.form("/deals/new", title="Once", starts="2026-03-03T10:00")
    first = await writer.post("/deals/new", form)
    second = await writer.post("/deals/new", form)
    assert first.headers["location"] == second.headers["location"]
    assert await writer.deals() == 1
    other = await writer.post("/deals/new", {**form, "title": "Another"})
    assert (other.status_code, form_of(other)["title"]) == (422, "Another")
    assert hidden(other)["nonce"] != form["nonce"]


async def test_of_two_who_change_a_deal_the_later_one_is_shown_what_the_other_wrote(writer: Writer) -> None:
    deal_id = await writer.new()
    path = f"/deals/{deal_id}/edit"
    one, other = await writer.form(path, title="Of the one"), await writer.form(path, title="Of the other")
    answers = await asyncio.gather(writer.post(path, one), writer.post(path, other))
    assert sorted(each.status_code for each in answers) == [303, 409]
    lost = next(each for each in answers if each.status_code == 409)
    stands = (await writer.deal(deal_id)).title
    typed = form_of(lost)["title"]
    assert {stands, typed} == {"Of the one", "Of the other"}
    assert f"Now stands: {stands}" in told(lost)
    assert (await writer.post(path, form_of(lost))).status_code == 303
    assert (await writer.deal(deal_id)).title == typed


async def test_what_the_form_cannot_show_of_a_deal_stays(writer: Writer, world: World) -> None:
    rules = (Note("Two\nlines"), AskFirst((1,)), Days((1, 2)), Days((2, 3)))
    async with writer.database.transaction(OPERATOR) as tx:
        deal_id = await catalog.create_deal(tx, pizza(world, fine_print=rules))
    before = await writer.deal(deal_id)
    assert (await writer.save(f"/deals/{deal_id}/edit", title="Another title")).status_code == 303
    after = await writer.deal(deal_id)
    assert set(after.fine_print) == set(rules)
    assert (after.options, after.starts_at, after.ends_at) == (before.options, before.starts_at, before.ends_at)
    copied = await writer.save(f"/deals/new?like={deal_id}")
    assert copied.status_code == 303
    assert await writer.deals() == 2


async def test_capacity_is_stated_checked_and_the_deal_sent(writer: Writer, world: World) -> None:
    deal_id = await writer.new(
        category="pizza", ends="2026-03-20T10:00", option__0__last="2026-03-29", option__0__cap="80"
    )
    [option] = (await writer.deal(deal_id)).options
    path = f"/deals/{deal_id}/capacity"
    unstated = await writer.get(path)
    assert "Send it for approval" not in told(unstated)
    cap, cost = f"cap-{option.id}", f"cost-{option.id}"
    form = await writer.form(path)
    bad = await writer.post(path, {**form, f"room-{world.loop}-1": "many", cost: "-", "tax": "x", "resume": "95"})
    assert (bad.status_code, form_of(bad)[f"room-{world.loop}-1"]) == (422, "many")
    assert bad.text.count("aria-invalid") == 4
    rooms = {f"room-{world.loop}-{day}": "5" for day in range(1, 8)}
    assert (await writer.post(path, {**form, **rooms, cost: "4,50"})).status_code == 303
    shown = told(await writer.get(path))
    assert "You cannot serve everybody." in shown
    assert "$4.50" in shown
    submission = f"/deals/{deal_id}/submission"
    send = {name: text for name, text in (await writer.form(path)).items() if name in {"csrf", "seen"}}
    assert (await writer.post(submission, send)).status_code == 409, "nobody said that they know"
    assert (await writer.post(path, {**(await writer.form(path)), cap: "40"})).status_code == 303
    assert (await writer.deal(deal_id)).options[0].cap == 40
    assert "You can serve everybody." in told(await writer.get(path))
    assert (await writer.post(submission, send)).status_code == 409, "the deal was changed since"
    assert (await writer.post(submission, {**send, "seen": (await writer.form(path))["seen"]})).status_code == 303
    assert set(await writer.steps(deal_id)) == {
        (DealState.DRAFT, writer.account_id),
        (DealState.IN_REVIEW, writer.account_id),
    }
    assert (await writer.deal(deal_id)).state is DealState.IN_REVIEW
    assert (await writer.get(f"/deals/{deal_id}/edit")).status_code == 303
    async with writer.database.transaction(OPERATOR) as tx:
        await catalog.reject(tx, deal_id, reason="Which pizzas?")
    page = await writer.get(f"/deals/{deal_id}")
    assert "Which pizzas?" in page.text
    back = await writer.post(f"/deals/{deal_id}/state", {**hidden(page), "do": "reopen"})
    assert (back.status_code, (await writer.deal(deal_id)).state) == (303, DealState.DRAFT)
    wrong = await writer.post(f"/deals/{deal_id}/state", {**hidden(page), "do": "sell"})
    assert (wrong.status_code, (await writer.deal(deal_id)).state) == (409, DealState.DRAFT)


async def test_what_is_on_sale_is_paused_sold_on_and_capped(writer: Writer, world: World) -> None:
    async with writer.database.transaction(OPERATOR) as tx:
        deal_id = await catalog.create_deal(tx, pizza(world))
        await catalog.submit(tx, deal_id)
        await catalog.approve(tx, deal_id)
    page = await writer.get(f"/deals/{deal_id}")
    for step, state in (("sell", DealState.LIVE), ("pause", DealState.PAUSED), ("resume", DealState.LIVE)):
        done = await writer.post(f"/deals/{deal_id}/state", {**hidden(page), "do": step})
        assert (done.status_code, (await writer.deal(deal_id)).state) == (303, state), step
    before = await writer.deal(deal_id)
    path, option = f"/deals/{deal_id}/capacity", before.options[0]
    assert (await writer.save(path, **{f"cap-{option.id}".replace("-", "__"): "7"})).status_code == 303
    after = await writer.deal(deal_id)
    assert [each.cap for each in after.options] == [7, None]
    assert (after.title, after.options[0].price_minor) == (before.title, before.options[0].price_minor)
    assert (await writer.get("/deals?group=sale")).text.count("standing live") == 1
    assert (await writer.post(f"/deals/{deal_id}/state", {**hidden(page), "do": "end"})).status_code == 303
    assert "Ended" in (await writer.get("/deals?group=past")).text
    assert (await writer.get("/deals?group=x")).status_code == 422


async def test_no_other_merchant_s_staff_and_no_scanner_sees_or_changes_a_deal(
    writer: Writer, runtime: Runtime, url: str
) -> None:
    deal_id = await writer.new()
    form = await writer.form(f"/deals/{deal_id}/edit")
    async with runtime.database.transaction(OPERATOR) as tx:
        other = await catalog.create_merchant(tx, MerchantDraft(name="Another one"))
    theirs = await person(runtime, "other@example.com", Role.MERCHANT_OWNER, other)
    scanner = await person(runtime, "scanner@example.com", Role.MERCHANT_SCANNER, writer.merchant)
    pages = ("", "/edit", "/capacity")
    forms = ("/edit", "/state", "/capacity", "/submission")
    for account_id, home, status in (
        (theirs, f"/merchant/{other}", 404),
        (theirs, writer.home, 403),
        (scanner, writer.home, 403),
    ):
        async with at_work(runtime, url, account_id) as client:
            own = f"/merchant/{other if account_id == theirs else writer.merchant}/scan"
            csrf = hidden(await client.get(own))["csrf"]
            for rest in pages:
                assert (await client.get(f"{home}/deals/{deal_id}{rest}")).status_code == status, rest
            for rest in forms:
                sent = {**form, "csrf": csrf, "do": "archive", "title": "Stolen"}
                assert (await client.post(f"{home}/deals/{deal_id}{rest}", data=sent)).status_code == status, rest
            assert (await client.get(f"{home}/deals/new?like={deal_id}")).status_code == status
            assert (await client.get(f"/deals/x-{deal_id}/preview")).status_code == 404
            listed = await client.get(f"{home}/deals")
            assert (listed.status_code, "Two pizzas" in listed.text) == (200 if status == 404 else 403, False)
    deal = await writer.deal(deal_id)
    assert (deal.title, deal.state) == ("Two pizzas", DealState.DRAFT)
    own = await writer.client.get(f"/deals/x-{deal_id}/preview")
    assert own.status_code == 503, "to whom it belongs it is shown, once the street is laid out"
