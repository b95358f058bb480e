"""A provider that signs as the sandbox does, and words that it may say."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
import pytest

from highstreet.kit import webhooks
from highstreet.kit.clock import Clock, FixedClock
from highstreet.kit.database import Database
from highstreet.kit.sandbox_keys import webhook_secret
from highstreet.kit.settings import Secret
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Capture, Payment
from highstreet.market.payments.providers.sandbox import SIGNATURE, SandboxProvider

SECRET = Secret("a secret of the tests, and of nobody else")

Sign: TypeAlias = Callable[..., tuple[dict[str, str], bytes]]


class Fact(msgspec.Struct, frozen=True):
    name: str


@pytest.fixture
def provider(clock: FixedClock) -> SandboxProvider:
    """Reads webhooks; whoever has it ask something finds nobody there."""
    return SandboxProvider("http://127.0.0.1:1", SECRET, clock)


@pytest.fixture
def signed(clock: FixedClock) -> Sign:
    """A webhook as the sandbox sends it: its headers and its body."""

    def sign(content: dict[str, Any], *, age: timedelta = timedelta(), secret: Secret = SECRET) -> tuple[Any, bytes]:
        body = msgspec.json.encode(content)
        return {SIGNATURE: webhooks.sign(body, webhook_secret(secret), clock.now() - age)}, body

    return sign


@pytest.fixture
async def payment(database: Database) -> Payment:
    """Of 50.00 EUR, taken as soon as it may be."""
    return await ordered(database, UUID(int=1))


async def ordered(database: Database, order_id: UUID, capture: Capture = Capture.AUTOMATIC) -> Payment:
    async with database.system() as tx:
        return await payments.request(tx, order_id, 5000, "EUR", capture)


def said(payment: Payment, state: str = "open", **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
    """What the sandbox says of a payment."""
    return {
        "id": f"pay_{payment.id.hex}",
        "reference": str(payment.id),
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "state": state,
        "url": "http://127.0.0.1:1/",
        "charge": f"ch_{payment.id.hex}" if state in {"authorised", "captured"} else None,
        "fee_minor": 120 if state == "captured" else None,
        "refunds": [],
        "disputes": [],
        **more,
    }


def beside(rng: Random, payment: Payment) -> dict[str, Any]:
    """Refunds and a dispute of a payment, somewhere on their way; all but the last refund may have ended."""
    refunds = [("re_1", 100, ["pending", "succeeded"]), ("re_2", 200, ["succeeded"]), ("re_3", 400, ["pending"])]
    of = {"currency": payment.currency}
    dispute = {**of, "id": f"dp_{payment.id.hex}", "amount_minor": payment.amount_minor, "reason": "fraudulent"}
    return {
        "refunds": [
            {**of, "id": f"{name}_{payment.id.hex}", "reference": None, "amount_minor": minor, "state": state}
            for name, minor, states in refunds
            for state in [rng.choice(states)]
        ],
        "disputes": [{**dispute, "state": rng.choice(["open", "under_review", "lost"])}],
    }


def event(number: int, content: dict[str, Any] | None, clock: Clock, kind: str = "payment.changed") -> Any:  # noqa: ANN401 -- JSON
    told = {"payment": content} if content else {}
    return {"id": f"evt_{number}", "kind": kind, "created_at": clock.now().isoformat(), **told}


async def receive(
    database: Database, provider: SandboxProvider, webhook: tuple[dict[str, str], bytes]
) -> Payment | None:
    read = payments.read_webhook(provider, *webhook)
    async with database.system() as tx:
        return await payments.receive(tx, read)


async def standing(database: Database, payment_id: UUID) -> Payment:
    async with database.system() as tx:
        return await payments.standing(tx, payment_id)


async def told(database: Database) -> list[str]:
    """The names of the facts that were recorded, by name."""
    async with database.system() as tx:
        return [fact.name for fact in await tx.fetch_all(Fact, "SELECT name FROM kit.facts ORDER BY name")]
