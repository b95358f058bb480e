"""Stripe's own client against something that answers as Stripe does: the same promises as with any provider."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from random import Random
from typing import Any, cast
from uuid import UUID

import pytest
import stripe

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict, Unavailable
from highstreet.kit.settings import Secret
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.accounts import AccountWanted, TransferWanted
from highstreet.market.payments.domain.disputes import DisputeState
from highstreet.market.payments.domain.payments import Capture, Payment, PaymentState
from highstreet.market.payments.domain.records import RecordKind
from highstreet.market.payments.domain.refunds import RefundState
from highstreet.market.payments.providers.port import At, Refused
from highstreet.market.payments.providers.stripe_adapter import SIGNATURE, StripeProvider
from highstreet.market.payments.providers.stripe_reading import from_stripe, to_stripe
from highstreet.market.payments.service import Forged
from tests.market.payments.conftest import ordered, standing
from tests.stripe_fake import KEY, FakeStripe, fake_app
from tests.web.serving import served

# Stripe's client hands texts to httpx in a way that is to go; the lock holds versions that agree.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload raw bytes:DeprecationWarning")

SECRET = "whsec_of_the_fake"
_SIGNER = cast("Any", stripe.WebhookSignature)  # what signs has no types
RETURN = "https://shop.example/orders/1"


@dataclass
class House:
    database: Database
    clock: FixedClock
    fake: FakeStripe
    provider: StripeProvider
    url: str

    async def open(self, payment: Payment, **more: str) -> str:
        return await payments.open_page(self.database, self.provider, payment.id, RETURN, title="A massage", **more)

    async def session(self, payment: Payment) -> str:
        """The name of its page."""
        return (await self.open(payment)).rsplit("/", 1)[1]

    async def deliver(self, *events: dict[str, object], secret: str = SECRET) -> None:
        for event in events:
            body = json.dumps(event)
            header = _SIGNER.generate_signature_header(body, secret, int(self.clock.now().timestamp()))
            webhook = payments.read_webhook(self.provider, {SIGNATURE: header}, body.encode())
            async with self.database.system() as tx:
                await payments.receive(tx, webhook)

    async def refresh(self, payment: Payment) -> Payment:
        return await payments.refresh(self.database, self.provider, payment.id)


@pytest.fixture
async def house(database: Database, clock: FixedClock) -> AsyncGenerator[House]:
    fake = FakeStripe(now=int(clock.now().timestamp()))
    async with served(fake_app(fake)) as url:
        provider = StripeProvider(Secret(KEY), Secret(f"whsec_former, {SECRET}"), clock, url)
        yield House(database, clock, fake, provider, url)
        await provider.aclose()


async def test_a_page_is_asked_for_once_and_carries_what_finds_its_payment(house: House) -> None:
    payment = await ordered(house.database, UUID(int=1))
    first = await house.open(payment)
    assert first.startswith("https://checkout.stripe.com/")
    assert await house.open(payment, language="es") == first
    (session,) = house.fake.sessions.values()
    assert (session["amount_total"], session["currency"]) == (5000, "eur")
    assert session["metadata"] == session["payment_intent_data"]["metadata"] == {"payment_id": str(payment.id)}


async def test_the_events_of_a_payment_make_one_state_in_every_order(house: House) -> None:
    """With a refund made past us and a dispute: the events that name only the money may come first."""
    first = await ordered(house.database, UUID(int=1))
    intent = house.fake.pay(await house.session(first))
    house.fake.make_refund([], {"payment_intent": intent["id"], "amount": "1200"})
    house.fake.dispute(intent["id"])
    told, names = house.fake.events, ("payment_intent.succeeded", "checkout.session.completed", "refund.created")
    assert [each["type"] for each in told] == [*names, "charge.dispute.created"]
    orders = list(permutations(range(len(told))))
    Random(3).shuffle(orders)
    for number, order in enumerate(orders[:8], 2):
        payment = await ordered(house.database, UUID(int=number))
        events = [_retold(told[index], first, intent["id"], payment, number) for index in order]
        await house.deliver(*events, *events)
        final = await standing(house.database, payment.id)
        assert (final.state, final.refunded_minor) == (PaymentState.PARTLY_REFUNDED, 1200)
        async with house.database.system() as tx:
            assert [each.state for each in await payments.disputes_of(tx, payment.id)] == [DisputeState.OPEN]


def _retold(event: dict[str, object], first: Payment, intent: str, payment: Payment, number: int) -> dict[str, object]:
    """The same event about another payment."""
    text = json.dumps(event).replace(str(first.id), str(payment.id)).replace(intent, f"pi_{number}")
    told = json.loads(text.replace("cs_test_", f"cs_{number}_").replace("du_test_", f"du_{number}_"))
    return {**told, "id": f"{told['id']}_{number}"}


async def test_the_browsers_return_tells_all_that_webhooks_would(house: House) -> None:
    payment = await ordered(house.database, UUID(int=1))
    intent = house.fake.pay(await house.session(payment))
    house.fake.dispute(intent["id"])
    returned = await house.refresh(payment)
    assert (returned.state, returned.fee_minor, returned.charge_ref) == (PaymentState.CAPTURED, 75, intent["id"])
    await house.deliver(*house.fake.events)
    assert await standing(house.database, payment.id) == returned


async def test_tipping_authorises_then_captures_or_voids(house: House) -> None:
    taken = await ordered(house.database, UUID(int=1), Capture.MANUAL)
    let_go = await ordered(house.database, UUID(int=2), Capture.MANUAL)
    for payment in (taken, let_go):
        house.fake.pay(await house.session(payment))
        assert (await house.refresh(payment)).state is PaymentState.AUTHORISED
    async with house.database.system() as tx:
        await payments.request_capture(tx, taken.id)
        await payments.request_void(tx, let_go.id)
    for payment in (taken, let_go):
        await payments.tend(house.database, house.provider, payment.id)
    assert (await standing(house.database, taken.id)).state is PaymentState.CAPTURED
    assert (await standing(house.database, let_go.id)).state is PaymentState.VOIDED


async def test_a_page_that_is_given_up_closes_unless_somebody_was_faster(house: House) -> None:
    closed, paid = await ordered(house.database, UUID(int=1)), await ordered(house.database, UUID(int=2))
    await house.session(closed)
    house.fake.pay(await house.session(paid))
    for payment in (closed, paid):
        async with house.database.system() as tx:
            await payments.request_void(tx, payment.id)
        await payments.tend(house.database, house.provider, payment.id)
    assert (await standing(house.database, closed.id)).state is PaymentState.EXPIRED
    assert (await standing(house.database, paid.id)).state is PaymentState.CAPTURED
    with pytest.raises(Conflict):
        await house.open(closed)


async def test_a_page_closes_when_our_time_is_over_although_stripe_would_wait(house: House) -> None:
    async with house.database.system() as tx:
        end = tx.now + timedelta(minutes=10)
        payment = await payments.request(tx, UUID(int=1), 5000, "EUR", expires_at=end)
    await house.session(payment)
    for state, minutes in ((PaymentState.REQUESTED, 9), (PaymentState.EXPIRED, 1)):
        house.clock.advance(timedelta(minutes=minutes))
        await payments.tend(house.database, house.provider, payment.id)
        assert (await standing(house.database, payment.id)).state is state
    (session,) = house.fake.sessions.values()
    assert (session["status"], session["expires_at"]) == ("expired", house.fake.now + 3600)


@pytest.mark.parametrize("days", [0, 2], ids=["its key is remembered", "its key is forgotten"])
async def test_a_refund_is_paid_once_however_late_it_is_sent_again(house: House, days: int) -> None:
    payment = await ordered(house.database, UUID(int=1))
    house.fake.pay(await house.session(payment))
    await house.refresh(payment)
    async with house.database.system() as tx:
        await payments.request_refund(tx, payment.id, UUID(int=9), 2000)
    house.fake.failures = [500, 500, 500]  # its client tries twice again by itself
    await payments.send_refund(house.database, house.provider, UUID(int=9))
    at = At(payment.id, "", (await standing(house.database, payment.id)).charge_ref, "EUR")
    await house.provider.refund(at, UUID(int=9), 2000, sent_before=False)  # it had arrived all the same
    house.clock.advance(timedelta(days=days))
    if days:
        house.fake.answered.clear()
    await payments.send_refund(house.database, house.provider, UUID(int=9))
    assert len(house.fake.refunds) == 1
    async with house.database.system() as tx:
        (refund,) = await payments.refunds_of(tx, payment.id)
    assert (refund.state, refund.own) == (RefundState.SUCCEEDED, True)


async def test_what_is_forged_old_or_signed_with_a_key_of_pages_is_refused(house: House) -> None:
    payment = await ordered(house.database, UUID(int=1))
    house.fake.pay(await house.session(payment))
    for event in house.fake.events:
        with pytest.raises(Forged):
            await house.deliver(event, secret="whsec_another")
    house.clock.advance(timedelta(minutes=6))
    body = json.dumps(house.fake.events[0])
    header = _SIGNER.generate_signature_header(body, SECRET, house.fake.now)
    with pytest.raises(Forged):
        payments.read_webhook(house.provider, {SIGNATURE: header}, body.encode())
    await house.deliver({**house.fake.events[0], "type": "customer.created", "id": "evt_else"})
    with pytest.raises(Forged):
        await house.deliver({"id": "evt_odd", "object": "event", "type": "payment_intent.succeeded", "created": 1})
    assert (await standing(house.database, payment.id)).state is PaymentState.REQUESTED


async def test_its_errors_become_ours_and_hold_no_key(house: House) -> None:
    payment = await ordered(house.database, UUID(int=1))
    stranger = StripeProvider(Secret("sk_test_wrong"), Secret(SECRET), house.clock, house.url)
    with pytest.raises(Unavailable, match="does not know our key") as unknown:
        await payments.open_page(house.database, stranger, payment.id, RETURN, title="A massage")
    assert "sk_test" not in str(unknown.value)
    await stranger.aclose()
    house.fake.failures = [429]
    with pytest.raises(Unavailable, match="RateLimitError"):
        await house.open(payment)
    with pytest.raises(Refused, match="No such object"):
        await house.provider.look_at_account("acct_none")
    await house.provider.ping()


async def test_records_of_a_span_are_read_page_by_page(house: House) -> None:
    payment = await ordered(house.database, UUID(int=1))
    intent = house.fake.pay(await house.session(payment))
    for _ in range(130):
        house.fake.make_refund([], {"payment_intent": intent["id"], "amount": "1"})
    house.fake.dispute(intent["id"])
    since = house.clock.now() - timedelta(hours=1)
    found = [each async for each in house.provider.records(since, since + timedelta(days=1))]
    assert len({each.id for each in found}) == len(found) == 132
    assert {each.kind for each in found} == {RecordKind.CHARGE, RecordKind.REFUND, RecordKind.DISPUTE}
    assert {each.payment_ref for each in found} == {intent["id"]}
    assert [each async for each in house.provider.records(since - timedelta(days=1), since)] == []


async def test_a_merchant_shows_who_they_are_and_is_sent_money_once(house: House) -> None:
    wanted = AccountWanted(merchant_id=UUID(int=5), country="DE", currency="EUR", email="till@merchant.example")
    account = await house.provider.open_account(wanted)
    assert (account.ready, account.missing) == (False, ("external_account",))
    assert await house.provider.open_account(wanted) == account
    assert (await house.provider.account_page(account.provider_ref, RETURN)).startswith("https://connect.stripe.com/")
    sent = TransferWanted(id=UUID(int=6), account_ref=account.provider_ref, amount_minor=900, currency="EUR")
    with pytest.raises(Refused, match="transfers capability"):
        await house.provider.transfer(sent)
    house.fake.accounts[account.provider_ref].update(
        details_submitted=True, payouts_enabled=True, capabilities={"transfers": "active"}
    )
    assert (await house.provider.look_at_account(account.provider_ref)).ready
    house.fake.answered.clear()
    assert await house.provider.transfer(sent) == await house.provider.transfer(sent)
    assert len(house.fake.transfers) == 1


@pytest.mark.parametrize(
    ("minor", "currency", "stripes"),
    [(5000, "USD", 5000), (500, "JPY", 500), (1500, "KWD", 1500), (70, "ISK", 7000), (300, "UGX", 30000)],
)
def test_amounts_are_told_as_stripe_counts(minor: int, currency: str, stripes: int) -> None:
    assert to_stripe(minor, currency) == stripes
    assert from_stripe(stripes, currency) == minor


def test_an_amount_that_would_have_to_be_rounded_is_refused() -> None:
    with pytest.raises(Refused):
        from_stripe(7050, "ISK")
