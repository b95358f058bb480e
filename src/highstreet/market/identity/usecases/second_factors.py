"""Second factors: an authenticator app, a passkey, and recovery codes for the day on which both are gone."""

from uuid import UUID

from highstreet.kit import crypto
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, Forbidden, InvalidInput, Unauthenticated
from highstreet.market.identity.domain import recovery, totp
from highstreet.market.identity.domain.accounts import Account
from highstreet.market.identity.domain.logins import STEP_UP_WITHIN, Login
from highstreet.market.identity.domain.tickets import Halfway, Purpose
from highstreet.market.identity.repository import credentials as stored
from highstreet.market.identity.repository import passkeys as passkey_rows
from highstreet.market.identity.usecases.keyring import Keyring
from highstreet.market.identity.usecases.letters import tell_account
from highstreet.market.identity.usecases.tickets import issue

ISSUER = "Highstreet"
WRONG_CODE = "This code is wrong, or was used already; wait for the next one"


class Protection:
    """How an account is protected beside its first factor."""

    __slots__ = ("by_code", "passkeys", "recovery_codes")

    def __init__(self, *, by_code: bool, passkeys: int, recovery_codes: int) -> None:
        self.by_code = by_code
        self.passkeys = passkeys
        self.recovery_codes = recovery_codes

    @property
    def any(self) -> bool:
        return self.by_code or self.passkeys > 0


async def protection_of(tx: Transaction, account_id: UUID) -> Protection:
    authenticator = await stored.authenticator_of(tx, account_id)
    return Protection(
        by_code=authenticator is not None and authenticator.confirmed_at is not None,
        passkeys=len(await passkey_rows.of_account(tx, account_id)),
        recovery_codes=await stored.count_recovery_codes(tx, account_id),
    )


async def require_recent(tx: Transaction, login: Login) -> None:
    """Raises Forbidden unless whoever is signed in has proved lately who they are.

    By a second factor where the account has one, else by having signed in, each within ten minutes.
    """
    if login.is_stepped_up(tx.now):
        return
    if (await protection_of(tx, login.account_id)).any:
        raise Forbidden("Confirm with your second factor first; that is good for ten minutes")
    if tx.now >= login.created_at + STEP_UP_WITHIN:
        raise Forbidden("Sign in again first; that is good for ten minutes")


async def halfway(tx: Transaction, account_id: UUID, method: str) -> Halfway | None:
    """The way on to the second factor, for an account that has one. `method` is how the first was proved."""
    protection = await protection_of(tx, account_id)
    if not protection.any:
        return None
    ticket = await issue(tx, Purpose.SECOND_FACTOR, account_id=account_id, content={"method": method})
    return Halfway(ticket, by_code=protection.by_code, by_passkey=protection.passkeys > 0)


async def begin_authenticator(tx: Transaction, keyring: Keyring, account: Account) -> tuple[str, str]:
    """A secret for an authenticator app: as it is typed, and as the address that a QR code holds.

    It protects nothing before `confirm_authenticator`. Raises Conflict where an app is in use.
    """
    secret = crypto.new_bytes(totp.SECRET_BYTES)
    sealed = keyring.authenticators.seal(secret.hex(), account.id.bytes)
    if not await stored.put_authenticator(tx, account.id, sealed):
        raise Conflict("An authenticator app is in use; remove it first")
    return totp.typed_secret(secret), totp.setup_address(secret, account.email or "", ISSUER)


async def pending_authenticator(tx: Transaction, keyring: Keyring, account: Account) -> tuple[str, str] | None:
    """The secret of an app that has not shown a code yet, once more; None where there is none."""
    found = await stored.authenticator_of(tx, account.id)
    if found is None or found.confirmed_at is not None:
        return None
    secret = _secret(keyring, found, account.id)
    return totp.typed_secret(secret), totp.setup_address(secret, account.email or "", ISSUER)


async def confirm_authenticator(tx: Transaction, keyring: Keyring, account_id: UUID, code: str) -> list[str]:
    """Take an app into use by a code that it shows; new recovery codes, which are shown this once.

    Raises Conflict where none was begun, and InvalidInput for a wrong code.
    """
    found = await stored.authenticator_of(tx, account_id)
    if found is None or found.confirmed_at is not None:
        raise Conflict("There is no authenticator app to confirm; begin anew")
    if not await _use_code(tx, keyring, account_id, code):
        raise InvalidInput.at("code", "is not the one that the app shows now")
    if not await stored.confirm_authenticator(tx, account_id):
        raise Conflict("The authenticator app was confirmed already")
    await tell_account(tx, keyring.mail, "second_factor_added", account_id)
    return await new_recovery_codes(tx, keyring, account_id)


async def remove_authenticator(tx: Transaction, keyring: Keyring, account_id: UUID) -> None:
    """Stop using the app. Raises Conflict where a short password would then stand alone."""
    await require_rest(tx, account_id, app=False)
    if await stored.delete_authenticator(tx, account_id):
        await tell_account(tx, keyring.mail, "second_factor_removed", account_id)


async def new_recovery_codes(tx: Transaction, keyring: Keyring, account_id: UUID) -> list[str]:
    """Recovery codes to write down, in place of all former ones. They are shown this once."""
    codes = [recovery.spelt(crypto.new_number(recovery.BITS)) for _ in range(recovery.COUNT)]
    tags = [_tag(keyring, account_id, code.replace("-", "")) for code in codes]
    await stored.replace_recovery_codes(tx, account_id, tags)
    return codes


async def use_code(tx: Transaction, keyring: Keyring, account_id: UUID, code: str) -> None:
    """Use a code of the app, or a recovery code. Raises Unauthenticated for what is neither, or not any more."""
    if await _use_code(tx, keyring, account_id, code, confirmed=True):
        return
    plain = recovery.read_back(code)
    if plain is not None and await stored.use_recovery_code(tx, account_id, _tag(keyring, account_id, plain)):
        await tell_account(tx, keyring.mail, "recovery_code_used", account_id)
        return
    raise Unauthenticated(WRONG_CODE)


async def require_rest(tx: Transaction, account_id: UUID, *, app: bool = True, passkeys_but: int = 0) -> None:
    """Raises Conflict when what is left of an account's second factors would leave a short password alone."""
    password = await stored.password_of(tx, account_id)
    protection = await protection_of(tx, account_id)
    left = (protection.by_code and app) or protection.passkeys - passkeys_but > 0
    if password is not None and not password.stands_alone and not left:
        raise Conflict("Your password is too short to stand alone; choose a longer one first")


async def _use_code(tx: Transaction, keyring: Keyring, account_id: UUID, code: str, *, confirmed: bool = False) -> bool:
    found = await stored.authenticator_of(tx, account_id)
    if found is None or (confirmed and found.confirmed_at is None):
        return False
    step = totp.matching_step(_secret(keyring, found, account_id), code, tx.now, found.last_step)
    return step is not None and bool(await stored.use_step(tx, account_id, step))


def _secret(keyring: Keyring, authenticator: stored.Authenticator, account_id: UUID) -> bytes:
    opened = keyring.authenticators.unseal(authenticator.sealed, account_id.bytes)
    if opened is None:
        raise Conflict("The authenticator app belongs to another secret key of this installation; use a recovery code")
    return bytes.fromhex(opened)


def _tag(keyring: Keyring, account_id: UUID, code: str) -> bytes:
    """What is stored of a recovery code: 50 bits are few enough to be tried out, so our own key is needed for it."""
    return keyring.recovery.tag(account_id.bytes + code.encode())
