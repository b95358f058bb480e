"""One's account: where it is signed in, and what protects it."""

from uuid import UUID

import segno
from markupsafe import Markup

from highstreet.kit.database import ActorKind
from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.logins import Login
from highstreet.market.identity.domain.roles import Permission, Reach
from highstreet.web.actors import login_of, visitor_of
from highstreet.web.answers import Answer
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import see_other
from highstreet.web.storefront.account.forms import (
    ACCOUNT,
    Field,
    Fields,
    Form,
    account_page,
    guarded,
    login_here,
    to_sign_in,
)
from highstreet.web.storefront.account.links import new_password_field
from highstreet.web.storefront.visit import Visit

_HATS = {
    Reach.EVERYTHING: ActorKind.OPERATOR,
    Reach.MERCHANT: ActorKind.STAFF,
    Reach.PARTNER: ActorKind.PARTNER,
}


async def account_home(request: HttpRequest, visit: Visit, fields: Fields, problem: str | None) -> Answer:
    del fields
    login = await login_here(request)
    if login is None:
        return to_sign_in(visit)
    _ = visit.language.translate
    async with visit.runtime.database.system() as tx:
        account_id = login.account_id
        grants = await identity.grants_of(tx, account_id)
        context = {
            "problem": problem,
            "login": login,
            "csrf": guarded(visit, login)["csrf"],
            "account": await identity.account(tx, account_id),
            "logins": await identity.logins_of(tx, account_id),
            "protection": await identity.protection_of(tx, account_id),
            "passkeys": await identity.passkeys_of(tx, account_id),
            "keys": await identity.keys_of(tx, account_id),
            "hats": [ActorKind.SHOPPER, *dict.fromkeys(_HATS[each.reach] for each in grants)],
            "permissions": list(Permission) if grants else [],
            "password_form": _password_form(visit, login, known=await identity.has_password(tx, account_id)),
        }
    return account_page(visit, "account.html", _("Your account"), context)


async def choose_password(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    login, runtime = await login_of(request), visit.runtime
    await identity.choose_password(
        runtime.database,
        runtime.keyring,
        login,
        fields.get("password", ""),
        fields.get("current"),
        visitor_of(request),
    )
    return _back(visit)


async def end_login(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    """End one login, or every other one where none is named."""
    login = await login_of(request)
    async with visit.runtime.database.system() as tx:
        if fields.get("id"):
            await identity.end_login(tx, login.account_id, _id(fields))
        else:
            await identity.end_other_logins(tx, login.account_id, login.id)
    return _back(visit)


async def app_page(request: HttpRequest, visit: Visit, fields: Fields, problem: str | None) -> Answer:
    """The secret of an authenticator app as a QR code and as it is typed."""
    del fields
    login = await login_here(request)
    if login is None:
        return to_sign_in(visit)
    _, runtime = visit.language.translate, visit.runtime
    async with runtime.database.system() as tx:
        account = await identity.account(tx, login.account_id)
        pending = await identity.pending_authenticator(tx, runtime.keyring, account)
    if pending is None:
        return _back(visit)
    secret, address = pending
    form = Form(
        action=visit.localized("/account/app/confirm"),
        button=_("Take it into use"),
        fields=(Field(name="code", label=_("Code that the app shows"), autocomplete="one-time-code"),),
        hidden=guarded(visit, login),
    )
    drawn = segno.make(address, error="m").svg_inline(scale=5, border=2)
    context = {
        "form": form,
        "problem": problem,
        "secret": secret,
        "qr": Markup(drawn),  # noqa: S704 -- drawn by a library out of squares, without a word of anybody's
    }
    return account_page(visit, "account_app.html", _("Authenticator app"), context)


async def begin_app(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    del fields
    login, runtime = await login_of(request), visit.runtime
    async with runtime.database.system() as tx:
        await identity.require_recent(tx, login)
        account = await identity.account(tx, login.account_id)
        await identity.begin_authenticator(tx, runtime.keyring, account)
    return see_other(visit.localized("/account/app"))


async def confirm_app(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    login, runtime = await login_of(request), visit.runtime
    async with runtime.database.system() as tx:
        codes = await identity.confirm_authenticator(tx, runtime.keyring, login.account_id, fields.get("code", ""))
    return _codes(visit, codes)


async def remove_app(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    del fields
    login, runtime = await login_of(request), visit.runtime
    async with runtime.database.system() as tx:
        await identity.require_recent(tx, login)
        await identity.remove_authenticator(tx, runtime.keyring, login.account_id)
    return _back(visit)


async def make_codes(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    del fields
    login, runtime = await login_of(request), visit.runtime
    async with runtime.database.system() as tx:
        await identity.require_recent(tx, login)
        codes = await identity.new_recovery_codes(tx, runtime.keyring, login.account_id)
    return _codes(visit, codes)


async def remove_passkey(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    login, runtime = await login_of(request), visit.runtime
    async with runtime.database.system() as tx:
        await identity.require_recent(tx, login)
        await identity.remove_passkey(tx, runtime.keyring, login.account_id, _id(fields))
    return _back(visit)


async def make_key(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    """The new key is shown once."""
    login, _ = await login_of(request), visit.language.translate
    form = await request.form()
    chosen = {str(each) for each in form.getall("permission", [])} & set(Permission)
    kind = ActorKind(fields["kind"]) if fields.get("kind") in set(ActorKind) else ActorKind.SHOPPER
    days = fields.get("days", "")
    if not days.isdecimal():
        raise InvalidInput.at("days", _("is a whole number"))
    async with visit.runtime.database.system() as tx:
        if kind is not ActorKind.SHOPPER:
            identity.require_step_up(login, tx)
        permissions = {Permission(each) for each in chosen}
        made = await identity.make_key(tx, login.account_id, fields.get("name", ""), kind, permissions, int(days))
    return account_page(visit, "account_key.html", _("Your new key"), {"token": made.token})


async def revoke_key(request: HttpRequest, visit: Visit, fields: Fields) -> Answer:
    login = await login_of(request)
    async with visit.runtime.database.system() as tx:
        await identity.revoke_key(tx, login.account_id, _id(fields))
    return _back(visit)


def _password_form(visit: Visit, login: Login, *, known: bool) -> Form:
    _ = visit.language.translate
    current = Field(
        name="current",
        label=_("Current password"),
        type="password",
        autocomplete="current-password",
        required=False,
        hint=_("You need not say it within ten minutes of showing your second factor."),
    )
    return Form(
        action=visit.localized("/account/password"),
        button=_("Keep this password"),
        fields=(*((current,) if known else ()), new_password_field(visit)),
        hidden=guarded(visit, login),
    )


def _codes(visit: Visit, codes: list[str]) -> Answer:
    return account_page(visit, "account_codes.html", visit.language.translate("Recovery codes"), {"codes": codes})


def _back(visit: Visit) -> Answer:
    return see_other(visit.localized(ACCOUNT))


def _id(fields: Fields) -> UUID:
    try:
        return UUID(fields.get("id", ""))
    except ValueError:
        raise NotFound("There is no such thing on your account") from None
