"""Stripe: its hosted page (Checkout), refunds, disputes, Connect accounts, and transfers apart from charges.

Its own client does the asking, with our ids as keys of idempotency. Every object carries our ids in its metadata, so
that word of it finds its payment also where the answer that named it was lost.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import msgspec
import stripe

from highstreet.kit import webhooks
from highstreet.kit.clock import Clock
from highstreet.kit.errors import Unavailable
from highstreet.kit.settings import Secret
from highstreet.market.payments.domain.accounts import AccountSeen, AccountWanted, TransferWanted
from highstreet.market.payments.domain.payments import Capture
from highstreet.market.payments.domain.records import Record
from highstreet.market.payments.domain.refunds import RefundSeen
from highstreet.market.payments.domain.seen import Notice, Seen
from highstreet.market.payments.providers import stripe_reading as reading
from highstreet.market.payments.providers.port import At, Forged, Page, PageWanted, Refused
from highstreet.market.payments.providers.stripe_reading import Intent, Movement, Session, StripesAccount, StripesRefund

T = TypeVar("T", bound=msgspec.Struct)

SIGNATURE: Final = "stripe-signature"
_PAGES: Final = "https://checkout.stripe.com"
_TIMEOUT_S: Final = 20.0
_RETRIES: Final = 2
_RETRY_AFTER_S: Final = 10
_SHORTEST: Final = timedelta(hours=1)
"""Stripe closes a page half an hour after it was made at the earliest, and we may make it after the payment."""
_LONGEST: Final = timedelta(hours=24)
_LANGUAGES: Final = frozenset({"en", "es"})
_PAGE_OF_RECORDS: Final = 100


class StripeProvider:
    """`secrets` are what webhooks may be signed with; `url` stands in for Stripe's API in tests."""

    def __init__(self, key: Secret, secrets: Secret, clock: Clock, url: str | None = None) -> None:
        self.name = "stripe"
        self.page_origins: Sequence[str] = (_PAGES,)
        self._clock = clock
        self._secrets = [each.strip() for each in secrets.reveal().split(",")]
        self._transport = stripe.HTTPXClient(timeout=_TIMEOUT_S)
        self._client = stripe.StripeClient(
            key.reveal(),
            http_client=self._transport,
            max_network_retries=_RETRIES,
            base_addresses={"api": url} if url else None,
        ).v1

    async def aclose(self) -> None:
        await self._transport.close_async()

    async def open(self, wanted: PageWanted, known: At | None) -> Page:
        if known is not None:
            session = await self._session(known)
        else:
            params = _page_params(wanted)
            # Opened anew with other words before its address was ever handed out, it is another page.
            words = hashlib.sha256(msgspec.json.encode(params, order="sorted")).hexdigest()[:16]
            made = self._client.checkout.sessions.create_async(
                cast("Any", params), {"idempotency_key": f"page {wanted.payment_id} {words}"}
            )
            session = await _answer(made, Session)
        if session.url is None:
            raise Refused("Stripe's page for this payment is closed")
        return Page(session.id, session.url)

    async def look(self, at: At) -> Seen:
        session = await self._session(at)
        seen = reading.session_seen(session)
        name = session.payment_intent or at.charge_ref
        if name is None:
            return seen
        intent = await _answer(
            self._client.payment_intents.retrieve_async(name, {"expand": ["latest_charge.balance_transaction"]}), Intent
        )
        money = reading.intent_seen(intent, session.id)
        refunds = await _many(self._client.refunds.list_async({"payment_intent": name, "limit": 100}), StripesRefund)
        disputes = await _many(
            self._client.disputes.list_async({"payment_intent": name, "limit": 100}), reading.StripesDispute
        )
        return msgspec.structs.replace(
            money,
            reference=money.reference or seen.reference,
            refunds=tuple(reading.refund_seen(each) for each in refunds),
            disputes=tuple(reading.dispute_seen(each) for each in disputes),
        )

    async def capture(self, at: At) -> Seen:
        asked = self._client.payment_intents.capture_async(
            _charge(at), {}, {"idempotency_key": f"capture {at.payment_id}"}
        )
        return reading.intent_seen(await _answer(asked, Intent), at.provider_ref)

    async def void(self, at: At) -> Seen:
        session = await self._session(at)
        if session.status == "open":
            asked = self._client.checkout.sessions.expire_async(
                session.id, {}, {"idempotency_key": f"expire {at.payment_id}"}
            )
            return reading.session_seen(await _answer(asked, Session))
        if session.payment_intent is None:
            return reading.session_seen(session)
        cancelled = self._client.payment_intents.cancel_async(
            session.payment_intent, {}, {"idempotency_key": f"void {at.payment_id}"}
        )
        return reading.intent_seen(await _answer(cancelled, Intent), session.id)

    async def refund(self, at: At, refund_id: UUID, amount_minor: int, *, sent_before: bool) -> RefundSeen:
        charge = at.charge_ref or (await self.look(at)).charge_ref
        if charge is None:
            raise Refused("Nothing was paid at Stripe for this payment")
        if sent_before:
            made = await _many(self._client.refunds.list_async({"payment_intent": charge, "limit": 100}), StripesRefund)
            for each in made:
                if reading.our_id(each.metadata, reading.REFUND) == refund_id:
                    return reading.refund_seen(each)
        asked = self._client.refunds.create_async(
            {
                "payment_intent": charge,
                "amount": reading.to_stripe(amount_minor, at.currency),
                "metadata": {reading.REFUND: str(refund_id), reading.PAYMENT: str(at.payment_id)},
            },
            {"idempotency_key": f"refund {refund_id}"},
        )
        return reading.refund_seen(await _answer(asked, StripesRefund))

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        header = headers.get(SIGNATURE, "")
        if flaw := webhooks.flaw(header, body, self._secrets, self._clock.now()):
            raise Forged(f"The webhook {flaw}")
        try:
            event = stripe.Webhook.construct_event_without_verification(body).to_dict()
            seen = _said(event["type"], event["data"]["object"])
            occurred_at = datetime.fromtimestamp(event["created"], UTC)
            return Notice(id=event["id"], kind=event["type"], occurred_at=occurred_at, seen=seen)
        except (ValueError, KeyError, TypeError, AttributeError, msgspec.ValidationError):
            raise Forged("The webhook is signed and cannot be read") from None

    async def records(self, since: datetime, until: datetime) -> AsyncIterator[Record]:
        after: str | None = None
        while True:
            span = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
            params: dict[str, Any] = {"created": span, "limit": _PAGE_OF_RECORDS, "expand": ["data.source"]}
            if after is not None:
                params["starting_after"] = after
            page = await _many(self._client.balance_transactions.list_async(cast("Any", params)), Movement)
            for each in page:
                yield reading.record_of(each)
            if len(page) < _PAGE_OF_RECORDS:
                return
            after = page[-1].id

    async def open_account(self, wanted: AccountWanted) -> AccountSeen:
        params: dict[str, Any] = {
            "type": "express",
            "country": wanted.country,
            "default_currency": wanted.currency.lower(),
            "capabilities": {"transfers": {"requested": True}},
            "metadata": {"merchant_id": str(wanted.merchant_id)},
        }
        if wanted.email is not None:
            params["email"] = wanted.email
        made = self._client.accounts.create_async(
            cast("Any", params), {"idempotency_key": f"account {wanted.merchant_id}"}
        )
        return reading.account_seen(await _answer(made, StripesAccount))

    async def account_page(self, account_ref: str, return_url: str) -> str:
        made = self._client.account_links.create_async(
            {
                "account": account_ref,
                "refresh_url": return_url,
                "return_url": return_url,
                "type": "account_onboarding",
            }
        )
        return (await _answer(made, _Link)).url

    async def look_at_account(self, account_ref: str) -> AccountSeen:
        return reading.account_seen(await _answer(self._client.accounts.retrieve_async(account_ref), StripesAccount))

    async def transfer(self, wanted: TransferWanted) -> str:
        made = self._client.transfers.create_async(
            {
                "amount": reading.to_stripe(wanted.amount_minor, wanted.currency),
                "currency": wanted.currency.lower(),
                "destination": wanted.account_ref,
                "metadata": {"transfer_id": str(wanted.id)},
            },
            {"idempotency_key": f"transfer {wanted.id}"},
        )
        return (await _answer(made, _Named)).id

    async def ping(self) -> None:
        await _answer(self._client.balance.retrieve_async(), _Anything)

    async def _session(self, at: At) -> Session:
        return await _answer(self._client.checkout.sessions.retrieve_async(at.provider_ref), Session)


