"""What was redeemed at a merchant, day by day."""

from itertools import groupby
from uuid import UUID

from highstreet.kit.errors import InvalidInput
from highstreet.market.vouchers import service as vouchers
from highstreet.web.answers import Answer
from highstreet.web.merchant.desk import Desk, page
from highstreet.web.merchant.scanning import reasons_of
from highstreet.web.merchant.showing import moment, redeemed
from highstreet.web.problems import HttpRequest

_ON_A_PAGE = 50


async def redemptions_page(request: HttpRequest, desk: Desk) -> Answer:
    """The latest first. Days are those of the places where things happened."""
    del request
    person = desk.person
    async with person.runtime.database.transaction(person.actor) as tx:
        await vouchers.redeeming_for(tx, desk.merchant_id)
        found = await vouchers.redemptions_of(tx, desk.merchant_id, before=before_of(desk), limit=_ON_A_PAGE + 1)
    rows = await redeemed(desk, found[:_ON_A_PAGE])
    zone = desk.locations[0].time_zone if desk.locations else "UTC"
    context = {
        "days": [(day, list(each)) for day, each in groupby(rows, lambda row: row.day)],
        "today": moment(person.language, person.now, zone)[0],
        "earlier": desk.path("/redemptions", before=str(rows[-1].id)) if len(found) > _ON_A_PAGE else "",
        "first": "before" not in person.params,
        "reasons": reasons_of(desk),
    }
    return page(person, "merchant_redemptions.html", person.language.translate("Redeemed"), context, desk=desk)


def before_of(desk: Desk) -> UUID | None:
    """Behind which one a list goes on."""
    text = desk.person.params.get("before")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidInput.at("before", "is not the id of anything here") from None
