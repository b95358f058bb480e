"""A setting is understood or refused by name; it is never guessed, and a secret is never shown."""

import string
import traceback
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from highstreet.kit.errors import ConfigurationError
from highstreet.kit.settings import Environment, LogFormat, PaymentProvider, Secret, Settings, load_settings, reference

KEY = "0123456789abcdef0123456789abcdef"
DEMO = {"HIGHSTREET_ENV": "demo"}
BUCKET = {
    "HIGHSTREET_BLOBS_URL": "s3://bucket",
    "HIGHSTREET_BLOBS_ACCESS_KEY": "name",
    "HIGHSTREET_BLOBS_SECRET_KEY": "key",
}
STRIPE = {
    "HIGHSTREET_PAYMENTS": "stripe",
    "HIGHSTREET_STRIPE_SECRET_KEY": "sk_test_key",
    "HIGHSTREET_STRIPE_WEBHOOK_SECRETS": "whsec_one",
}
NAMES = [setting.name for setting in reference()]


def _refusal(environ: dict[str, str], config: Path | None = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_settings(environ, config)
    return str(refused.value)


def test_every_setting_can_be_made_in_the_environment() -> None:
    settings = load_settings(
        {
            "HIGHSTREET_ENV": "production",
            "HIGHSTREET_DATABASE_URL": "postgresql://app:pw@db/highstreet",
            "HIGHSTREET_MIGRATIONS_URL": "postgresql://owner:pw@db/highstreet",
            "HIGHSTREET_DATA_DIR": "/var/lib/deals",
            "HIGHSTREET_PUBLIC_URL": "https://deals.example",
            "HIGHSTREET_SECRET_KEY": KEY,
            "HIGHSTREET_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "HIGHSTREET_BLOBS_URL": "s3://pictures/of/deals",
            "HIGHSTREET_BLOBS_ENDPOINT": "https://s3.example:9000",
            "HIGHSTREET_BLOBS_REGION": "eu-west-3",
            "HIGHSTREET_BLOBS_ACCESS_KEY": "pictures",
            "HIGHSTREET_BLOBS_SECRET_KEY": "open-sesame",
            "HIGHSTREET_PAYMENTS": "stripe",
            "HIGHSTREET_STRIPE_SECRET_KEY": "sk_live_key",
            "HIGHSTREET_STRIPE_WEBHOOK_SECRETS": "whsec_one, whsec_two",
            "HIGHSTREET_HOST": "0.0.0.0",
            "HIGHSTREET_PORT": "8080",
            "HIGHSTREET_ALLOW_REMOTE": "true",
            "HIGHSTREET_METRICS_TOKEN": "scrape-me",
            "HIGHSTREET_LOG_FORMAT": "json",
            "HIGHSTREET_TRACES_URL": "http://collector:4318",
            "HIGHSTREET_TRACES_RATIO": "0.25",
            "HIGHSTREET_SMTP_URL": "smtps://mail.example",
            "PATH": "/bin",
        }
    )
    assert settings == Settings(
        env=Environment.PRODUCTION,
        database_url=Secret("postgresql://app:pw@db/highstreet"),
        migrations_url=Secret("postgresql://owner:pw@db/highstreet"),
        data_dir=Path("/var/lib/deals"),
        public_url="https://deals.example",
        secret_key=Secret(KEY),
        trusted_proxies=("10.0.0.0/8", "::1"),
        blobs_url="s3://pictures/of/deals",
        blobs_endpoint="https://s3.example:9000",
        blobs_region="eu-west-3",
        blobs_access_key=Secret("pictures"),
        blobs_secret_key=Secret("open-sesame"),
        payments=PaymentProvider.STRIPE,
        stripe_secret_key=Secret("sk_live_key"),
        stripe_webhook_secrets=Secret("whsec_one, whsec_two"),
        host="0.0.0.0",
        port=8080,
        allow_remote=True,
        metrics_token=Secret("scrape-me"),
        log_format=LogFormat.JSON,
        traces_url=Secret("http://collector:4318"),
        traces_ratio=0.25,
        smtp_url=Secret("smtps://mail.example"),
    )


def test_the_environment_wins_over_the_file_and_the_file_over_the_command(tmp_path: Path) -> None:
    file = tmp_path / "highstreet.toml"
    file.write_text('env = "demo"\nport = 9000\nallow_remote = true\ntrusted_proxies = ["::1", "10.0.0.1"]\n')
    settings = load_settings(
        {"HIGHSTREET_CONFIG": str(file), "HIGHSTREET_PORT": "9001"}, fallback={"env": "test", "log_format": "json"}
    )
    assert (settings.env, settings.port, settings.allow_remote) == (Environment.DEMO, 9001, True)
    assert settings.trusted_proxies == ("::1", "10.0.0.1")
    assert settings.log_format is LogFormat.JSON


@given(st.sampled_from(NAMES), st.integers(0, 60), st.sampled_from(string.ascii_uppercase + string.digits + "_"))
def test_a_misspelt_setting_stops_the_start_and_names_the_right_one(name: str, at: int, letter: str) -> None:
    at = len("HIGHSTREET_") + at % (len(name) - len("HIGHSTREET_"))
    misspelt = name[:at] + letter + name[at + 1 :]
    assume(misspelt not in NAMES)
    message = _refusal({**DEMO, misspelt: "1"})
    assert message.startswith(f"{misspelt} is not a setting; did you mean HIGHSTREET_")
    if len(name) > len("HIGHSTREET_") + 6:  # in a short name one letter may make it nearer to another
        assert message.endswith(f"{name}?")


@pytest.mark.parametrize("name", ["highstreet_port", "Highstreet_Port", "HIGHSTREET_port", "HIGHSTREETPORT"])
def test_a_setting_in_the_wrong_case_or_without_its_underscore_is_not_overlooked(name: str) -> None:
    assert _refusal({**DEMO, name: "1"}) == f"{name} is not a setting; did you mean HIGHSTREET_PORT?"


@pytest.mark.parametrize("name", ["EVENTS_URL", "ANALYTICS_URL", "CACHE_URL"])
def test_a_setting_of_a_later_version_is_refused_and_not_ignored(name: str) -> None:
    assert "is not supported by this version" in _refusal({**DEMO, f"HIGHSTREET_{name}": "x"})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"HIGHSTREET_ENV": "prod"}, "HIGHSTREET_ENV cannot be 'prod': it is one of production, demo, test"),
        ({"HIGHSTREET_PORT": "http"}, "HIGHSTREET_PORT cannot be 'http': it is a whole number from 0 to 65535"),
        ({"HIGHSTREET_PORT": "65536"}, "HIGHSTREET_PORT cannot be '65536': it is a whole number from 0 to 65535"),
        ({"HIGHSTREET_SEARCH_PUBLISH_HOURS": "0"}, "cannot be '0': it is a number from 0.01 to 8760"),
        ({"HIGHSTREET_ALLOW_REMOTE": "maybe"}, "HIGHSTREET_ALLOW_REMOTE cannot be 'maybe': it is true or false"),
        ({"HIGHSTREET_PUBLIC_URL": "deals.example"}, "HIGHSTREET_PUBLIC_URL cannot be 'deals.example'"),
        ({"HIGHSTREET_PUBLIC_URL": "https://[::1"}, "HIGHSTREET_PUBLIC_URL cannot be"),
        ({"HIGHSTREET_PUBLIC_URL": "https://a.example/shop"}, "it is a scheme and a host"),
        ({"HIGHSTREET_DATABASE_URL": "mysql://a/b"}, "HIGHSTREET_DATABASE_URL must look like postgresql://"),
        ({"HIGHSTREET_DATABASE_URL": "postgresql://a:b@c:port/d"}, "HIGHSTREET_DATABASE_URL must look like"),
        ({"HIGHSTREET_DATABASE_URL": " "}, "HIGHSTREET_DATABASE_URL is empty"),
        ({"HIGHSTREET_MIGRATIONS_URL": "postgresql://a/b"}, "HIGHSTREET_DATABASE_URL is not"),
        ({"HIGHSTREET_TRUSTED_PROXIES": "10.0.0.0/8,proxy"}, "HIGHSTREET_TRUSTED_PROXIES holds 'proxy'"),
        ({"HIGHSTREET_BLOBS_URL": "blobs"}, "HIGHSTREET_BLOBS_URL must look like file:///a/directory or s3://"),
        ({"HIGHSTREET_BLOBS_URL": "file://blobs"}, "HIGHSTREET_BLOBS_URL must look like file:///a/directory"),
        ({"HIGHSTREET_BLOBS_URL": "s3://[x"}, "HIGHSTREET_BLOBS_URL must look like"),
        ({"HIGHSTREET_BLOBS_URL": "s3://name:secret@bucket"}, "keys have settings of their own"),
        ({"HIGHSTREET_BLOBS_URL": "s3://bucket"}, "so HIGHSTREET_BLOBS_ACCESS_KEY must be set"),
        (
            {**BUCKET, "HIGHSTREET_BLOBS_ENDPOINT": "s3.example"},
            "HIGHSTREET_BLOBS_ENDPOINT must be a scheme and a host",
        ),
        ({"HIGHSTREET_BLOBS_REGION": "eu-west-3"}, "HIGHSTREET_BLOBS_REGION is set but HIGHSTREET_BLOBS_URL does not"),
        (
            {"HIGHSTREET_BLOBS_URL": "file:///blobs", "HIGHSTREET_BLOBS_SECRET_KEY": "k"},
            "HIGHSTREET_BLOBS_SECRET_KEY is set but HIGHSTREET_BLOBS_URL does not name a bucket",
        ),
        (
            {"HIGHSTREET_ENV": "production", "HIGHSTREET_SECRET_KEY": KEY, "HIGHSTREET_PAYMENTS": "sandbox"},
            "HIGHSTREET_PAYMENTS is sandbox, which moves no money, and HIGHSTREET_ENV is production",
        ),
        ({"HIGHSTREET_PAYMENTS": "cash"}, "HIGHSTREET_PAYMENTS cannot be 'cash': it is one of sandbox, stripe"),
        ({"HIGHSTREET_PAYMENTS": "stripe"}, "so HIGHSTREET_STRIPE_SECRET_KEY must be set"),
        (
            {name: value for name, value in STRIPE.items() if "WEBHOOK" not in name},
            "so HIGHSTREET_STRIPE_WEBHOOK_SECRETS must be set",
        ),
        (
            {"HIGHSTREET_STRIPE_SECRET_KEY": "sk_test_key"},
            "HIGHSTREET_STRIPE_SECRET_KEY is set but HIGHSTREET_PAYMENTS is not stripe",
        ),
        ({**STRIPE, "HIGHSTREET_STRIPE_SECRET_KEY": "pk_test_key"}, "HIGHSTREET_STRIPE_SECRET_KEY must begin with sk_"),
        ({**STRIPE, "HIGHSTREET_STRIPE_WEBHOOK_SECRETS": "whsec_a, b"}, "holds something that does not begin with"),
        ({**STRIPE, "HIGHSTREET_STRIPE_URL": "stripe.example"}, "HIGHSTREET_STRIPE_URL is a scheme and a host for"),
        (
            {
                **STRIPE,
                "HIGHSTREET_ENV": "production",
                "HIGHSTREET_SECRET_KEY": KEY,
                "HIGHSTREET_STRIPE_URL": "https://a.example",
            },
            "production refuses it",
        ),
        ({"HIGHSTREET_SECRET_KEY": "short"}, "HIGHSTREET_SECRET_KEY must have at least 32 characters"),
        ({"HIGHSTREET_ENV": "production"}, "HIGHSTREET_SECRET_KEY is not set and HIGHSTREET_ENV is production"),
        ({"HIGHSTREET_HOST": "0.0.0.0"}, "HIGHSTREET_ALLOW_REMOTE=true"),
        ({"HIGHSTREET_HOST": "deals.example"}, "HIGHSTREET_ALLOW_REMOTE=true"),
        ({"HIGHSTREET_TRACES_URL": "collector:4318"}, "HIGHSTREET_TRACES_URL must look like http://collector:4318"),
        ({"HIGHSTREET_TRACES_URL": "http://[::1"}, "HIGHSTREET_TRACES_URL must look like http://collector:4318"),
        ({"HIGHSTREET_SMTP_URL": "mail.example"}, "HIGHSTREET_SMTP_URL must look like smtp://user:password@"),
        ({"HIGHSTREET_SMTP_URL": "smtp://mail.example/x"}, "HIGHSTREET_SMTP_URL must look like smtp://user:password@"),
        ({"HIGHSTREET_SMTP_URL": "smtp://a.example:port"}, "HIGHSTREET_SMTP_URL must look like smtp://user:password@"),
        ({"HIGHSTREET_SMTP_URL": "smtps://a.example?starttls=no"}, "HIGHSTREET_SMTP_URL must look like smtp://"),
        ({"HIGHSTREET_SMTP_URL": "smtp://ann@a.example"}, "HIGHSTREET_SMTP_URL has a user without a password"),
        ({"HIGHSTREET_SMTP_URL": "smtp://ann:pw@a.example?starttls=no"}, "would send it in the clear"),
        ({"HIGHSTREET_TRACES_RATIO": "1.5"}, "HIGHSTREET_TRACES_RATIO cannot be '1.5': it is a number from 0 to 1"),
        ({"HIGHSTREET_TRACES_RATIO": "nan"}, "HIGHSTREET_TRACES_RATIO cannot be 'nan': it is a number from 0 to 1"),
        ({"HIGHSTREET_CONFIG": "/nowhere.toml"}, "The settings file /nowhere.toml cannot be read"),
    ],
)
def test_a_wrong_or_contradictory_setting_stops_the_start_with_one_sentence(wrong: dict[str, str], told: str) -> None:
    message = _refusal({**DEMO, **wrong})
    assert told in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot = 1", "prot in {file} is not a setting; did you mean HIGHSTREET_PORT?"),
        ("config = 'other.toml'", "config in {file} is not a setting"),
        ("events_url = 'nats://a'", "events_url in {file} is not supported by this version"),
        ("port = 1.5", "port in {file} must be text, a number"),
        ("secret_key = 'hunter2", "The settings file {file} is not TOML (at end of document)"),
    ],
)
def test_a_settings_file_is_held_to_the_same_rules(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "highstreet.toml"
    file.write_text(text)
    message = _refusal(DEMO, file)
    assert message.startswith(told.format(file=file))
    assert "hunter2" not in message


def test_production_needs_its_secret_key_only_to_serve() -> None:
    assert load_settings({}, serving=False).env is Environment.PRODUCTION
    assert load_settings({"HIGHSTREET_SECRET_KEY": KEY, "HIGHSTREET_HOST": "0.0.0.0"}).host == "0.0.0.0"


def test_the_data_directory_does_not_move_with_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({**DEMO, "HIGHSTREET_DATA_DIR": "here"}).data_dir == tmp_path / "here"


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=12, max_size=40))
def test_a_secret_never_appears_in_a_repr_an_error_or_a_traceback(secret: str) -> None:
    environ = {**DEMO, "HIGHSTREET_DATABASE_URL": f"postgresql://app:{secret}@db/highstreet"}
    settings = load_settings(environ)
    assert secret not in f"{settings!r} {settings} {settings.database_url!s}"
    for wrong in (
        {"HIGHSTREET_DATABASE_URL": f"mysql://app:{secret}@db/x"},
        {"HIGHSTREET_DATABASE_URL": f"postgresql://app:pw@db:{secret}x/x"},
        {"HIGHSTREET_PORT": "x"},
        {"HIGHSTREET_SECRET_KEY": secret[:12]},
        {"HIGHSTREET_SMTP_URL": f"smtp://ann:{secret}@mail.example?starttls=no"},
        {"HIGHSTREET_SMTP_URL": f"smtp://ann:{secret}@mail.example:{secret}x"},
        {**STRIPE, "HIGHSTREET_STRIPE_SECRET_KEY": secret},
        {**STRIPE, "HIGHSTREET_STRIPE_WEBHOOK_SECRETS": secret},
        {"HIGHSTREET_TRACES_URL": f"ftp://ann:{secret}@collector"},
    ):
        with pytest.raises(ConfigurationError) as refused:
            load_settings({**environ, **wrong})
        assert secret[:12] not in "".join(traceback.format_exception(refused.value))


def test_the_reference_tells_of_every_setting_what_it_is_for() -> None:
    settings = list(reference())
    assert [setting.name.removeprefix("HIGHSTREET_").lower() for setting in settings] == list(
        Settings.__struct_fields__
    )
    assert all(setting.description for setting in settings)
    assert {setting.name for setting in settings if setting.secret} == {
        "HIGHSTREET_DATABASE_URL",
        "HIGHSTREET_MIGRATIONS_URL",
        "HIGHSTREET_SECRET_KEY",
        "HIGHSTREET_METRICS_TOKEN",
        "HIGHSTREET_BLOBS_ACCESS_KEY",
        "HIGHSTREET_BLOBS_SECRET_KEY",
        "HIGHSTREET_SMTP_URL",
        "HIGHSTREET_TRACES_URL",
        "HIGHSTREET_STRIPE_SECRET_KEY",
        "HIGHSTREET_STRIPE_WEBHOOK_SECRETS",
    }
    assert {setting.default for setting in settings if setting.name == "HIGHSTREET_PORT"} == {"8000"}
