"""Where the provider's books and ours differ, and saying what came of it."""

from datetime import date
from uuid import UUID

from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.reconciliation import Difference, DifferenceKind
from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.i18n import Language
from highstreet.web.operator.office import Office, page
from highstreet.web.operator.words import amount
from highstreet.web.parameters import fields_of
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other

_DAYS = 14


async def differences_page(request: HttpRequest, office: Office) -> Answer:
    del request
    return await _shown(office)


async def settle(request: HttpRequest, office: Office, difference_id: UUID) -> Answer:
    """Needs the right to move money too: who settles one says that none is missing."""
    fields = await fields_of(request)
    try:
        async with office.person.runtime.database.transaction(office.person.actor) as tx:
            await payments.require_reader(tx)
            await identity.require(tx, Permission.PAYOUTS_EDIT)
        async with office.person.runtime.database.system() as tx:
            await payments.settle_difference(tx, difference_id, fields.get("note", ""))
    except (InvalidInput, NotFound) as problem:
        told = office.language.translate("Nothing was settled: say what came of it, of one that is still open.")
        return await _shown(office, told, describe(problem).status)
    return see_other(office.path("/differences"))


async def _shown(office: Office, problem: str = "", status: int = 200) -> Answer:
    everything = office.person.params.get("all") == "yes"
    async with office.person.runtime.database.transaction(office.person.actor) as tx:
        await payments.require_reader(tx)
        found = await payments.differences(tx, settled=everything)
        days = await payments.reconciliations(tx, _DAYS)
    language = office.language
    kinds = _kinds(language)
    context = {
        "rows": [(each, kinds[each.kind], _day(language, each.day), *_amounts(language, each)) for each in found],
        "days": [(each, _day(language, each.day)) for each in days],
        "everything": everything,
        "problem": problem,
        "may_settle": Permission.PAYOUTS_EDIT in office.rights,
    }
    return page(office, "operator_differences.html", language.translate("Differences"), context, status=status)


def _amounts(language: Language, difference: Difference) -> tuple[str, str]:
    def told(minor: int | None) -> str:
        return "" if minor is None or difference.currency is None else amount(language, minor, difference.currency)

    return told(difference.ours_minor), told(difference.theirs_minor)


def _day(language: Language, day: date) -> str:
    return i18n.day(language, day)


def _kinds(language: Language) -> dict[DifferenceKind, str]:
    _ = language.translate
    return {
        DifferenceKind.UNKNOWN_HERE: _("The provider moved money of which we know no payment"),
        DifferenceKind.UNKNOWN_THERE: _("The provider's books lack what ours have"),
        DifferenceKind.AMOUNT: _("The amounts differ"),
        DifferenceKind.STATE: _("Taken by the provider, and not paid here"),
        DifferenceKind.PAST_US: _("Paid back at the provider, past us"),
        DifferenceKind.CONTRADICTION: _("A webhook contradicts its payment"),
    }
