"""The composition root: here, and only here, the rooms are wired together."""

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import uvloop

from highstreet.discovery.search import checks as search_checks
from highstreet.discovery.search import jobs as search_jobs
from highstreet.discovery.search.service import Follower
from highstreet.kit import idempotency, outbox, revisions, tracing
from highstreet.kit.backup.bytes_beside import BlobColumn
from highstreet.kit.blobs import open_blobs
from highstreet.kit.cancellation import raise_if_cancelled
from highstreet.kit.clock import Clock, FileClock, SystemClock
from highstreet.kit.database import Database, open_database
from highstreet.kit.doctor import backlog, clocks, configuration, disk, outside, server
from highstreet.kit.doctor import examining as doctor
from highstreet.kit.doctor.checks import Check as DoctorsCheck
from highstreet.kit.doctor.checks import Finding, Verdict, fail
from highstreet.kit.errors import ConfigurationError, HighstreetError
from highstreet.kit.jobs import Job, run_jobs
from highstreet.kit.mail.delivery import mail_job
from highstreet.kit.mail.queue import SETTLED_MAILS, sealer_of
from highstreet.kit.outbox import Subscriber
from highstreet.kit.pictures.making import Workshop
from highstreet.kit.postgres.addresses import database_urls
from highstreet.kit.postgres.home import base_of
from highstreet.kit.processes import Program, company
from highstreet.kit.relay import run_relay
from highstreet.kit.sandbox_keys import webhook_secret
from highstreet.kit.secret_key import secret_key
from highstreet.kit.settings import Environment, PaymentProvider, Settings, load_settings
from highstreet.kit.sweeps import Sweep, run_sweeps
from highstreet.market.bookings.jobs import GUESTS
from highstreet.market.capacity.jobs import WATCH
from highstreet.market.catalog import checks as catalog_checks
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.jobs import DUE_DEALS, DUPLICATES, picture_work, unused_pictures
from highstreet.market.feeds.jobs import DUE_IMPORTS, IMPORT
from highstreet.market.identity import jobs as identity_jobs
from highstreet.market.ledger import checks as ledger_checks
from highstreet.market.ledger.jobs import CREDIT
from highstreet.market.orders import jobs as order_jobs
from highstreet.market.orders.service import OrderLinks, Writer
from highstreet.market.payments import checks as payment_checks
from highstreet.market.payments import service as payments
from highstreet.market.payments.jobs import payment_work
from highstreet.market.payments.service import Provider, Then
from highstreet.market.promotions import jobs as promotion_jobs
from highstreet.market.settlement import checks as settlement_checks
from highstreet.market.settlement import jobs as settlement_jobs
from highstreet.market.vouchers.jobs import DUE_VOUCHERS, FORGOTTEN_GUESSES, OWNERS, gift_mails
from highstreet.market.vouchers.service import VoucherKeys
from highstreet.sandbox.courier import Courier
from highstreet.web.app import create_app
from highstreet.web.checkout import open_checkout
from highstreet.web.metrics import sample_continually
from highstreet.web.runtime import Check, Runtime
from highstreet.web.server import Farewell, end_with, make_server

T = TypeVar("T")

SUBSCRIBERS: Final[Sequence[Subscriber]] = (
    order_jobs.BUYERS,
    order_jobs.CAPS,
    order_jobs.SEATS,
    promotion_jobs.BUYERS,
    OWNERS,
    GUESTS,
    CREDIT,
    settlement_jobs.BOOKS,
)
"""Who wants which facts."""

JOBS: Final[Sequence[Job[Any]]] = (IMPORT, DUPLICATES, settlement_jobs.SETTLE)
"""The kinds of work that the queue may hold."""

SPEAKING_OF_BLOBS: Final[Sequence[BlobColumn]] = (BlobColumn("catalog", "deal_pictures", "digest"),)
"""The columns that name blobs, so that a backup can tell which of them are missing."""

CHECKS: Final[Sequence[DoctorsCheck]] = (
    *configuration.CHECKS,
    *disk.CHECKS,
    *clocks.CHECKS,
    *outside.CHECKS,
    *server.CHECKS,
    *catalog_checks.CHECKS,
    *ledger_checks.CHECKS,
    *settlement_checks.CHECKS,
    *payment_checks.CHECKS,
    *search_checks.CHECKS,
    *backlog.CHECKS,
)
"""What the doctor asks, whatever the settings are."""

