"""Every proof: what it promises, how many people take part, and what a seed does."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tests.proofs import guesses, keys, kills, races, rush, webhooks
from tests.proofs.street import Person, Street

Part = Callable[[Street, Sequence[Person], int], Awaitable[str]]


@dataclass(frozen=True)
class Proof:
    """`parts` are what each seed does, by what is said after its number."""

    promise: str
    parts: dict[str, Part]
    seeds: int = 20
    people: int = field(default=500, kw_only=True)


async def _rush(street: Street, people: Sequence[Person], seed: int, *, connections: int) -> str:
    return await rush.run(street, people, seed, connections, rush.Asked())


async def _guesses(street: Street, people: Sequence[Person], seed: int) -> str:
    return await guesses.run(street, people, seed, guesses.Asked())


async def _kills(street: Street, people: Sequence[Person], seed: int) -> str:
    connections = rush.CONNECTIONS[seed % 2]
    told = await kills.run(street, people, seed, connections, kills.Asked())
    return f"{connections} connections; {told}"


PROOFS: Final = {
    "rush": Proof(
        "of 10,000 buyers after 1,000 units exactly 1,000 are sold to, after expiry none is stranded, and everybody is"
        " told the truth",
        {f", {count} connections": partial(_rush, connections=count) for count in rush.CONNECTIONS},
        people=10_000,
    ),
    "kills": Proof(
        "whatever is killed under its buyers, each order that was acknowledged is there once and paid at most once, and"
        " the books balance",
        {"": _kills},
        people=2_000,
    ),
    "keys": Proof(
        "a hundred requests with one key make one order, which is answered the same after a restart, and one bad order"
        " among 64 fails alone",
        {"": keys.run},
    ),
    "races": Proof(
        "of 200 redemptions of one voucher by two merchants one happens, and a voucher is refunded or redeemed, never"
        " both",
        {", redeeming": races.redeemed_once, ", giving back": races.refunded_or_redeemed},
        seeds=5,
    ),
    "webhooks": Proof(
        "a thousand webhooks, shuffled, with five duplicates each, bring every payment to one state",
        {"": webhooks.run},
        seeds=5,
    ),
    "guesses": Proof(
        "of a hundred thousand codes that somebody guesses none is right, and hardly any is looked up",
        {"": _guesses},
        seeds=1,
    ),
}
