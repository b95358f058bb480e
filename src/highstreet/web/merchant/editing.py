"""Writing a deal: what was typed is saved as a draft, or comes back whole with what cannot be used said beside it."""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit import idempotency
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, FieldProblem, HighstreetError, InvalidInput
from highstreet.kit.idempotency import AnotherRequest
from highstreet.kit.idempotency import Answer as Kept
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, PublishedDeal, Reach
from highstreet.market.catalog.domain.drafts import MAX_OPTIONS, DealDraft
from highstreet.market.catalog.domain.editing import Edited, draft_of, revision_of
from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.merchant import deal_form as form
from highstreet.web.merchant.deal_form import Around
from highstreet.web.merchant.desk import Desk, page
from highstreet.web.parameters import fields_of
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other

_ROW: Final = re.compile(r"(more|drop)(?:-(\d{1,4}))?", re.ASCII)
_NOT_TYPED: Final = frozenset({"csrf", "nonce", "do", "seen"})
_CREATED: Final = 201


async def new_page(request: HttpRequest, desk: Desk) -> Answer:
    """An empty form; with `like` one that begins as a copy of another deal of the merchant's."""
    del request
    around = Around(merchant_id=desk.merchant_id, locations=desk.locations)
    like = desk.person.params.get("like")
    if not like:
        return await _shown(desk, form.blank(around, desk.person.language.code), around)
    async with desk.person.runtime.database.system() as tx:
        deal = await catalog.own_deal(tx, desk.merchant_id, _id(like))
    copied = form.filled(draft_of(deal), around)
    return await _shown(desk, {name: text for name, text in copied.items() if not name.endswith("-id")}, around)


async def edit_page(request: HttpRequest, desk: Desk, deal_id: UUID) -> Answer:
    """A draft to be changed; what is no draft leads to where it can be taken back."""
    del request
    async with desk.person.runtime.database.system() as tx:
        deal = await catalog.own_deal(tx, desk.merchant_id, deal_id)
    if deal.state is not DealState.DRAFT:
        return see_other(desk.path(f"/deals/{deal_id}"))
    around = _around(desk, deal)
    return await _shown(desk, form.filled(draft_of(deal), around), around, deal)


async def save_new(request: HttpRequest, desk: Desk) -> Answer:
    """A new draft, once however often the button is pressed."""
    fields = await fields_of(request)
    around = Around(merchant_id=desk.merchant_id, locations=desk.locations)
    if rearranged := _rearranged(fields):
        return await _shown(desk, rearranged, around)
    runtime, actor = desk.person.runtime, desk.person.actor

    async def create() -> Kept:
        return Kept(_CREATED, str(await catalog.create_deal(tx, draft)).encode())

    try:
        draft = form.draft_from(fields, around)
        route = f"POST /merchant/{desk.merchant_id}/deals/new"
        asked = idempotency.keyed(actor, route, fields.get("nonce", ""), msgspec.json.encode(draft))
        async with runtime.database.system(by=actor) as tx:
            await _check_category(tx, draft)
            made = await idempotency.once(tx, asked, create)
    except (InvalidInput, Conflict) as problem:
        return await _shown(desk, fields, around, problem=problem)
    return see_other(desk.path(f"/deals/{made.body.decode()}", saved="1"))


async def save(request: HttpRequest, desk: Desk, deal_id: UUID) -> Answer:
    """The draft as it was typed, unless somebody else has changed it since it was read."""
    fields = await fields_of(request)
    async with desk.person.runtime.database.system() as tx:
        deal = await catalog.own_deal(tx, desk.merchant_id, deal_id)
    around = _around(desk, deal)
    if rearranged := _rearranged(fields):
        return await _shown(desk, rearranged, around, deal, seen=fields.get("seen", ""))
    try:
        draft = form.draft_from(fields, around)
        async with desk.person.runtime.database.system(by=desk.person.actor) as tx:
            held = await catalog.hold_as_read(tx, desk.merchant_id, deal_id, fields.get("seen", ""))
            if held.state is not DealState.DRAFT:
                raise Conflict(f"A deal that is {held.state} is not changed here.")
            await _check_category(tx, draft)
            await catalog.revise_deal(tx, deal_id, draft)
    except Edited as problem:
        async with desk.person.runtime.database.system() as tx:
            deal = await catalog.own_deal(tx, desk.merchant_id, deal_id)
        return await _shown(desk, fields, _around(desk, deal), deal, problem=problem)
    except (InvalidInput, Conflict) as problem:
        return await _shown(desk, fields, around, deal, problem=problem, seen=fields.get("seen", ""))
    return see_other(desk.path(f"/deals/{deal_id}", saved="1"))


async def _check_category(tx: Transaction, draft: DealDraft) -> None:
    if draft.category and (await catalog.categories(tx)).by_slug(draft.category) is None:
        raise InvalidInput.at("category", "is none")


