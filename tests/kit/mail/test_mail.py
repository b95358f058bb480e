"""A mail is sent if and only if its transaction commits, once, and what cannot be sent can be seen."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from random import Random

import msgspec
import pytest

from highstreet.kit import jobs, sweeps
from highstreet.kit.cancellation import pause
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import VISITOR, Database
from highstreet.kit.errors import Forbidden
from highstreet.kit.jobs import Pace
from highstreet.kit.mail import queue
from highstreet.kit.mail.delivery import mail_job, sender_of
from highstreet.kit.mail.letters import Letter
from highstreet.kit.mail.repository import MailRecord
from highstreet.kit.settings import Environment, Secret, Settings

HURRY = Pace(look_every_s=0.02, first_retry_s=0.02)
SECRET = Secret("a secret of the tests, and of nobody else")
SEALER = queue.sealer_of(SECRET)
LETTER = Letter(
    subject="Grüße: choose a new password",
    language="en",
    paragraphs=("Somebody <you, we hope> asked.", "word " * 40),
    rows=(("Two pizzas & a drink", "$15.00"),),
    action="Choose it",
    link="https://deals.example/reset?token=" + "a" * 90,
    closing=("If not, do nothing.",),
)


class MailServer:
    """A mail server in a process of its own, which keeps what it takes in a directory."""

    def __init__(self, port: int, directory: Path) -> None:
        self.port = port
        self._directory = directory

    async def taken(self, count: int) -> list[EmailMessage]:
        async with asyncio.timeout(60):
            while len(files := sorted(self._directory.glob("*.eml"))) < count:
                await pause(0.02)
        return [message_from_bytes(file.read_bytes(), policy=default) for file in files]  # type: ignore[arg-type, misc] - the stubs know the older class of messages alone


@asynccontextmanager
async def mail_server(directory: Path, port: int = 0) -> AsyncGenerator[MailServer]:
    program = [sys.executable, str(Path(__file__).with_name("mail_server.py")), str(directory), str(port)]
    running = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, env=dict(os.environ))
    assert running.stdout
    try:
        yield MailServer(int(await running.stdout.readline()), directory)
    finally:
        running.terminate()
        await running.wait()


@asynccontextmanager
async def worker(database: Database, url: str, settings: Settings) -> AsyncGenerator[None]:
    running = asyncio.create_task(jobs.run_jobs(database, url, [mail_job(settings, SECRET)], Random(5), HURRY))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def send(database: Database, recipient: str = "ann@example.com") -> None:
    async with database.transaction(VISITOR) as tx:
        await queue.send(tx, SEALER, "identity.reset", recipient, LETTER)


async def until(database: Database, condition: Callable[[MailRecord], bool], count: int = 1) -> list[MailRecord]:
    async with asyncio.timeout(60):
        while True:
            async with database.system() as tx:
                found = [each for each in await queue.records(tx) if condition(each)]
            if len(found) >= count:
                return found
            await pause(0.02)


def to(settings: Settings, port: int) -> Settings:
    return msgspec.structs.replace(
        settings, smtp_url=Secret(f"smtp://127.0.0.1:{port}?starttls=no"), public_url="https://deals.example"
    )


async def test_a_mail_goes_out_in_both_parts_when_its_transaction_commits(
    database: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    async with mail_server(tmp_path) as server, worker(database, database_url, to(settings, server.port)):
        async with database.transaction(VISITOR) as tx, tx.rehearsal():
            await queue.send(tx, SEALER, "identity.reset", "undone@example.com", LETTER)
        await send(database)
        (record,) = await until(database, lambda each: each.state == "sent")
        (mail,) = await server.taken(1)
    assert mail["To"] == "ann@example.com"
    assert mail["From"] == "Highstreet <no-reply@deals.example>"
    assert mail["Subject"] == LETTER.subject
    assert mail["Message-ID"] == f"<{record.id}@deals.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text
    assert html
    assert f"Choose it:\r\n{LETTER.link}\r\n" in text.get_content().replace("\n", "\r\n").replace("\r\r", "\r")
    assert "Two pizzas & a drink: $15.00" in text.get_content()
    assert "Somebody &lt;you, we hope&gt; asked." in html.get_content()
    assert f'href="{LETTER.link}"' in html.get_content()
    async with database.system() as tx:
        assert await queue.readable(tx, SEALER) == []


async def test_a_refused_address_is_a_failure_that_can_be_seen_and_is_not_tried_again(
    database: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    async with mail_server(tmp_path) as server, worker(database, database_url, to(settings, server.port)):
        await send(database, "nobody@example.com")
        await send(database, "spam@example.com")
        refused = await until(database, lambda each: each.state == "refused", 2)
        await send(database, "busy@example.com")
        await until(database, lambda each: each.recipient == "busy@example.com" and each.state == "sent")
        assert [mail["To"] for mail in await server.taken(1)] == ["busy@example.com"]
    told = {each.recipient: (each.problem, each.attempts) for each in refused}
    assert told == {
        "nobody@example.com": ("the mail server refuses the address (code 550)", 1),
        "spam@example.com": ("the mail server refuses what is said (code 554)", 1),
    }
    async with database.system() as tx:
        assert await jobs.waiting(tx) == []


async def test_a_server_that_is_away_is_tried_again_until_it_is_back(
    database: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    async with mail_server(tmp_path) as server:
        port = server.port
    async with worker(database, database_url, to(settings, port)):
        await send(database)
        (waiting,) = await until(database, lambda each: each.attempts > 1)
        assert waiting.state == "queued"
        assert waiting.problem
        assert f"127.0.0.1:{port} cannot be reached" in waiting.problem
        async with mail_server(tmp_path, port) as server:
            await until(database, lambda each: each.state == "sent")
            assert len(await server.taken(1)) == 1


async def test_without_a_server_a_demonstration_keeps_its_mail_and_production_says_what_is_missing(
    database: Database, database_url: str, settings: Settings
) -> None:
    async with worker(database, database_url, settings):
        await send(database)
        await until(database, lambda each: each.state == "kept")
    async with database.system() as tx:
        (kept,) = await queue.readable(tx, SEALER)
    assert kept.letter == LETTER
    async with worker(database, database_url, msgspec.structs.replace(settings, env=Environment.PRODUCTION)):
        await send(database)
        (waiting,) = await until(database, lambda each: bool(each.problem))
    assert (waiting.state, waiting.problem) == ("queued", "HIGHSTREET_SMTP_URL is not set")


async def test_who_reads_the_database_does_not_read_the_mail(database: Database) -> None:
    await send(database)
    async with database.system() as tx:
        (row,) = await tx.fetch_all(dict[str, bytes], "SELECT sealed FROM kit.mails")
        (job,) = await tx.fetch_all(dict[str, object], "SELECT args FROM jobs.procrastinate_jobs")
        assert await queue.readable(tx, queue.sealer_of(Secret("x" * 32))) == []
    assert b"token" not in row["sealed"]
    assert "token" not in str(job)
    assert "ann@" not in str(job)
    with pytest.raises(Forbidden):
        async with database.transaction(VISITOR) as tx:
            await tx.execute("SELECT FROM kit.mails")


async def test_what_became_of_a_mail_is_forgotten_after_a_month(
    database: Database, database_url: str, settings: Settings, clock: FixedClock
) -> None:
    async with worker(database, database_url, settings):
        await send(database)
        await until(database, lambda each: each.state == "kept")
    await send(database, "waiting@example.com")
    clock.advance(queue.KEPT_FOR)
    assert await sweeps.sweep_once(database, queue.SETTLED_MAILS) == 0
    clock.advance(timedelta(seconds=1))
    assert await sweeps.sweep_once(database, queue.SETTLED_MAILS) == 1
    assert [each.recipient for each in await until(database, lambda _: True)] == ["waiting@example.com"]


def test_mail_comes_from_where_the_operator_says(settings: Settings) -> None:
    assert sender_of(settings) == "no-reply@localhost"
    assert sender_of(msgspec.structs.replace(settings, mail_from="deals@example.org")) == "deals@example.org"
