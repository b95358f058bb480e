"""The first page: what waits for somebody here, as far as this operator may see to it."""

import msgspec

from highstreet.market.catalog import service as catalog
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.payments import service as payments
from highstreet.web.answers import Answer
from highstreet.web.operator.office import Office, page
from highstreet.web.problems import HttpRequest


class Waiting(msgspec.Struct, frozen=True):
    """How many of what, and where they are seen to."""

    count: int
    what: str
    path: str
    note: str = ""


async def entrance_page(request: HttpRequest, office: Office) -> Answer:
    del request
    waiting: list[Waiting] = []
    if Permission.DEALS_REVIEW in office.rights:
        async with office.person.runtime.database.transaction(office.person.actor) as tx:
            count = len(await catalog.in_review(tx))
        told = office.language.translations.ngettext("deal to approve", "deals to approve", count)
        waiting += [Waiting(count, told, office.path("/approvals"))] if count else []
    if Permission.LEDGER_READ in office.rights:
        async with office.person.runtime.database.transaction(office.person.actor) as tx:
            count = len(await payments.differences(tx))
        told = office.language.translations.ngettext("open difference", "open differences", count)
        waiting += [Waiting(count, told, office.path("/differences"))] if count else []
    return page(office, "operator_entrance.html", office.language.translate("Operator"), {"waiting": waiting})
