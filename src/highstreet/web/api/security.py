"""`/password`, `/authenticator`, `/recovery-codes`, `/passkeys`: what protects an account."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from highstreet.market.identity import service as identity
from highstreet.web.actors import login_of, refuse_elsewhere, visitor_of
from highstreet.web.answers import Answer
from highstreet.web.api.answers import accepted, done, private, reader_of
from highstreet.web.api.documented import (
    CONFLICT,
    ELSEWHERE,
    INVALID,
    LOGIN,
    NOT_ALLOWED,
    NOT_FOUND,
    NOTHING,
    ON_ITS_WAY,
    REFUSED,
    TOO_OFTEN,
    UNKNOWN_CALLER,
    answers,
)
from highstreet.web.api.signing_in import Code, LinkWanted, PasskeyAsked, Token
from highstreet.web.parameters import Parameters, only_json
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of
from highstreet.web.security import mail_origin, origin_of

Password = Annotated[str, Meta(max_length=1000)]


class PasswordChosen(Struct, frozen=True, forbid_unknown_fields=True):
    """A new password; the current one where there is one and no second factor was shown lately."""

    new: Password
    current: Password | None = None


class PasswordReset(Struct, frozen=True, forbid_unknown_fields=True):
    """What the link in the mail carries as `token`, and the new password."""

    token: Token
    password: Password


class AuthenticatorBegun(Struct, frozen=True):
    """The secret of an authenticator app: to be typed, and as the address that a QR code holds."""

    secret: str
    address: Annotated[str, Meta(examples=["otpauth://totp/..."])]


class RecoveryCodes(Struct, frozen=True):
    """Codes to write down, shown this once; none where the account has its own already."""

    recovery_codes: tuple[str, ...]


class PasskeyView(Struct, frozen=True, kw_only=True):
    """A passkey by the name that its owner gave it."""

    id: UUID
    name: str
    created_at: datetime
    used_at: datetime | None


class Protection(Struct, frozen=True, kw_only=True):
    """What protects the account."""

    password: bool
    authenticator: bool
    recovery_codes: Annotated[int, Meta(description="How many are left.")]
    passkeys: tuple[PasskeyView, ...]


class PasskeyMade(Struct, frozen=True, forbid_unknown_fields=True):
    """What the browser answered, as `PublicKeyCredential.toJSON` has it."""

    ticket: Token
    credential: dict[str, Any]
    name: Annotated[str, Meta(max_length=100)]


@get(
    "/protection",
    operation_id="getProtection",
    summary="Read what protects one's account",
    description="Whether there is a password and an authenticator app, and the passkeys.",
    parameters=Parameters,
    asks_who=LOGIN,
    responses=answers(Protection, "What protects it.", UNKNOWN_CALLER, NOT_ALLOWED),
)
async def get_protection(request: HttpRequest) -> Answer:
    here = await login_of(request)
    async with runtime_of(request).database.system() as tx:
        protection = await identity.protection_of(tx, here.account_id)
        passkeys = await identity.passkeys_of(tx, here.account_id)
        told = Protection(
            password=await identity.has_password(tx, here.account_id),
            authenticator=protection.by_code,
            recovery_codes=protection.recovery_codes,
            passkeys=tuple(
                PasskeyView(id=each.id, name=each.name, created_at=each.created_at, used_at=each.used_at)
                for each in passkeys
            ),
        )
    return private(told)


@post(
    "/password",
    operation_id="choosePassword",
    summary="Set or change one's password",
    description="Every other login of the account ends.",
    guards=[only_json],
    parameters=Parameters,
    sent=PasswordChosen,
    asks_who=LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, INVALID, TOO_OFTEN]),
)
async def choose_password(request: HttpRequest, data: JSONBody[PasswordChosen]) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    await identity.choose_password(runtime.database, runtime.keyring, here, data.new, data.current, visitor_of(request))
    return done()


@post(
    "/password/resets",
    operation_id="askForReset",
    summary="Ask for a new password by mail",
    description="The answer is the same for every address.",
    guards=[only_json],
    parameters=Parameters,
    sent=LinkWanted,
    responses=dict([ON_ITS_WAY, ELSEWHERE, INVALID, TOO_OFTEN]),
)
async def ask_for_reset(request: HttpRequest, data: JSONBody[LinkWanted]) -> Answer:
    refuse_elsewhere(request)
    runtime = runtime_of(request)
    origin, reader = mail_origin(request, runtime.settings), reader_of(request, runtime, None)
    await identity.ask_for_reset(
        runtime.database, runtime.keyring, origin, data.email, reader.language.code, visitor_of(request)
    )
    return accepted()


@post(
    "/password/reset",
    operation_id="resetPassword",
    summary="Choose a new password by a link",
    description="The account is signed out everywhere. A password that will not do leaves the link good.",
    guards=[only_json],
    parameters=Parameters,
    sent=PasswordReset,
    responses=dict([NOTHING, REFUSED, ELSEWHERE, INVALID, TOO_OFTEN]),
)
async def reset_password(request: HttpRequest, data: JSONBody[PasswordReset]) -> Answer:
    refuse_elsewhere(request)
    runtime = runtime_of(request)
    await identity.reset_password(runtime.database, runtime.keyring, data.token, data.password, visitor_of(request))
    return done()


@post(
    "/authenticator",
    operation_id="beginAuthenticator",
    summary="Begin to use an authenticator app",
    description="It protects nothing before a code of it was confirmed.",
    parameters=Parameters,
    asks_who=LOGIN,
    responses=answers(AuthenticatorBegun, "The secret, for the app.", UNKNOWN_CALLER, NOT_ALLOWED, CONFLICT),
)
async def begin_authenticator(request: HttpRequest) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    async with runtime.database.system() as tx:
        await identity.require_recent(tx, here)
        account = await identity.account(tx, here.account_id)
        return private(AuthenticatorBegun(*await identity.begin_authenticator(tx, runtime.keyring, account)))


@post(
    "/authenticator/confirm",
    operation_id="confirmAuthenticator",
    summary="Take an authenticator app into use",
    description="By a code that it shows. The recovery codes are shown this once.",
    guards=[only_json],
    parameters=Parameters,
    sent=Code,
    asks_who=LOGIN,
    responses=answers(RecoveryCodes, "The recovery codes.", UNKNOWN_CALLER, NOT_ALLOWED, CONFLICT, INVALID),
)
async def confirm_authenticator(request: HttpRequest, data: JSONBody[Code]) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    async with runtime.database.system() as tx:
        codes = await identity.confirm_authenticator(tx, runtime.keyring, here.account_id, data.code)
    return private(RecoveryCodes(tuple(codes)))


@delete(
    "/authenticator",
    operation_id="removeAuthenticator",
    summary="Stop using the authenticator app",
    description="Where a short password would then stand alone, it has to be changed first.",
    status_code=200,  # what the framework is told; the answer brings its own
    parameters=Parameters,
    asks_who=LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, CONFLICT]),
)
async def remove_authenticator(request: HttpRequest) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    async with runtime.database.system() as tx:
        await identity.require_recent(tx, here)
        await identity.remove_authenticator(tx, runtime.keyring, here.account_id)
    return done()


@post(
    "/recovery-codes",
    operation_id="makeRecoveryCodes",
    summary="Make new recovery codes",
    description="The former ones are good for nothing from then on.",
    parameters=Parameters,
    asks_who=LOGIN,
    responses=answers(RecoveryCodes, "The recovery codes.", UNKNOWN_CALLER, NOT_ALLOWED),
)
async def make_recovery_codes(request: HttpRequest) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    async with runtime.database.system() as tx:
        identity.require_step_up(here, tx)
        codes = await identity.new_recovery_codes(tx, runtime.keyring, here.account_id)
    return private(RecoveryCodes(tuple(codes)))


@post(
    "/passkeys/options",
    operation_id="offerPasskey",
    summary="Begin to add a passkey",
    description="What the browser is to be asked, as `parseCreationOptionsFromJSON` takes it.",
    parameters=Parameters,
    asks_who=LOGIN,
    responses=answers(PasskeyAsked, "The question.", UNKNOWN_CALLER, NOT_ALLOWED, CONFLICT),
)
async def offer_passkey(request: HttpRequest) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    async with runtime.database.system() as tx:
        await identity.require_recent(tx, here)
        account = await identity.account(tx, here.account_id)
        return private(PasskeyAsked(*await identity.offer_passkey(tx, account, origin_of(request, runtime.settings))))


@post(
    "/passkeys",
    operation_id="addPasskey",
    summary="Add a passkey",
    description="The first second factor of an account brings recovery codes, which are shown this once.",
    guards=[only_json],
    parameters=Parameters,
    sent=PasskeyMade,
    asks_who=LOGIN,
    responses=answers(RecoveryCodes, "It is added.", UNKNOWN_CALLER, NOT_ALLOWED, CONFLICT, INVALID),
)
async def add_passkey(request: HttpRequest, data: JSONBody[PasskeyMade]) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    origin = origin_of(request, runtime.settings)
    async with runtime.database.system() as tx:
        codes = await identity.add_passkey(
            tx, runtime.keyring, here.account_id, origin, data.ticket, data.credential, data.name
        )
    return private(RecoveryCodes(tuple(codes)))


@delete(
    "/passkeys/{passkey_id:uuid}",
    operation_id="removePasskey",
    summary="Remove a passkey",
    description="Where a short password would then stand alone, it has to be changed first.",
    status_code=200,  # what the framework is told; the answer brings its own
    parameters=Parameters,
    asks_who=LOGIN,
    responses=dict([NOTHING, UNKNOWN_CALLER, NOT_ALLOWED, NOT_FOUND, CONFLICT]),
)
async def remove_passkey(
    request: HttpRequest, passkey_id: Annotated[UUID, PathParameter(description="The id of a passkey.")]
) -> Answer:
    here, runtime = await login_of(request), runtime_of(request)
    async with runtime.database.system() as tx:
        await identity.require_recent(tx, here)
        await identity.remove_passkey(tx, runtime.keyring, here.account_id, passkey_id)
    return done()


OPERATIONS: Sequence[HTTPRouteHandler] = (
    get_protection,
    choose_password,
    ask_for_reset,
    reset_password,
    begin_authenticator,
    confirm_authenticator,
    remove_authenticator,
    make_recovery_codes,
    offer_passkey,
    add_passkey,
    remove_passkey,
)
