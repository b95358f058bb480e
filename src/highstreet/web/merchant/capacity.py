"""What a merchant can take of a deal, against the worst that may come of it; and sending the deal for approval."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, FieldProblem, HighstreetError, InvalidInput
from highstreet.kit.spreadsheets import plain
from highstreet.market.capacity import service as capacity
from highstreet.market.capacity.domain.load import Week
from highstreet.market.capacity.domain.plans import MAX_GUESTS_A_DAY, Brake, Check, Plan, Room, Served
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import REVISABLE, DealState, PublishedDeal
from highstreet.market.catalog.domain.editing import Edited, draft_of, missing, revision_of
from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.merchant import fields as read
from highstreet.web.merchant.deals import state_names
from highstreet.web.merchant.desk import Desk, page
from highstreet.web.parameters import fields_of
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other

_BASIS_POINTS: Final = 100
_WEEKS_SHOWN: Final = 12
_USUAL: Final = Brake()
_Number: TypeAlias = Callable[[str, int, int, int], int]


class WeekRow(msgspec.Struct, frozen=True, kw_only=True):
    """One week at one location, or some in a row that are alike."""

    when: str
    where: str
    room: str
    most: str
    evenly: str
    over: bool
    """More may come at worst than there is room."""


class TightestText(msgspec.Struct, frozen=True, kw_only=True):
    """The days in which it may get tightest, as they are read."""

    first: str
    last: str
    guests: str
    room: str


class MarginRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a voucher of one option leaves, and all of them."""

    title: str
    price: str
    commission: str
    tax: str
    cost: str
    left: str
    units: str
    total: str
    loss: bool


async def capacity_page(request: HttpRequest, desk: Desk, deal_id: UUID) -> Answer:
    """What was stated, and what follows from it."""
    del request
    return await _shown(desk, deal_id)


async def state(request: HttpRequest, desk: Desk, deal_id: UUID) -> Answer:
    """Keep what the merchant states, and the caps of the deal's options with it."""
    fields = await fields_of(request)
    try:
        async with desk.person.runtime.database.system(by=desk.person.actor) as tx:
            deal = await catalog.hold_as_read(tx, desk.merchant_id, deal_id, fields.get("seen", ""))
            plan, caps = _read(fields, deal)
            await _cap(tx, deal, caps)
            await capacity.state(tx, deal_id, plan)
    except (InvalidInput, Conflict) as problem:
        return await _shown(desk, deal_id, typed=fields, problem=problem)
    return see_other(desk.path(f"/deals/{deal_id}/capacity", saved="1"))


async def submit(request: HttpRequest, desk: Desk, deal_id: UUID) -> Answer:
    """Send what this person has seen for approval, and nothing that another one wrote in the meantime."""
    fields = await fields_of(request)
    rate = desk.person.runtime.settings.commission_percent * _BASIS_POINTS
    try:
        async with desk.person.runtime.database.system(by=desk.person.actor) as tx:
            await catalog.hold_as_read(tx, desk.merchant_id, deal_id, fields.get("seen", ""))
            await capacity.submit(tx, deal_id, rate, knowing=bool(fields.get("knowing")))
    except (InvalidInput, Conflict) as problem:
        return await _shown(desk, deal_id, problem=problem, sending=True)
    return see_other(desk.path(f"/deals/{deal_id}", sent="1"))


async def _cap(tx: Transaction, deal: PublishedDeal, caps: Mapping[UUID, int | None]) -> None:
    """Change the caps of a deal and nothing else of it, where they are other ones."""
    draft = draft_of(deal)
    options = tuple(msgspec.structs.replace(each, cap=caps.get(each.id, each.cap)) for each in draft.options if each.id)
    if options != draft.options and deal.state in REVISABLE:
        await catalog.revise_deal(tx, deal.id, msgspec.structs.replace(draft, options=options))


