"""A webhook is believed when it is signed and fresh, counts once, and counts the same in any order."""

import asyncio
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import HighstreetError
from highstreet.kit.settings import Secret
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Payment, PaymentState
from highstreet.market.payments.providers.sandbox import SIGNATURE, SandboxProvider
from highstreet.market.payments.service import Forged
from tests.market.payments.conftest import Sign, beside, event, ordered, receive, said, standing, told


class Outcome(dict[str, str]):
    """A row of the inbox."""


async def outcomes(database: Database) -> list[tuple[str, str]]:
    async with database.system() as tx:
        rows = await tx.fetch_all(
            Outcome, "SELECT provider_event_id AS id, outcome FROM payments.events ORDER BY provider_event_id"
        )
    return [(row["id"], row["outcome"]) for row in rows]


async def test_a_signed_event_moves_its_payment_and_a_repetition_does_nothing(
    database: Database, provider: SandboxProvider, signed: Sign, payment: Payment, clock: FixedClock
) -> None:
    webhook = signed(event(1, said(payment, "captured"), clock))
    moved = await receive(database, provider, webhook)
    assert moved is not None
    assert (moved.id, moved.state, moved.fee_minor) == (payment.id, PaymentState.CAPTURED, 120)
    assert await receive(database, provider, webhook) is None
    assert await outcomes(database) == [("evt_1", "applied")]
    assert await told(database) == ["payment.authorised", "payment.captured"]


async def test_what_is_forged_altered_or_old_is_refused_and_not_kept(
    database: Database, provider: SandboxProvider, signed: Sign, payment: Payment, clock: FixedClock
) -> None:
    content = event(1, said(payment, "captured"), clock)
    headers, body = signed(content)
    bad: list[tuple[dict[str, str], bytes]] = [
        signed(content, secret=Secret("somebody else's secret, of some length")),
        signed(content, age=timedelta(minutes=5, seconds=1)),
        signed(content, age=-timedelta(minutes=5, seconds=1)),
        (headers, body.replace(b"5000", b"5001")),
        ({}, body),
        ({SIGNATURE: headers[SIGNATURE].replace("v1", "v0")}, body),
        ({SIGNATURE: "t=,v1="}, body),
        ({SIGNATURE: headers[SIGNATURE] + ",t=1"}, body),
        ({SIGNATURE: headers[SIGNATURE].partition(",")[0] + ",v1=é"}, body),
    ]
    for webhook in bad:
        with pytest.raises(Forged):
            await receive(database, provider, webhook)
    assert await outcomes(database) == []
    assert (await standing(database, payment.id)).state is PaymentState.REQUESTED
    assert await receive(database, provider, signed(content, age=timedelta(minutes=4, seconds=59))) is not None


async def test_kinds_that_say_nothing_and_payments_that_are_not_ours_are_kept_and_left_alone(
    database: Database, provider: SandboxProvider, signed: Sign, payment: Payment, clock: FixedClock
) -> None:
    stranger = said(payment, "captured", id="pay_x", reference=str(UUID(int=77)), charge="ch_x")
    assert await receive(database, provider, signed(event(1, None, clock, "price.changed"))) is None
    assert await receive(database, provider, signed(event(2, stranger, clock))) is None
    assert await outcomes(database) == [("evt_1", "unknown_kind"), ("evt_2", "unmatched")]


@pytest.mark.parametrize("change", [{"amount_minor": 4999}, {"currency": "USD"}])
async def test_word_that_contradicts_the_payment_is_kept_and_not_applied(
    database: Database,
    provider: SandboxProvider,
    signed: Sign,
    payment: Payment,
    clock: FixedClock,
    change: dict[str, object],
) -> None:
    await receive(database, provider, signed(event(1, said(payment, "captured", **change), clock)))
    assert await outcomes(database) == [("evt_1", "mismatch")]
    assert (await standing(database, payment.id)).state is PaymentState.REQUESTED


async def test_a_thousand_events_shuffled_with_five_duplicates_each_give_one_state(
    database: Database, provider: SandboxProvider, signed: Sign, clock: FixedClock, rng: Random
) -> None:
    """Of ten payments, a hundred events each, with refunds and disputes; two of a kind may arrive at once."""
    made = [await ordered(database, UUID(int=number)) for number in range(1, 11)]
    states = ["open", "authorised", "captured", "cancelled", "expired"]
    contents = [said(each, rng.choice(states), **beside(rng, each)) for each in made for _ in range(99)]
    contents += [said(each, "captured") for each in made]
    webhooks = [signed(event(number, content, clock)) for number, content in enumerate(contents)]
    shuffled = webhooks * 6
    rng.shuffle(shuffled)

    async def carry(part: list[tuple[dict[str, str], bytes]]) -> None:
        for webhook in part:
            await receive(database, provider, webhook)

    await asyncio.gather(*(carry(shuffled[start::4]) for start in range(4)))
    assert len(await outcomes(database)) == 1000
    for each in made:
        final = await standing(database, each.id)
        assert (final.state, final.refunded_minor, final.refunding_minor) == (PaymentState.PARTLY_REFUNDED, 300, 700)
    facts = await told(database)
    assert {name: facts.count(name) for name in set(facts)} == {
        "payment.authorised": 10,
        "payment.captured": 10,
        "refund.succeeded": 20,
        "dispute.open": 10,
        "dispute.lost": 10,
        **{name: facts.count(name) for name in ("payment.voided", "payment.expired") if name in facts},
    }


async def test_what_follows_fails_with_the_event_so_that_it_comes_again(
    database: Database, provider: SandboxProvider, signed: Sign, payment: Payment, clock: FixedClock
) -> None:
    webhook = signed(event(1, said(payment, "captured"), clock))

    async def settle() -> None:
        async with database.system() as tx:
            await payments.receive(tx, payments.read_webhook(provider, *webhook))
            raise HighstreetError("the order could not be settled")

    with pytest.raises(HighstreetError):
        await settle()
    assert await outcomes(database) == []
    assert await receive(database, provider, webhook) is not None
