"""The same journey with Stripe: its own client asks a fake of its API over HTTP, and pages lead from end to end."""

import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import UUID

import httpx
import msgspec
import pytest
import stripe

from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.settings import PaymentProvider, Secret, Settings
from highstreet.market.identity.domain.roles import Role
from highstreet.market.orders.jobs import after_payment
from highstreet.market.payments import service as payments
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.payees import PayeeTerms
from highstreet.market.vouchers.service import VoucherKeys
from highstreet.web.app import create_app
from highstreet.web.checkout import open_checkout
from highstreet.web.merchant.showing import number_of
from highstreet.web.runtime import Runtime
from tests.discovery.search.store.running import ready
from tests.market.catalog.conftest import World, publish, world
from tests.market.orders.conftest import Offer, check_books, offer
from tests.stripe_fake import KEY, FakeStripe, fake_app
from tests.web.serving import served
from tests.web.test_merchant import at_work, hidden, person, verdict
from tests.web.test_shopping import order, voucher_paths

__all__ = ["offer", "publish", "world"]

# Stripe's client hands texts to httpx in a way that is to go; the lock holds versions that agree.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload raw bytes:DeprecationWarning")

SECRET = "whsec_of_the_fake"
_SIGNER = cast("Any", stripe.WebhookSignature)  # what signs has no types


@pytest.fixture
def fake(clock: FixedClock) -> FakeStripe:
    return FakeStripe(now=int(clock.now().timestamp()))


@pytest.fixture
async def runtime(
    settings: Settings, database: Database, clock: FixedClock, fake: FakeStripe, tmp_path: Path
) -> AsyncGenerator[Runtime]:
    async with served(fake_app(fake)) as url, ready(database, tmp_path / "search", poll_seconds=0.1) as follower:
        chosen = msgspec.structs.replace(
            settings,
            payments=PaymentProvider.STRIPE,
            stripe_secret_key=Secret(KEY),
            stripe_webhook_secrets=Secret(SECRET),
            stripe_url=url,
        )
        assert chosen.secret_key is not None
        async with payments.open_provider(chosen, clock) as provider:
            yield Runtime(
                chosen,
                database,
                clock,
                follower,
                Random(7),
                open_blobs(chosen),
                payments=provider,
                after_payment=after_payment(VoucherKeys(chosen.secret_key)),
                checkout=open_checkout(chosen, database),
            )


async def tell(fake: FakeStripe, site: httpx.AsyncClient) -> None:
    """All that Stripe has to say, each word twice."""
    for event in (*fake.events, *fake.events):
        body = json.dumps(event)
        headers = {"Stripe-Signature": _SIGNER.generate_signature_header(body, SECRET, fake.now)}
        told = await site.post("/webhooks/payments/stripe", content=body, headers=headers)
        assert told.status_code == 200


async def test_what_is_paid_at_stripe_is_redeemed_and_stands_on_a_statement(
    runtime: Runtime, fake: FakeStripe, offer: Offer, world: World
) -> None:
    deal = await offer(10)
    async with (
        served(create_app(runtime)) as url,
        httpx.AsyncClient(base_url=url, headers={"accept": "text/html"}, trust_env=False) as shopper,
    ):
        away = await shopper.get(await order(shopper, deal.options[0]))
        assert away.headers["location"].startswith("https://checkout.stripe.com/c/pay/")
        [session_id] = fake.sessions
        page = await shopper.get(fake.returns[session_id], follow_redirects=True)
        assert "Not paid yet" in page.text
        fake.pay(session_id)
        page = await shopper.get(fake.returns[session_id])
        assert "Thank you, it is paid" in page.text
        await tell(fake, shopper)
        [path] = voucher_paths(page.text)
        short = re.search(r"<strong>([0-9A-Z]{5}-[0-9A-Z]{5})</strong>", (await shopper.get(path)).text)
        assert short
        owner = await person(runtime, "owner@example.com", Role.MERCHANT_OWNER, world.merchant)
        async with at_work(runtime, url, owner) as staff:
            home = f"/merchant/{world.merchant}"
            form = {**hidden(await staff.get(f"{home}/scan")), "location": str(world.loop), "code": short[1]}
            assert verdict(await staff.post(f"{home}/scan", data=form, follow_redirects=True)) == "yes"
            await _settle(runtime.database, world)
            statements = (await staff.get(f"{home}/statements")).text
            found = re.search(rf'href="({home}/statements/[0-9a-f-]+)"', statements)
            assert found, statements
            statement = (await staff.get(found[1])).text
            assert "Redeemed" in statement
            assert number_of(UUID(path[-36:])) in statement, "the line names its voucher"
    await check_books(runtime.database)


async def _settle(database: Database, world: World) -> None:
    async with database.transaction(OPERATOR) as tx:
        await settlement.agree(tx, world.merchant, "USD", PayeeTerms(destination="creditor 7"))
    async with database.system() as tx:
        assert await settlement.settle(tx, world.merchant, "USD", at_once=True)
