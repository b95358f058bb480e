"""Finding an order by whatever somebody can name of it."""

from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.market.identity import service as identity
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.orders import Order
from highstreet.market.payments import service as payments
from highstreet.market.vouchers import service as vouchers
from highstreet.web.answers import Answer
from highstreet.web.operator.office import Office, page
from highstreet.web.operator.words import amount, moment
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import see_other
from highstreet.web.storefront.shopping.words import order_state


async def orders_page(request: HttpRequest, office: Office) -> Answer:
    """What was found; straight to the order where it is a single one."""
    del request
    asked = office.person.params.get("q", "").strip()
    async with office.person.runtime.database.transaction(office.person.actor) as tx:
        found = await _found(tx, office, asked) if asked.isprintable() and asked else []
    if len(found) == 1:
        return see_other(office.path(f"/orders/{found[0].id}"))
    language = office.language
    rows = [
        (
            office.path(f"/orders/{each.id}"),
            moment(language, each.placed_at),
            order_state(language, each.state),
            amount(language, each.price_minor, each.currency),
        )
        for each in found
    ]
    return page(office, "operator_orders.html", language.translate("Orders"), {"q": asked, "rows": rows})


async def _found(tx: Transaction, office: Office, asked: str) -> list[Order]:
    if "@" in asked:
        return await _of_address(tx, asked)
    named = _id(asked)
    own_id: UUID | None
    if named is None:
        own_id = await payments.order_paid_by(tx, asked)
        ids = [own_id] if own_id else await _of_code(tx, office, asked)
    else:
        ids = [each for each in (named, await payments.order_paid_by(tx, named), await _of_voucher(tx, named)) if each]
    found: dict[UUID, Order] = {}
    for each in dict.fromkeys(ids):
        try:
            found[each] = await orders.order(tx, each)
        except NotFound:
            continue
    return list(found.values())


async def _of_address(tx: Transaction, asked: str) -> list[Order]:
    try:
        accounts = await identity.accounts_named(tx, asked)
    except InvalidInput:
        return []
    return [each for account in accounts for each in await orders.orders_of(tx, account.id)]


async def _of_code(tx: Transaction, office: Office, asked: str) -> list[UUID]:
    keys = office.person.runtime.voucher_keys
    return [each.order_id for each in await vouchers.vouchers_with_code(tx, keys, asked)]


async def _of_voucher(tx: Transaction, voucher_id: UUID) -> UUID | None:
    try:
        return (await vouchers.voucher(tx, voucher_id)).order_id
    except NotFound:
        return None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
