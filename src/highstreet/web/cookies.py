"""The names of our cookies, and those that say who somebody is."""

from datetime import datetime

from litestar.datastructures import Cookie

from highstreet.kit.settings import Environment, Settings
from highstreet.market.identity.domain.logins import Begun
from highstreet.market.identity.domain.tickets import LASTS, Purpose

_LOGIN = "login"


def cookie_name(settings: Settings, name: str) -> str:
    """The prefix makes browsers insist on HTTPS and on this very host; a loopback address has no HTTPS."""
    return f"__Host-hs_{name}" if settings.env is Environment.PRODUCTION else f"hs_{name}"


def login_cookie_name(settings: Settings) -> str:
    return cookie_name(settings, _LOGIN)


def login_cookie(settings: Settings, begun: Begun, now: datetime) -> Cookie:
    """What the browser carries while somebody is signed in. No script sees it, and no other site has it sent."""
    return _cookie(settings, _LOGIN, begun.token, int((begun.login.expires_at - now).total_seconds()))


def no_login_cookie(settings: Settings) -> Cookie:
    """One that deletes itself."""
    return _cookie(settings, _LOGIN, "", 0)


def ticket_cookie_name(settings: Settings) -> str:
    return cookie_name(settings, "ticket")


def ticket_cookie(settings: Settings, token: str) -> Cookie:
    """The way from the first factor to the second; an empty one deletes itself."""
    lasts = int(LASTS[Purpose.SECOND_FACTOR].total_seconds())
    return _cookie(settings, "ticket", token, lasts if token else 0)


def _cookie(settings: Settings, name: str, value: str, max_age_s: int) -> Cookie:
    return Cookie(
        key=cookie_name(settings, name),
        value=value,
        max_age=max_age_s,
        path="/",
        secure=settings.env is Environment.PRODUCTION,
        httponly=True,
        samesite="lax",
    )
