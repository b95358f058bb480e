"""Signing in: by password, by a link, by passkey, and on to the second factor."""

from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.logins import Begun
from highstreet.market.identity.domain.tickets import Halfway
from highstreet.web.actors import login_of, login_token, visitor_of
from highstreet.web.addresses import with_query
from highstreet.web.answers import Answer
from highstreet.web.cookies import login_cookie, no_login_cookie, ticket_cookie, ticket_cookie_name
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import see_other
from highstreet.web.security import mail_origin
from highstreet.web.storefront.account.forms import (
    SIGN_IN,
    Field,
    Fields,
    Form,
    account_page,
    form_page,
    guarded,
    login_here,
    onward,
    to_sign_in,
    with_cookies,
)
from highstreet.web.storefront.visit import Visit

_SECOND = "/account/second-factor"
_CONFIRM = "/account/confirm"


async def sign_in_page(request: HttpRequest, visit: Visit, fields: Fields, problem: str | None) -> Answer:
    del request
    context = {"problem": problem, "email": fields.get("email", ""), "onward": onward(visit, fields)}
    return account_page(visit, "account_sign_in.html", visit.language.translate("Sign in"), context)


async def sign_in(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    runtime = visit.runtime
    outcome = await identity.sign_in(
        runtime.database, runtime.keyring, fields.get("email", ""), fields.get("password", ""), visitor_of(request)
    )
    return entered(visit, outcome, onward(visit, fields))


async def ask_for_link(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    runtime = visit.runtime
    origin, language = mail_origin(request, runtime.settings), visit.language.code
    await identity.ask_for_link(
        runtime.database, runtime.keyring, origin, fields.get("email", ""), language, visitor_of(request)
    )
    return mail_sent(visit)


def mail_sent(visit: Visit) -> Answer:
    """The same for every address."""
    title = visit.language.translate("Look into your mail")
    return account_page(visit, "account_sent.html", title, {})


async def second_factor_page(request: HttpRequest, visit: Visit, fields: Fields, problem: str | None) -> Answer:
    _ = visit.language.translate
    if not request.cookies.get(ticket_cookie_name(visit.runtime.settings)):
        return see_other(visit.localized(SIGN_IN))
    form = Form(
        action=visit.localized(_SECOND),
        button=_("Go on"),
        fields=(_code_field(visit),),
        hidden={"next": onward(visit, fields)},
        links=((_("Use a passkey instead"), visit.localized(SIGN_IN)),),
    )
    return form_page(visit, _("Second factor"), _("Your account asks for a second proof."), form, problem)


async def show_second_factor(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    runtime = visit.runtime
    ticket = request.cookies.get(ticket_cookie_name(runtime.settings), "")
    begun = await identity.show_second_factor(
        runtime.database, runtime.keyring, ticket, fields.get("code", ""), visitor_of(request)
    )
    return entered(visit, begun, onward(visit, fields))


async def confirm_page(request: HttpRequest, visit: Visit, fields: Fields, problem: str | None) -> Answer:
    _ = visit.language.translate
    login = await login_here(request)
    if login is None:
        return to_sign_in(visit)
    form = Form(
        action=visit.localized(_CONFIRM),
        button=_("Confirm"),
        fields=(_code_field(visit),),
        hidden={"next": onward(visit, fields), **guarded(visit, login)},
    )
    context = {
        "lead": _("What comes next is hard to take back, so show your second factor once more."),
        "form": form,
        "problem": problem,
        "passkey": {"does": "step_up", "csrf": form.hidden["csrf"], "onward": onward(visit, fields)},
    }
    return account_page(visit, "account_form.html", _("Confirm that it is you"), context)


async def confirm(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    login, runtime = await login_of(request), visit.runtime
    begun = await identity.step_up_by_code(
        runtime.database, runtime.keyring, login, login_token(request), fields.get("code", "")
    )
    return with_cookies(see_other(onward(visit, fields)), login_cookie(runtime.settings, begun, visit.now))


async def sign_out(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    del fields
    login = await login_of(request)
    async with visit.runtime.database.system() as tx:
        await identity.end_login(tx, login.account_id, login.id)
    return with_cookies(see_other(visit.localized("/")), no_login_cookie(visit.runtime.settings))


def entered(visit: Visit, outcome: Begun | Halfway, onward_to: str) -> Answer:
    """On with a login, or to the second factor with a ticket."""
    settings = visit.runtime.settings
    if isinstance(outcome, Halfway):
        address = visit.localized(with_query(_SECOND, {"next": onward_to}))
        return with_cookies(see_other(address), ticket_cookie(settings, outcome.ticket))
    return with_cookies(see_other(onward_to), login_cookie(settings, outcome, visit.now), ticket_cookie(settings, ""))


def _code_field(visit: Visit) -> Field:
    _ = visit.language.translate
    return Field(
        name="code",
        label=_("Code"),
        autocomplete="one-time-code",
        hint=_("The six digits of your authenticator app, or one of your recovery codes."),
    )
