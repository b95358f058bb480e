"""The books as they are read: what accounts hold, how one came to hold it, and one entry with all its lines."""

from collections.abc import Iterable
from datetime import MAXYEAR, UTC, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import KINDS, Account, AccountCode, Party
from highstreet.market.ledger.domain.entries import EntryKind, LinesWanted, PostedEntry, RunningLine, Total
from highstreet.web.answers import Answer
from highstreet.web.operator.office import Office, id_in, page
from highstreet.web.operator.words import account_names, amount, entry_names, moment, short
from highstreet.web.problems import HttpRequest

_ON_A_PAGE: Final = 50
_PARTIES_ON_A_PAGE: Final = 100
_FILTERS: Final = ("since", "until", "kind")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line or a sum as it is read: on the side on which it stands."""

    name: str
    debit: str
    credit: str
    path: str = ""
    lines: int = 0


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an account, with what the account held with it on its normal side."""

    at: str
    what: str
    path: str
    about: str
    debit: str
    credit: str
    held: str


async def balances_page(request: HttpRequest, office: Office) -> Answer:
    """The trial balance of each currency: every kind of account that ever moved."""
    del request
    async with office.person.runtime.database.transaction(office.person.actor) as tx:
        await ledger.require_reader(tx)
        totals = await ledger.trial_balance(tx)
    by_currency = [
        (currency, [_total(office, each) for each in found], _sums(office, currency, found))
        for currency, found in ((key, list(each)) for key, each in groupby(totals, lambda total: total.currency))
    ]
    return page(office, "operator_books.html", office.language.translate("Books"), {"currencies": by_currency})


async def account_page(request: HttpRequest, office: Office, code: str) -> Answer:
    """One account, newest lines first; where there is one for each party and none is named, all of these."""
    account, currency = _named(office, code)
    if account is None:
        return await _parties_page(office, AccountCode(code), currency)
    wanted = _wanted(office)
    async with office.person.runtime.database.transaction(office.person.actor) as tx:
        await ledger.require_reader(tx)
        held = await ledger.balance(tx, account, currency)
        lines = await ledger.running_lines(tx, account, currency, wanted, limit=_ON_A_PAGE + 1)
        names = await catalog.merchant_names(tx, [account.party_id] if account.party_id else [])
    del request
    given = {name: office.person.params.get(name, "") for name in _FILTERS}
    here = {"currency": currency, "party": str(account.party_id or ""), **given}
    context = {
        "code": code,
        "currency": currency,
        "party": account.party_id,
        "party_name": _party_name(account, names),
        "held": amount(office.language, held.normal_minor, currency),
        "count": held.lines,
        "lines": [_line(office, each) for each in lines[:_ON_A_PAGE]],
        "kinds": sorted(entry_names(office.language).items(), key=lambda pair: pair[1].casefold()),
        "given": given,
        "file": office.path(f"/ledger/{code}/lines.csv", **here),
        "first": wanted.before is None,
        "start": office.path(f"/ledger/{code}", **here),
        "earlier": office.path(f"/ledger/{code}", **here, before=str(lines[_ON_A_PAGE - 1].entry_id))
        if len(lines) > _ON_A_PAGE
        else "",
    }
    return page(office, "operator_account.html", account_names(office.language)[account.code], context)


async def account_file(request: HttpRequest, office: Office, code: str) -> Answer:
    """The same lines as CSV, all of them."""
    del request
    account, currency = _named(office, code)
    if account is None:
        raise InvalidInput.at("party", "is required: there is one such account for each")
    async with office.person.runtime.database.transaction(office.person.actor) as tx:
        await ledger.require_reader(tx)
        content = await ledger.lines_as_csv(tx, account, currency, _wanted(office))
    headers = (
        (b"content-type", b"text/csv; charset=utf-8"),
        (b"content-length", str(len(content)).encode("ascii")),
        (b"content-disposition", f'attachment; filename="{code}-{currency}.csv"'.encode("ascii")),
        (b"cache-control", b"no-store"),
    )
    return Answer(200, headers, content)


async def entry_page(request: HttpRequest, office: Office, entry_id: UUID) -> Answer:
    """One entry, and what it stands for."""
    del request
    async with office.person.runtime.database.transaction(office.person.actor) as tx:
        await ledger.require_reader(tx)
        found = await ledger.entry(tx, entry_id)
        taken_back = await ledger.entry(tx, found.reverses) if found.reverses else None
        merchants = [each.account.party_id for each in found.lines if each.account.party_id]
        names = await catalog.merchant_names(tx, merchants)
    context = {
        "entry": found,
        "at": moment(office.language, found.posted_at),
        "lines": [_entry_line(office, found, each.account, each.amount_minor, names) for each in found.lines],
        "taken_back": taken_back,
        "sources": list(_sources(office, found)),
    }
    return page(office, "operator_entry.html", entry_names(office.language)[found.kind], context)


