"""Identity's door: accounts, and who may do what.

Functions that take a transaction work in it; a system one where they say so, because whoever asks is nobody yet. What
takes the database counts tries and compares passwords, and opens transactions of its own, so that a failure is
counted. Errors are InvalidInput (what was given cannot be), NotFound (there is none that the actor may see),
Unauthenticated (nobody is signed in, or what they showed is wrong), Forbidden, Conflict and TooManyRequests.
"""

from highstreet.market.identity.usecases.account_passwords import (
    ask_for_reset,
    choose_password,
    has_password,
    reset_password,
)
from highstreet.market.identity.usecases.accounts import (
    account,
    accounts_named,
    begin_guest,
    prove,
    restore,
    surviving,
    suspend,
)
from highstreet.market.identity.usecases.invites import (
    accept_invite,
    invite,
    mail_invite,
    whose_invite,
)
from highstreet.market.identity.usecases.keyring import (
    Keyring,
    keyring_of,
)
from highstreet.market.identity.usecases.keys import (
    keys_of,
    make_key,
    recognise_key,
    recognise_keys,
    revoke_key,
)
from highstreet.market.identity.usecases.logins import (
    begin_as_guest,
    end_login,
    end_other_logins,
    logins_of,
    recognise,
    recognise_all,
    require_step_up,
    sweep_logins,
)
from highstreet.market.identity.usecases.passkeys import (
    add_passkey,
    ask_for_passkey,
    offer_passkey,
    passkeys_of,
    remove_passkey,
    sign_in_by_passkey,
    step_up_by_passkey,
)
from highstreet.market.identity.usecases.rights import (
    grant,
    grants_of,
    may,
    require,
    revoke,
    staff_of,
)
from highstreet.market.identity.usecases.second_factors import (
    Protection,
    begin_authenticator,
    confirm_authenticator,
    new_recovery_codes,
    pending_authenticator,
    protection_of,
    remove_authenticator,
    require_recent,
)
from highstreet.market.identity.usecases.signing_in import (
    ask_for_link,
    follow_link,
    show_second_factor,
    sign_in,
    step_up_by_code,
    whose_link,
)
from highstreet.market.identity.usecases.throttling import (
    count,
    sweep_throttles,
)
from highstreet.market.identity.usecases.tickets import (
    sweep_tickets,
)

__all__ = [
    "Keyring",
    "Protection",
    "accept_invite",
    "account",
    "accounts_named",
    "add_passkey",
    "ask_for_link",
    "ask_for_passkey",
    "ask_for_reset",
    "begin_as_guest",
    "begin_authenticator",
    "begin_guest",
    "choose_password",
    "confirm_authenticator",
    "count",
    "end_login",
    "end_other_logins",
    "follow_link",
    "grant",
    "grants_of",
    "has_password",
    "invite",
    "keyring_of",
    "keys_of",
    "logins_of",
    "mail_invite",
    "make_key",
    "may",
    "new_recovery_codes",
    "offer_passkey",
    "passkeys_of",
    "pending_authenticator",
    "protection_of",
    "prove",
    "recognise",
    "recognise_all",
    "recognise_key",
    "recognise_keys",
    "remove_authenticator",
    "remove_passkey",
    "require",
    "require_recent",
    "require_step_up",
    "reset_password",
    "restore",
    "revoke",
    "revoke_key",
    "show_second_factor",
    "sign_in",
    "sign_in_by_passkey",
    "staff_of",
    "step_up_by_code",
    "step_up_by_passkey",
    "surviving",
    "suspend",
    "sweep_logins",
    "sweep_throttles",
    "sweep_tickets",
    "whose_invite",
    "whose_link",
]
