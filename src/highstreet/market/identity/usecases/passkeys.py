"""Passkeys (WebAuthn): registered while signed in, and both factors at once when signing in.

A passkey belongs to the site's host name, so a browser offers it nowhere else, and it has to know its owner (by a PIN,
a finger, a face): having the device is one factor, being known to it the other.
"""

import json
from typing import Any, Final, cast
from urllib.parse import urlsplit
from uuid import UUID

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from highstreet.kit import crypto
from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from highstreet.market.identity.domain.accounts import Account, AccountState
from highstreet.market.identity.domain.logins import Begun, Login, Method, Visitor
from highstreet.market.identity.domain.throttling import SIGN_IN_FROM
from highstreet.market.identity.domain.tickets import Purpose, Ticket
from highstreet.market.identity.repository import passkeys as stored
from highstreet.market.identity.repository.passkeys import Passkey
from highstreet.market.identity.usecases import accounts, tickets
from highstreet.market.identity.usecases.keyring import Keyring
from highstreet.market.identity.usecases.letters import tell_account
from highstreet.market.identity.usecases.logins import step_up
from highstreet.market.identity.usecases.second_factors import (
    ISSUER,
    new_recovery_codes,
    protection_of,
    require_rest,
)
from highstreet.market.identity.usecases.signing_in import welcome
from highstreet.market.identity.usecases.throttling import count

MAX_PASSKEYS: Final = 20
_CHALLENGE_BYTES: Final = 32
_MAX_NAME: Final = 100
_WRONG: Final = "This passkey was not accepted; try again"


async def offer_passkey(tx: Transaction, account: Account, origin: str) -> tuple[str, dict[str, Any]]:
    """A ticket, and what a browser has to be asked for a new passkey of the account."""
    passkeys = await stored.of_account(tx, account.id)
    if len(passkeys) >= MAX_PASSKEYS:
        raise Conflict(f"An account has at most {MAX_PASSKEYS} passkeys; remove one first")
    challenge = crypto.new_bytes(_CHALLENGE_BYTES)
    options = generate_registration_options(
        rp_id=_host(origin),
        rp_name=ISSUER,
        user_id=account.id.bytes,
        user_name=account.email or "",
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[_descriptor(each) for each in passkeys],
    )
    return await _asked(tx, Purpose.PASSKEY_NEW, account.id, challenge), json.loads(options_to_json(options))


async def add_passkey(
    tx: Transaction, keyring: Keyring, account_id: UUID, origin: str, ticket: str, answer: dict[str, Any], name: str
) -> list[str]:
    """Keep the passkey that a browser made; recovery codes to write down where the account had none.

    Raises InvalidInput for an answer that is not to what was asked, and Conflict for a passkey that is there already.
    """
    found = await tickets.take(tx, Purpose.PASSKEY_NEW, ticket)
    if found is None or found.account_id != account_id:
        raise InvalidInput.at("ticket", "is too old or was used already; begin anew")
    name = " ".join(name.split())
    if not 1 <= len(name) <= _MAX_NAME:
        raise InvalidInput.at("name", f"has 1 to {_MAX_NAME} characters")
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=_challenge(found),
            expected_rp_id=_host(origin),
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise InvalidInput.at("credential", "is not the answer to what was asked; begin anew") from None
    kept = await stored.insert(
        tx,
        account_id,
        verified.credential_id,
        verified.credential_public_key,
        verified.sign_count,
        _transports(answer),
        name,
    )
    if not kept:
        raise Conflict("This passkey is registered already")
    await tell_account(tx, keyring.mail, "second_factor_added", account_id)
    protection = await protection_of(tx, account_id)
    return [] if protection.recovery_codes else await new_recovery_codes(tx, keyring, account_id)