async def _parties_page(office: Office, code: AccountCode, currency: str) -> Answer:
    language = office.language
    async with office.person.runtime.database.transaction(office.person.actor) as tx:
        await ledger.require_reader(tx)
        held = await ledger.largest_balances(tx, code, currency, limit=_PARTIES_ON_A_PAGE)
        names = await catalog.merchant_names(tx, [each.account.party_id for each in held if each.account.party_id])
    rows = [
        (
            _party_name(each.account, names),
            office.path(f"/ledger/{code}", currency=currency, party=str(each.account.party_id)),
            amount(language, each.normal_minor, currency),
            each.lines,
        )
        for each in held
    ]
    context = {"currency": currency, "rows": rows, "cut": len(held) == _PARTIES_ON_A_PAGE}
    return page(office, "operator_parties.html", account_names(language)[code], context)


def _named(office: Office, code: str) -> tuple[Account | None, str]:
    """The account that an address names, None where its party is not named; and the currency."""
    if code not in set(AccountCode):
        raise NotFound(f"There is no account {code!r}")
    currency, party = office.person.params.get("currency", ""), id_in(office.person.params, "party")
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise InvalidInput.at("currency", "is an ISO 4217 code")
    kind = AccountCode(code)
    if party is None and KINDS[kind][1] is not Party.NOBODY:
        return None, currency
    return Account(kind, party), currency


def _wanted(office: Office) -> LinesWanted:
    params = office.person.params
    kind, until = params.get("kind", ""), _day(office, "until")
    if kind and kind not in set(EntryKind):
        raise InvalidInput.at("kind", f"{kind!r} is no kind of entry")
    return LinesWanted(
        since=_day(office, "since"),
        until=until + timedelta(days=1) if until else None,
        kind=EntryKind(kind) if kind else None,
        before=id_in(params, "before"),
    )


def _day(office: Office, name: str) -> datetime | None:
    """The beginning of a day by UTC. The last day that there is has no day behind it."""
    text = office.person.params.get(name, "")
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None
    except ValueError:
        raise InvalidInput.at(name, "is a day such as 2026-03-02") from None
    if day and day.year == MAXYEAR:
        raise InvalidInput.at(name, "is too far away")
    return day


def _sides(office: Office, minor: int, currency: str) -> tuple[str, str]:
    """Debit and credit; the one that it is not stays empty."""
    text = amount(office.language, abs(minor), currency)
    return (text, "") if minor >= 0 else ("", text)


def _total(office: Office, total: Total) -> Row:
    debit, credit = _sides(office, total.debit_minor, total.currency)
    return Row(
        name=account_names(office.language)[total.code],
        debit=debit,
        credit=credit,
        path=office.path(f"/ledger/{total.code}", currency=total.currency),
        lines=total.lines,
    )


def _sums(office: Office, currency: str, totals: Iterable[Total]) -> tuple[str, str, bool]:
    """All debits, all credits, and whether they are the same."""
    debit_minor = sum(max(each.debit_minor, 0) for each in totals)
    credit_minor = sum(max(-each.debit_minor, 0) for each in totals)
    told = amount(office.language, debit_minor, currency), amount(office.language, credit_minor, currency)
    return *told, debit_minor == credit_minor


def _line(office: Office, line: RunningLine) -> LineRow:
    debit, credit = _sides(office, line.amount_minor, line.currency)
    about = line.voucher_id or line.order_id or line.payout_id or line.payment_id
    return LineRow(
        at=moment(office.language, line.posted_at),
        what=entry_names(office.language)[line.kind],
        path=office.path(f"/ledger/entries/{line.entry_id}"),
        about=short(about) if about else "",
        debit=debit,
        credit=credit,
        held=amount(office.language, line.normal_held_minor, line.currency),
    )


def _entry_line(
    office: Office, entry: PostedEntry, account: Account, minor: int, names: dict[UUID, str]
) -> tuple[Row, str]:
    debit, credit = _sides(office, minor, entry.currency)
    path = office.path(f"/ledger/{account.code}", currency=entry.currency, party=str(account.party_id or ""))
    row = Row(name=account_names(office.language)[account.code], debit=debit, credit=credit, path=path)
    return row, _party_name(account, names)


def _party_name(account: Account, names: dict[UUID, str]) -> str:
    """A merchant's name; of others the end of their id, because here nobody needs to know who they are."""
    return names.get(account.party_id) or short(account.party_id) if account.party_id else ""


def _sources(office: Office, entry: PostedEntry) -> Iterable[tuple[str, str, str]]:
    """What an entry stands for: in a word, by its id, and where that is read."""
    _ = office.language.translate
    ids = (
        (_("Order"), entry.order_id),
        (_("Voucher"), entry.voucher_id),
        (_("Payment"), entry.payment_id),
        (_("Refund"), entry.refund_id),
    )
    for word, own_id in ids:
        if own_id:
            yield word, str(own_id), office.path("/orders", q=str(own_id))
    if entry.payout_id:
        yield _("Payout"), str(entry.payout_id), ""