SWEEPS: Final[Sequence[Sweep]] = (
    DUE_DEALS,
    DUE_IMPORTS,
    DUE_VOUCHERS,
    FORGOTTEN_GUESSES,
    SETTLED_MAILS,
    *identity_jobs.SWEEPS,
    order_jobs.EXPIRED_HOLDS,
    order_jobs.SOLD_COUNTS,
    order_jobs.TIPPING,
    promotion_jobs.ENDED_CREDITS,
    WATCH,
    *settlement_jobs.SWEEPS,
    Sweep("settled facts", 60.0, outbox.sweep),
    Sweep("kept answers", 60.0, idempotency.sweep),
)
"""What is looked after as time goes on."""


def clock_of(settings: Settings) -> Clock:
    """The machine's clock in production; elsewhere one that all processes of the data directory share and can move."""
    if settings.env is Environment.PRODUCTION:
        return SystemClock()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return FileClock(settings.data_dir / "clock")


def index_directory(settings: Settings) -> Path:
    """Where the search index of this machine is."""
    return search_jobs.directory_of(settings)


@asynccontextmanager
async def open_runtime(settings: Settings, url: str) -> AsyncGenerator[Runtime]:
    """What a serving process holds. The index begins to load; readiness tells when it has."""
    clock, rng, blobs = clock_of(settings), random.SystemRandom(), open_blobs(settings)
    async with open_database(url, clock, rng) as database, payments.open_provider(settings, clock) as provider:
        follower = Follower(database, index_directory(settings))
        checkout = open_checkout(settings, database) if provider is not None else None
        await follower.start()
        try:
            checks = {"migrations": _migrations_check(database), "index": _index_check(follower)}
            follow = order_jobs.after_payment(VoucherKeys(secret_key(settings)))
            yield Runtime(
                settings,
                database,
                clock,
                follower,
                rng,
                blobs,
                checks,
                payments=provider,
                after_payment=follow,
                checkout=checkout,
            )
        finally:
            if checkout is not None:
                await checkout.till.close()
            await follower.stop()


