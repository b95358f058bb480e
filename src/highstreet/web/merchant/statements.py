"""Statements: what moved on a merchant's account, and what was paid out."""

from uuid import UUID

import msgspec

from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.settling import Carried
from highstreet.market.settlement.domain.statements import Statement, StatementLine
from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.merchant.desk import Desk, page
from highstreet.web.merchant.listing import before_of
from highstreet.web.merchant.showing import number_of
from highstreet.web.problems import HttpRequest

_ON_A_PAGE = 24
_LINES_ON_A_PAGE = 100
_MAX_DIGITS = 9


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One movement as it is read."""

    day: str
    what: str
    voucher: str
    terms_version: str
    gross: str
    commission: str
    tax: str
    amount: str
    against: bool
    """Whether it was to the merchant's cost."""


async def statements_page(request: HttpRequest, desk: Desk) -> Answer:
    """A merchant's statements, the newest first."""
    del request
    person = desk.person
    async with person.runtime.database.transaction(person.actor) as tx:
        await settlement.require_reader(tx, desk.merchant_id)
        found = await settlement.statements(tx, desk.merchant_id, before=before_of(desk), limit=_ON_A_PAGE + 1)
    shown = found[:_ON_A_PAGE]
    context = {
        "statements": shown,
        "why": _carried(desk),
        "earlier": desk.path("/statements", before=str(shown[-1].id)) if len(found) > _ON_A_PAGE else "",
        "first": "before" not in person.params,
    }
    return page(person, "merchant_statements.html", person.language.translate("Statements"), context, desk=desk)


async def statement_page(request: HttpRequest, desk: Desk, statement_id: UUID) -> Answer:
    """One statement, line by line."""
    del request
    person, after = desk.person, _after(desk)
    async with person.runtime.database.transaction(person.actor) as tx:
        found = await settlement.statement(tx, statement_id)
        lines = await settlement.statement_lines(tx, statement_id, after=after, limit=_LINES_ON_A_PAGE + 1)
    if found.merchant_id != desk.merchant_id:
        raise NotFound(f"There is no statement {statement_id}")
    shown = lines[:_LINES_ON_A_PAGE]
    here = f"/statements/{statement_id}"
    context = {
        "statement": found,
        "lines": [_line(desk, found, each) for each in shown],
        "why": _carried(desk),
        "more": desk.path(here, after=str(shown[-1].number)) if len(lines) > _LINES_ON_A_PAGE else "",
        "start": desk.path(here) if after else "",
    }
    title = person.language.translate("Statement {number}").format(number=found.number)
    return page(person, "merchant_statement.html", title, context, desk=desk)


def _line(desk: Desk, statement: Statement, line: StatementLine) -> Line:
    language = desk.person.language

    def money(minor: int) -> str:
        return i18n.money(language, minor, statement.currency) if minor else ""

    return Line(
        day=i18n.date(language, line.posted_at),
        what=_kinds(desk).get(line.kind, line.kind),
        voucher=number_of(line.voucher_id) if line.voucher_id else "",
        terms_version=i18n.number(language, line.terms_version) if line.terms_version else "",
        gross=money(line.gross_minor),
        commission=money(line.commission_minor),
        tax=money(line.tax_minor),
        amount=i18n.money(language, line.amount_minor, statement.currency),
        against=line.amount_minor < 0,
    )


def _kinds(desk: Desk) -> dict[str, str]:
    """What moves on a merchant's account, by the names of the ledger."""
    _ = desk.person.language.translate
    return {
        "redemption": _("Redeemed"),
        "reversal": _("Taken back"),
        "refund_after_redemption": _("Refunded after it was redeemed"),
        "refund_failed": _("A refund did not arrive"),
        "payout": _("Paid out"),
        "payout_failed": _("A payout did not arrive"),
        "reserve_held": _("Held back as reserve"),
        "reserve_released": _("Released from the reserve"),
        "debt_raised": _("Turned into a debt"),
        "debt_recovered": _("Taken for a debt"),
        "debt_written_off": _("A debt was given up"),
        "dispute_opened": _("A payment is disputed"),
        "dispute_won": _("A dispute was won"),
        "dispute_lost": _("A dispute was lost"),
    }


def _carried(desk: Desk) -> dict[Carried, str]:
    """Why nothing was paid out."""
    _ = desk.person.language.translate
    return {
        Carried.NOTHING_TO_PAY: _("There was nothing to pay out."),
        Carried.NEGATIVE: _("The balance is below zero; it is carried over."),
        Carried.BELOW_MINIMUM: _("It is less than the agreed minimum; it is carried over."),
        Carried.NO_DESTINATION: _("We do not know where to pay; it is carried over."),
        Carried.DESTINATION_CHANGED: _("Where to pay has just changed; it is carried over for three days."),
        Carried.WITHHELD: _("Payouts are withheld for now; ask us why."),
    }


def _after(desk: Desk) -> int:
    text = desk.person.params.get("after", "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
        raise InvalidInput.at("after", "is the number of a line")
    return int(text)
