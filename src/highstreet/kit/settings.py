"""Settings come from `HIGHSTREET_*` variables or a TOML file, and nothing is guessed about one that is misspelt.

The environment wins over the file. In the file a setting is written without the prefix and in lower case:
`database_url = "..."`. The fields of `Settings` are the whole reference: name, type, default, description.
"""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, cast, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
import psycopg
from msgspec import Meta
from psycopg.conninfo import conninfo_to_dict

from highstreet.kit import smtp
from highstreet.kit.errors import ConfigurationError
from highstreet.kit.secret import Secret

PREFIX = "HIGHSTREET_"
_CONFIG_FILE = "config"
_NOT_YET = frozenset({"events_url", "analytics_url", "cache_url"})
"""Settings of the public contract that no room of this version reads."""

_OF_THE_TESTS = frozenset({"HIGHSTREET_BENCH_DATA"})
"""Variables that tests and benchmarks read and the program does not, although it inherits them."""

_MIN_SECRET_CHARACTERS = 32
_MAIL_ADDRESS = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,180}", re.ASCII)


class Environment(StrEnum):
    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


class PaymentProvider(StrEnum):
    SANDBOX = "sandbox"
    STRIPE = "stripe"


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an operator may set. Build it with `load_settings`, which also checks it."""

    env: Annotated[
        Environment,
        Meta(description="production, demo or test; test controls exist only in the last two"),
    ] = Environment.PRODUCTION
    database_url: Annotated[
        Secret | None,
        Meta(description="PostgreSQL 15 or newer; without it an embedded one runs in the data directory"),
    ] = None
    migrations_url: Annotated[
        Secret | None,
        Meta(
            description="the same database as its owner, for migrations and restores; without it, DATABASE_URL is used"
        ),
    ] = None
    data_dir: Annotated[
        Path,
        Meta(description="the directory of everything that is kept outside PostgreSQL"),
    ] = Path(".highstreet")
    public_url: Annotated[
        str | None,
        Meta(description="where visitors find this marketplace, such as https://deals.example; default: host and port"),
    ] = None
    secret_key: Annotated[
        Secret | None,
        Meta(description="at least 32 characters that sign what visitors carry; production does not start without it"),
    ] = None
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="addresses or networks, parted by commas, whose X-Forwarded-* headers are believed"),
    ] = ()
    private_hosts: Annotated[
        tuple[str, ...],
        Meta(description="hosts, parted by commas, that feeds may be fetched from although they are not public"),
    ] = ()
    blobs_url: Annotated[
        str | None,
        Meta(
            description="where pictures are kept: file:///a/directory or s3://bucket/prefix; "
            "default: blobs in the data directory"
        ),
    ] = None
    blobs_endpoint: Annotated[
        str | None,
        Meta(description="where a bucket is that is not Amazon's own, such as https://s3.example:9000"),
    ] = None
    blobs_region: Annotated[
        str | None,
        Meta(description="the region of a bucket; default: us-east-1"),
    ] = None
    blobs_access_key: Annotated[
        Secret | None,
        Meta(description="the name of the key that a bucket is entered with"),
    ] = None
    blobs_secret_key: Annotated[
        Secret | None,
        Meta(description="the key that a bucket is entered with"),
    ] = None
    search_divisions: Annotated[
        tuple[str, ...],
        Meta(
            description="slugs of divisions, parted by commas: the search index of this machine holds their deals and "
            "online ones; default: all deals"
        ),
    ] = ()
    search_publish_hours: Annotated[
        Annotated[float, Meta(ge=0.01, le=8760)] | None,
        Meta(
            description="how often this machine's search index is put among the blobs, for others to begin with; "
            "default: never",
        ),
    ] = None
    payments: Annotated[
        PaymentProvider | None,
        Meta(
            description="sandbox, which moves no money and which production refuses, or stripe; "
            "default: sandbox, and in production none, so that nothing can be bought"
        ),
    ] = None
    commission_percent: Annotated[
        int,
        Meta(ge=0, le=100, description="what the marketplace keeps of each price, tax on it included"),
    ] = 25
    commission_tax_percent: Annotated[
        int,
        Meta(ge=0, le=100, description="the rate of the tax that the commission includes"),
    ] = 0
    stripe_secret_key: Annotated[
        Secret | None,
        Meta(description="the key that Stripe is asked with: sk_live_..., sk_test_... or a restricted rk_..."),
    ] = None
    stripe_webhook_secrets: Annotated[
        Secret | None,
        Meta(description="what Stripe's webhooks are signed with: whsec_..., several parted by commas"),
    ] = None
    stripe_url: Annotated[
        str | None,
        Meta(description="where tests find something that answers as Stripe does; production refuses it"),
    ] = None
    host: Annotated[
        str,
        Meta(description="the address to listen on"),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Meta(ge=0, le=65535, description="the port to listen on; 0 takes any free one"),
    ] = 8000
    allow_remote: Annotated[
        bool,
        Meta(description="true lets demo and test, which have test controls, listen beyond this machine"),
    ] = False
    metrics_token: Annotated[
        Secret | None,
        Meta(description="the bearer token that /metrics asks for; production shows none without it"),
    ] = None
    log_format: Annotated[
        LogFormat | None,
        Meta(description="console or json; default: console on a terminal, else json"),
    ] = None
    smtp_url: Annotated[
        Secret | None,
        Meta(description="the server that takes mail: smtp://user:password@host:587 (STARTTLS) or smtps:// (TLS)"),
    ] = None
    breached_passwords: Annotated[
        Path | None,
        Meta(
            description="a file of SHA-1 hashes in order, one a line, as Have I Been Pwned gives them out: passwords "
            "that nobody may choose, beside the commonest, which come along"
        ),
    ] = None
    mail_from: Annotated[
        str | None,
        Meta(description="the address that mail comes from; default: no-reply at the host of HIGHSTREET_PUBLIC_URL"),
    ] = None
    traces_url: Annotated[
        Secret | None,
        Meta(
            description="the OTLP/HTTP collector that is sent traces, such as http://localhost:4318; default: none is"
        ),
    ] = None
    traces_ratio: Annotated[
        float,
        Meta(ge=0.0, le=1.0, description="the share of traces that is kept, of those that begin here"),
    ] = 1.0


class Setting(msgspec.Struct, frozen=True):
    """One line of the reference. `default` is text as it would be set, or None where there is none."""

    name: str
    description: str
    default: str | None
    secret: bool


def reference() -> Iterator[Setting]:
    """Every setting that can be made, in the order of the reference."""
    for field in msgspec.structs.fields(Settings):
        kind = _FIELDS[field.name]
        unset = field.default is None or field.default == ()
        yield Setting(
            name=PREFIX + field.name.upper(),
            description=kind.__metadata__[0].description,
            default=None if unset else str(field.default).lower(),
            secret=_bare(kind) is Secret,
        )


def load_settings(
    environ: Mapping[str, str],
    config: Path | None = None,
    *,
    fallback: Mapping[str, str] | None = None,
    serving: bool = True,
) -> Settings:
    """The checked settings of one process.

    `config` is the TOML file of `--config`, else of HIGHSTREET_CONFIG. `fallback` holds what a command sets itself
    where the operator did not, by field name. `serving` is False for a command that answers no visitor and so needs
    no secret key. Raises ConfigurationError, naming the setting.
    """
    given = dict(_from_environment(environ))
    named = given.pop(_CONFIG_FILE, None)
    file = config or (Path(named) if named else None)
    texts = {**(fallback or {}), **(_read_file(file) if file else {}), **given}
    values: dict[str, Any] = {name: _parse(name, text) for name, text in texts.items()}
    settings = Settings(**values)
    _check(settings, serving=serving)
    return msgspec.structs.replace(settings, data_dir=settings.data_dir.expanduser().absolute())


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in environ.items():
        if not name.upper().startswith(PREFIX.rstrip("_")) or name in _OF_THE_TESTS:
            continue
        field = name.removeprefix(PREFIX).lower()
        if not name.startswith(PREFIX) or not name.isupper():
            raise ConfigurationError(_unknown(name, name[len(PREFIX) - 1 :].lstrip("_").lower()))
        if field != _CONFIG_FILE:
            _refuse_unknown(field, name)
        yield field, text


def _read_file(file: Path) -> dict[str, str]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"The settings file {file} cannot be read: {problem}") from None
    except tomllib.TOMLDecodeError as problem:
        # The parser's message may quote the line, and a line may hold a secret: only its place is told.
        place = str(problem).rpartition("(")[2].rstrip(")")
        raise ConfigurationError(f"The settings file {file} is not TOML ({place})") from None
    for name in values:
        _refuse_unknown(name, f"{name} in {file}")
    return {name: _as_text(file, name, value) for name, value in values.items()}


def _as_text(file: Path, name: str, value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str() | int():
            return str(value)
        case list():
            return ",".join(str(item) for item in cast("list[object]", value))
        case _:
            raise ConfigurationError(f"{name} in {file} must be text, a number, true, false or a list of texts")


def _refuse_unknown(field: str, shown: str) -> None:
    if field in _NOT_YET:
        raise ConfigurationError(f"{shown} is not supported by this version of Highstreet; remove it")
    if field not in _FIELDS:
        raise ConfigurationError(_unknown(shown, field))


def _unknown(shown: str, field: str) -> str:
    near = difflib.get_close_matches(field.lower(), [*_FIELDS, _CONFIG_FILE], n=1, cutoff=0.0)[0]
    return f"{shown} is not a setting; did you mean {PREFIX}{near.upper()}?"


def _parse(name: str, text: str) -> object:
    stripped = text.strip()
    if not stripped:
        raise ConfigurationError(f"{PREFIX}{name.upper()} is empty; give it a value or remove it")
    kind = _FIELDS[name]
    several = get_origin(_bare(kind)) is tuple
    value: object = [part.strip() for part in stripped.split(",")] if several else stripped
    try:
        return msgspec.convert(value, kind, strict=False, dec_hook=_decode)
    except msgspec.ValidationError:
        raise ConfigurationError(f"{PREFIX}{name.upper()} cannot be {stripped!r}: {_expected(kind)}") from None


def _decode(kind: type[Any], value: object) -> object:
    assert kind in {Secret, Path}, "msgspec reads every other kind of setting itself"
    assert isinstance(value, str)
    return kind(value)


def _expected(kind: Any) -> str:  # noqa: ANN401 - a type as it is annotated
    bare = _bare(kind)
    if bare is bool:
        return "it is true or false"
    if bare in {int, float}:
        meta = _bounded(kind).__metadata__[0]
        return f"it is a {'whole ' if bare is int else ''}number from {meta.ge:g} to {meta.le:g}"
    return f"it is one of {', '.join(bare)}"


def _bare(kind: Any) -> Any:  # noqa: ANN401 - a type as it is annotated
    """`Secret` of `Annotated[Secret | None, ...]`."""
    bounded = _bounded(kind)
    inner = get_args(bounded)[0]
    return get_args(inner)[0] if isinstance(inner, UnionType) else inner


def _bounded(kind: Any) -> Any:  # noqa: ANN401 - a type as it is annotated
    """`Annotated[float, Meta(ge=1)]` of `Annotated[Annotated[float, Meta(ge=1)] | None, ...]`; else `kind` itself."""
    first, *_none = get_args(get_args(kind)[0]) or (None,)
    return first if hasattr(first, "__metadata__") else kind


_FIELDS: Final[dict[str, Any]] = get_type_hints(Settings, include_extras=True)


def _check(settings: Settings, *, serving: bool) -> None:
    for name, secret in (("DATABASE_URL", settings.database_url), ("MIGRATIONS_URL", settings.migrations_url)):
        if secret is not None and not _is_postgresql_url(secret.reveal()):
            raise ConfigurationError(f"{PREFIX}{name} must look like postgresql://user:password@host:5432/database")
    if settings.migrations_url is not None and settings.database_url is None:
        raise ConfigurationError(
            "HIGHSTREET_MIGRATIONS_URL is set but HIGHSTREET_DATABASE_URL is not: "
            "set both for your own PostgreSQL, or neither for the embedded one"
        )
    if settings.public_url is not None:
        _check_public_url(settings.public_url)
    for network in settings.trusted_proxies:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise ConfigurationError(
                f"HIGHSTREET_TRUSTED_PROXIES holds {network!r}, which is not an address or a network"
            ) from None
    _check_blobs(settings)
    _check_mail_and_traces(settings)
    _check_payments(settings)
    if settings.breached_passwords is not None and not settings.breached_passwords.is_file():
        raise ConfigurationError(f"HIGHSTREET_BREACHED_PASSWORDS is {settings.breached_passwords}, and is no file")
    _check_exposure(settings)
    if serving:
        _check_secret_key(settings)


def _is_postgresql_url(url: str) -> bool:
    if not url.startswith(("postgresql://", "postgres://")):
        return False
    try:
        ports = str(conninfo_to_dict(url).get("port") or "5432")
    except psycopg.ProgrammingError:
        return False
    return all(port.isdecimal() for port in ports.split(","))  # several hosts may be named, each with its port


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_origin(url: str) -> bool:
    """Whether it is a scheme and a host, and nothing behind them."""
    if not _is_http_url(url):
        return False
    parts = urlsplit(url)
    return not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)


def _check_public_url(url: str) -> None:
    if not _is_origin(url):
        raise ConfigurationError(
            f"HIGHSTREET_PUBLIC_URL cannot be {url!r}: it is a scheme and a host, such as https://deals.example"
        )


def _check_blobs(settings: Settings) -> None:
    url = settings.blobs_url or ""
    try:
        parts = urlsplit(url)
        plain = not (parts.query or parts.fragment or "@" in parts.netloc or ":" in parts.netloc)
    except ValueError:
        parts, plain = urlsplit(""), False
    in_bucket = plain and parts.scheme == "s3" and bool(parts.netloc)
    in_directory = plain and parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
    if url and not (in_bucket or in_directory):
        # The address may hold a key that does not belong there, so it is not quoted.
        raise ConfigurationError(
            "HIGHSTREET_BLOBS_URL must look like file:///a/directory or s3://bucket/prefix; "
            "keys have settings of their own"
        )
    keys = {"ACCESS_KEY": settings.blobs_access_key, "SECRET_KEY": settings.blobs_secret_key}
    others = {"ENDPOINT": settings.blobs_endpoint, "REGION": settings.blobs_region}
    stray = [name for name, value in {**others, **keys}.items() if value is not None]
    if stray and not in_bucket:
        raise ConfigurationError(f"HIGHSTREET_BLOBS_{stray[0]} is set but HIGHSTREET_BLOBS_URL does not name a bucket")
    for name, value in keys.items():
        if in_bucket and value is None:
            raise ConfigurationError(f"HIGHSTREET_BLOBS_URL names a bucket, so HIGHSTREET_BLOBS_{name} must be set")
    if settings.blobs_endpoint is not None and not _is_origin(settings.blobs_endpoint):
        raise ConfigurationError(
            "HIGHSTREET_BLOBS_ENDPOINT must be a scheme and a host, such as https://s3.example:9000"
        )


def _check_mail_and_traces(settings: Settings) -> None:
    if settings.traces_url is not None and not _is_http_url(settings.traces_url.reveal()):
        raise ConfigurationError("HIGHSTREET_TRACES_URL must look like http://collector:4318")
    if settings.smtp_url is not None:
        try:
            smtp.parse(settings.smtp_url.reveal())
        except ValueError as problem:
            raise ConfigurationError(f"HIGHSTREET_SMTP_URL {problem}") from None
    if settings.mail_from is not None and not _MAIL_ADDRESS.fullmatch(settings.mail_from):
        raise ConfigurationError("HIGHSTREET_MAIL_FROM must look like deals@example.com")


def _check_payments(settings: Settings) -> None:
    chosen, in_production = settings.payments, settings.env is Environment.PRODUCTION
    if chosen is PaymentProvider.SANDBOX and in_production:
        raise ConfigurationError(
            "HIGHSTREET_PAYMENTS is sandbox, which moves no money, and HIGHSTREET_ENV is production"
        )
    needed = {"SECRET_KEY": settings.stripe_secret_key, "WEBHOOK_SECRETS": settings.stripe_webhook_secrets}
    for name, value in needed.items():
        if chosen is PaymentProvider.STRIPE and value is None:
            raise ConfigurationError(f"HIGHSTREET_PAYMENTS is stripe, so HIGHSTREET_STRIPE_{name} must be set")
        if chosen is not PaymentProvider.STRIPE and value is not None:
            raise ConfigurationError(f"HIGHSTREET_STRIPE_{name} is set but HIGHSTREET_PAYMENTS is not stripe")
    key, secrets = settings.stripe_secret_key, settings.stripe_webhook_secrets
    if key is not None and not key.reveal().startswith(("sk_", "rk_")):
        raise ConfigurationError("HIGHSTREET_STRIPE_SECRET_KEY must begin with sk_ or rk_; pk_ is the key of pages")
    if secrets is not None and not all(each.strip().startswith("whsec_") for each in secrets.reveal().split(",")):
        raise ConfigurationError("HIGHSTREET_STRIPE_WEBHOOK_SECRETS holds something that does not begin with whsec_")
    if settings.stripe_url is not None and (in_production or not _is_origin(settings.stripe_url)):
        raise ConfigurationError(
            "HIGHSTREET_STRIPE_URL is a scheme and a host for tests, such as http://127.0.0.1:12111, and production "
            "refuses it"
        )


def _check_exposure(settings: Settings) -> None:
    if settings.env is Environment.PRODUCTION or settings.allow_remote or settings.host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ConfigurationError(
            f"HIGHSTREET_HOST is {settings.host}, but HIGHSTREET_ENV={settings.env} has test controls that anyone who "
            "reaches it may use; set HIGHSTREET_ALLOW_REMOTE=true if that is meant"
        )


def _check_secret_key(settings: Settings) -> None:
    key = settings.secret_key
    if key is None and settings.env is Environment.PRODUCTION:
        raise ConfigurationError(
            "HIGHSTREET_SECRET_KEY is not set and HIGHSTREET_ENV is production; make one with: openssl rand -hex 32"
        )
    if key is not None and len(key.reveal()) < _MIN_SECRET_CHARACTERS:
        raise ConfigurationError(f"HIGHSTREET_SECRET_KEY must have at least {_MIN_SECRET_CHARACTERS} characters")
