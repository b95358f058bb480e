"""With Stripe in the settings: its webhooks come in over HTTP, and the doctor asks whether it answers."""

import json
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import UUID

import httpx
import msgspec
import pytest
import stripe

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database, Transaction
from highstreet.kit.settings import PaymentProvider, Secret, Settings
from highstreet.market.payments import checks
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Payment, PaymentState
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from tests.market.payments.conftest import ordered, standing
from tests.stripe_fake import KEY, FakeStripe, fake_app
from tests.web.serving import served

# Stripe's client hands texts to httpx in a way that is to go; the lock holds versions that agree.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload raw bytes:DeprecationWarning")

SECRET = "whsec_of_the_fake"
_SIGNER = cast("Any", stripe.WebhookSignature)  # what signs has no types


def with_stripe(settings: Settings, url: str, key: str = KEY) -> Settings:
    return msgspec.structs.replace(
        settings,
        payments=PaymentProvider.STRIPE,
        stripe_secret_key=Secret(key),
        stripe_webhook_secrets=Secret(SECRET),
        stripe_url=url,
    )


async def test_a_shopper_pays_at_stripe_and_the_webhook_settles_it_in_its_transaction(
    settings: Settings, database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    followed: list[PaymentState] = []

    async def follow(tx: Transaction, payment: Payment) -> None:
        del tx
        followed.append(payment.state)

    fake = FakeStripe(now=int(clock.now().timestamp()))
    async with served(fake_app(fake)) as url:
        chosen = with_stripe(settings, url)
        async with payments.open_provider(chosen, clock) as provider:
            assert provider is not None
            runtime = Runtime(
                chosen,
                database,
                clock,
                Follower(database, tmp_path / "search"),
                Random(7),
                open_blobs(chosen),
                payments=provider,
                after_payment=follow,
            )
            payment = await ordered(database, UUID(int=1))
            page = await payments.open_page(database, provider, payment.id, "https://shop.example/", title="A massage")
            fake.pay(page.rsplit("/", 1)[1])
            async with served(create_app(runtime, faces=[])) as base, httpx.AsyncClient(trust_env=False) as stripes:
                for event in (*fake.events, *fake.events):
                    body = json.dumps(event)
                    for secret, status in (("whsec_another", 400), (SECRET, 200)):
                        header = _SIGNER.generate_signature_header(body, secret, fake.now)
                        answer = await stripes.post(
                            f"{base}/webhooks/payments/stripe", content=body, headers={"Stripe-Signature": header}
                        )
                        assert answer.status_code == status
                assert (await stripes.post(f"{base}/webhooks/payments/sandbox", content=b"{}")).status_code == 404
    assert (await standing(database, payment.id)).state is PaymentState.CAPTURED
    assert followed == [PaymentState.CAPTURED, PaymentState.CAPTURED]


async def test_the_doctor_asks_whether_stripe_knows_our_key(settings: Settings, clock: FixedClock) -> None:
    outside = checks.CHECKS[0]
    async with served(fake_app(FakeStripe(now=0))) as url:
        assert (await outside.look(with_stripe(settings, url), clock)).says == "Stripe answers to our key."
        refused = await outside.look(with_stripe(settings, url, "sk_test_wrong"), clock)
    away = await outside.look(with_stripe(settings, "http://127.0.0.1:1"), clock)
    assert (refused.level, away.level) == ("fail", "fail")
    assert "does not know our key" in refused.says
    assert "sk_test_wrong" not in refused.says
