"""Whose pages these are: which merchant, who of its staff, in which language, and what they may do there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from highstreet.kit.database import Actor, ActorKind
from highstreet.kit.errors import Forbidden
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.adoption import MerchantLocation
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.logins import Login
from highstreet.market.identity.domain.roles import Permission
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
_ASKED_FOR: Final = (Permission.VOUCHERS_REDEEM, Permission.STATEMENTS_READ)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, and how their pages are to be."""

    runtime: Runtime
    login: Login
    language: Language
    path: str
    """Of the page, without the language's prefix."""
    params: Mapping[str, str]
    theme: str
    now: datetime

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.STAFF, self.login.account_id)

    @property
    def csrf(self) -> str:
        return csrf_token(self.runtime.secret, self.login)


@dataclass(frozen=True, slots=True)
class Desk:
    """A person at work for a merchant."""

    person: Person
    merchant_id: UUID
    merchant_name: str
    rights: frozenset[Permission]
    locations: tuple[MerchantLocation, ...]
    nonce: str
    """A new one for each page: whatever form of it is sent, it is done once."""

    def path(self, rest: str = "", **params: str) -> str:
        """The address of one of the merchant's pages, as this person reads it."""
        return self.person.language.localized(with_query(f"/merchant/{self.merchant_id}{rest}", params))

    def location(self, text: str) -> MerchantLocation | None:
        """The location that a form or an address names; the only one where there is no other."""
        if len(self.locations) == 1:
            return self.locations[0]
        return next((each for each in self.locations if str(each.id) == text), None)


async def person_at(request: HttpRequest) -> Person | None:
    """None where nobody has signed in. Raises Forbidden for a form that is none of ours."""
    caller = await caller_of(request)
    if caller is None or caller.login is None or caller.login.method == "guest":
        return None
    runtime = runtime_of(request)
    language, path = i18n.by_path(request.scope["path"])
    return Person(
        runtime=runtime,
        login=await login_of(request),
        language=language,
        path=path,
        params=dict(query_pairs(request)),
        theme=read_choices(request.cookies, runtime.settings).theme,
        now=runtime.clock.now(),
    )


async def desk_of(person: Person, merchant_id: UUID, needed: Permission | None = None) -> Desk:
    """Raises Forbidden for who does not work for the merchant, or not at that."""
    async with person.runtime.database.transaction(person.actor) as tx:
        rights = frozenset([each for each in _ASKED_FOR if await identity.may(tx, each, merchant_id)])
        nonce = str(tx.new_id())
    if not rights or (needed and needed not in rights):
        raise Forbidden("Your account may not do this")
    async with person.runtime.database.system() as tx:
        name = await catalog.merchant_name(tx, merchant_id)
        locations = await catalog.merchant_locations(tx, str(merchant_id))
    return Desk(person, merchant_id, name or "", rights, tuple(locations), nonce)


def to_sign_in(request: HttpRequest, back: str | None = None) -> Answer:
    """On to signing in, and then back: to where one is, or to `back`."""
    language, path = i18n.by_path(request.scope["path"])
    return see_other(language.localized(with_query(_SIGN_IN, {"next": language.localized(back or path)})))


def page(
    person: Person,
    template: str,
    title: str,
    context: Mapping[str, object],
    *,
    desk: Desk | None = None,
    status: int = 200,
    camera: bool = False,
) -> Answer:
    """A whole page, which is kept nowhere and for no search engine."""
    language = person.language
    around: dict[str, object] = {
        "title": title,
        "theme": person.theme,
        "csrf": person.csrf,
        "desk": desk,
        "rights": desk.rights if desk else frozenset[Permission](),
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
