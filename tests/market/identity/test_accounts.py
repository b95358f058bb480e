"""An account belongs to whoever mail reaches: guests' become theirs, once, and an address has one account."""

import asyncio
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict, HighstreetError, InvalidInput
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import Account, AccountState, to_address

ANN = to_address("ann@example.com")


async def guest(database: Database, email: str = "Ann@Example.com") -> Account:
    async with database.system() as tx:
        return await identity.begin_guest(tx, email, "en")


async def proved(database: Database) -> Account:
    async with database.system() as tx:
        return await identity.prove(tx, ANN, "en")


async def facts(database: Database) -> list[tuple[str, UUID]]:
    async with database.system() as tx:
        rows = await tx.fetch_all(
            dict[str, str], "SELECT name, aggregate_id FROM kit.facts WHERE aggregate = 'account' ORDER BY position"
        )
    return [(row["name"], UUID(str(row["aggregate_id"]))) for row in rows]


async def test_each_guest_has_an_account_of_their_own_whatever_address_they_say(database: Database) -> None:
    first, second = await guest(database), await guest(database)
    assert first.id != second.id
    assert {first.state, second.state} == {AccountState.GUEST}


async def test_who_proves_an_address_gets_all_that_guests_had_under_it(database: Database, clock: FixedClock) -> None:
    first = await guest(database)
    clock.advance(timedelta(minutes=1))
    second, other = await guest(database), await guest(database, "bob@example.com")
    own = await proved(database)
    assert (own.id, own.state) == (first.id, AccountState.REGISTERED)
    async with database.system() as tx:
        assert (await identity.surviving(tx, second.id)).id == first.id
        assert (await identity.surviving(tx, other.id)).id == other.id
        assert (await identity.account(tx, second.id)).email is None
    assert await facts(database) == [("account.registered", first.id), ("account.merged", second.id)]


async def test_a_later_guest_is_merged_when_the_address_is_proved_again(database: Database) -> None:
    own = await proved(database)
    later = await guest(database)
    assert (await proved(database)).id == own.id
    async with database.system() as tx:
        assert (await identity.surviving(tx, later.id)).id == own.id
    assert (await facts(database))[1:] == [("account.merged", later.id)]


async def test_an_address_that_is_proved_many_times_at_once_has_one_account(database: Database) -> None:
    guests = [await guest(database) for _ in range(3)]
    owns = await asyncio.gather(*(proved(database) for _ in range(8)))
    assert {own.id for own in owns} <= {each.id for each in guests}
    assert len({own.id for own in owns}) == 1
    assert len(await facts(database)) == 3
    with pytest.raises(psycopg.errors.UniqueViolation):
        async with database.system() as tx:
            await tx.execute(
                """
                INSERT INTO identity.accounts
                    (id, state, email, email_folded, verified_at, language, created_at, changed_at)
                VALUES (%s, 'registered', 'ANN@example.com', 'ann@example.com', %s, 'en', %s, %s)
                """,
                [tx.new_id(), tx.now, tx.now, tx.now],
            )


async def test_nothing_becomes_part_of_a_suspended_account(database: Database) -> None:
    own = await proved(database)
    async with database.system() as tx:
        await identity.suspend(tx, own.id)
    later = await guest(database)
    assert (await proved(database)).state is AccountState.SUSPENDED
    async with database.system() as tx:
        assert (await identity.account(tx, later.id)).state is AccountState.GUEST
        with pytest.raises(Conflict):
            await identity.suspend(tx, own.id)


_STEPS = {
    ("guest", "registered"), ("guest", "merged"), ("guest", "closed"),
    ("registered", "suspended"), ("registered", "closed"),
    ("suspended", "registered"), ("suspended", "closed"),
}  # fmt: skip


@pytest.mark.parametrize("before", ["guest", "registered", "suspended", "merged", "closed"])
async def test_a_state_takes_no_step_that_is_not_allowed_whoever_asks(database: Database, before: str) -> None:
    survivor = await guest(database, "bob@example.com")
    for after in AccountState:
        made = await guest(database, f"{before}-{after}@example.com")
        for step in {"suspended": ["registered", "suspended"], "guest": []}.get(before, [before]):
            await _put(database, made.id, step, survivor.id)
        if after == before:
            continue
        if (before, after) in _STEPS:
            await _put(database, made.id, after, survivor.id)
        else:
            with pytest.raises(psycopg.errors.CheckViolation, match="cannot become"):
                await _put(database, made.id, after, survivor.id)


async def _put(database: Database, account_id: UUID, state: str, survivor: UUID) -> None:
    async with database.system() as tx:
        await tx.execute(
            """
            UPDATE identity.accounts SET
                state = %(state)s,
                merged_into = CASE WHEN %(state)s = 'merged' THEN %(survivor)s::uuid END,
                verified_at = CASE WHEN %(state)s IN ('registered', 'suspended') THEN %(now)s::timestamptz END,
                email = CASE WHEN %(state)s NOT IN ('merged', 'closed') THEN 'x@example.com' END,
                email_folded = CASE WHEN %(state)s NOT IN ('merged', 'closed') THEN id::text || '@example.com' END
            WHERE id = %(id)s
            """,
            {"state": state, "id": account_id, "survivor": survivor, "now": tx.now},
        )


@pytest.mark.parametrize(
    ("typed", "email", "folded"),
    [
        (" Ann.Lee+deals@Example.COM ", "Ann.Lee+deals@example.com", "ann.lee+deals@example.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("ann＠example.com", "ann@example.com", "ann@example.com"),
    ],
)
def test_an_address_is_kept_as_typed_and_compared_without_case(typed: str, email: str, folded: str) -> None:
    assert (to_address(typed).email, to_address(typed).folded) == (email, folded)


@pytest.mark.parametrize(
    "typed",
    ["", "ann", "@example.com", "ann@", "ann@localhost", "a b@example.com", "ann@exa mple.com", "ann@e.com\nBcc: x",
     "ann@-a.com", ".ann@example.com", "аnn@example.com", "ann@[127.0.0.1]", "ann@example.123", "ann@a.com,b@a.com",
     "a" * 65 + "@example.com", "ann@" + "a." * 130 + "com", '"ann"@example.com'],
)  # fmt: skip
def test_what_no_mail_could_be_sent_to_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="email"):
        to_address(typed)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused_in_a_sentence(text: str) -> None:
    try:
        address = to_address(text)
    except HighstreetError:
        return
    assert to_address(address.email) == address
    assert address.folded == address.email.lower()
    assert address.folded.isascii()
    assert address.folded.isprintable()
