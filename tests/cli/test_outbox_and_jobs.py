"""What an operator does by hand about facts and jobs, through the command line."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from highstreet.__main__ import group
from highstreet.kit import jobs, outbox, relay
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import VISITOR, Database, Transaction, open_database
from highstreet.kit.errors import ConfigurationError, NotFound
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.postgres.server import LOGIN, EmbeddedPostgres
from highstreet.kit.relay import RetryPolicy

T = TypeVar("T")
RED = UUID(int=1)


def run(database_url: str, *arguments: str) -> Result:
    environ = {"HIGHSTREET_DATABASE_URL": database_url, "HIGHSTREET_ENV": "test"}
    return CliRunner().invoke(group, arguments, env=environ)


@pytest.fixture
def on_database(database_url: str, clock: FixedClock) -> Callable[[Callable[[Database], Awaitable[T]]], T]:
    """Runs a coroutine on the test's database; commands make a loop of their own, so no test here has one."""

    def act(work: Callable[[Database], Awaitable[T]]) -> T:
        async def opened() -> T:
            async with open_database(database_url, clock, Random(3)) as database:
                return await work(database)

        return asyncio.run(opened())

    return act


async def refuse(tx: Transaction, fact: Fact) -> None:
    del tx, fact
    raise RuntimeError("the letterbox is shut")


async def make_dead_letter(database: Database) -> None:
    postman = Subscriber("postman", frozenset({"told"}), refuse)
    await relay.subscribe(database, [postman])
    for number in (1, 2):
        async with database.transaction(VISITOR) as tx:
            await outbox.record(tx, aggregate="ball", aggregate_id=RED, name="told", payload={"number": number})
    await relay.route(database)
    await relay.deliver(database, {"postman": postman}, Random(1), RetryPolicy(attempts=1))


def test_dead_letters_are_listed_shown_replayed_and_discarded(
    database_url: str, on_database: Callable[[Callable[[Database], Awaitable[None]]], None]
) -> None:
    assert run(database_url, "outbox", "list").output == "There are no dead letters.\n"
    on_database(make_dead_letter)
    listed = json.loads(run(database_url, "outbox", "list", "--json").output)
    (letter,) = listed["letters"]
    assert (letter["subscriber"], letter["waiting"]) == ("postman", 1)
    assert letter["error"] == "RuntimeError: the letterbox is shut"
    assert listed["subscribers"][0]["dead"] == 1
    assert "1 waiting behind it" in run(database_url, "outbox", "list").output
    assert '"number": 1' in run(database_url, "outbox", "show", letter["fact_id"]).output
    assert run(database_url, "outbox", "replay", "--all").output == "Replayed: 1\n"
    assert run(database_url, "outbox", "list").output.startswith("postman: 2 to deliver, 0 dead")
    nothing = run(database_url, "outbox", "discard", letter["fact_id"])
    assert isinstance(nothing.exception, NotFound)


def test_what_is_listed_can_be_one_subscribers_alone(
    database_url: str, on_database: Callable[[Callable[[Database], Awaitable[None]]], None]
) -> None:
    on_database(make_dead_letter)
    listed = run(database_url, "outbox", "list", "--subscriber=milkman", "--json").output
    assert json.loads(listed) == {"letters": [], "subscribers": []}
    listed = run(database_url, "outbox", "list", "--subscriber=postman", "--json").output
    assert [len(some) for some in json.loads(listed).values()] == [1, 1]


@pytest.mark.parametrize("command", [("outbox", "list"), ("jobs", "list"), ("worker",)])
@pytest.mark.usefixtures("database_name")  # another database of the server has brought the roles
def test_a_database_that_is_not_migrated_is_named_with_what_to_do(
    postgres: EmbeddedPostgres, empty_database: str, command: tuple[str, ...]
) -> None:
    refused = run(postgres.url(LOGIN, empty_database), *command)
    assert isinstance(refused.exception, ConfigurationError)
    assert "The database lacks 0001_roles" in str(refused.exception)
    assert "run `highstreet migrate`" in str(refused.exception)


def test_replay_wants_one_fact_or_all_of_them(database_url: str) -> None:
    assert run(database_url, "outbox", "replay").exit_code == 2
    assert run(database_url, "outbox", "replay", str(RED), "--all").exit_code == 2


