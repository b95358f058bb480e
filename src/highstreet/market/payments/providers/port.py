"""The port: what we ask of any payment provider, in words of ours.

Nothing here is called inside a transaction. Whatever creates or moves money carries an id of ours, by which the
provider knows a repetition: the same call again is the same money.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from highstreet.kit.errors import HighstreetError
from highstreet.market.payments.domain.accounts import AccountSeen, AccountWanted, TransferWanted
from highstreet.market.payments.domain.payments import Capture
from highstreet.market.payments.domain.records import Record
from highstreet.market.payments.domain.refunds import RefundSeen
from highstreet.market.payments.domain.seen import Notice, Seen


class Refused(HighstreetError):
    """The provider understood and will not do it, now or later."""


class Forged(HighstreetError):
    """A webhook that the provider did not send, or not just now."""


class PageWanted(msgspec.Struct, frozen=True, kw_only=True):
    """`title` is what a shopper reads beside the amount. The provider sends them back to `return_url`, paid or not."""

    payment_id: UUID
    amount_minor: int
    currency: str
    capture: Capture
    title: str
    return_url: str
    language: str
    created_at: datetime
    expires_at: datetime | None


class Page(msgspec.Struct, frozen=True):
    """Where a shopper pays, and the provider's name for it."""

    provider_ref: str
    url: str


class At(msgspec.Struct, frozen=True):
    """Where a payment is at its provider. `charge_ref` is None until there is money."""

    payment_id: UUID
    provider_ref: str
    charge_ref: str | None
    currency: str


class Provider(Protocol):
    """Raises Refused as told there, and Unavailable when the provider cannot be asked: it may have been done then.

    `page_origins` are the schemes and hosts that a form of ours may lead to.
    """

    @property
    def name(self) -> str: ...

    @property
    def page_origins(self) -> Sequence[str]: ...

    async def open(self, wanted: PageWanted, known: At | None) -> Page:
        """A page for a payment; where one is `known`, that one."""
        ...

    async def look(self, at: At) -> Seen:
        """All that the provider knows of a payment, its refunds and its disputes."""
        ...

    async def capture(self, at: At) -> Seen:
        """Take the money that was authorised."""
        ...

    async def void(self, at: At) -> Seen:
        """Let go of a payment that was not captured: its page closes, an authorisation ends."""
        ...

    async def refund(self, at: At, refund_id: UUID, amount_minor: int, *, sent_before: bool) -> RefundSeen:
        """Pay back. `sent_before` says that it was sent so long ago that it has to be looked for first."""
        ...

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """A webhook, its signature and age checked. Raises Forged. `headers` are named in lower case."""
        ...

    def records(self, since: datetime, until: datetime) -> AsyncIterator[Record]:
        """The movements of the balance that it owes us, of a span of time by its own clock."""
        ...

    async def open_account(self, wanted: AccountWanted) -> AccountSeen:
        """An account for a merchant: the same one each time."""
        ...

    async def account_page(self, account_ref: str, return_url: str) -> str:
        """Where the merchant shows who they are. The address holds for minutes and for one visit."""
        ...

    async def look_at_account(self, account_ref: str) -> AccountSeen: ...

    async def transfer(self, wanted: TransferWanted) -> str:
        """Send money to a merchant's account; the provider's name for it."""
        ...

    async def ping(self) -> None:
        """Ask something that changes nothing."""
        ...
