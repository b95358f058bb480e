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
from highstreet.market.identity.usecases.rights import (
    grant,
    grants_of,
    may,
    require,
    revoke,
    staff_of,
)

__all__ = [
    "account",
    "begin_guest",
    "grant",
    "grants_of",
    "may",
    "prove",
    "require",
    "restore",
    "revoke",
    "staff_of",
    "surviving",
    "suspend",
]
