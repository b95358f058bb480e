"""What the doctor asks of payments: that the provider answers, and that its word and its books agree with ours."""

from typing import Final

from highstreet.kit.clock import Clock
from highstreet.kit.database import Transaction
from highstreet.kit.doctor.checks import HouseCheck, OutsideCheck, Verdict, fail, ok, warn
from highstreet.kit.errors import HighstreetError
from highstreet.kit.settings import Environment, PaymentProvider, Settings
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.watching import Backlog

_SHOWN_BY: Final = "`highstreet payments list` shows them, and `highstreet payments settle` takes a word on each"
_OVERDUE_S: Final = 900


def judge_differences(count: int) -> Verdict:
    """`count` are the differences that nobody has settled."""
    if count:
        return warn(f"{count} differences between the provider's books and ours are open.", _SHOWN_BY)
    return ok("The provider's books agree with ours, as far as they were compared.")


def judge_backlog(backlog: Backlog) -> Verdict:
    if backlog.overdue_s > _OVERDUE_S:
        return warn(
            f"What the provider is to be told or asked has waited for {backlog.overdue_s / 60:.0f} minutes.",
            "see whether a worker runs; `highstreet jobs list` shows what fails",
        )
    if backlog.contradicting:
        return warn(f"{backlog.contradicting} webhooks contradict the payments that they name.", _SHOWN_BY)
    if backlog.webhook_lag_s is not None and backlog.webhook_lag_s > _OVERDUE_S:
        return warn(
            f"The last webhook came {backlog.webhook_lag_s / 60:.0f} minutes after it had happened.",
            "see at the provider whether webhooks fail, and why",
        )
    return ok("The provider has been told and asked what is due.")


async def _provider(settings: Settings, clock: Clock) -> Verdict:
    if settings.payments is not PaymentProvider.STRIPE:
        if settings.env is Environment.PRODUCTION:
            return warn("Nothing can be bought: HIGHSTREET_PAYMENTS is not set.", "set it to stripe, with its keys")
        return ok("Payments are taken by the sandbox of our own web process; no money moves.")
    async with payments.open_provider(settings, clock) as provider:
        assert provider is not None, "the settings name one"
        try:
            await provider.ping()
        except HighstreetError as problem:
            return fail(f"{problem}.", "put that right first; shoppers cannot pay meanwhile, and nothing is lost")
    return ok("Stripe answers to our key.")


async def _differences(tx: Transaction) -> Verdict:
    return judge_differences(len(await payments.differences(tx, limit=10_000)))


async def _backlog(tx: Transaction) -> Verdict:
    return judge_backlog(await payments.backlog(tx))


CHECKS: Final = (
    OutsideCheck("payments", _provider),
    HouseCheck("payments due", _backlog),
    HouseCheck("payments' books", _differences),
)