def _said(kind: str, content: Mapping[str, Any]) -> Seen | None:
    try:
        return reading.event_seen(kind, content)
    except Refused:  # an amount that we could never have asked for
        return None


class _Link(msgspec.Struct, frozen=True):
    url: str


class _Named(msgspec.Struct, frozen=True):
    id: str


class _Anything(msgspec.Struct, frozen=True):
    pass


class _Listed(msgspec.Struct, frozen=True):
    data: list[Any]


def _page_params(wanted: PageWanted) -> dict[str, Any]:
    ours = {reading.PAYMENT: str(wanted.payment_id)}
    params: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": str(wanted.payment_id),
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": wanted.currency.lower(),
                    "unit_amount": reading.to_stripe(wanted.amount_minor, wanted.currency),
                    "product_data": {"name": wanted.title},
                },
            }
        ],
        "metadata": ours,
        "payment_intent_data": {"metadata": ours},
        "success_url": wanted.return_url,
        "cancel_url": wanted.return_url,
        "locale": wanted.language if wanted.language in _LANGUAGES else "auto",
    }
    if wanted.capture is Capture.MANUAL:
        params["payment_intent_data"]["capture_method"] = "manual"
    if wanted.expires_at is not None:
        soonest, latest = wanted.created_at + _SHORTEST, wanted.created_at + _LONGEST
        params["expires_at"] = int(min(max(wanted.expires_at, soonest), latest).timestamp())
    return params


def _charge(at: At) -> str:
    if at.charge_ref is None:
        raise Refused("Nothing was authorised at Stripe for this payment")
    return at.charge_ref


async def _answer(asked: Awaitable[stripe.StripeObject], kind: type[T]) -> T:
    """What Stripe answered, as `kind`. Its errors become ours, without its key and without what was sent."""
    try:
        answered = (await asked).to_dict()
    except (stripe.CardError, stripe.IdempotencyError, stripe.InvalidRequestError) as refused:
        raise Refused(refused.user_message or "Stripe refused") from None
    except stripe.AuthenticationError:
        raise Unavailable("Stripe does not know our key; see HIGHSTREET_STRIPE_SECRET_KEY", _RETRY_AFTER_S) from None
    except stripe.StripeError as away:
        told = f"Stripe cannot be asked just now: {type(away).__name__}"
        raise Unavailable(told, _RETRY_AFTER_S) from None
    try:
        return msgspec.convert(answered, kind)
    except msgspec.ValidationError as problem:
        raise Unavailable(f"Stripe's answer cannot be read: {problem}", _RETRY_AFTER_S) from None


async def _many(asked: Awaitable[Any], kind: type[T]) -> list[T]:
    return [msgspec.convert(each, kind) for each in (await _answer(asked, _Listed)).data]
