"""What an operator is told about one fact or one job: what it is, what was met, and what can be done now."""

import shlex
from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec

from highstreet.kit.failures import Failure
from highstreet.kit.jobs import JobExplained
from highstreet.kit.outbox import DeliveryExplained, FactExplained


class Action(msgspec.Struct, frozen=True):
    """Something that can be done, and the command that does it."""

    does: str
    command: str


def actions_for_delivery(fact_id: UUID, explained: DeliveryExplained) -> list[Action]:
    """What can be done about one delivery; nothing about one that goes its way or is settled."""
    delivery = explained.delivery
    named = f"{fact_id} --subscriber {shlex.quote(delivery.subscriber)}"
    if delivery.state == "dead":
        return [
            Action("once the cause is put right, try it again", f"highstreet outbox replay {named}"),
            Action("give it up for good, so that what waits goes on", f"highstreet outbox discard {named}"),
        ]
    if delivery.behind is not None:
        return [Action("look at what it waits for", f"highstreet outbox explain {delivery.behind}")]
    return []


def actions_for_job(explained: JobExplained) -> list[Action]:
    """What can be done about one job."""
    job = explained.job
    if job.status == "failed":
        return [Action("once the cause is put right, try it again", f"highstreet jobs retry {job.id}")]
    if job.locked_by is not None:
        return [Action("look at what it waits for", f"highstreet jobs explain {job.locked_by}")]
    return []


def lines_of_fact(explained: FactExplained) -> Iterator[str]:
    fact = explained.fact
    yield f"{fact.name} version {fact.version}, of {fact.aggregate} {fact.aggregate_id}"
    yield f"Recorded: {fact.recorded_at:%F %T} UTC"
    yield f"Trace: {explained.trace_id or 'none, nothing was traced when it was recorded'}"
    if not explained.routed:
        yield "It was not handed to anybody yet: `highstreet worker` does that, so see that one runs."
    elif not explained.deliveries:
        yield "Nobody asked for facts of this name when it was recorded, so nobody was handed it."
    for each in explained.deliveries:
        yield ""
        yield from _lines_of_delivery(fact.id, each)


def _lines_of_delivery(fact_id: UUID, explained: DeliveryExplained) -> Iterator[str]:
    delivery = explained.delivery
    tried = f"attempts: {delivery.attempts}"
    if delivery.settled_at is not None:
        yield f"{delivery.subscriber}: {delivery.state} since {delivery.settled_at:%F %T} UTC, {tried}"
    elif delivery.behind is not None:
        yield f"{delivery.subscriber}: waits for an earlier fact of the same aggregate, {delivery.behind}"
    else:
        yield f"{delivery.subscriber}: pending, to be tried at {delivery.due_at:%F %T} UTC, {tried}"
    yield from _lines_of_failures(explained.failures, delivery.error)
    if delivery.waiting:
        more = delivery.waiting - len(delivery.waiting_facts)
        yield f"    {delivery.waiting} later facts of the aggregate wait behind it:"
        yield from (f"      {waiting}" for waiting in delivery.waiting_facts)
        if more:
            yield f"      and {more} more"
    yield from _lines_of_actions(actions_for_delivery(fact_id, explained))


def lines_of_job(explained: JobExplained) -> Iterator[str]:
    job = explained.job
    since = f" since {explained.passages[-1].at:%F %T} UTC" if explained.passages else ""
    yield f"Job {job.id}, {job.job}: {job.status}{since}, attempts: {job.attempts}"
    yield f"Trace: {explained.trace_id or 'none, nothing was traced when it was put in the queue'}"
    yield f"Given: {msgspec.json.encode(job.arguments.get('payload')).decode()}"
    if job.due_at is not None and job.status == "todo":
        yield f"To be tried at {job.due_at:%F %T} UTC."
    if job.heard_at is not None:
        yield f"Worker {job.worker} has it, last heard of at {job.heard_at:%F %T} UTC."
    for passage in explained.passages:
        yield f"    {passage.at:%F %T} UTC  {passage.what.replace('_', ' ')}"
    yield from _lines_of_failures(explained.failures, None)
    if job.locked_by is not None:
        yield f"It waits for job {job.locked_by}, which has the same lock, {job.lock}."
    if job.waiting:
        yield f"{job.waiting} later jobs with the same lock, {job.lock}, wait behind it."
    yield from _lines_of_actions(actions_for_job(explained))


def _lines_of_failures(failures: Sequence[Failure], last_error: str | None) -> Iterator[str]:
    """`last_error` is all there is of failures from before they were kept one by one."""
    if not failures and last_error:
        yield f"    the last error: {last_error}"
    for failure in failures:
        trace = f", trace {failure.trace_id}" if failure.trace_id else ""
        yield f"    attempt {failure.attempt}, {failure.failed_at:%F %T} UTC{trace}: {failure.error}"


def _lines_of_actions(actions: Sequence[Action]) -> Iterator[str]:
    for action in actions:
        yield f"    To {action.does}:"
        yield f"        {action.command}"
