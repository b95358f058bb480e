"""What links in mails lead to. A page asks before it does anything: programs that look at mails follow links too."""

from highstreet.market.identity import service as identity
from highstreet.web.actors import visitor_of
from highstreet.web.answers import Answer
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import see_other
from highstreet.web.security import mail_origin
from highstreet.web.storefront.account.forms import ACCOUNT, SIGN_IN, Field, Fields, Form, account_page, form_page
from highstreet.web.storefront.account.signing_in import entered, mail_sent
from highstreet.web.storefront.visit import Visit

_LINK = "/account/link"
_RESET = "/account/reset"
_FORGOT = "/account/forgot"
_INVITE = "/account/invite"


async def link_page(request: HttpRequest, visit: Visit, fields: Fields, problem: str | None) -> Answer:
    del request
    _ = visit.language.translate
    async with visit.runtime.database.system() as tx:
        email = await identity.whose_link(tx, fields.get("token", ""))
    if email is None:
        return _used_up(visit)
    form = Form(action=visit.localized(_LINK), button=_("Sign in"), hidden={"token": fields.get("token", "")})
    return form_page(visit, _("Sign in"), _("You sign in as {email}.").format(email=email), form, problem)


async def follow_link(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    runtime = visit.runtime
    outcome = await identity.follow_link(
        runtime.database, runtime.keyring, fields.get("token", ""), visitor_of(request)
    )
    return entered(visit, outcome, visit.localized(ACCOUNT))


async def forgot_page(request: HttpRequest, visit: Visit, fields: Fields, problem: str | None) -> Answer:
    del request
    _ = visit.language.translate
    email = Field(
        name="email", label=_("E-mail address"), type="email", autocomplete="email", value=fields.get("email", "")
    )
    form = Form(action=visit.localized(_FORGOT), button=_("Send me a link"), fields=(email,))
    lead = _("We send you a link by which you choose a new password.")
    return form_page(visit, _("A new password"), lead, form, problem)


async def ask_for_reset(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    runtime = visit.runtime
    origin, language = mail_origin(request, runtime.settings), visit.language.code
    await identity.ask_for_reset(
        runtime.database, runtime.keyring, origin, fields.get("email", ""), language, visitor_of(request)
    )
    return mail_sent(visit)


async def reset_page(request: HttpRequest, visit: Visit, fields: Fields, problem: str | None) -> Answer:
    del request
    _ = visit.language.translate
    form = Form(
        action=visit.localized(_RESET),
        button=_("Keep this password"),
        fields=(new_password_field(visit),),
        hidden={"token": fields.get("token", "")},
    )
    lead = _("You are signed out everywhere, and sign in with the new one.")
    return form_page(visit, _("Choose a new password"), lead, form, problem)


async def reset(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    runtime = visit.runtime
    await identity.reset_password(
        runtime.database, runtime.keyring, fields.get("token", ""), fields.get("password", ""), visitor_of(request)
    )
    return see_other(visit.localized(SIGN_IN))


async def invite_page(request: HttpRequest, visit: Visit, fields: Fields, problem: str | None) -> Answer:
    del request
    _ = visit.language.translate
    async with visit.runtime.database.system() as tx:
        found = await identity.whose_invite(tx, fields.get("token", ""))
    if found is None:
        return _used_up(visit)
    form = Form(action=visit.localized(_INVITE), button=_("Accept"), hidden={"token": fields.get("token", "")})
    lead = _("{email} is invited to work here as {role}.").format(email=found.email, role=found.content["role"])
    return form_page(visit, _("You are invited"), lead, form, problem)


async def accept_invite(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    runtime = visit.runtime
    outcome = await identity.accept_invite(
        runtime.database, runtime.keyring, fields.get("token", ""), visitor_of(request)
    )
    return entered(visit, outcome, visit.localized(ACCOUNT))


def new_password_field(visit: Visit, name: str = "password") -> Field:
    _ = visit.language.translate
    return Field(
        name=name,
        label=_("New password"),
        type="password",
        autocomplete="new-password",
        hint=_("At least 15 characters, or 8 beside a second factor. Several words are easy to remember."),
    )


def _used_up(visit: Visit) -> Answer:
    title = visit.language.translate("This link is not good any more")
    return account_page(visit, "account_used_up.html", title, {})
