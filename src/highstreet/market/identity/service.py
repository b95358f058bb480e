"""Identity's door: accounts, and who may do what.

Each function works in the caller's transaction. Accounts are made and proved in a system transaction, because whoever
asks is nobody yet. Errors are InvalidInput (what was given cannot be), NotFound (there is none that the actor may see),
Unauthenticated (nobody is signed in), Forbidden and Conflict.
"""

from highstreet.market.identity.usecases.accounts import (
    account,
    begin_guest,
    prove,
    restore,
    surviving,
    suspend,
)
from highstreet.market.identity.usecases.keys import (
    keys_of,
    make_key,
    recognise_key,
    revoke_key,
)
from highstreet.market.identity.usecases.logins import (
    begin_as_guest,
    end_login,
    end_other_logins,
    logins_of,
    recognise,
    require_step_up,
    sweep_logins,
)
from highstreet.market.identity.usecases.rights import (
    grant,
    grants_of,
    may,
    require,
    revoke,
    staff_of,
)
from highstreet.market.identity.usecases.throttling import (
    sweep_throttles,
)

__all__ = [
    "account",
    "begin_as_guest",
    "begin_guest",
    "end_login",
    "end_other_logins",
    "grant",
    "grants_of",
    "keys_of",
    "logins_of",
    "make_key",
    "may",
    "prove",
    "recognise",
    "recognise_key",
    "require",
    "require_step_up",
    "restore",
    "revoke",
    "revoke_key",
    "staff_of",
    "surviving",
    "suspend",
    "sweep_logins",
    "sweep_throttles",
]