def serve(
    settings: Settings,
    url: str,
    listening: socket.socket,
    farewell: Farewell,
    *,
    parent: int | None = None,
    sibling: bool = False,
    companions: Sequence[Program] = (),
) -> bool:
    """Serve in this process until a signal; whether it was an interrupt.

    `parent` is the pipe of whoever started this process; a `sibling` shares its socket with others. `companions` are
    kept running beside it.
    """
    # The provider of a demonstration is served here too, at whichever port was free.
    here = msgspec.structs.replace(settings, port=listening.getsockname()[1])

    async def run() -> bool:
        async with company(companions), open_runtime(here, url) as runtime:
            server = make_server(create_app(runtime), runtime.lifecycle, farewell, sibling=sibling)
            beside = [asyncio.create_task(sample_continually(runtime))]
            if parent is not None:
                beside.append(asyncio.create_task(end_with(parent, server)))
            try:
                await server.serve(sockets=[listening])
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)
        return server.interrupted

    with (
        _exporting(settings, "web"),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(run())


async def work(settings: Settings, url: str) -> None:
    """What a worker process does, until cancelled: carry facts, do the work of the queue, sweep what is due."""
    rng = random.SystemRandom()
    blobs = open_blobs(settings)
    pictures = picture_work(Workshop(blobs), settings.private_hosts)
    mail = mail_job(settings, secret_key(settings))
    with _exporting(settings, "worker"):
        clock = clock_of(settings)
        async with (
            open_database(url, clock, rng) as database,
            payments.open_provider(settings, clock) as provider,
        ):
            await _require_migrated(database)
            raise_if_cancelled()
            async with asyncio.TaskGroup() as tasks:
                paying = payment_work(provider, order_jobs.after_payment(VoucherKeys(secret_key(settings))))
                payouts = settlement_jobs.payout_work(provider)
                tasks.create_task(run_relay(database, url, [*SUBSCRIBERS, receipts(settings)], rng))
                tasks.create_task(
                    run_jobs(database, url, [*JOBS, pictures.job, mail, *paying.jobs, *payouts.jobs], rng)
                )
                sweeps = [*SWEEPS, *search_jobs.alerts(), pictures.sweep, unused_pictures(blobs)]
                sweeps += [*paying.sweeps, *payouts.sweeps, gift_mails_of(settings)]
                tasks.create_task(run_sweeps(database, sweeps))
                if provider is not None and provider.name == PaymentProvider.SANDBOX:
                    tasks.create_task(sandbox_courier(settings, database, clock).run())


def receipts(settings: Settings) -> Subscriber:
    """Mails of orders, whose links lead to our public address."""
    secret = secret_key(settings)
    return order_jobs.letters(Writer(sealer_of(secret), OrderLinks(secret), payments.own_origin(settings)))


def gift_mails_of(settings: Settings) -> Sweep:
    """Mails of gifts, whose links lead to our public address."""
    secret = secret_key(settings)
    return gift_mails(VoucherKeys(secret), sealer_of(secret), payments.own_origin(settings))


def sandbox_courier(settings: Settings, database: Database, clock: Clock) -> Courier:
    """Carries the sandbox's webhooks to our own web process and nowhere else."""
    address = f"{payments.own_origin(settings)}/webhooks/payments/{PaymentProvider.SANDBOX}"
    return Courier(database, clock, address, webhook_secret(secret_key(settings)))


async def index(settings: Settings, url: str) -> None:
    """What an indexer process does, until cancelled: keep the index of this machine in step with the catalogue."""
    rng = random.SystemRandom()
    with _exporting(settings, "indexer"):
        async with open_database(url, clock_of(settings), rng, max_connections=2) as database:
            await _require_migrated(database)
            await _require_divisions(database, settings.search_divisions)
            every = settings.search_publish_hours
            exchange = search_jobs.Exchange(
                open_blobs(settings, "search"), None if every is None else timedelta(hours=every)
            )
            held = settings.search_divisions
            await search_jobs.Indexer(database, index_directory(settings), rng, held=held, exchanging=exchange).run()


def _exporting(settings: Settings, process: str) -> contextlib.AbstractContextManager[None]:
    """Send this process's spans meanwhile, where a collector is set."""
    if settings.traces_url is None:
        return contextlib.nullcontext()
    from highstreet.kit.trace_export import exporting  # noqa: PLC0415 -- only who exports pays for the library

    return exporting(settings, process, random.SystemRandom())


async def _require_divisions(database: Database, slugs: Sequence[str]) -> None:
    async with database.system() as tx:
        known = {division.slug for division in await catalog.divisions(tx)}
    strange = [slug for slug in slugs if slug not in known]
    if strange:
        raise ConfigurationError(f"HIGHSTREET_SEARCH_DIVISIONS names {strange[0]!r}, and there is no such division")


async def _require_migrated(database: Database) -> None:
    async with database.system() as tx:
        await revisions.require(tx)


def examine(config: Path | None) -> list[Finding]:
    """What the doctor finds. Starts an embedded database that stands, and makes none."""
    settings = load_settings(os.environ, config, serving=False)
    clock = clock_of(settings) if settings.data_dir.is_dir() else SystemClock()
    checks = [*CHECKS, catalog_checks.pictures_check(settings)]
    with contextlib.ExitStack() as stack:
        database: str | Verdict
        if settings.database_url is None and not base_of(settings.data_dir).is_dir():
            database = fail(f"There is no database for {settings.data_dir} yet.", "run `highstreet migrate`")
        else:
            try:
                database = stack.enter_context(database_urls(settings)).database
            except HighstreetError as problem:
                database = fail(f"{problem}.", "put that right first")
        return asyncio.run(doctor.examine(checks, settings, clock, random.SystemRandom(), database))


def _migrations_check(database: Database) -> Check:
    async def check() -> str | None:
        try:
            await _require_migrated(database)
        except HighstreetError as problem:
            return str(problem)
        return None

    return check


def _index_check(follower: Follower) -> Check:
    async def check() -> str | None:
        return None if follower.ready else "the search index is still loading"

    return check


def operate(config: Path | None, errand: Callable[[Database], Awaitable[T]], *, traced: str | None = None) -> T:
    """Run an operator's errand on this installation's database; its answer.

    `traced` names the errand where it is to be the root of a trace: one that works for long, or leaves facts and jobs.
    Raises ConfigurationError as `load_settings` does, and for a database that is not migrated.
    """
    settings = load_settings(os.environ, config, serving=False)

    async def run(url: str) -> T:
        async with open_database(url, clock_of(settings), random.SystemRandom(), max_connections=2) as database:
            await _require_migrated(database)
            with tracing.root(traced) if traced else contextlib.nullcontext():
                return await errand(database)

    with database_urls(settings) as urls, _exporting(settings, "command") if traced else contextlib.nullcontext():
        return asyncio.run(run(urls.database))


def ask_provider(
    config: Path | None, errand: Callable[[Database, Provider, Then], Awaitable[T]], *, traced: str | None = None
) -> T:
    """Run an operator's errand that speaks with the payment provider; its answer.

    It is handed what follows on word of the provider. Raises as `operate`, and ConfigurationError where no provider
    takes payments.
    """
    settings = load_settings(os.environ, config, serving=False)

    async def asking(database: Database) -> T:
        async with payments.open_provider(settings, clock_of(settings)) as provider:
            if provider is None:
                raise ConfigurationError("HIGHSTREET_PAYMENTS is not set, so there is no provider to ask")
            return await errand(database, provider, order_jobs.after_payment(VoucherKeys(secret_key(settings))))

    return operate(config, asking, traced=traced)
