"""Jinja templates, one environment a language, so that a template says `_("Deals")` and `price | money(currency)`."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from highstreet.web import i18n
from highstreet.web.assets import load_assets
from highstreet.web.i18n import Language

EXTENSIONS = ("jinja2.ext.i18n",)
TRIM_BLOCKS = True
"""Shared with the extraction of messages, which must read the templates as they are rendered."""


@cache
def environment(language: Language) -> Environment:
    """The environment in which every template of a language is rendered. Built once a process and language."""
    built = Environment(
        loader=PackageLoader("highstreet.web"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        extensions=list(EXTENSIONS),
        trim_blocks=TRIM_BLOCKS,
        lstrip_blocks=TRIM_BLOCKS,
    )
    # The extension adds this method to the environment that it is given.
    install: Callable[..., None] = getattr(built, "install_gettext_callables")  # noqa: B009 -- unknown to type checkers
    install(language.translations.gettext, language.translations.ngettext, newstyle=True)
    filters: dict[str, Any] = built.filters
    filters.update(_filters(language))
    names: dict[str, Any] = built.globals
    names.update(
        language=language,
        languages=i18n.languages(),
        assets={name: asset.url for name, asset in load_assets().items()},
    )
    return built


def render(language: Language, template: str, context: Mapping[str, object]) -> str:
    return environment(language).get_template(template).render(context)


def _filters(language: Language) -> dict[str, Callable[..., str]]:
    plain = (i18n.number, i18n.percent, i18n.date, i18n.last_day, i18n.money, i18n.distance)
    return {function.__name__: partial(function, language) for function in plain} | {"localized": language.localized}
