"""Placing an order: what was quoted is what is bought, and nothing is given that is not there."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import msgspec
import psycopg
import pytest

from highstreet.kit import idempotency
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Actor, ActorKind, Database
from highstreet.kit.errors import InvalidInput
from highstreet.kit.idempotency import AnotherRequest, Answer
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, Reach
from highstreet.market.catalog.domain.drafts import NewDeal, NewMerchant, OptionDraft
from highstreet.market.catalog.domain.merchants import MerchantDraft
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.cart import Cart, CartLine, Gift
from highstreet.market.orders.domain.orders import LimitReached, Order, SoldOut
from highstreet.market.orders.domain.quotes import StaleQuote
from highstreet.market.orders.domain.states import TRANSITIONS, HoldState, OrderState
from highstreet.market.orders.service import Answered, Placed, Purchase
from tests.market.catalog.conftest import World, location_in, pizza, stated
from tests.market.orders.conftest import KEYS, RULES, SIGNER, Counts, Offer, buyer, placed, quoted, stock, tried, wants


async def test_an_order_is_what_was_quoted_and_holds_its_units(database: Database, offer: Offer) -> None:
    deal = await offer(10, 5)
    order = await placed(database, await wants(database, (deal.options[0], 2), (deal.options[1], 1)))
    assert (order.state, order.hold, order.due_minor, order.currency) == (OrderState.HELD, HoldState.HELD, 4500, "USD")
    assert [(line.option_id, line.quantity) for line in order.lines] == [(deal.options[0], 2), (deal.options[1], 1)]
    assert await stock(database, deal.options[0]) == Counts(held=2, sold=0, remaining=8)
    assert await stock(database, deal.options[1]) == Counts(held=1, sold=0, remaining=4)
    async with database.transaction(Actor(ActorKind.SHOPPER, order.account_id)) as tx:
        assert await orders.order(tx, order.id) == order
        assert await orders.orders_of(tx, order.account_id) == [order]
    async with database.system() as tx:
        told = await tx.fetch_all(dict[str, object], "SELECT name FROM kit.facts WHERE aggregate_id = %s", [order.id])
    assert [fact["name"] for fact in told] == ["order.placed"]


@pytest.mark.parametrize("actor", [VISITOR, Actor(ActorKind.SHOPPER, uuid4()), Actor(ActorKind.STAFF, uuid4())])
async def test_an_order_is_its_buyers_alone(database: Database, offer: Offer, actor: Actor) -> None:
    deal = await offer(10)
    gift = Gift(line=0, recipient_name="Whoever", recipient_email="whoever@example.com")
    purchase = msgspec.structs.replace(await wants(database, (deal.options[0], 1)), gifts=(gift,))
    await placed(database, purchase)
    async with database.transaction(actor) as tx:
        for table in ("orders", "lines", "gifts", "holds", "taken", "passages"):
            assert await tx.fetch_all(dict[str, object], f"SELECT * FROM orders.{table}") == []


async def test_the_last_units_go_to_whoever_is_first_and_everybody_is_told_the_truth(
    database: Database, offer: Offer
) -> None:
    deal = await offer(7)
    purchases = [await wants(database, (deal.options[0], 1)) for _ in range(12)]
    outcomes = await asyncio.gather(*(tried(database, each) for each in purchases))
    refused = [outcome for outcome in outcomes if isinstance(outcome, SoldOut)]
    assert len([outcome for outcome in outcomes if isinstance(outcome, Order)]) == 7
    assert (len(refused), {each.remaining for each in refused}) == (5, {0})
    assert await stock(database, deal.options[0]) == Counts(held=7, sold=0, remaining=0)


async def test_together_those_are_served_who_came_first_and_fit(database: Database, offer: Offer) -> None:
    deal = await offer(5)
    purchases = [await wants(database, (deal.options[0], quantity)) for quantity in (2, 2, 2, 1)]
    async with database.system() as tx:
        outcomes = await orders.place_all(tx, KEYS, purchases)
    assert [type(outcome) for outcome in outcomes] == [Placed, Placed, SoldOut, Placed]
    assert await stock(database, deal.options[0]) == Counts(held=5, sold=0, remaining=0)
    async with database.system() as tx:
        with pytest.raises(SoldOut, match="none of it are left") as told:
            await orders.place(tx, KEYS, purchases[2])
    assert told.value.remaining == 0


async def test_a_quote_that_we_did_not_sign_or_that_has_ended_is_refused(
    database: Database, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(5)
    async with database.transaction(VISITOR) as tx:
        cart = Cart(lines=(CartLine(option_id=deal.options[0]),))
        token = (await orders.quote(tx, SIGNER, RULES, cart)).token
        for forged in ("", "!", token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), token + "A", "A" * 80):
            with pytest.raises(InvalidInput, match="not a quote of ours"):
                orders.read(SIGNER, forged)
    purchase = await wants(database, (deal.options[0], 1))
    clock.advance(timedelta(minutes=15))
    with pytest.raises(StaleQuote, match="ended"):
        await placed(database, purchase)


async def test_a_quote_ends_with_the_terms_that_it_was_made_by(database: Database, offer: Offer, world: World) -> None:
    deal = await offer(5)
    before = await wants(database, (deal.options[0], 1))
    async with database.transaction(OPERATOR) as tx:
        option = OptionDraft(id=deal.options[0], title="For two", price_minor=1400, cap=5)
        await catalog.revise_deal(tx, deal.id, pizza(world, options=(option,)))
    with pytest.raises(StaleQuote, match="new terms"):
        await placed(database, before)
    order = await placed(database, await wants(database, (deal.options[0], 1)))
    assert (order.due_minor, order.lines[0].terms_version) == (1400, 2)


@pytest.mark.parametrize("step", ["pause", "end", "kill", "withdraw", "over"])
async def test_what_is_not_on_sale_any_more_cannot_be_ordered(
    database: Database, offer: Offer, world: World, clock: FixedClock, step: str
) -> None:
    deal = await offer(5)
    purchase = await wants(database, (deal.options[0], 1))
    async with database.transaction(OPERATOR) as tx:
        match step:
            case "pause":
                await catalog.pause(tx, deal.id)
            case "end":
                await catalog.end(tx, deal.id)
            case "kill":
                await catalog.kill(tx, deal.id, reason="The merchant has closed")
            case "withdraw":
                await catalog.revise_deal(tx, deal.id, pizza(world))
            case _:
                clock.advance(timedelta(days=8))
                purchase = msgspec.structs.replace(
                    purchase, quote=msgspec.structs.replace(purchase.quote, made_at=clock.now())
                )
    with pytest.raises(StaleQuote):
        await placed(database, purchase)
    async with database.system() as tx:
        assert await tx.fetch_all(dict[str, object], "SELECT * FROM orders.orders") == []


async def test_a_feeds_deal_is_not_sold(database: Database, world: World) -> None:
    async with database.system() as tx:
        (written,) = (await catalog.import_deals(tx, [stated("a", world.chicago)])).written
        options = await catalog.offers_of_deals(tx, [written.deal_id])
    cart = Cart(lines=(CartLine(option_id=options[0].option_id),))
    async with database.transaction(VISITOR) as tx:
        with pytest.raises(InvalidInput, match="bought where it links to"):
            await orders.quote(tx, SIGNER, RULES, cart)


async def test_an_invented_deal_is_sold_where_no_money_moves_and_nowhere_else(database: Database, world: World) -> None:
    async with database.system() as tx:
        place = await catalog.place_by_slug(tx, "chicago-il-us")
        assert place is not None
        merchant = NewMerchant(
            key="a", draft=MerchantDraft(name="Invented Baths"), locations=(location_in(world.chicago),)
        )
        draft = NewDeal(
            merchant="a",
            locations=(0,),
            category="pizza",
            title="A bath",
            currency="USD",
            reach=Reach.LOCATIONS,
            options=(OptionDraft(title="For one", price_minor=900),),
            starts_at=tx.now - timedelta(hours=1),
            ends_at=tx.now + timedelta(days=2),
        )
        (deal_id,) = await catalog.create_many(tx, [merchant], [draft])
        (offered,) = await catalog.offers_of_deals(tx, [deal_id])
    cart = Cart(lines=(CartLine(option_id=offered.option_id),))
    async with database.transaction(VISITOR) as tx:
        with pytest.raises(InvalidInput, match="invented for the demonstration"):
            await orders.quote(tx, SIGNER, RULES, cart)
        play = msgspec.structs.replace(RULES, sells_invented=True)
        quote = orders.read(SIGNER, (await orders.quote(tx, SIGNER, play, cart)).token)
    order = await placed(database, Purchase(account_id=await buyer(database), quote=quote))
    assert order.due_minor == 900


async def test_a_quote_of_one_person_is_not_anothers(database: Database, offer: Offer) -> None:
    deal = await offer(5)
    async with database.transaction(VISITOR) as tx:
        quote = await quoted(tx, (deal.options[0], 1), account_id=tx.new_id())
        other = tx.new_id()
    with pytest.raises(StaleQuote, match="somebody else"):
        await placed(database, Purchase(account_id=other, quote=quote))


async def test_a_quote_is_ordered_once(database: Database, offer: Offer) -> None:
    deal = await offer(50)
    purchase = await wants(database, (deal.options[0], 1))
    outcomes = await asyncio.gather(*(tried(database, purchase) for _ in range(6)), return_exceptions=True)
    assert len([outcome for outcome in outcomes if isinstance(outcome, Order)]) == 1
    assert {type(outcome) for outcome in outcomes} <= {Order, StaleQuote}
    async with database.system() as tx:
        again, twice = await orders.place_all(tx, KEYS, [purchase, await wants(database, (deal.options[0], 1))])
    assert isinstance(again, StaleQuote)
    assert isinstance(twice, Placed)
    assert await stock(database, deal.options[0]) == Counts(held=2, sold=0, remaining=48)


async def test_nobody_gets_more_than_one_person_may(database: Database, offer: Offer) -> None:
    deal = await offer(100, per_buyer_limit=3)
    account_id = await buyer(database)
    purchases = [await wants(database, (deal.options[0], 1), account_id=account_id) for _ in range(8)]
    outcomes = await asyncio.gather(*(tried(database, each) for each in purchases[:5]))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LimitReached"] * 2 + ["Order"] * 3
    others = [await wants(database, (deal.options[0], 2)) for _ in range(2)]
    async with database.system() as tx:
        together = await orders.place_all(tx, KEYS, [purchases[5], *others, purchases[6]])
    assert [type(outcome) for outcome in together] == [LimitReached, Placed, Placed, LimitReached]
    gone = next(outcome for outcome in outcomes if isinstance(outcome, Order))
    async with database.system() as tx:
        await orders.cancel(tx, gone.id)
    assert isinstance(await tried(database, purchases[7]), Order)
    assert await stock(database, deal.options[0]) == Counts(held=7, sold=0, remaining=93)


async def test_a_limit_counts_what_was_bought_before_it_was_set(database: Database, offer: Offer, world: World) -> None:
    deal = await offer(100)
    account_id = await buyer(database)
    first = await placed(database, await wants(database, (deal.options[0], 2), account_id=account_id))
    async with database.transaction(OPERATOR) as tx:
        option = OptionDraft(id=deal.options[0], title="For two", price_minor=1500, cap=100, per_buyer_limit=2)
        await catalog.revise_deal(tx, deal.id, pizza(world, options=(option,)))
    with pytest.raises(LimitReached):
        await placed(database, await wants(database, (deal.options[0], 1), account_id=account_id))
    async with database.system() as tx:
        await orders.cancel(tx, first.id)
    await placed(database, await wants(database, (deal.options[0], 2), account_id=account_id))


async def test_stock_follows_the_cap_and_takes_nothing_back(database: Database, offer: Offer, world: World) -> None:
    deal = await offer(10)
    first = await placed(database, await wants(database, (deal.options[0], 6)))

    async def cap(wanted: int | None) -> None:
        async with database.transaction(OPERATOR) as tx:
            option = OptionDraft(id=deal.options[0], title="For two", price_minor=1500, cap=wanted)
            await catalog.revise_deal(tx, deal.id, pizza(world, options=(option,)))
        async with database.system() as tx:
            await orders.follow_caps(tx, deal.id)

    await cap(4)
    assert await stock(database, deal.options[0]) == Counts(held=6, sold=0, remaining=0)
    await cap(8)
    assert await stock(database, deal.options[0]) == Counts(held=6, sold=0, remaining=2)
    await cap(4)
    async with database.system() as tx:
        await orders.cancel(tx, first.id)
    assert await stock(database, deal.options[0]) == Counts(held=0, sold=0, remaining=4)
    await cap(None)
    await placed(database, await wants(database, (deal.options[0], 50)))
    assert await stock(database, deal.options[0]) == Counts(held=50, sold=0, remaining=None)


async def test_the_database_holds_the_same_table_of_states(database: Database) -> None:
    async with database.system() as tx:
        rows = await tx.fetch_all(dict[str, str], "SELECT before, after FROM orders.allowed_transitions")
    ours = {(before or "new", after) for before, following in TRANSITIONS.items() for after in following}
    assert {(row["before"], row["after"]) for row in rows} == ours


async def test_the_database_refuses_to_oversell_whoever_asks(
    database: Database, offer: Offer, administrator_here: psycopg.Connection
) -> None:
    deal = await offer(2)
    await placed(database, await wants(database, (deal.options[0], 2)))
    for wrong in ("held = 3, remaining = -1", "held = 3", "sold = 1", "remaining = 1"):
        with pytest.raises(psycopg.errors.CheckViolation):
            administrator_here.execute(f"UPDATE orders.stock SET {wrong}")


async def test_a_hold_that_nobody_paid_for_goes_back_once(database: Database, offer: Offer, clock: FixedClock) -> None:
    deal = await offer(3, per_buyer_limit=3)
    order = await placed(database, await wants(database, (deal.options[0], 2)))
    late = await placed(database, await wants(database, (deal.options[0], 1)))
    clock.advance(timedelta(minutes=15))
    counts = await asyncio.gather(*(expired(database) for _ in range(3)))
    assert sum(counts) == 2
    assert await stock(database, deal.options[0]) == Counts(held=0, sold=0, remaining=3)
    async with database.system() as tx:
        after = await orders.order(tx, order.id)
        assert (after.state, after.hold) == (OrderState.EXPIRED, HoldState.RELEASED)
        assert [(step.before, step.after) for step in await orders.history(tx, late.id)] == [
            (OrderState.HELD, OrderState.EXPIRED)
        ]


async def expired(database: Database) -> int:
    async with database.system() as tx:
        return await orders.expire(tx)


def keyed(account_id: object, key: str = "k", body: bytes = b"{}") -> idempotency.Keyed:
    return idempotency.keyed(Actor(ActorKind.SHOPPER, account_id), "POST /orders", key, body)  # pyright: ignore[reportArgumentType] -- an id of the test


def rendered(order: Order) -> Answer:
    return Answer(201, str(order.id).encode())


async def test_the_same_request_again_gets_the_same_answer(database: Database, offer: Offer) -> None:
    deal = await offer(3)
    plain = await wants(database, (deal.options[0], 1))
    purchase = msgspec.structs.replace(plain, keyed=keyed(plain.account_id), render=rendered)
    async with database.system() as tx:
        first = await orders.place(tx, KEYS, purchase)
    assert isinstance(first, Placed)
    async with database.system() as tx:
        assert await orders.place(tx, KEYS, purchase) == Answered(Answer(201, str(first.order.id).encode()))
    other = msgspec.structs.replace(purchase, keyed=keyed(plain.account_id, body=b"{ }"))
    async with database.system() as tx:
        with pytest.raises(AnotherRequest):
            await orders.place(tx, KEYS, other)
    assert await stock(database, deal.options[0]) == Counts(held=1, sold=0, remaining=2)


async def test_who_was_refused_may_try_again_under_the_same_key(
    database: Database, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(1)
    plain = [await wants(database, (deal.options[0], 1)) for _ in range(3)]
    purchases = [msgspec.structs.replace(each, keyed=keyed(each.account_id), render=rendered) for each in plain]
    async with database.system() as tx:
        outcomes = await orders.place_all(tx, KEYS, purchases)
    assert [type(outcome) for outcome in outcomes] == [Placed, SoldOut, SoldOut]
    async with database.system() as tx:
        assert [type(each) for each in await orders.place_all(tx, KEYS, purchases)] == [Answered, SoldOut, SoldOut]
    clock.advance(timedelta(minutes=16))
    await expired(database)
    again = await wants(database, (deal.options[0], 1), account_id=plain[1].account_id)
    purchase = msgspec.structs.replace(again, keyed=keyed(again.account_id), render=rendered)
    async with database.system() as tx:
        assert isinstance(await orders.place(tx, KEYS, purchase), Placed)


async def test_what_a_guest_ordered_is_theirs_when_they_sign_in(database: Database, offer: Offer) -> None:
    deal = await offer(9, per_buyer_limit=3)
    guest, known = await buyer(database), await buyer(database)
    order = await placed(database, await wants(database, (deal.options[0], 2), account_id=guest))
    await placed(database, await wants(database, (deal.options[0], 1), account_id=known))
    async with database.system() as tx:
        await orders.hand_over(tx, guest, known)
        assert (await orders.order(tx, order.id)).account_id == known
    with pytest.raises(LimitReached):
        await placed(database, await wants(database, (deal.options[0], 1), account_id=known))
    async with database.system() as tx:
        await orders.cancel(tx, order.id)
    await placed(database, await wants(database, (deal.options[0], 2), account_id=known))


async def test_a_gift_needs_somebody_to_send_it_to(database: Database, offer: Offer, clock: FixedClock) -> None:
    deal = await offer(3)
    purchase = await wants(database, (deal.options[0], 1))
    wrong = (
        Gift(line=1, recipient_name=" ", recipient_email="nobody", message="", send_at=clock.now()),
        Gift(line=1, recipient_name="A", recipient_email="a@b.c"),
    )
    with pytest.raises(InvalidInput) as refused:
        await placed(database, msgspec.structs.replace(purchase, gifts=wrong))
    assert {problem.field for problem in refused.value.problems} == {
        "gifts[0].line",
        "gifts[0].recipient_name",
        "gifts[0].recipient_email",
        "gifts[0].message",
        "gifts[0].send_at",
        "gifts[1].line",
    }
    gift = Gift(line=0, recipient_name="Whoever", recipient_email="whoever@example.com", message="Enjoy")
    order = await placed(database, msgspec.structs.replace(purchase, gifts=(gift,)))
    async with database.system() as tx:
        (line,) = (await orders.order(tx, order.id)).lines
    assert line.gift is not None
    assert (line.gift.recipient_name, line.gift.message) == ("Whoever", "Enjoy")


async def test_the_catalogue_hears_what_is_sold_out_and_what_is_back(
    database: Database, offer: Offer, world: World
) -> None:
    deal = await offer(2)
    await placed(database, await wants(database, (deal.options[0], 2)))
    async with database.system() as tx:
        await tx.execute("UPDATE orders.stock SET held = 0, sold = 2")
        await tx.execute("UPDATE orders.holds SET state = 'claimed', ended_at = %s", [tx.now])
    async with database.system() as tx:
        assert await orders.tell_catalogue(tx) == 1
        shown = await catalog.published_deal(tx, deal.id)
        assert shown is not None
        assert (shown.sold, shown.state) == (2, DealState.SOLD_OUT)
        assert await orders.tell_catalogue(tx) == 0
    async with database.transaction(VISITOR) as tx:
        with pytest.raises(SoldOut):
            await quoted(tx, (deal.options[0], 1))
    async with database.transaction(OPERATOR) as tx:
        option = OptionDraft(id=deal.options[0], title="For two", price_minor=1500, cap=3)
        await catalog.revise_deal(tx, deal.id, pizza(world, options=(option,)))
    async with database.system() as tx:
        await orders.follow_caps(tx, deal.id)
        shown = await catalog.published_deal(tx, deal.id)
    assert shown is not None
    assert shown.state is DealState.LIVE
