"""Who is asking: a browser's login or a program's key, found out once a request and only where it matters.

Pages that show everybody the same never ask, and so pay nothing. A write that a cookie would allow has to come from a
page of ours: by what the browser says of where it comes from, and by a token that only such a page has.
"""

import hmac
import re
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

from highstreet.kit.crypto import Signer
from highstreet.kit.database import Actor, ActorKind
from highstreet.kit.errors import Forbidden, Unauthenticated
from highstreet.kit.settings import Secret
from highstreet.market.identity.domain.keys import Key
from highstreet.market.identity.domain.logins import Login, Visitor
from highstreet.market.identity.domain.roles import Reach
from highstreet.market.identity.domain.throttling import network_of
from highstreet.web.cookies import login_cookie_name
from highstreet.web.headers import header
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of
from highstreet.web.security import is_from_elsewhere, origin_of

CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-csrf-token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM: Final = b"application/x-www-form-urlencoded", b"multipart/form-data"
_BEARER: Final = re.compile(r"Bearer +(\S+)", re.IGNORECASE)
_PROGRAMS: Final = {
    "Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox", "FxiOS": "Firefox",
    "CriOS": "Chrome", "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
_SYSTEMS: Final = {
    "Windows": "Windows", "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "CrOS": "ChromeOS",
    "Mac OS X": "macOS", "Linux": "Linux",
}  # fmt: skip
_UNNAMED_CHARACTERS: Final = 60
_REACH_OF_HAT: Final = {
    ActorKind.OPERATOR: Reach.EVERYTHING,
    ActorKind.STAFF: Reach.MERCHANT,
    ActorKind.PARTNER: Reach.PARTNER,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever is behind a request: exactly one of `login` and `key`."""

    account_id: UUID
    login: Login | None = None
    key: Key | None = None


async def caller_of(request: HttpRequest) -> Caller | None:
    """Who asks; None for a visitor whom nobody knows.

    Raises Unauthenticated for a key that is not good: a program is told, where a browser whose login has ended is a
    visitor again.
    """
    state: dict[str, Any] = request.scope["state"]
    if "caller" not in state:
        state["caller"] = await _find_out(request)
    return cast("Caller | None", state["caller"])


async def actor_of(request: HttpRequest, kind: ActorKind = ActorKind.SHOPPER) -> Actor:
    """On whose behalf to act, in the hat that the address asks for; what it lets them do `identity.require` decides.

    Raises Unauthenticated when nobody is signed in, and Forbidden for a part in which the account has no role, for a
    key that was made for another one, and for a write that did not come from one of our own pages.
    """
    caller = await caller_of(request)
    if caller is None:
        raise Unauthenticated("Sign in, or send a key, to do this")
    _require_hat(caller, kind)
    if caller.key is not None:
        actor = Actor(kind, caller.account_id, frozenset(caller.key.permissions))
    else:
        await _refuse_forgery(request, caller)
        actor = Actor(kind, caller.account_id)
    request.scope["state"]["actor"] = str(kind)
    return actor


async def login_of(request: HttpRequest) -> Login:
    """The login of a person in front of a browser, for what no key may do. Raises as `actor_of` does."""
    caller = await caller_of(request)
    if caller is None:
        raise Unauthenticated("Sign in to do this")
    if caller.login is None:
        raise Forbidden("This is done by a person who is signed in, not by a key")
    await _refuse_forgery(request, caller)
    request.scope["state"]["actor"] = str(ActorKind.SHOPPER)
    return caller.login


def bearer_of(request: HttpRequest) -> str:
    """The token that a program sends; empty where it sends none, or something else in its place."""
    found = _BEARER.fullmatch(header(request, b"authorization"))
    return found[1] if found else ""


def csrf_token(secret: Secret, login: Login) -> str:
    """What a page of ours puts into its forms, and a script of ours into a header."""
    return Signer(secret, "csrf").tag(login.id.bytes).hex()


def refuse_elsewhere(request: HttpRequest) -> None:
    """Raises Forbidden for what another site's page had a browser send, before anybody is signed in."""
    if is_from_elsewhere(request, origin_of(request, runtime_of(request).settings)):
        raise Forbidden("This did not come from one of our own pages; reload the page and try again")


def login_token(request: HttpRequest) -> str:
    """What the browser carries; empty where it carries nothing."""
    return request.cookies.get(login_cookie_name(runtime_of(request).settings), "")


def visitor_of(request: HttpRequest) -> Visitor:
    """Where a request comes from, in as few words as its sender knows it again by."""
    client = request.scope["client"]
    return Visitor(device_of(header(request, b"user-agent")), network_of(client[0] if client else "unknown"))


def device_of(user_agent: str) -> str:
    """`Firefox, Windows`; of what names itself otherwise the beginning, where it can be read."""
    program = next((name for sign, name in _PROGRAMS.items() if f"{sign}/" in user_agent), None)
    system = next((name for sign, name in _SYSTEMS.items() if sign in user_agent), None)
    if program and system:
        return f"{program}, {system}"
    plain = "".join(each for each in user_agent if each.isprintable())
    return plain[:_UNNAMED_CHARACTERS].strip() or "unnamed"


def _require_hat(caller: Caller, kind: ActorKind) -> None:
    """Raises Forbidden for a part in which the account has no role at all, or the key was not made to act."""
    if caller.key is not None and caller.key.kind != kind:
        raise Forbidden(f"This key acts as {caller.key.kind}, and not as {kind}")
    credential = caller.login or caller.key
    assert credential is not None
    if kind is not ActorKind.SHOPPER and _REACH_OF_HAT.get(kind) not in credential.reaches:
        raise Forbidden("Your account may not do this")


async def _find_out(request: HttpRequest) -> Caller | None:
    runtime = runtime_of(request)
    if header(request, b"authorization"):
        bearer = bearer_of(request)
        key = await runtime.recognition.key(bearer) if bearer else None
        if key is None:
            raise Unauthenticated("This key is not good: it is misspelt, has expired or was revoked")
        return Caller(key.account_id, key=key)
    token = login_token(request) if header(request, b"cookie") else ""
    if not token:
        return None
    login = await runtime.recognition.login(token, visitor_of(request))
    return Caller(login.account_id, login=login) if login else None


async def _refuse_forgery(request: HttpRequest, caller: Caller) -> None:
    if request.scope["method"] in _SAFE or caller.login is None:
        return
    runtime = runtime_of(request)
    expected = csrf_token(runtime.secret, caller.login)
    given = header(request, CSRF_HEADER.encode("ascii"))
    if not given and header(request, b"content-type").encode("latin-1").startswith(_FORM):
        given = str((await request.form()).get(CSRF_FIELD, ""))
    forged = not hmac.compare_digest(given.encode(), expected.encode())
    if forged or is_from_elsewhere(request, origin_of(request, runtime.settings)):
        raise Forbidden("This did not come from one of our own pages; reload the page and try again")