def _read(fields: Mapping[str, str], deal: PublishedDeal) -> tuple[Plan, dict[UUID, int | None]]:
    """Raises InvalidInput with every problem, by the names of the form's fields."""
    problems: list[FieldProblem] = []

    def number(name: str, least: int, most: int, otherwise: int) -> int:
        text = fields.get(name, "").strip()
        try:
            found = read.whole(text)
        except ValueError:
            found = -1
        if found is not None and not least <= found <= most:
            problems.append(FieldProblem(name, "is out of bounds"))
        return otherwise if found is None else found

    def cost(name: str) -> int:
        try:
            return read.amount(fields.get(name, "").strip(), deal.currency) or 0
        except ValueError:
            problems.append(FieldProblem(name, "is no amount"))
            return 0

    locations = [point.location_id for point in deal.points if point.location_id]
    plan = Plan(
        rooms=tuple(
            Room(
                location_id=each,
                by_weekday=tuple(number(f"room-{each}-{day}", 0, MAX_GUESTS_A_DAY, 0) for day in range(1, 8)),
            )
            for each in dict.fromkeys(locations)
        ),
        served=tuple(
            Served(
                option_id=each.id,
                guests=number(f"guests-{each.id}", 1, 100, 1),
                cost_minor=cost(f"cost-{each.id}"),
            )
            for each in deal.options
        ),
        own_tax_rate=_rate(fields.get("tax", "").strip(), problems),
        brake=_brake(fields, number, problems),
    )
    caps = {each.id: number(f"cap-{each.id}", 1, 10_000_000, 0) or None for each in deal.options}
    if problems:
        raise InvalidInput(tuple(problems))
    return plan, caps if deal.state in REVISABLE else {}


def _brake(fields: Mapping[str, str], number: _Number, problems: list[FieldProblem]) -> Brake | None:
    if not fields.get("brake"):
        return None
    found = Brake(
        pause_percent=number("pause", 1, 100, _USUAL.pause_percent),
        resume_percent=number("resume", 1, 100, _USUAL.resume_percent),
    )
    if found.resume_percent >= found.pause_percent:
        problems.append(FieldProblem("resume", "is not below"))
    return found


def _rate(text: str, problems: list[FieldProblem]) -> int:
    """A percentage with at most two decimals, in ten-thousandths."""
    try:
        scaled = Decimal(text.replace(",", ".") or "0") * _BASIS_POINTS
        if scaled.is_finite() and 0 <= scaled <= 100 * _BASIS_POINTS and scaled == scaled.to_integral_value():
            return int(scaled)
    except InvalidOperation:
        pass
    problems.append(FieldProblem("tax", "is no percentage"))
    return 0


async def _shown(
    desk: Desk,
    deal_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    problem: HighstreetError | None = None,
    sending: bool = False,
) -> Answer:
    person = desk.person
    _ = person.language.translate
    rate = person.runtime.settings.commission_percent * _BASIS_POINTS
    async with person.runtime.database.system() as tx:
        deal = await catalog.own_deal(tx, desk.merchant_id, deal_id)
        check = await capacity.look(tx, deal_id, rate)
    here = dict.fromkeys(point.location_id for point in deal.points if point.location_id)
    context = {
        "deal": deal,
        "check": check,
        "state": state_names(desk)[deal.state],
        "typed": typed if typed is not None else _texts(check),
        "seen": revision_of(draft_of(deal)),
        "locations": [each for each in desk.locations if each.id in here],
        "weekdays": list(enumerate(i18n.weekday_names(person.language), 1)),
        "weeks": _week_rows(desk, check),
        "all_weeks": len(check.weeks) <= _WEEKS_SHOWN,
        "margins": _margin_rows(desk, check),
        "tightest": _tightest(desk, check),
        "revisable": deal.state in REVISABLE,
        "can_send": deal.state is DealState.DRAFT and check.plan is not None,
        "lacks": bool(missing(draft_of(deal))),
        "beside": _beside(desk, problem),
        "summary": _summary(desk, problem, sending=sending),
        "commission": i18n.percent(person.language, person.runtime.settings.commission_percent),
        "saved": "saved" in person.params,
    }
    status = describe(problem).status if problem else 200
    title = _("What you can take")
    return page(person, "merchant_capacity.html", title, context, desk=desk, status=status)