async def ask_for_passkey(tx: Transaction, origin: str, account_id: UUID | None = None) -> tuple[str, dict[str, Any]]:
    """A ticket, and what a browser has to be asked.

    It is to sign in by any passkey for this host, or to step up by one of the account that is signed in.
    """
    challenge = crypto.new_bytes(_CHALLENGE_BYTES)
    own = await stored.of_account(tx, account_id) if account_id else []
    options = generate_authentication_options(
        rp_id=_host(origin),
        challenge=challenge,
        allow_credentials=[_descriptor(each) for each in own],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    purpose = Purpose.PASSKEY_STEP_UP if account_id else Purpose.PASSKEY_SIGN_IN
    return await _asked(tx, purpose, account_id, challenge), json.loads(options_to_json(options))


async def sign_in_by_passkey(
    database: Database, keyring: Keyring, origin: str, ticket: str, answer: dict[str, Any], visitor: Visitor
) -> Begun:
    """Raises Unauthenticated, in the same words whatever is wrong, and TooManyRequests after too many attempts."""
    await count(database, (SIGN_IN_FROM, visitor.network))
    async with database.system() as tx:
        passkey = await _used(tx, Purpose.PASSKEY_SIGN_IN, origin, ticket, answer, None)
        account = await accounts.account(tx, passkey.account_id)
        return await welcome(tx, keyring, account, Method.PASSKEY, visitor, second_factor=True)


async def step_up_by_passkey(
    database: Database, origin: str, login: Login, token: str, ticket: str, answer: dict[str, Any]
) -> Begun:
    """Show a passkey again while signed in; the browser's next token. Raises Unauthenticated."""
    async with database.system() as tx:
        await _used(tx, Purpose.PASSKEY_STEP_UP, origin, ticket, answer, login.account_id)
        return await step_up(tx, token)


async def passkeys_of(tx: Transaction, account_id: UUID) -> list[Passkey]:
    return await stored.of_account(tx, account_id)


async def remove_passkey(tx: Transaction, keyring: Keyring, account_id: UUID, passkey_id: UUID) -> None:
    """Raises NotFound, and Conflict where a short password would then stand alone."""
    if passkey_id not in {each.id for each in await stored.of_account(tx, account_id)}:
        raise NotFound("There is no such passkey")
    await require_rest(tx, account_id, passkeys_but=1)
    await stored.delete(tx, account_id, passkey_id)
    await tell_account(tx, keyring.mail, "second_factor_removed", account_id)


async def _used(
    tx: Transaction, purpose: Purpose, origin: str, ticket: str, answer: dict[str, Any], account_id: UUID | None
) -> Passkey:
    """The passkey that an answer was given with. What was asked is answered once; a count that was seen is refused."""
    found = await tickets.take(tx, purpose, ticket)
    passkey = await stored.by_credential(tx, _credential(answer))
    if found is None or found.account_id != account_id or passkey is None:
        raise Unauthenticated(_WRONG)
    if passkey.account_state is not AccountState.REGISTERED or account_id not in {None, passkey.account_id}:
        raise Unauthenticated(_WRONG)
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=_challenge(found),
            expected_rp_id=_host(origin),
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise Unauthenticated(_WRONG) from None
    if not await stored.use(tx, passkey.id, verified.new_sign_count):
        raise Unauthenticated(_WRONG)
    return passkey


async def _asked(tx: Transaction, purpose: Purpose, account_id: UUID | None, challenge: bytes) -> str:
    return await tickets.issue(tx, purpose, account_id=account_id, content={"challenge": challenge.hex()})


def _challenge(ticket: Ticket) -> bytes:
    return bytes.fromhex(ticket.content["challenge"])


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=passkey.credential, transports=[AuthenticatorTransport(each) for each in passkey.transports]
    )


def _transports(answer: dict[str, Any]) -> list[str]:
    """How the browser says that the device is reached; a hint for the next time, and no more."""
    response = answer.get("response")
    given = cast("dict[str, Any]", response).get("transports") if isinstance(response, dict) else None
    named = cast("list[Any]", given) if isinstance(given, list) else []
    return [each.value for each in AuthenticatorTransport if each.value in named]


def _credential(answer: dict[str, Any]) -> bytes:
    given = answer.get("id")
    try:
        return base64url_to_bytes(given) if isinstance(given, str) else b""
    except ValueError:
        return b""


def _host(origin: str) -> str:
    return urlsplit(origin).hostname or ""
