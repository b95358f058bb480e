"""One request for a page: who asks in which language, with which choices, and how a page is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from litestar.di import NamedDependency
from markupsafe import Markup

from highstreet.discovery.search.service import Generation
from highstreet.kit.errors import Unavailable
from highstreet.kit.settings import Environment, Settings
from highstreet.market.catalog.domain.places import Place
from highstreet.web import i18n, templating
from highstreet.web.addresses import with_query
from highstreet.web.answers import Answer
from highstreet.web.choices import Choices, Theme, read_choices
from highstreet.web.headers import header
from highstreet.web.i18n import Language
from highstreet.web.parameters import query_pairs
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime
from highstreet.web.security import origin_of
from highstreet.web.storefront.near_me import called
from highstreet.web.storefront.whereabouts import short_name

_LOADING_S = 2

_HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    # Pages differ by cookie and change with the catalogue: a browser may keep one, but asks before it shows it again.
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Cookie, HX-Request"),
)


CARDS = Markup("<cards>")
"""Stands in a page for its cards, which are kept as they are sent. No text of others has a bracket that opens a tag."""


class HeadImage(msgspec.Struct, frozen=True, kw_only=True):
    """The picture that others show who link to a page."""

    address: str
    width: int
    height: int
    alt: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says about itself. `title` and `description` are in the visitor's language."""

    title: str
    description: str
    path: str
    """The page's one address, without the language's prefix."""
    params: Mapping[str, str] = {}
    """What a switch of language has to keep."""
    indexed: bool = True
    json_ld: str | None = None
    image: HeadImage | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """Built once a request. `index` is the one generation of the search index that the whole page reads."""

    language: Language
    path: str
    params: Mapping[str, str]
    origin: str
    """Scheme and host as visitors see them, without a slash at the end."""
    wants_fragment: bool
    """htmx asks for the list only."""
    choices: Choices
    chosen_place: Place | None
    runtime: Runtime
    index: Generation
    now: datetime

    def localized(self, path: str) -> str:
        return self.language.localized(path)


async def provide_visit(request: HttpRequest, runtime: NamedDependency[Runtime]) -> Visit:
    """The visit of a request, as a dependency of every page.

    Raises Unavailable while the index first loads: an empty street would be untrue.
    """
    if not runtime.follower.ready:
        raise Unavailable("The deals are still being laid out; try again in a moment", _LOADING_S)
    language, path = i18n.by_path(request.scope["path"])
    cookies = request.cookies if header(request, b"cookie") else {}
    choices = read_choices(cookies, runtime.settings)
    chosen = await runtime.follower.place(choices.place_slug) if choices.place_slug else None
    return Visit(
        language=language,
        path=path,
        params=dict(query_pairs(request)),
        origin=origin_of(request, runtime.settings),
        wants_fragment=header(request, b"hx-request") == "true" and not header(request, b"hx-history-restore-request"),
        choices=choices,
        chosen_place=chosen,
        runtime=runtime,
        index=runtime.follower.index,
        now=runtime.clock.now(),
    )


def page(visit: Visit, template: str, head: Head, context: Mapping[str, object], cards: bytes = b"") -> Answer:
    """A whole page in the visitor's language. A `near_point` or `place` in the context is what searches start from.

    `cards` come in the place of CARDS.
    """
    place = context.get("place") or visit.chosen_place
    near: dict[str, object] = {}
    if context.get("near_point"):
        near = {"near_text": called(visit.language)}
    elif isinstance(place, Place):
        near = {"near_text": short_name(visit.language, place), "near_slug": place.slug}
    around = {
        **frame(visit.language, head, visit.runtime.settings, visit.origin, visit.choices.theme),
        "chosen_place": visit.chosen_place,
        **near,
    }
    return _html(templating.render(visit.language, template, {**around, **context}), cards)


def fragment(visit: Visit, template: str, context: Mapping[str, object], address: str, cards: bytes) -> Answer:
    """The part of a page that a live filter replaces. The browser shows `address` from then on."""
    pushed = (b"hx-push-url", address.encode("latin-1"))
    return _html(templating.render(visit.language, template, context), cards, pushed)


def _html(text: str, cards: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    before, _, after = text.partition(CARDS)
    body = b"".join((before.encode(), cards, after.encode()))
    return Answer(200, (*_HEADERS, (b"content-length", str(len(body)).encode("ascii")), *headers), body)


def frame(language: Language, head: Head, settings: Settings, origin: str, theme: Theme) -> dict[str, object]:
    """What every page needs around its own content, as far as request and settings tell it."""
    kept = with_query(head.path, head.params)
    return {
        "head": head,
        "canonical": origin + language.localized(head.path),
        "alternates": [(other, origin + other.localized(head.path)) for other in i18n.languages()],
        "switches": [(other, other.localized(kept)) for other in i18n.languages()],
        "here": language.localized(kept),
        "theme": theme,
        "chosen_place": None,
        "demonstration": settings.env is Environment.DEMO,
        "near_text": "",
        "near_slug": None,
        "near_point": None,
    }