def _rearranged(fields: Mapping[str, str]) -> dict[str, str] | None:
    """The form with one more row for an option, or one less; None where that was not what was asked."""
    asked = _ROW.fullmatch(fields.get("do", ""))
    if asked is None:
        return None
    rows = form.option_rows(fields)
    if asked[2]:
        return {name: text for name, text in fields.items() if not name.startswith(f"option-{asked[2]}-")}
    further = f"option-{rows[-1] + 1 if rows else 0}-title"
    return {**fields, further: ""} if len(rows) < MAX_OPTIONS else dict(fields)


def _around(desk: Desk, deal: PublishedDeal) -> Around:
    return Around(merchant_id=desk.merchant_id, locations=desk.locations, standing=draft_of(deal))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput.at("like", "is not the id of anything here") from None


async def _shown(
    desk: Desk,
    typed: Mapping[str, str],
    around: Around,
    deal: PublishedDeal | None = None,
    *,
    problem: HighstreetError | None = None,
    seen: str | None = None,
) -> Answer:
    """The form with these texts. `seen` is the revision that they were typed upon, the present one if none is given."""
    person = desk.person
    _ = person.language.translate
    async with person.runtime.database.system() as tx:
        categories = await catalog.categories(tx)
    ids = form.chosen_locations(typed)
    now = form.filled(around.standing, around) if around.standing and isinstance(problem, Edited) else {}
    shown = {name: text for name, text in typed.items() if name not in _NOT_TYPED}
    context = {
        "deal": deal,
        "typed": shown,
        "rows": form.option_rows(typed),
        "beside": _beside(desk, problem),
        "summary": _summary(desk, problem),
        "now": {name: text for name, text in now.items() if shown.get(name, "").strip() != text},
        "seen": seen if seen is not None else revision_of(around.standing) if around.standing else "",
        "categories": [
            (root.name(person.language.code), [root, *categories.children(root.slug)]) for root in categories.roots()
        ],
        "languages": i18n.languages(),
        "currency": around.currency(ids, typed.get("currency", "")),
        "asks_currency": around.standing is None and len({each.currency for each in around.locations}) != 1,
        "zone": around.zone(ids),
        "whole_area": around.standing is not None and around.standing.reach is Reach.DIVISION,
        "weekdays": list(enumerate(i18n.weekday_names(person.language), 1)),
        "beyond": len(form.beyond(around.standing.fine_print)) if around.standing else 0,
        "most": MAX_OPTIONS,
    }
    title = _("Change the deal") if deal else _("A new deal")
    status = describe(problem).status if problem else 200
    return page(person, "merchant_deal_form.html", title, context, desk=desk, status=status)


def _summary(desk: Desk, problem: HighstreetError | None) -> str:
    """What is said above the form; empty where all went well."""
    _ = desk.person.language.translate
    match problem:
        case None:
            return ""
        case AnotherRequest():
            return _("You have saved a deal from this page before. Save once more, and this is another one.")
        case Edited():
            return _(
                "Somebody else has changed this deal in the meantime. What you typed is kept here and not saved yet; "
                "where it differs, what stands now is said beside it. Save once more to put yours in its place."
            )
        case InvalidInput():
            return _("Nothing was saved yet. What cannot be used is said beside it.")
        case _:
            return _("This deal is no draft any more, so nothing was saved. What you typed is still here.")


def _beside(desk: Desk, problem: HighstreetError | None) -> dict[str, str]:
    """By field, why it cannot be used, in the reader's language."""
    if not isinstance(problem, InvalidInput) or isinstance(problem, AnotherRequest):
        return {}
    told = _told(desk)
    return {each.field: told.get(_kind(each), told[""]) for each in problem.problems}


def _kind(problem: FieldProblem) -> str:
    return re.sub(r"^option-\d+-", "option-", problem.field)


def _told(desk: Desk) -> dict[str, str]:
    _ = desk.person.language.translate
    return {
        "": _("This cannot be used as it stands."),
        "title": _("A title has 1 to 200 characters."),
        "description": _("A description has at most 20,000 characters."),
        "category": _("Choose one of the kinds of deals."),
        "language": _("Choose the language in which you write."),
        "currency": _("Name the currency by its three letters, such as USD."),
        "locations": _("Choose locations of yours that all take the same currency."),
        "reach": _("Say where it can be used."),
        "starts": _("Say from which day and time on it is sold."),
        "ends": _("The end is a day and a time after the start."),
        "options": _("A deal has at most 50 options, each once."),
        "option-title": _("Say what one gets, in 1 to 200 characters."),
        "option-price": _("A price is an amount such as 12.50."),
        "option-value": _("The usual price is an amount, and not below the price."),
        "option-cap": _("This is a whole number from 1 on."),
        "option-limit": _("This is a whole number from 1 on."),
        "option-first": _("This is not a day."),
        "option-last": _("The last day is not before the first."),
        "option-days": _("This is a whole number of days, 1 to 3650."),
        "weekdays": _("Choose at least one day."),
        "hours": _("Name two different times, such as 11:00 and 15:00."),
        "hours-from": _("This is not a time of day."),
        "hours-until": _("This is not a time of day."),
        "booking-hours": _("This is a whole number of hours, 0 to 1440."),
        "age": _("This is a whole number of years, 1 to 99."),
        "new-months": _("This is a whole number of months, 1 to 120."),
        "notes": _("A condition has at most 2,000 characters."),
    }
