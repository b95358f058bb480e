"""Which provider the settings name."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from highstreet.kit.clock import Clock
from highstreet.kit.secret_key import secret_key
from highstreet.kit.settings import Environment, PaymentProvider, Settings
from highstreet.market.payments.providers.port import Provider
from highstreet.market.payments.providers.sandbox import SandboxProvider


@asynccontextmanager
async def open_provider(settings: Settings, clock: Clock) -> AsyncGenerator[Provider | None]:
    """The provider that takes payments here; None where nothing can be bought."""
    if settings.payments is PaymentProvider.STRIPE:
        async with _stripe(settings, clock) as stripe:
            yield stripe
        return
    if settings.env is Environment.PRODUCTION:
        yield None
        return
    sandbox = SandboxProvider(own_origin(settings), secret_key(settings), clock)
    try:
        yield sandbox
    finally:
        await sandbox.aclose()


def own_origin(settings: Settings) -> str:
    """Where this installation's web process answers, as its other processes reach it."""
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


@asynccontextmanager
async def _stripe(settings: Settings, clock: Clock) -> AsyncGenerator[Provider]:
    from highstreet.market.payments.providers.stripe_adapter import (  # noqa: PLC0415 -- it takes half a second to load
        StripeProvider,
    )

    assert settings.stripe_secret_key is not None, "load_settings asks for it"
    assert settings.stripe_webhook_secrets is not None, "load_settings asks for them"
    opened = StripeProvider(settings.stripe_secret_key, settings.stripe_webhook_secrets, clock, settings.stripe_url)
    try:
        yield opened
    finally:
        await opened.aclose()
