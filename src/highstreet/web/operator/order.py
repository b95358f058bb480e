"""One order with everything that became of it, in the order in which it happened, and what may be done about it."""

from collections.abc import Mapping
from uuid import UUID

from highstreet.kit.errors import Conflict, HighstreetError, InvalidInput
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.states import REFUNDABLE
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import OPEN
from highstreet.web.answers import Answer
from highstreet.web.operator.office import Office, page, told
from highstreet.web.operator.timeline import Record, happenings, read
from highstreet.web.operator.words import amount, moment, short
from highstreet.web.parameters import fields_of
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other
from highstreet.web.storefront.shopping.words import order_state, voucher_state

_LONGEST_REASON = 500
_CHOSEN = "voucher-"


async def order_page(request: HttpRequest, office: Office, order_id: UUID) -> Answer:
    del request
    return await _shown(office, order_id)


async def refund(request: HttpRequest, office: Office, order_id: UUID) -> Answer:
    """Give back the vouchers that were ticked, or all that are open where this role sees none of them."""
    fields = await fields_of(request)
    try:
        reason = _reason(office, fields)
        async with office.person.runtime.database.transaction(office.person.actor) as tx:
            await identity.require(tx, Permission.ORDERS_REFUND)
            await orders.order(tx, order_id)
        wanted = _ticked(fields)
        if not wanted and Permission.VOUCHERS_READ in office.rights:
            raise InvalidInput.at("vouchers", office.language.translate("Tick what is to be given back."))
        async with office.person.runtime.database.system() as tx:
            await orders.refund(tx, order_id, wanted or None, by_id=office.person.login.account_id, reason=reason)
    except (Conflict, InvalidInput) as problem:
        return await _shown(office, order_id, problem)
    return see_other(office.path(f"/orders/{order_id}"))


async def void(request: HttpRequest, office: Office, order_id: UUID) -> Answer:
    """Take the vouchers that were ticked out of use, without paying anything back yet: all of them, or none."""
    fields = await fields_of(request)
    try:
        reason, wanted = _reason(office, fields), _ticked(fields)
        if not wanted:
            raise InvalidInput.at("vouchers", office.language.translate("Tick what is to be declared void."))
        async with office.person.runtime.database.transaction(office.person.actor) as tx:
            await identity.require(tx, Permission.ORDERS_REFUND)
            own = {each.id for each in await vouchers.vouchers_of_order(tx, order_id)}
        if not own.issuperset(wanted):
            raise Conflict(office.language.translate("This is no voucher of this order."))
        async with office.person.runtime.database.system() as tx:
            for each in sorted(wanted):
                await vouchers.void(tx, each, by_id=office.person.login.account_id, reason=reason)
    except (Conflict, InvalidInput) as problem:
        return await _shown(office, order_id, problem)
    return see_other(office.path(f"/orders/{order_id}"))


async def _shown(office: Office, order_id: UUID, problem: HighstreetError | None = None) -> Answer:
    async with office.person.runtime.database.transaction(office.person.actor) as tx:
        record = await read(tx, order_id, with_buyer=Permission.ACCOUNTS_MANAGE in office.rights)
    order, language = record.order, office.language
    may_refund = Permission.ORDERS_REFUND in office.rights and order.state in REFUNDABLE
    context = {
        "order": order,
        "state": order_state(language, order.state),
        "at": moment(language, order.placed_at),
        "buyer": record.buyer,
        "sums": _sums(office, record),
        "happenings": happenings(office, record),
        "vouchers": [(each, short(each.id), voucher_state(language, each.state)) for each in record.vouchers],
        "open": [(each, short(each.id)) for each in record.vouchers if each.state in OPEN],
        "may_refund": may_refund,
        "blind": Permission.VOUCHERS_READ not in office.rights,
        "problem": told(problem) if problem else "",
        "path": office.path(f"/orders/{order.id}"),
    }
    title = language.translate("Order {number}").format(number=short(order.id))
    return page(office, "operator_order.html", title, context, status=describe(problem).status if problem else 200)


def _sums(office: Office, record: Record) -> list[tuple[str, str]]:
    order, _ = record.order, office.language.translate
    given = (
        (_("Price"), order.price_minor),
        (_("Taken off"), order.promotion_minor),
        (_("Paid by credit"), order.credit_minor),
        (_("To pay"), order.due_minor),
        (_("Paid back"), order.refunded_minor),
        (_("Given back as credit"), order.refunded_credit_minor),
    )
    return [
        (word, amount(office.language, minor, order.currency))
        for number, (word, minor) in enumerate(given)
        if minor or number == 0
    ]


def _reason(office: Office, fields: Mapping[str, str]) -> str:
    """What was typed. Raises InvalidInput without a reason, and where it was not confirmed."""
    _ = office.language.translate
    reason = fields.get("reason", "").strip()
    if not 0 < len(reason) <= _LONGEST_REASON or "\x00" in reason:
        raise InvalidInput.at("reason", _("Say why, in at most 500 characters."))
    if fields.get("sure") != "yes":
        raise InvalidInput.at("sure", _("Confirm that you mean it."))
    return reason


def _ticked(fields: Mapping[str, str]) -> list[UUID]:
    try:
        return [UUID(name.removeprefix(_CHOSEN)) for name in fields if name.startswith(_CHOSEN)]
    except ValueError:
        raise InvalidInput.at("vouchers", "is not the id of anything here") from None
