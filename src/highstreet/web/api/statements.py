"""`/statements` and `/payees`: what merchants were paid and why, and where to they want to be paid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import get, put
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct, structs

from highstreet.kit.database import Actor, ActorKind
from highstreet.market.identity import service as identity
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.payees import Payee, Schedule
from highstreet.market.settlement.domain.statements import Statement, StatementLine
from highstreet.web.actors import actor_of, login_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import private
from highstreet.web.api.documented import (
    INVALID,
    KEY_OR_LOGIN,
    LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.parameters import Parameters, only_json, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class StatementView(Struct, frozen=True, kw_only=True):
    """A statement without its lines. Amounts are minor units of `currency`, in the merchant's favour but for `debt`."""

    id: UUID
    merchant_id: UUID
    currency: str
    number: int
    opening: int
    closing: int
    line_count: int
    payout: int
    carried_because: Annotated[str | None, Meta(description="Why nothing was paid out; null where something was.")]
    reserve: Annotated[int, Meta(description="What was held back besides, when it was made.")]
    debt: Annotated[int, Meta(description="What the merchant owed besides.")]
    made_at: datetime


class StatementList(Struct, frozen=True):
    """A merchant's statements, newest first."""

    statements: tuple[StatementView, ...]


class StatementLineView(Struct, frozen=True, kw_only=True):
    """One movement: `gross - commission - tax = amount`."""

    number: int
    kind: str
    posted_at: datetime
    order_id: UUID | None
    voucher_id: UUID | None
    refund_id: UUID | None
    payout_id: UUID | None
    terms_version: int | None
    gross: int
    commission: int
    tax: int
    amount: int


class StatementShown(Struct, frozen=True, kw_only=True):
    """A statement with some of its lines, in their order."""

    statement: StatementView
    lines: tuple[StatementLineView, ...]


class PayeeView(Struct, frozen=True, kw_only=True):
    """How a merchant is paid in one currency. `minimum` is minor units; less is carried over."""

    merchant_id: UUID
    currency: str
    schedule: str
    minimum: int
    destination: Annotated[str | None, Meta(description="The name by which the payer knows where to.")]
    destination_changed_at: datetime | None
    reserve_percent: float
    reserve_days: int
    bears_disputes: bool
    withheld: Annotated[str | None, Meta(description="Why nothing is paid for the time being.")]
    due_at: datetime


class PayeeList(Struct, frozen=True):
    """How a merchant is paid, in each currency."""

    payees: tuple[PayeeView, ...]


class PayeeWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a merchant says of how they are paid."""

    schedule: Schedule
    destination: Annotated[str, Meta(min_length=1, max_length=200)] | None
    minimum: Annotated[int, Meta(ge=0)] = 0


class OfMerchant(Parameters, frozen=True, kw_only=True):
    """Whose to list."""

    merchant_id: Annotated[UUID, Meta(description="The `id` of a merchant.")]


class StatementPage(OfMerchant, frozen=True, kw_only=True):
    """Which statements to list."""

    limit: Annotated[int, Meta(ge=1, le=100, description="How many to list.")] = 24
    before: Annotated[UUID | None, Meta(description="The `id` of the last statement of the page before.")] = None


class LinePage(Parameters, frozen=True, kw_only=True):
    """Which lines to show."""

    limit: Annotated[int, Meta(ge=1, le=100, description="How many to show.")] = 100
    after: Annotated[int, Meta(ge=0, description="The `number` of the last line of the page before.")] = 0


class FileWanted(Parameters, frozen=True, kw_only=True):
    """In which form."""

    form: Annotated[Literal["csv", "pdf"], Meta(description="`csv` or `pdf`.")] = "pdf"


_StatementId = Annotated[UUID, PathParameter(description="The `id` of a statement.")]


@get(
    "/statements",
    operation_id="listStatements",
    summary="List a merchant's statements",
    description="For the merchant's staff, newest first.",
    parameters=StatementPage,
    asks_who=KEY_OR_LOGIN,
    responses=answers(StatementList, "The statements.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID),
)
async def list_statements(request: HttpRequest) -> Answer:
    page = read_parameters(query_pairs(request), StatementPage)
    actor = await actor_of(request, ActorKind.STAFF)
    async with runtime_of(request).database.transaction(actor) as tx:
        await settlement.require_reader(tx, page.merchant_id)
        found = await settlement.statements(tx, page.merchant_id, before=page.before, limit=page.limit)
    return private(StatementList(tuple(map(_view, found))))


@get(
    "/statements/{statement_id:uuid}",
    operation_id="getStatement",
    summary="Read a statement",
    description="With its lines, each naming its voucher, its order, its refund and the version of its terms.",
    parameters=LinePage,
    asks_who=KEY_OR_LOGIN,
    responses=answers(StatementShown, "The statement.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, INVALID),
)
async def get_statement(request: HttpRequest, statement_id: _StatementId) -> Answer:
    page = read_parameters(query_pairs(request), LinePage)
    actor = await actor_of(request, ActorKind.STAFF)
    async with runtime_of(request).database.transaction(actor) as tx:
        found = await settlement.statement(tx, statement_id)
        lines = await settlement.statement_lines(tx, statement_id, after=page.after, limit=page.limit)
    return private(StatementShown(statement=_view(found), lines=tuple(map(_line, lines))))


@get(
    "/statements/{statement_id:uuid}/file",
    operation_id="getStatementFile",
    summary="Fetch a statement as a file",
    description="As CSV (RFC 4180) or as PDF, the same bytes each time.",
    parameters=FileWanted,
    asks_who=KEY_OR_LOGIN,
    responses={
        200: ResponseSpec(None, description="The file, as `text/csv` or `application/pdf`."),
        **dict([UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, INVALID]),
    },
)
async def get_statement_file(request: HttpRequest, statement_id: _StatementId) -> Answer:
    wanted = read_parameters(query_pairs(request), FileWanted)
    actor = await actor_of(request, ActorKind.STAFF)
    make = settlement.statement_as_csv if wanted.form == "csv" else settlement.statement_as_pdf
    async with runtime_of(request).database.transaction(actor) as tx:
        content = await make(tx, statement_id)
    kind = b"text/csv; charset=utf-8" if wanted.form == "csv" else b"application/pdf"
    name = f'attachment; filename="statement-{statement_id}.{wanted.form}"'
    headers = (
        (b"content-type", kind),
        (b"content-length", str(len(content)).encode("ascii")),
        (b"content-disposition", name.encode("ascii")),
        (b"cache-control", b"no-store"),
    )
    return Answer(200, headers, content)


@get(
    "/payees",
    operation_id="listPayees",
    summary="Read how a merchant is paid",
    description="For the merchant's staff, in each currency in which something was earned or agreed.",
    parameters=OfMerchant,
    asks_who=KEY_OR_LOGIN,
    responses=answers(PayeeList, "How the merchant is paid.", UNKNOWN_CALLER, NOT_ALLOWED, INVALID),
)
async def list_payees(request: HttpRequest) -> Answer:
    wanted = read_parameters(query_pairs(request), OfMerchant)
    actor = await actor_of(request, ActorKind.STAFF)
    async with runtime_of(request).database.transaction(actor) as tx:
        await settlement.require_reader(tx, wanted.merchant_id)
        found = [each for each in await settlement.all_payees(tx) if each.merchant_id == wanted.merchant_id]
    return private(PayeeList(tuple(map(_payee, found))))


@put(
    "/payees/{merchant_id:uuid}/{currency:str}",
    operation_id="setPayee",
    summary="Say how a merchant is paid",
    description="By a person of the merchant's who may, with a second factor shown in the last minutes. After another "
    "destination nothing is paid for three days.",
    guards=[only_json],
    parameters=Parameters,
    sent=PayeeWanted,
    asks_who=LOGIN,
    responses=answers(PayeeView, "How the merchant is paid now.", UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, INVALID),
)
async def set_payee(
    request: HttpRequest,
    merchant_id: Annotated[UUID, PathParameter(description="The `id` of a merchant.")],
    currency: Annotated[str, PathParameter(description="An ISO 4217 code.")],
    data: JSONBody[PayeeWanted],
) -> Answer:
    login = await login_of(request)
    async with runtime_of(request).database.transaction(Actor(ActorKind.STAFF, login.account_id)) as tx:
        identity.require_step_up(login, tx)
        standing = await settlement.terms_of(tx, merchant_id, currency)
        terms = structs.replace(
            standing, schedule=data.schedule, destination=data.destination, minimum_minor=data.minimum
        )
        changed = await settlement.agree(tx, merchant_id, currency, terms)
    return private(_payee(changed))


OPERATIONS: Sequence[HTTPRouteHandler] = (list_statements, get_statement, get_statement_file, list_payees, set_payee)


def _view(statement: Statement) -> StatementView:
    return StatementView(
        id=statement.id,
        merchant_id=statement.merchant_id,
        currency=statement.currency,
        number=statement.number,
        opening=statement.opening_minor,
        closing=statement.closing_minor,
        line_count=statement.line_count,
        payout=statement.payout_minor,
        carried_because=statement.carried_because,
        reserve=statement.reserve_minor,
        debt=statement.debt_minor,
        made_at=statement.made_at,
    )


def _line(line: StatementLine) -> StatementLineView:
    return StatementLineView(
        number=line.number,
        kind=line.kind,
        posted_at=line.posted_at,
        order_id=line.order_id,
        voucher_id=line.voucher_id,
        refund_id=line.refund_id,
        payout_id=line.payout_id,
        terms_version=line.terms_version,
        gross=line.gross_minor,
        commission=line.commission_minor,
        tax=line.tax_minor,
        amount=line.amount_minor,
    )


def _payee(payee: Payee) -> PayeeView:
    terms = payee.terms
    return PayeeView(
        merchant_id=payee.merchant_id,
        currency=payee.currency,
        schedule=terms.schedule,
        minimum=terms.minimum_minor,
        destination=terms.destination,
        destination_changed_at=payee.destination_changed_at,
        reserve_percent=terms.reserve_basis_points / 100,
        reserve_days=terms.reserve_days,
        bears_disputes=terms.bears_disputes,
        withheld=terms.withheld,
        due_at=payee.due_at,
    )
