"""`/ledger`: the books, for operators who may read them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter
from msgspec import Meta, Struct

from highstreet.kit.database import ActorKind
from highstreet.kit.errors import InvalidInput
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.entries import AccountLine, PostedEntry, Total
from highstreet.web.actors import actor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import private
from highstreet.web.api.documented import (
    INVALID,
    KEY_OR_LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.parameters import Parameters, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class TotalView(Struct, frozen=True, kw_only=True):
    """What all accounts of a kind hold together, in minor units: debits less credits."""

    account: str
    currency: str
    debit: int
    lines: int


class TrialBalance(Struct, frozen=True):
    """All kinds of accounts; `debit` of each currency sums to zero."""

    totals: tuple[TotalView, ...]


class LineView(Struct, frozen=True, kw_only=True):
    """One line of an entry: a debit is positive."""

    account: str
    party_id: UUID | None
    amount: int


class EntryView(Struct, frozen=True, kw_only=True):
    """What was booked at once, and what it stands for."""

    id: UUID
    key: str
    kind: str
    currency: str
    posted_at: datetime
    reverses: str | None
    order_id: UUID | None
    voucher_id: UUID | None
    payment_id: UUID | None
    refund_id: UUID | None
    payout_id: UUID | None
    terms_version: int | None
    memo: str | None
    lines: tuple[LineView, ...]


class EntryList(Struct, frozen=True):
    """Entries, oldest first."""

    entries: tuple[EntryView, ...]


class AccountLineView(Struct, frozen=True, kw_only=True):
    """A line of one account: a debit is positive."""

    entry_id: UUID
    position: int
    key: str
    kind: str
    posted_at: datetime
    order_id: UUID | None
    voucher_id: UUID | None
    amount: int


class AccountShown(Struct, frozen=True, kw_only=True):
    """An account: what it holds on the side on which it grows, and some of its lines."""

    account: str
    party_id: UUID | None
    currency: str
    balance: int
    line_count: int
    lines: tuple[AccountLineView, ...]


class EntriesWanted(Parameters, frozen=True, kw_only=True):
    """Which entries: of an order, of a voucher, or the one with a key. Exactly one of them."""

    order_id: Annotated[UUID | None, Meta(description="All that was booked for an order.")] = None
    voucher_id: Annotated[UUID | None, Meta(description="All that was booked for one voucher.")] = None
    key: Annotated[str | None, Meta(description="The entry's own key.")] = None


class AccountWanted(Parameters, frozen=True, kw_only=True):
    """Whose account, in which currency, and which of its lines."""

    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="An ISO 4217 code.")]
    party_id: Annotated[UUID | None, Meta(description="Of a merchant, a customer or a partner.")] = None
    limit: Annotated[int, Meta(ge=1, le=100, description="How many lines.")] = 24
    after: Annotated[UUID | None, Meta(description="The `entry_id` of the last line of the page before.")] = None


@get(
    "/ledger/balances",
    operation_id="readTrialBalance",
    summary="Read the trial balance",
    description="For operators with the right to read the ledger.",
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=answers(TrialBalance, "The balances.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID),
)
async def read_trial_balance(request: HttpRequest) -> Answer:
    read_parameters(query_pairs(request), Parameters)
    actor = await actor_of(request, ActorKind.OPERATOR)
    async with runtime_of(request).database.transaction(actor) as tx:
        await ledger.require_reader(tx)
        totals = await ledger.trial_balance(tx)
    return private(TrialBalance(tuple(map(_total, totals))))


@get(
    "/ledger/entries",
    operation_id="listEntries",
    summary="Find entries",
    description="What was booked for an order or a voucher, oldest first, or the entry with a key.",
    parameters=EntriesWanted,
    asks_who=KEY_OR_LOGIN,
    responses=answers(EntryList, "The entries.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, INVALID),
)
async def list_entries(request: HttpRequest) -> Answer:
    wanted = read_parameters(query_pairs(request), EntriesWanted)
    if sum(each is not None for each in (wanted.order_id, wanted.voucher_id, wanted.key)) != 1:
        raise InvalidInput.at("key", "name exactly one of `order_id`, `voucher_id` and `key`")
    actor = await actor_of(request, ActorKind.OPERATOR)
    async with runtime_of(request).database.transaction(actor) as tx:
        await ledger.require_reader(tx)
        if wanted.order_id is not None:
            found = await ledger.entries_of_order(tx, wanted.order_id)
        elif wanted.voucher_id is not None:
            found = await ledger.entries_of_voucher(tx, wanted.voucher_id)
        else:
            assert wanted.key is not None
            found = [await ledger.entry(tx, wanted.key)]
    return private(EntryList(tuple(map(_entry, found))))


@get(
    "/ledger/entries/{entry_id:uuid}",
    operation_id="getEntry",
    summary="Read one entry",
    description="For operators with the right to read the ledger.",
    parameters=Parameters,
    asks_who=KEY_OR_LOGIN,
    responses=answers(EntryView, "The entry.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, INVALID),
)
async def get_entry(
    request: HttpRequest, entry_id: Annotated[UUID, PathParameter(description="The `id` of an entry.")]
) -> Answer:
    read_parameters(query_pairs(request), Parameters)
    actor = await actor_of(request, ActorKind.OPERATOR)
    async with runtime_of(request).database.transaction(actor) as tx:
        await ledger.require_reader(tx)
        found = await ledger.entry(tx, entry_id)
    return private(_entry(found))


@get(
    "/ledger/accounts/{code:str}",
    operation_id="getLedgerAccount",
    summary="Read an account",
    description="What it holds, and its lines by the time of their entries.",
    parameters=AccountWanted,
    asks_who=KEY_OR_LOGIN,
    responses=answers(AccountShown, "The account.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID),
)
async def get_ledger_account(
    request: HttpRequest, code: Annotated[str, PathParameter(description="A kind of account.")]
) -> Answer:
    wanted = read_parameters(query_pairs(request), AccountWanted)
    if code not in set(AccountCode):
        raise InvalidInput.at("code", f"{code!r} is no kind of account")
    account = Account(AccountCode(code), wanted.party_id)
    actor = await actor_of(request, ActorKind.OPERATOR)
    after = None if wanted.after is None else (wanted.after, _BEHIND_ITS_LINES)
    async with runtime_of(request).database.transaction(actor) as tx:
        await ledger.require_reader(tx)
        held = await ledger.balance(tx, account, wanted.currency)
        lines = await ledger.account_lines(tx, account, wanted.currency, after=after, limit=wanted.limit)
    shown = AccountShown(
        account=code,
        party_id=wanted.party_id,
        currency=wanted.currency,
        balance=held.normal_minor,
        line_count=held.lines,
        lines=tuple(map(_account_line, lines)),
    )
    return private(shown)


OPERATIONS: Sequence[HTTPRouteHandler] = (read_trial_balance, list_entries, get_entry, get_ledger_account)
_BEHIND_ITS_LINES = 32_767
"""An entry has one line of an account, so that the entry tells where to go on."""


def _total(total: Total) -> TotalView:
    return TotalView(account=total.code, currency=total.currency, debit=total.debit_minor, lines=total.lines)


def _entry(entry: PostedEntry) -> EntryView:
    return EntryView(
        id=entry.id,
        key=entry.key,
        kind=entry.kind,
        currency=entry.currency,
        posted_at=entry.posted_at,
        reverses=entry.reverses,
        order_id=entry.order_id,
        voucher_id=entry.voucher_id,
        payment_id=entry.payment_id,
        refund_id=entry.refund_id,
        payout_id=entry.payout_id,
        terms_version=entry.terms_version,
        memo=entry.memo,
        lines=tuple(
            LineView(account=line.account.code, party_id=line.account.party_id, amount=line.amount_minor)
            for line in entry.lines
        ),
    )


def _account_line(line: AccountLine) -> AccountLineView:
    return AccountLineView(
        entry_id=line.entry_id,
        position=line.position,
        key=line.key,
        kind=line.kind,
        posted_at=line.posted_at,
        order_id=line.order_id,
        voucher_id=line.voucher_id,
        amount=line.amount_minor,
    )
