"""Deals that wait for a reviewer: what shoppers would see, whether it can be served, and the decision."""

from typing import Final
from uuid import UUID

from highstreet.kit.errors import Conflict, HighstreetError, InvalidInput, NotFound
from highstreet.market.capacity import service as capacity
from highstreet.market.capacity.domain.plans import Check
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, PublishedDeal
from highstreet.market.catalog.domain.terms import terms_of
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.i18n import Language
from highstreet.web.operator.office import Office, page, told
from highstreet.web.operator.words import amount, moment
from highstreet.web.parameters import fields_of
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other
from highstreet.web.storefront.deal_facts import fine_print, option_facts

_BASIS_POINTS: Final = 100
"""Ten-thousandths in a percent."""
_LONGEST_REASON: Final = 500


async def approvals_page(request: HttpRequest, office: Office) -> Answer:
    del request
    async with office.person.runtime.database.transaction(office.person.actor) as tx:
        waiting = await catalog.in_review(tx)
    context = {"waiting": [(each, moment(office.language, each.since)) for each in waiting]}
    return page(office, "operator_approvals.html", office.language.translate("Approvals"), context)


async def approval_page(request: HttpRequest, office: Office, deal_id: UUID) -> Answer:
    del request
    return await _shown(office, deal_id)


async def approve(request: HttpRequest, office: Office, deal_id: UUID) -> Answer:
    """Freeze the terms and put the deal on sale: at once, or when it starts. Only what the reviewer was shown."""
    seen = (await fields_of(request)).get("seen")
    try:
        async with office.person.runtime.database.transaction(office.person.actor) as tx:
            await catalog.approve(tx, deal_id)
            deal = await catalog.written_deal(tx, deal_id)
            if deal is None or seen != _looks(deal):
                raise Conflict(office.language.translate("The deal has changed since it was shown to you; look again."))
            if deal.starts_at > tx.now:
                await catalog.schedule(tx, deal_id)
            else:
                await catalog.publish(tx, deal_id)
    except Conflict as problem:
        return await _shown(office, deal_id, problem)
    return see_other(office.path("/approvals"))


async def refuse(request: HttpRequest, office: Office, deal_id: UUID) -> Answer:
    fields = await fields_of(request)
    reason = fields.get("reason", "").strip()
    try:
        if not 0 < len(reason) <= _LONGEST_REASON:
            raise InvalidInput.at("reason", office.language.translate("Say why, in at most 500 characters."))
        async with office.person.runtime.database.transaction(office.person.actor) as tx:
            await catalog.reject(tx, deal_id, reason=reason)
    except (Conflict, InvalidInput) as problem:
        return await _shown(office, deal_id, problem)
    return see_other(office.path("/approvals"))


async def _shown(office: Office, deal_id: UUID, problem: HighstreetError | None = None) -> Answer:
    runtime, language = office.person.runtime, office.language
    async with runtime.database.transaction(office.person.actor) as tx:
        await identity.require(tx, Permission.DEALS_REVIEW)
        deal = await catalog.written_deal(tx, deal_id)
        if deal is None:
            raise NotFound(f"There is no deal {deal_id}.")
        passages = await catalog.history(tx, deal_id)
        terms = await catalog.terms(tx, deal_id)
    async with runtime.database.system(by=office.person.actor) as tx:
        check = await capacity.look(tx, deal_id, runtime.settings.commission_percent * _BASIS_POINTS)
    states = _states(language)
    context = {
        "deal": deal,
        "options": option_facts(language, deal),
        "fine_print": fine_print(language, deal),
        "time_zone": next((point.time_zone for point in deal.points if point.time_zone), "UTC"),
        "check": check,
        "load": _load(language, check),
        "margins": _margins(language, check),
        "version": terms.version if terms else None,
        "passages": [(states[each.after], moment(language, each.at), each) for each in passages],
        "seen": _looks(deal),
        "may_decide": deal.state is DealState.IN_REVIEW,
        "problem": told(problem) if problem else "",
        "path": office.path(f"/approvals/{deal_id}"),
    }
    return page(
        office, "operator_approval.html", deal.title, context, status=describe(problem).status if problem else 200
    )


def _looks(deal: PublishedDeal) -> str:
    """What tells one wording of a deal from another: a digest of the terms that it would be sold by."""
    return terms_of(deal).digest() if deal.merchant_id and deal.merchant_name else ""


def _load(language: Language, check: Check) -> str:
    """What the guard says of the deal, in a sentence."""
    _ = language.translate
    if check.plan is None:
        return _("The merchant has not stated what it can take.")
    if check.unbounded:
        return _("An option has no cap, so there is no end to what may be sold.")
    if check.tightest is None:
        return _("Every guest can be served.")
    said = _("Where it is tightest, up to {guests} guests may come within days that have room for {room}.")
    return said.format(
        guests=i18n.number(language, check.tightest.guests), room=i18n.number(language, check.tightest.room)
    )


def _margins(language: Language, check: Check) -> list[tuple[str, list[str]]]:
    """Of each option: its price, commission, tax and cost, and what is left to the merchant."""
    deal: PublishedDeal = check.deal
    titles = {option.id: option.title for option in deal.options}
    return [
        (
            titles[each.option_id],
            [
                amount(language, minor, deal.currency)
                for minor in (each.price_minor, each.commission_minor, each.tax_minor, each.cost_minor, each.left_minor)
            ],
        )
        for each in check.margins
    ]


def _states(language: Language) -> dict[DealState, str]:
    _ = language.translate
    return {
        DealState.DRAFT: _("Written"),
        DealState.IN_REVIEW: _("Sent for approval"),
        DealState.APPROVED: _("Approved"),
        DealState.REJECTED: _("Refused"),
        DealState.SCHEDULED: _("Waits for its start"),
        DealState.LIVE: _("On sale"),
        DealState.PAUSED: _("Paused"),
        DealState.SOLD_OUT: _("Sold out"),
        DealState.ENDED: _("Ended"),
        DealState.ARCHIVED: _("Put away"),
        DealState.KILLED: _("Taken off for good"),
        DealState.MERGED: _("Merged into another deal"),
    }
