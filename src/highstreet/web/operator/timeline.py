"""What became of an order: read from every feature that had a part in it, and told in the order in which it happened.

A role that may not see something is shown the rest: the policies of the database decide, row by row.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.identity import service as identity
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.entries import PostedEntry
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.domain.orders import Passage as OrderPassage
from highstreet.market.orders.domain.states import OrderState
from highstreet.market.payments import service as payments
from highstreet.market.payments.service import Explained
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import Passage, Voucher
from highstreet.web.operator.office import Office
from highstreet.web.operator.words import amount, entry_names, moment, short
from highstreet.web.storefront.shopping.words import order_state, voucher_step


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """All that an operator may see of an order. `buyer` is an address, empty where it may not be seen."""

    order: Order
    buyer: str
    steps: list[OrderPassage]
    payments: list[Explained]
    vouchers: list[Voucher]
    histories: dict[UUID, list[Passage]]
    entries: list[PostedEntry]


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. `path` leads to where it is read in full."""

    when: datetime
    at: str
    what: str
    note: str = ""
    amount: str = ""
    path: str = ""


async def read(tx: Transaction, order_id: UUID, *, with_buyer: bool) -> Record:
    """Raises NotFound for an order that the actor may not see."""
    order = await orders.order(tx, order_id)
    issued = await vouchers.vouchers_of_order(tx, order_id)
    made = await payments.of_order(tx, order_id)
    buyer = await identity.account(tx, order.account_id) if with_buyer else None
    return Record(
        order=order,
        buyer=buyer.email or "" if buyer else "",
        steps=await orders.history(tx, order_id),
        payments=[await payments.explain(tx, each.id) for each in made],
        vouchers=issued,
        histories={each.id: await vouchers.history(tx, each.id) for each in issued},
        entries=await ledger.entries_of_order(tx, order_id),
    )


def happenings(office: Office, record: Record) -> list[Happening]:
    """From the first to the last; of what happened at once, causes first."""
    order = record.order
    placed = _at(office, order.placed_at, office.language.translate("Ordered"), "", (order.price_minor, order.currency))
    told = [placed, *_payments(office, record.payments), *_steps(office, record), *_vouchers(office, record)]
    return sorted([*told, *_entries(office, record.entries)], key=lambda each: each.when)


def _steps(office: Office, record: Record) -> Iterable[Happening]:
    for step in record.steps:
        if step.after is not OrderState.HELD:
            yield _at(office, step.at, order_state(office.language, step.after), step.reason or "")


def _payments(office: Office, made: Sequence[Explained]) -> Iterable[Happening]:
    _ = office.language.translate
    for each in made:
        payment = each.payment
        price = (payment.amount_minor, payment.currency)
        name = payment.charge_ref or payment.provider_ref or short(payment.id)
        yield _at(office, payment.created_at, _("Payment asked for"), short(payment.id), price)
        if payment.authorised_at:
            yield _at(office, payment.authorised_at, _("Payment authorised"), name, price)
        if payment.captured_at:
            yield _at(office, payment.captured_at, _("Payment taken"), name, price)
        for event in each.events:
            note = " · ".join(filter(None, (event.provider_event_id, event.outcome, event.problem)))
            yield _at(office, event.received_at, _("Webhook: {kind}").format(kind=event.kind), note)
        for refund in each.refunds:
            note = " · ".join(filter(None, (short(refund.id), refund.state, refund.problem)))
            paid_back = (refund.amount_minor, refund.currency)
            yield _at(office, refund.requested_at, _("Refund asked for"), note, paid_back)
        for dispute in each.disputes:
            note = f"{dispute.provider_ref} · {dispute.reason} · {dispute.state}"
            disputed = (dispute.amount_minor, dispute.currency)
            yield _at(office, dispute.opened_at, _("A payment is disputed"), note, disputed)


def _vouchers(office: Office, record: Record) -> Iterable[Happening]:
    _ = office.language.translate
    for each in record.vouchers:
        named = _("Voucher {number}").format(number=short(each.id))
        for step in record.histories[each.id]:
            by = _("by {whom}").format(whom=short(step.by_id)) if step.by_id else ""
            note = " · ".join(filter(None, (each.title, by, step.reason)))
            yield _at(office, step.at, f"{named}: {voucher_step(office.language, step.step)}", note)


def _entries(office: Office, entries: Sequence[PostedEntry]) -> Iterable[Happening]:
    booked = office.language.translate("Booked: {what}")
    for each in entries:
        moved = sum(line.amount_minor for line in each.lines if line.amount_minor > 0)
        yield _at(
            office,
            each.posted_at,
            booked.format(what=entry_names(office.language)[each.kind]),
            each.memo or "",
            (moved, each.currency),
            office.path(f"/ledger/entries/{each.id}"),
        )


def _at(
    office: Office, when: datetime, what: str, note: str = "", price: tuple[int, str] | None = None, path: str = ""
) -> Happening:
    told = amount(office.language, *price) if price else ""
    return Happening(when=when, at=moment(office.language, when), what=what, note=note, amount=told, path=path)