def test_a_discarded_letter_is_gone_from_the_list(
    database_url: str, on_database: Callable[[Callable[[Database], Awaitable[None]]], None]
) -> None:
    on_database(make_dead_letter)
    fact_id = json.loads(run(database_url, "outbox", "list", "--json").output)["letters"][0]["fact_id"]
    assert json.loads(run(database_url, "outbox", "discard", fact_id, "--json").output) == {"discarded": 1}
    assert json.loads(run(database_url, "outbox", "list", "--json").output)["letters"] == []


class Parcel(msgspec.Struct):
    number: int


async def forget(database: Database, parcel: Parcel) -> None:
    del database, parcel


async def make_failed_job(database: Database) -> int:
    async with database.transaction(VISITOR) as tx:
        number = await jobs.defer(tx, jobs.Job("parcel", Parcel, forget), Parcel(1))
    assert number is not None
    async with database.system() as tx:
        await tx.execute("UPDATE jobs.procrastinate_jobs SET status = 'failed', attempts = 8")
    return number


def test_failed_jobs_are_listed_and_retried(
    database_url: str, on_database: Callable[[Callable[[Database], Awaitable[int]]], int]
) -> None:
    assert run(database_url, "jobs", "list").output == "The queue is empty.\n"
    number = on_database(make_failed_job)
    (job,) = json.loads(run(database_url, "jobs", "list", "--status=failed", "--json").output)["jobs"]
    assert (job["id"], job["job"], job["attempts"]) == (number, "parcel", 8)
    assert run(database_url, "jobs", "retry", str(number)).exit_code == 0
    assert "parcel  todo since 20" in run(database_url, "jobs", "list").output
    assert isinstance(run(database_url, "jobs", "retry", str(number)).exception, NotFound)


def explained(database_url: str, *arguments: str) -> dict[str, Any]:
    told = run(database_url, *arguments, "--json")
    assert told.exit_code == 0, told.exception
    decoded: dict[str, Any] = json.loads(told.output)
    return decoded


def test_a_dead_letter_is_explained_with_every_error_and_what_can_be_done(
    database_url: str,
    clock: FixedClock,
    on_database: Callable[[Callable[[Database], Awaitable[list[UUID]]]], list[UUID]],
) -> None:
    async def fail_twice(database: Database) -> list[UUID]:
        await make_dead_letter(database)
        clock.advance(timedelta(hours=1))
        async with database.system() as tx:
            await outbox.replay(tx, None)
        moody = Subscriber("postman", frozenset({"told"}), break_down)
        await relay.deliver(database, {"postman": moody}, Random(1), RetryPolicy(attempts=1))
        async with database.system() as tx:
            rows = await tx.fetch_all(dict[str, UUID], "SELECT id FROM kit.facts ORDER BY position")
        return [row["id"] for row in rows]

    first, second = map(str, on_database(fail_twice))
    told = explained(database_url, "outbox", "explain", first)
    assert (told["fact"]["name"], told["routed"], told["trace_id"]) == ("told", True, None)
    (dead,) = told["deliveries"]
    errors = [(each["attempt"], each["error"]) for each in dead["failures"]]
    assert errors == [(1, "RuntimeError: the letterbox is shut"), (1, "ValueError: the bag is torn")]
    assert (dead["delivery"]["state"], dead["delivery"]["waiting"]) == ("dead", 1)
    assert dead["delivery"]["waiting_facts"] == [second]
    commands = [each["command"] for each in dead["actions"]]
    assert commands == [f"highstreet outbox {what} {first} --subscriber postman" for what in ("replay", "discard")]
    (waiting,) = explained(database_url, "outbox", "explain", second)["deliveries"]
    assert waiting["delivery"]["behind"] == first
    assert [each["command"] for each in waiting["actions"]] == [f"highstreet outbox explain {first}"]
    said = run(database_url, "outbox", "explain", first).output
    for part in ("postman: dead since 2026-03-02 11:00:00 UTC", "the bag is torn", second, *commands):
        assert part in said
    assert "waits for an earlier fact" in run(database_url, "outbox", "explain", second).output
    assert "highstreet outbox explain" in run(database_url, "outbox", "list").output
    assert run(database_url, *commands[0].split()[1:]).output == "Replayed: 1\n"  # as an operator would copy it
    assert "postman: pending" in run(database_url, "outbox", "explain", first).output


