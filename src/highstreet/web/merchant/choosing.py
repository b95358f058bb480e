"""For whom somebody works."""

from uuid import UUID

from highstreet.market.catalog import service as catalog
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission, Reach
from highstreet.web.answers import Answer
from highstreet.web.merchant.desk import Desk, page
from highstreet.web.person import Person
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import see_other


async def chooser_page(person: Person) -> Answer:
    """The merchants that somebody works for; who works for one is led there."""
    async with person.runtime.database.system() as tx:
        grants = await identity.grants_of(tx, person.login.account_id)
        ids = dict.fromkeys(each.scope for each in grants if each.reach is Reach.MERCHANT and each.scope)
        names: dict[UUID, str] = {each: await catalog.merchant_name(tx, each) or "" for each in ids}
    if len(names) == 1:
        return see_other(person.language.localized(f"/merchant/{next(iter(names))}"))
    merchants = sorted(names.items(), key=lambda pair: pair[1].casefold())
    title = person.language.translate("For whom do you work today?")
    return page(person, "merchant_choose.html", title, {"merchants": merchants})


async def front_page(request: HttpRequest, desk: Desk) -> Answer:
    """To what staff do most."""
    del request
    most = (
        (Permission.VOUCHERS_REDEEM, "/scan"),
        (Permission.DEALS_EDIT, "/deals"),
        (Permission.STATEMENTS_READ, "/statements"),
    )
    return see_other(desk.path(next(rest for right, rest in most if right in desk.rights)))