def _texts(check: Check) -> dict[str, str]:
    """The form that shows what was stated."""
    shown = {f"cap-{each.id}": read.number_text(each.cap) for each in check.deal.options}
    if check.plan is None:
        brake, tax = _USUAL, 0
        shown |= {f"guests-{each.id}": "1" for each in check.deal.options}
    else:
        brake, tax = check.plan.brake, check.plan.own_tax_rate
        shown |= {f"guests-{each.option_id}": str(each.guests) for each in check.plan.served}
        shown |= {f"cost-{each.option_id}": plain(each.cost_minor, check.deal.currency) for each in check.plan.served}
        for room in check.plan.rooms:
            shown |= {f"room-{room.location_id}-{day}": str(n) for day, n in enumerate(room.by_weekday, 1)}
    shown["tax"] = f"{Decimal(tax) / _BASIS_POINTS:f}" if tax else ""
    usual = brake or _USUAL
    return {
        **shown,
        **({"brake": "on"} if brake else {}),
        "pause": str(usual.pause_percent),
        "resume": str(usual.resume_percent),
    }


def _week_rows(desk: Desk, check: Check) -> list[WeekRow]:
    """By date; of very many those in which most may come for the room there is."""
    language = desk.person.language
    names = {each.id: each.name or each.address for each in desk.locations}

    def press(week: Week) -> float:
        return week.most / week.room if week.room else float(bool(week.most)) * MAX_GUESTS_A_DAY * week.most

    worst = sorted(check.weeks, key=press, reverse=True)[:_WEEKS_SHOWN]
    return [
        WeekRow(
            when=f"{i18n.day(language, each.first_day)} \N{EN DASH} {i18n.day(language, each.last_day)}",
            where=names.get(each.location_id, ""),
            room=i18n.number(language, each.room),
            most=i18n.number(language, each.most),
            evenly=i18n.number(language, each.evenly),
            over=each.most > each.room,
        )
        for each in sorted(worst, key=lambda week: (week.first_day, str(week.location_id)))
    ]


def _margin_rows(desk: Desk, check: Check) -> list[MarginRow]:
    language, currency = desk.person.language, check.deal.currency
    titles = {each.id: each.title for each in check.deal.options}

    def money(minor: int) -> str:
        return i18n.money(language, minor, currency)

    return [
        MarginRow(
            title=titles[each.option_id],
            price=money(each.price_minor),
            commission=money(each.commission_minor),
            tax=money(each.tax_minor),
            cost=money(each.cost_minor),
            left=money(each.left_minor),
            units="" if each.units is None else i18n.number(language, each.units),
            total="" if each.total_minor is None else money(each.total_minor),
            loss=each.left_minor < 0,
        )
        for each in check.margins
    ]


def _tightest(desk: Desk, check: Check) -> TightestText | None:
    if check.tightest is None:
        return None
    language, found = desk.person.language, check.tightest
    return TightestText(
        first=i18n.day(language, check.from_day + timedelta(days=found.first)),
        last=i18n.day(language, check.from_day + timedelta(days=found.last)),
        guests=i18n.number(language, found.guests),
        room=i18n.number(language, found.room),
    )


def _summary(desk: Desk, problem: HighstreetError | None, *, sending: bool) -> str:
    """What is said above the form; empty where all went well."""
    _ = desk.person.language.translate
    sent = {
        Edited: _("Somebody else has changed this deal in the meantime. Look at it again before it is sent."),
        InvalidInput: _("The deal is not complete yet, so it was not sent."),
        Conflict: _("The deal was not sent: more may be sold than you can serve, or it is no draft any more."),
    }
    saved = {
        Edited: _(
            "Somebody else has changed this deal in the meantime. What you typed is kept here and not saved yet; "
            "look at the deal, and save once more."
        ),
        InvalidInput: _("Nothing was saved yet. What cannot be used is said beside it."),
        Conflict: _("The deal is over, or was moved on; nothing was saved."),
    }
    told = sent if sending else saved
    return next((text for kind, text in told.items() if isinstance(problem, kind)), "")


def _beside(desk: Desk, problem: HighstreetError | None) -> dict[str, str]:
    """By field, why it cannot be used, in the reader's language."""
    if not isinstance(problem, InvalidInput):
        return {}
    _ = desk.person.language.translate
    told = {
        "room": _("This is a whole number of guests, 0 to 10,000."),
        "guests": _("This is a whole number of guests, 1 to 100."),
        "cap": _("This is a whole number from 1 on."),
        "cost": _("A cost is an amount such as 4.50."),
        "tax": _("This is a percentage such as 8.25."),
        "pause": _("This is a whole number from 1 to 100."),
        "resume": _("This is a whole number, below the one from which the deal is paused."),
    }
    return {each.field: told.get(each.field.partition("-")[0], each.message) for each in problem.problems}
