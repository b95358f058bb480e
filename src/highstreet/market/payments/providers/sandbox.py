"""The sandbox provider, over its HTTP API, as if it were another company's.

It is served under `/_psp/` by the house's own web process, and only where HIGHSTREET_ENV is test or demo. What it says
is decoded here and believed no more than what anybody else says.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import httpx
import msgspec

from highstreet.kit import webhooks
from highstreet.kit.clock import Clock
from highstreet.kit.errors import Unavailable
from highstreet.kit.sandbox_keys import api_key, webhook_secret
from highstreet.kit.settings import Secret
from highstreet.market.payments.domain.accounts import AccountSeen, AccountWanted, TransferWanted
from highstreet.market.payments.domain.disputes import DisputeSeen, DisputeState
from highstreet.market.payments.domain.payments import Ending, Known, PaymentSeen
from highstreet.market.payments.domain.records import Record, RecordKind
from highstreet.market.payments.domain.refunds import RefundSeen, RefundState
from highstreet.market.payments.domain.seen import Notice, Seen
from highstreet.market.payments.providers.port import At, Forged, Page, PageWanted, Refused

T = TypeVar("T", bound=msgspec.Struct)

SIGNATURE: Final = "sandbox-signature"
_TIMEOUT_S: Final = 10.0
_RETRY_AFTER_S: Final = 5
_KINDS: Final = "payment."


class _State(StrEnum):
    OPEN = "open"
    CHALLENGED = "challenged"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class _Refund(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    reference: str | None
    amount_minor: int
    currency: str
    state: RefundState
    problem: str | None = None


class _Dispute(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    amount_minor: int
    currency: str
    reason: str
    state: DisputeState
    evidence_due_at: datetime | None = None


class _Payment(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    reference: str
    amount_minor: int
    currency: str
    state: _State
    url: str
    charge: str | None
    fee_minor: int | None
    refunds: list[_Refund]
    disputes: list[_Dispute]


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    created_at: datetime
    payment: _Payment | None = None


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: RecordKind
    amount_minor: int
    fee_minor: int
    currency: str
    subject: str
    payment: str | None
    at: datetime


class _Records(msgspec.Struct, frozen=True):
    records: list[_Record]
    more: bool


class _Account(msgspec.Struct, frozen=True):
    id: str
    ready: bool


class _Link(msgspec.Struct, frozen=True):
    url: str


class _Named(msgspec.Struct, frozen=True):
    id: str


class _Problem(msgspec.Struct, frozen=True):
    detail: str = ""


class SandboxProvider:
    """`base` is the origin of our own web process; no other host is ever asked."""

    def __init__(self, base: str, secret: Secret, clock: Clock) -> None:
        self.name = "sandbox"
        self.page_origins: Sequence[str] = (base,)
        self._clock = clock
        self._secrets = (webhook_secret(secret),)
        self._http = httpx.AsyncClient(
            base_url=f"{base}/_psp/v1/",
            headers={"Authorization": f"Bearer {api_key(secret)}"},
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=base.startswith("https:"),  # to prepare for certificates takes longer than all the rest
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def open(self, wanted: PageWanted, known: At | None) -> Page:
        if known is not None:
            standing = await self._ask("GET", f"payments/{known.provider_ref}", _Payment)
            return Page(standing.id, standing.url)
        asked = {
            "reference": str(wanted.payment_id),
            "amount_minor": wanted.amount_minor,
            "currency": wanted.currency,
            "capture": wanted.capture,
            "title": wanted.title,
            "return_url": wanted.return_url,
            "language": wanted.language,
            "expires_at": wanted.expires_at.isoformat() if wanted.expires_at else None,
        }
        made = await self._ask("POST", "payments", _Payment, asked, key=f"payment {wanted.payment_id}")
        return Page(made.id, made.url)

    async def look(self, at: At) -> Seen:
        return _seen(await self._ask("GET", f"payments/{at.provider_ref}", _Payment))

    async def capture(self, at: At) -> Seen:
        return _seen(await self._ask("POST", f"payments/{at.provider_ref}/capture", _Payment, {}))

    async def void(self, at: At) -> Seen:
        return _seen(await self._ask("POST", f"payments/{at.provider_ref}/void", _Payment, {}))

    async def refund(self, at: At, refund_id: UUID, amount_minor: int, *, sent_before: bool) -> RefundSeen:
        del sent_before  # the sandbox never forgets a key
        asked = {"payment": at.provider_ref, "reference": str(refund_id), "amount_minor": amount_minor}
        return _refund(await self._ask("POST", "refunds", _Refund, asked, key=f"refund {refund_id}"))

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        flaw = webhooks.flaw(headers.get(SIGNATURE, ""), body, self._secrets, self._clock.now())
        if flaw is not None:
            raise Forged(f"The webhook {flaw}")
        try:
            event = msgspec.json.decode(body, type=_Event)
        except msgspec.DecodeError:
            raise Forged("The webhook is signed and cannot be read") from None
        seen = _seen(event.payment) if event.payment and event.kind.startswith(_KINDS) else None
        return Notice(id=event.id, kind=event.kind, occurred_at=event.created_at, seen=seen)

    async def records(self, since: datetime, until: datetime) -> AsyncIterator[Record]:
        after = ""
        while True:
            span = urlencode({"since": since.isoformat(), "until": until.isoformat(), "after": after})
            page = await self._ask("GET", f"records?{span}", _Records)
            for each in page.records:
                yield Record(
                    id=each.id,
                    kind=each.kind,
                    amount_minor=each.amount_minor,
                    fee_minor=each.fee_minor,
                    currency=each.currency,
                    subject=each.subject,
                    payment_ref=each.payment,
                    at=each.at,
                )
            if not page.more:
                return
            after = page.records[-1].id

    async def open_account(self, wanted: AccountWanted) -> AccountSeen:
        asked = {"reference": str(wanted.merchant_id), "country": wanted.country, "currency": wanted.currency}
        return _account(await self._ask("POST", "accounts", _Account, asked, key=f"account {wanted.merchant_id}"))

    async def account_page(self, account_ref: str, return_url: str) -> str:
        return (await self._ask("POST", f"accounts/{account_ref}/link", _Link, {"return_url": return_url})).url

    async def look_at_account(self, account_ref: str) -> AccountSeen:
        return _account(await self._ask("GET", f"accounts/{account_ref}", _Account))

    async def transfer(self, wanted: TransferWanted) -> str:
        asked = {
            "account": wanted.account_ref,
            "amount_minor": wanted.amount_minor,
            "currency": wanted.currency,
            "reference": str(wanted.id),
        }
        return (await self._ask("POST", "transfers", _Named, asked, key=f"transfer {wanted.id}")).id

    async def ping(self) -> None:
        instant = self._clock.now()
        async for _ in self.records(instant, instant):
            return

    async def _ask(
        self, method: str, path: str, kind: type[T], content: Mapping[str, Any] | None = None, *, key: str | None = None
    ) -> T:
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = await self._http.request(method, path, json=content, headers=headers)
        except httpx.HTTPError as problem:
            raise _away(type(problem).__name__) from problem
        if answer.status_code in {404, 409, 422}:
            raise Refused(_told(answer.content))
        if not answer.is_success:
            raise _away(f"it answered {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.DecodeError as problem:
            raise _away("its answer cannot be read") from problem


def _account(account: _Account) -> AccountSeen:
    missing = () if account.ready else ("a click on the sandbox's page",)
    return AccountSeen(provider_ref=account.id, ready=account.ready, missing=missing)


def _away(why: str) -> Unavailable:
    return Unavailable(f"The payment provider cannot be asked just now: {why}", _RETRY_AFTER_S)


def _told(content: bytes) -> str:
    try:
        return msgspec.json.decode(content, type=_Problem).detail or "The payment provider refused"
    except msgspec.DecodeError:
        return "The payment provider refused"


def _seen(payment: _Payment) -> Seen:
    known = Known(
        authorised=payment.state in {_State.AUTHORISED, _State.CAPTURED},
        captured=payment.state is _State.CAPTURED,
        ended=_ENDINGS.get(payment.state),
        charge_ref=payment.charge,
        fee_minor=payment.fee_minor,
    )
    return Seen(
        reference=_our_id(payment.reference),
        provider_ref=payment.id,
        charge_ref=payment.charge,
        payment=PaymentSeen(amount_minor=payment.amount_minor, currency=payment.currency, known=known),
        refunds=tuple(_refund(each) for each in payment.refunds),
        disputes=tuple(
            DisputeSeen(
                provider_ref=each.id,
                amount_minor=each.amount_minor,
                currency=each.currency,
                reason=each.reason,
                state=each.state,
                evidence_due_at=each.evidence_due_at,
            )
            for each in payment.disputes
        ),
    )


_ENDINGS: Final = {_State.CANCELLED: Ending.VOIDED, _State.EXPIRED: Ending.EXPIRED}


def _refund(refund: _Refund) -> RefundSeen:
    return RefundSeen(
        provider_ref=refund.id,
        reference=_our_id(refund.reference),
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        state=refund.state,
        problem=refund.problem,
    )


def _our_id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
