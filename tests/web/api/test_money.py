"""Statements and the books through the API: a merchant's own, an operator's all, and nobody else's business."""

import csv
import io
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import pytest

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.settings import Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Role
from highstreet.market.ledger import service as ledger
from highstreet.market.settlement import service as settlement
from highstreet.web.api.router import api_router
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from tests.market.settlement.conftest import book, earned, merchant_id, paid_merchant
from tests.web.api.test_vouchers import account, signed_in
from tests.web.serving import served

__all__ = ["merchant_id", "paid_merchant"]


@pytest.fixture
def runtime(settings: Settings, database: Database, clock: FixedClock, rng: Random, tmp_path: Path) -> Runtime:
    return Runtime(settings, database, clock, Follower(database, tmp_path), rng, open_blobs(settings))


class People:
    """An owner of the merchant, an owner of another one, somebody of the finances, and somebody with no role."""

    def __init__(self, *clients: httpx.AsyncClient) -> None:
        self.owner, self.rival, self.finance, self.nobody = clients


@pytest.fixture
async def people(runtime: Runtime, paid_merchant: UUID) -> AsyncGenerator[People]:
    roles = {
        "owner": (Role.MERCHANT_OWNER, paid_merchant),
        "rival": (Role.MERCHANT_OWNER, UUID(int=99)),
        "finance": (Role.OPERATOR_FINANCE, None),
        "nobody": None,
    }
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(create_app(runtime, faces=[api_router()])))
        clients: list[httpx.AsyncClient] = []
        for name, role in roles.items():
            own_id = await account(runtime, f"{name}@example.com")
            if role is not None:
                async with runtime.database.system() as tx:
                    await identity.grant(tx, own_id, *role)
            clients.append(await stack.enter_async_context(signed_in(runtime, url, own_id)))
        yield People(*clients)


@pytest.fixture
async def statement_id(database: Database, paid_merchant: UUID) -> UUID:
    await book(database, earned(1, paid_merchant), earned(2, paid_merchant))
    async with database.system() as tx:
        made = await settlement.settle(tx, paid_merchant, "USD", at_once=True)
    assert made is not None
    return made.id


async def test_a_merchant_reads_each_line_of_its_statements(
    people: People, paid_merchant: UUID, statement_id: UUID
) -> None:
    listed = (await people.owner.get("/statements", params={"merchant_id": str(paid_merchant)})).json()
    assert [(each["id"], each["payout"]) for each in listed["statements"]] == [(str(statement_id), 8000)]
    shown = (await people.owner.get(f"/statements/{statement_id}", params={"limit": 2})).json()
    assert [(each["gross"], each["amount"], each["terms_version"]) for each in shown["lines"]] == [(5000, 4000, 2)] * 2
    rest = (await people.owner.get(f"/statements/{statement_id}", params={"after": 2})).json()
    assert [each["kind"] for each in rest["lines"]] == ["payout"]
    as_csv = await people.owner.get(f"/statements/{statement_id}/file", params={"form": "csv"})
    assert len(list(csv.reader(io.StringIO(as_csv.text, newline="")))) == 6
    assert f"statement-{statement_id}.csv" in as_csv.headers["content-disposition"]
    as_pdf = await people.owner.get(f"/statements/{statement_id}/file")
    assert as_pdf.headers["content-type"] == "application/pdf"
    assert as_pdf.content.startswith(b"%PDF-")


async def test_statements_are_nobody_elses_business(people: People, paid_merchant: UUID, statement_id: UUID) -> None:
    for other in (people.rival, people.nobody, people.finance):
        refused = 404 if other is people.rival else 403  # who works for no merchant at all is told no more than that
        assert (await other.get(f"/statements/{statement_id}")).status_code == refused
        assert (await other.get(f"/statements/{statement_id}/file")).status_code == refused
        for path in ("/statements", "/payees"):
            assert (await other.get(path, params={"merchant_id": str(paid_merchant)})).status_code == 403
    assert (await people.owner.get("/statements", params={"merchant_id": "all"})).status_code == 422


async def test_another_destination_needs_a_second_factor_just_shown(
    people: People, database: Database, clock: FixedClock, paid_merchant: UUID
) -> None:
    wanted = {"schedule": "monthly", "destination": "creditor 9", "minimum": 100}
    address = f"/payees/{paid_merchant}/USD"
    assert (await people.owner.put(address, json=wanted)).status_code == 403
    await _show_second_factor(database, clock)
    changed = await people.owner.put(address, json=wanted)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["destination"], changed.json()["schedule"]) == ("creditor 9", "monthly")
    assert (await people.rival.put(address, json=wanted)).status_code == 403
    iban = {**wanted, "destination": "DE02120300000000202051"}
    assert (await people.owner.put(address, json=iban)).status_code == 422
    [payee] = (await people.owner.get("/payees", params={"merchant_id": str(paid_merchant)})).json()["payees"]
    assert (payee["minimum"], payee["destination"]) == (100, "creditor 9")


async def _show_second_factor(database: Database, clock: FixedClock) -> None:
    """Of everybody who is signed in."""
    async with database.system() as tx:
        assert await tx.execute(
            "UPDATE identity.logins SET second_factor_at = %s", [clock.now() - timedelta(minutes=1)]
        )


async def test_operators_who_may_read_the_books_follow_a_cent(
    people: People, database: Database, paid_merchant: UUID, statement_id: UUID
) -> None:
    assert statement_id
    totals = (await people.finance.get("/ledger/balances")).json()["totals"]
    assert sum(each["debit"] for each in totals) == 0
    key = earned(1, paid_merchant).key
    [entry] = (await people.finance.get("/ledger/entries", params={"key": key})).json()["entries"]
    assert (await people.finance.get(f"/ledger/entries/{entry['id']}")).json() == entry
    assert {each["account"] for each in entry["lines"]} >= {"merchant_payable", "commission", "tax"}
    for name in ("order_id", "voucher_id"):
        found = (await people.finance.get("/ledger/entries", params={name: str(UUID(int=1))})).json()["entries"]
        assert [each["key"] for each in found] == [key]
    account_page = {"currency": "USD", "party_id": str(paid_merchant), "limit": 2}
    first = (await people.finance.get("/ledger/accounts/merchant_payable", params=account_page)).json()
    assert (first["balance"], first["line_count"], len(first["lines"])) == (0, 3, 2)
    more = {**account_page, "after": first["lines"][-1]["entry_id"]}
    last = (await people.finance.get("/ledger/accounts/merchant_payable", params=more)).json()
    assert len(last["lines"]) == 1
    async with database.system() as tx:
        assert len(await ledger.trial_balance(tx)) == len(totals)


@pytest.mark.parametrize(
    "path",
    [
        "/ledger/balances",
        "/ledger/entries?key=a",
        f"/ledger/entries/{UUID(int=1)}",
        "/ledger/accounts/bank?currency=USD",
    ],
)
async def test_the_books_are_for_operators_alone(people: People, path: str) -> None:
    for other in (people.owner, people.rival, people.nobody):
        assert (await other.get(path)).status_code == 403


async def test_a_question_that_cannot_be_is_refused_in_words(people: People) -> None:
    for path in ("/ledger/entries", "/ledger/accounts/purse?currency=USD", "/ledger/accounts/bank?currency=dollars"):
        assert (await people.finance.get(path)).status_code == 422
    assert (await people.finance.get("/ledger/accounts/merchant_payable?currency=USD")).status_code == 422
    assert (await people.finance.get("/ledger/entries?key=nothing")).status_code == 404
