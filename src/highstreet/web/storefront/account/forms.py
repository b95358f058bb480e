"""How the pages of an account ask for something, and say what was wrong with it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

import msgspec
from litestar.datastructures import Cookie

from highstreet.kit import errors
from highstreet.kit.errors import HighstreetError, InvalidInput
from highstreet.market.identity.domain.logins import Login
from highstreet.web.actors import caller_of, csrf_token, refuse_elsewhere
from highstreet.web.addresses import is_local, with_query
from highstreet.web.answers import Answer
from highstreet.web.parameters import fields_of
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other
from highstreet.web.runtime import runtime_of
from highstreet.web.storefront.visit import Head, Visit, page, provide_visit

Fields: TypeAlias = Mapping[str, str]
Show: TypeAlias = Callable[[HttpRequest, Visit, Fields, str | None], Awaitable[Answer]]
Do: TypeAlias = Callable[[HttpRequest, Visit, Fields], Awaitable[Answer]]
Handler: TypeAlias = Callable[[HttpRequest], Awaitable[Answer]]

SIGN_IN: Final = "/account/sign-in"
ACCOUNT: Final = "/account"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is asked for. `hint` stands below it."""

    name: str
    label: str
    type: str = "text"
    autocomplete: str = "off"
    value: str = ""
    hint: str = ""
    required: bool = True


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """One form. `hidden` goes along unseen; `links` are a label and an address each."""

    action: str
    button: str
    fields: tuple[Field, ...] = ()
    hidden: Mapping[str, str] = {}
    links: tuple[tuple[str, str], ...] = ()


def _(message: str) -> str:
    """Marks a sentence for translation where it is only named."""
    return message


_KNOWN: Final = frozenset({
    _("The address or the password is wrong"),
    _("The current password is wrong"),
    _("Too many attempts; wait a while and try again"),
    _("This link was used already or is too old; ask for another one"),
    _("This invitation was used already or is not good any more; ask for another one"),
    _("This code is wrong, or was used already; wait for the next one"),
    _("Begin again: too much time has passed since your password"),
    _("Confirm with your second factor first; that is good for ten minutes"),
    _("Sign in again first; that is good for ten minutes"),
    _("Your password is too short to stand alone; choose a longer one first"),
    _("This did not come from one of our own pages; reload the page and try again"),
    _("must look like name@example.com"),
    _("has at least 15 characters; several words are easy to remember"),
    _("has at least 8 characters; several words are easy to remember"),
    _("has at most 256 characters"),
    _("is on a list of passwords that have leaked; choose another"),
    _("is guessed too soon; choose another"),
    _("is not the one that the app shows now"),
})  # fmt: skip
"""What can be wrong, as the rest of the house says it."""


def said(visit: Visit, problem: HighstreetError) -> str:
    """A problem in the visitor's language, as far as it is known there."""
    translate = visit.language.translate
    if not isinstance(problem, InvalidInput):
        return translate(str(problem)) if str(problem) in _KNOWN else str(problem)
    # A translation is a whole sentence; the English of the house leaves the field to be named before it.
    told = [(each.field, each.message, translate(each.message)) for each in problem.problems]
    return "; ".join(
        sentence if sentence != message else f"{field.capitalize()} {message}" for field, message, sentence in told
    )


def shown(show: Show) -> Handler:
    """The handler of a page that anybody may see."""

    async def handle(request: HttpRequest) -> Answer:
        visit = await provide_visit(request, runtime_of(request))
        return _private(await show(request, visit, visit.params, None))

    return handle


def done(do: Do, show: Show) -> Handler:
    """The handler of a form: what it does, or its page again, which says why not."""

    async def handle(request: HttpRequest) -> Answer:
        visit = await provide_visit(request, runtime_of(request))
        refuse_elsewhere(request)
        fields = await fields_of(request)
        try:
            return _private(await do(request, visit, fields))
        except errors.Unavailable:
            raise
        except HighstreetError as problem:
            status = describe(problem).status
            return _private(replace(await show(request, visit, fields, said(visit, problem)), status=status))

    return handle


async def login_here(request: HttpRequest) -> Login | None:
    """Who is signed in in front of this browser, guests aside."""
    caller = await caller_of(request)
    login = caller.login if caller else None
    return login if login is not None and login.method != "guest" else None


def to_sign_in(visit: Visit) -> Answer:
    """On to signing in, and to the account afterwards."""
    return see_other(visit.localized(with_query(SIGN_IN, {"next": visit.localized(ACCOUNT)})))


def onward(visit: Visit, fields: Fields) -> str:
    """Where to go once it is done: where one came from, if that is one of our pages, else the account."""
    asked = fields.get("next", "")
    return asked if asked and is_local(asked) else visit.localized(ACCOUNT)


def form_page(visit: Visit, title: str, lead: str, form: Form, problem: str | None) -> Answer:
    """A page that holds one form."""
    return account_page(visit, "account_form.html", title, {"lead": lead, "form": form, "problem": problem})


def account_page(visit: Visit, template: str, title: str, context: Mapping[str, object]) -> Answer:
    """Any page of the account. It is not for search engines, and carries nothing of its address elsewhere."""
    head = Head(title=title, description=title, path=visit.path, indexed=False)
    return page(visit, template, head, context)


def guarded(visit: Visit, login: Login) -> dict[str, str]:
    """The hidden field by which a form is known to be ours."""
    return {"csrf": csrf_token(visit.runtime.secret, login)}


def with_cookies(answer: Answer, *cookies: Cookie) -> Answer:
    return replace(answer, headers=(*answer.headers, *(each.to_encoded_header() for each in cookies)))


def _private(answer: Answer) -> Answer:
    """Kept nowhere, and no address of it goes along to another page."""
    kept = tuple(pair for pair in answer.headers if pair[0] != b"cache-control")
    return replace(answer, headers=(*kept, (b"cache-control", b"no-store"), (b"referrer-policy", b"same-origin")))