def test_a_fact_is_explained_also_where_nobody_is_to_blame(
    database_url: str, on_database: Callable[[Callable[[Database], Awaitable[UUID]]], UUID]
) -> None:
    async def record(database: Database) -> UUID:
        async with database.transaction(VISITOR) as tx:
            await outbox.record(tx, aggregate="ball", aggregate_id=RED, name="told", payload={})
        async with database.system() as tx:
            (row,) = await tx.fetch_all(dict[str, UUID], "SELECT id FROM kit.facts")
        return row["id"]

    async def route(database: Database) -> UUID:
        await relay.route(database)
        return RED

    fact_id = str(on_database(record))
    assert "not handed to anybody yet" in run(database_url, "outbox", "explain", fact_id).output
    on_database(route)
    assert "Nobody asked for facts of this name" in run(database_url, "outbox", "explain", fact_id).output
    assert isinstance(run(database_url, "outbox", "explain", str(RED)).exception, NotFound)


async def break_down(tx: Transaction, fact: Fact) -> None:
    del tx, fact
    raise ValueError("the bag is torn")


async def work_until_failed(database: Database, url: str, job: jobs.Job[Parcel]) -> None:
    pace = jobs.Pace(look_every_s=0.02, heartbeat_s=0.2, finish_within_s=0.2, first_retry_s=0.01)
    working = asyncio.create_task(jobs.run_jobs(database, url, [job], Random(5), pace))
    async with asyncio.timeout(30):
        while True:
            async with database.system() as tx:
                if await jobs.waiting(tx, status="failed"):
                    break
            await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


def test_a_failed_job_is_explained_with_every_error_and_what_can_be_done(
    database_url: str, on_database: Callable[[Callable[[Database], Awaitable[list[int]]]], list[int]]
) -> None:
    moods = itertools.cycle([RuntimeError("the street is closed"), KeyError("nobody of that name")])

    async def stumble(database: Database, parcel: Parcel) -> None:
        del database, parcel
        raise next(moods)

    job = jobs.Job("parcel", Parcel, stumble, attempts=2)

    async def fail(database: Database) -> list[int]:
        async with database.transaction(VISITOR) as tx:
            numbers = [
                await jobs.defer(tx, job, Parcel(number), lock=f"lock {number // 2}") or 0 for number in (1, 2, 3)
            ]
        await work_until_failed(database, database_url, job)
        async with database.system() as tx:  # the others wait, whatever the worker got to
            await tx.execute("UPDATE jobs.procrastinate_jobs SET status = 'todo' WHERE id > %s", (numbers[0],))
        return numbers

    first, second, third = on_database(fail)
    told = explained(database_url, "jobs", "explain", str(first))
    assert (told["job"]["status"], told["job"]["arguments"]) == ("failed", {"payload": {"number": 1}})
    assert [each["attempt"] for each in told["failures"]] == [1, 2]
    assert {each["error"].partition(":")[0] for each in told["failures"]} <= {"RuntimeError", "KeyError"}
    assert [each["what"] for each in told["passages"]][:2] == ["deferred", "started"]
    assert [each["command"] for each in told["actions"]] == [f"highstreet jobs retry {first}"]
    said = run(database_url, "jobs", "explain", str(first)).output
    for part in (f"Job {first}, parcel: failed since 20", 'Given: {"number":1}', "attempt 2, 2026-03-02 10:00:00 UTC"):
        assert part in said
    blocked = explained(database_url, "jobs", "explain", str(third))
    assert (blocked["job"]["locked_by"], blocked["actions"][0]["command"]) == (
        second,
        f"highstreet jobs explain {second}",
    )
    assert explained(database_url, "jobs", "explain", str(second))["job"]["waiting"] == 1
    listed = run(database_url, "jobs", "list", "--status=failed").output
    assert "Error: " in listed
    assert isinstance(run(database_url, "jobs", "explain", "4711").exception, NotFound)


def test_every_command_says_what_it_does() -> None:
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            assert command.get_short_help_str()
