"""Every address of the account's pages."""

from collections.abc import Sequence
from typing import Final

from highstreet.web.storefront.account import links, security, signing_in
from highstreet.web.storefront.account.forms import Do, Handler, Show, done, shown

_PAGES: Final[Sequence[tuple[str, Show]]] = (
    ("/account", security.account_home),
    ("/account/app", security.app_page),
    ("/account/confirm", signing_in.confirm_page),
    ("/account/forgot", links.forgot_page),
    ("/account/invite", links.invite_page),
    ("/account/link", links.link_page),
    ("/account/reset", links.reset_page),
    ("/account/second-factor", signing_in.second_factor_page),
    ("/account/sign-in", signing_in.sign_in_page),
)
_FORMS: Final[Sequence[tuple[str, Do, Show]]] = (
    ("/account/app", security.begin_app, security.account_home),
    ("/account/app/confirm", security.confirm_app, security.app_page),
    ("/account/app/remove", security.remove_app, security.account_home),
    ("/account/codes", security.make_codes, security.account_home),
    ("/account/confirm", signing_in.confirm, signing_in.confirm_page),
    ("/account/forgot", links.ask_for_reset, links.forgot_page),
    ("/account/invite", links.accept_invite, links.invite_page),
    ("/account/keys", security.make_key, security.account_home),
    ("/account/keys/revoke", security.revoke_key, security.account_home),
    ("/account/link", links.follow_link, links.link_page),
    ("/account/logins", security.end_login, security.account_home),
    ("/account/mail", signing_in.ask_for_link, signing_in.sign_in_page),
    ("/account/passkeys/remove", security.remove_passkey, security.account_home),
    ("/account/password", security.choose_password, security.account_home),
    ("/account/reset", links.reset, links.reset_page),
    ("/account/second-factor", signing_in.show_second_factor, signing_in.second_factor_page),
    ("/account/sign-in", signing_in.sign_in, signing_in.sign_in_page),
    ("/account/sign-out", signing_in.sign_out, security.account_home),
)

PAGES: Final[Sequence[tuple[str, Handler]]] = tuple((path, shown(show)) for path, show in _PAGES)
FORMS: Final[Sequence[tuple[str, Handler]]] = tuple((path, done(do, show)) for path, do, show in _FORMS)
