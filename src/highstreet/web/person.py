"""Somebody at work in pages that are for them alone: who is signed in, and how a page of theirs is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from highstreet.kit.database import Actor, ActorKind
from highstreet.market.identity.domain.logins import Login
from highstreet.web import i18n, templating
from highstreet.web.actors import caller_of, csrf_token, login_of
from highstreet.web.addresses import with_query
from highstreet.web.answers import Answer
from highstreet.web.choices import read_choices
from highstreet.web.i18n import Language
from highstreet.web.parameters import query_pairs
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import see_other
from highstreet.web.runtime import Runtime, runtime_of
from highstreet.web.security import permissions_policy

_SIGN_IN: Final = "/account/sign-in"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, in the hat of this face, and how their pages are to be."""

    runtime: Runtime
    login: Login
    hat: ActorKind
    language: Language
    path: str
    """Of the page, without the language's prefix."""
    params: Mapping[str, str]
    theme: str
    now: datetime

    @property
    def actor(self) -> Actor:
        return Actor(self.hat, self.login.account_id)

    @property
    def csrf(self) -> str:
        return csrf_token(self.runtime.secret, self.login)


async def person_at(request: HttpRequest, hat: ActorKind) -> Person | None:
    """None where nobody has signed in. Raises Forbidden for a form that is none of ours."""
    caller = await caller_of(request)
    if caller is None or caller.login is None or caller.login.method == "guest":
        return None
    runtime = runtime_of(request)
    language, path = i18n.by_path(request.scope["path"])
    return Person(
        runtime=runtime,
        login=await login_of(request),
        hat=hat,
        language=language,
        path=path,
        params=dict(query_pairs(request)),
        theme=read_choices(request.cookies, runtime.settings).theme,
        now=runtime.clock.now(),
    )


def to_sign_in(request: HttpRequest, back: str | None = None) -> Answer:
    """On to signing in, and then back: to where one is, or to `back`."""
    language, path = i18n.by_path(request.scope["path"])
    return see_other(language.localized(with_query(_SIGN_IN, {"next": language.localized(back or path)})))


def private_page(
    person: Person,
    template: str,
    title: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
    camera: bool = False,
) -> Answer:
    """A whole page, which is kept nowhere and for no search engine."""
    language = person.language
    around: dict[str, object] = {
        "title": title,
        "theme": person.theme,
        "csrf": person.csrf,
        "switches": [
            (other, other.localized(with_query(person.path, person.params)))
            for other in i18n.languages()
            if other is not language
        ],
    }
    body = templating.render(language, template, {**around, **context}).encode()
    headers = (
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"same-origin"),
        (b"permissions-policy", permissions_policy(camera=camera).encode("ascii")),
    )
    return Answer(status, headers, body)
