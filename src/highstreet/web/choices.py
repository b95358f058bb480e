"""What a visitor chose and the browser keeps for them: one cookie with a place and an appearance, and nothing else."""

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar.datastructures import Cookie

from highstreet.kit.settings import Environment, Settings
from highstreet.web import cookies

KEPT_FOR_DAYS = 180


class Theme(StrEnum):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Choices(msgspec.Struct, frozen=True):
    """Empty for a visitor who chose nothing, and then there is no cookie."""

    place_slug: str | None = None
    theme: Theme = Theme.AUTO


def read_choices(carried: Mapping[str, str], settings: Settings) -> Choices:
    """What the cookie says; whatever in it cannot be used counts as not chosen."""
    fields = dict(parse_qsl(carried.get(cookie_name(settings), "")))
    return Choices(place_slug=fields.get("place") or None, theme=to_theme(fields.get("theme", "")))


def to_theme(text: str) -> Theme:
    return Theme(text) if text in set(Theme) else Theme.AUTO


def choices_cookie(choices: Choices, settings: Settings) -> Cookie:
    """The cookie that keeps `choices`; one that deletes itself when nothing is chosen."""
    fields = {"place": choices.place_slug, "theme": None if choices.theme is Theme.AUTO else choices.theme}
    kept = {name: str(value) for name, value in fields.items() if value}
    return Cookie(
        key=cookie_name(settings),
        value=urlencode(kept),
        max_age=KEPT_FOR_DAYS * 24 * 3600 if kept else 0,
        path="/",
        secure=_is_production(settings),
        httponly=True,
        samesite="lax",
    )


def cookie_name(settings: Settings) -> str:
    return cookies.cookie_name(settings, "choices")


def _is_production(settings: Settings) -> bool:
    return settings.env is Environment.PRODUCTION
