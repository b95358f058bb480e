"""The same request twice does its work once: what changed something is answered the same to whoever asks again.

A request is known by who asks, at which route, under which key of theirs. Its answer is kept in the transaction that
makes the change, so there is an answer if and only if there was a change: an error rolls both back, and may be tried
again under the same key. Answers are kept for KEPT_FOR.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import msgspec

from highstreet.kit import idempotency_repository as repository
from highstreet.kit.database import Actor, Transaction
from highstreet.kit.errors import Conflict, FieldProblem, InvalidInput
from highstreet.kit.idempotency_repository import Answer, Kept, Name

KEPT_FOR: Final = timedelta(hours=48)
MAX_KEY_LENGTH: Final = 200

IN_FLIGHT: Final = "A request with this Idempotency-Key is being worked on; ask again in a moment."

_SWEEP_BATCH = 5_000


class Keyed(msgspec.Struct, frozen=True):
    """A request under its key. `digest` is of all that was asked."""

    name: Name
    digest: bytes


class AnotherRequest(InvalidInput):
    """The key stands for a request that asked for something else."""

    def __init__(self) -> None:
        message = "stands for another request that you made; use a new key for a new request"
        super().__init__((FieldProblem("Idempotency-Key", message),))


def keyed(actor: Actor, route: str, key: str, body: bytes) -> Keyed:
    """A request of `actor` at `route`, such as `POST /orders`. Raises InvalidInput for a key that nobody can keep."""
    if not (1 <= len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        raise InvalidInput.at("Idempotency-Key", f"is 1 to {MAX_KEY_LENGTH} printable characters of ASCII")
    return Keyed(Name(principal_of(actor), route, key), hashlib.sha256(body).digest())


def principal_of(actor: Actor) -> str:
    """Whose keys these are: keys of different people never meet."""
    return f"{actor.kind}:{actor.id}" if actor.id else str(actor.kind)


async def once(tx: Transaction, request: Keyed, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """What `work` answers; if the request was answered before, that answer, and no work is done.

    Raises Conflict while the same request is being worked on, and AnotherRequest for a key that stands for other work.
    """
    if not await repository.take_turn(tx, request.name):
        raise Conflict(IN_FLIGHT)
    kept = await repository.answers(tx, [request.name])
    if kept:
        return same(request, kept[request.name])
    answer = await work()
    await repository.keep(tx, [Kept(request.name, request.digest, answer)])
    return answer


async def keep(tx: Transaction, answers: Sequence[tuple[Keyed, Answer]]) -> Mapping[Name, Kept]:
    """Keep the answers of many requests at once; of those that were answered before, in other transactions, what.

    Waits for another transaction that keeps one of the same keys. The names must be distinct.
    """
    if not answers:
        return {}
    rows = [Kept(request.name, request.digest, answer) for request, answer in answers]
    if await repository.keep(tx, rows):
        return {}
    return await repository.answers(tx, [row.name for row in rows], of_others=True)


async def find(tx: Transaction, names: Sequence[Name]) -> Mapping[Name, Kept]:
    """What is kept of these requests."""
    return await repository.answers(tx, names) if names else {}


async def forget(tx: Transaction, names: Sequence[Name]) -> None:
    """Take back answers that this transaction kept, for work that it did not do after all."""
    if names:
        await repository.forget(tx, names)


def same(request: Keyed, kept: Kept) -> Answer:
    """The answer that is kept for the request. Raises AnotherRequest where something else was asked."""
    if kept.digest != request.digest:
        raise AnotherRequest
    return kept.answer


async def sweep(tx: Transaction) -> int:
    """Drop answers that nobody can ask for any more, a batch at a time; how many."""
    return await repository.drop_older(tx, tx.now - KEPT_FOR, _SWEEP_BATCH)
