"""What banks and the bad line do: disputes, refunds turned away, webhooks late, twice, in any order or never."""

from typing import Final, LiteralString

import msgspec

from highstreet.kit import webhooks
from highstreet.kit.sandbox_keys import webhook_secret
from highstreet.market.payments import service as payments
from highstreet.market.payments.providers.sandbox import SIGNATURE
from highstreet.sandbox import service as sandbox
from highstreet.sandbox.service import RefundIn
from tests.simulation.buyers import ref_of
from tests.simulation.simulation import SECRET, THEN, Row, Simulation

_CAPTURED: Final[LiteralString] = "SELECT id, state FROM payments.payments WHERE captured_at IS NOT NULL ORDER BY id"
_SIGNED_WITH: Final = webhook_secret(SECRET)


class Letter(msgspec.Struct, frozen=True):
    """A webhook as it is on its way."""

    id: str
    kind: str
    body: bytes
    ours: str | None


async def carry(sim: Simulation) -> None:
    """Any that is under way arrives: the oldest, or one that overtakes it."""
    waiting = [each for each in letters(sim) if each.id not in sim.carried]
    if waiting:
        letter = waiting[0] if sim.rng.random() < 0.5 else sim.rng.choice(waiting)
        _note(sim, letter, "webhook")
        await deliver(sim, letter)


async def carry_again(sim: Simulation) -> None:
    sent = [each for each in letters(sim) if each.id in sim.carried]
    if sent:
        letter = sim.rng.choice(sent)
        _note(sim, letter, "webhook repeated")
        await deliver(sim, letter)


async def lose(sim: Simulation) -> None:
    """One is given up, and never arrives."""
    waiting = [each for each in letters(sim) if each.id not in sim.carried]
    if waiting:
        letter = sim.rng.choice(waiting)
        _note(sim, letter, "webhook lost")
        sim.carried.add(letter.id)


def letters(sim: Simulation) -> list[Letter]:
    """All that the sandbox ever sent, oldest first."""
    return sim.onlooker.rows(
        Letter,
        """
        SELECT webhooks.id, webhooks.kind, webhooks.body, payments.id::text AS ours FROM sandbox.webhooks
        LEFT JOIN payments.payments
            ON payments.provider_ref = convert_from(webhooks.body, 'UTF8')::jsonb -> 'payment' ->> 'id'
        ORDER BY webhooks.number
        """,
    )


async def deliver(sim: Simulation, letter: Letter) -> None:
    """As our endpoint does. Cut off before its answer, it is sent again."""
    headers = {SIGNATURE: webhooks.sign(letter.body, _SIGNED_WITH, sim.clock.now())}
    webhook = payments.read_webhook(sim.provider, headers, letter.body)
    async with sim.database.system() as tx:
        payment = await payments.receive(tx, webhook)
        if payment is not None:
            await THEN(tx, payment)
    sim.carried.add(letter.id)


def _note(sim: Simulation, letter: Letter, event: str) -> None:
    if letter.ours is None:
        sim.say(f"{letter.kind}, of a payment not known yet: {event}")
        return
    row = (sim.rows("SELECT id, state FROM payments.payments WHERE id = %s", [letter.ours]))[0]
    sim.note("payment", row, event)
    if event == "webhook":
        for order in sim.rows(
            "SELECT id, state FROM orders.orders WHERE id = (SELECT order_id FROM payments.payments WHERE id = %s)",
            [letter.ours],
        ):
            sim.note("order", order, "word of its payment")
    sim.say(f"it is {letter.kind}")


async def dispute(sim: Simulation) -> None:
    payment = _captured(sim, "disputed")
    if payment is not None:
        async with sim.real.system() as tx:
            await sandbox.dispute(tx, ref_of(sim, payment.id))


async def decide(sim: Simulation) -> None:
    """A dispute ends."""
    payment = sim.pick(
        """
        SELECT payments.id, payments.state FROM payments.payments
        INNER JOIN sandbox.disputes ON disputes.payment_id = payments.provider_ref
        WHERE disputes.state = 'open' ORDER BY payments.id
        """
    )
    if payment is None:
        return
    won = sim.rng.random() < 0.4
    sim.note("payment", payment, "dispute won" if won else "dispute lost")
    async with sim.real.system() as tx:
        await sandbox.close_dispute(tx, ref_of(sim, payment.id), won=won)


async def turn_away(sim: Simulation) -> None:
    payment = _captured(sim, "refund turned away")
    if payment is not None:
        async with sim.real.system() as tx:
            await sandbox.turn_refund_away(tx, ref_of(sim, payment.id))


async def refund_past_us(sim: Simulation) -> None:
    """Somebody does at the provider what nobody asked us for."""
    payment = _captured(sim, "refunded past us")
    if payment is not None:
        amount = sim.rng.choice((100, 999))
        async with sim.real.system() as tx:
            await sandbox.refund(tx, RefundIn(payment=ref_of(sim, payment.id), amount_minor=amount), None)


async def pay_out(sim: Simulation) -> None:
    """The provider sends our bank what it owes us."""
    async with sim.real.system() as tx:
        await sandbox.pay_out(tx)


def _captured(sim: Simulation, event: str) -> Row | None:
    payment = sim.pick(_CAPTURED)
    if payment is not None:
        sim.note("payment", payment, event)
    return payment
