"""The doctor tries out mail, blobs and traces as the house would use them, and leaves nothing behind."""

import json
import socket
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from highstreet.__main__ import group
from highstreet.kit import smtp
from highstreet.kit.doctor import examining, outside
from highstreet.kit.doctor.checks import Level
from highstreet.kit.errors import Unavailable
from highstreet.kit.smtp import Encryption
from tests.buckets import BUCKET, serve_bucket
from tests.collector import collecting
from tests.mailroom import PASSWORD, USER, Manner, certificate, mailroom

CREDENTIALS = f"{USER}:{PASSWORD}@"


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("trust"))


@pytest.fixture
def trusted(pem: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    return pem


def told(check: str, data_dir: Path, **settings: str) -> tuple[str, str]:
    """The level, and what a person would read; there is no database, which fails other checks."""
    given = {"env": "test", "data_dir": str(data_dir), **settings}
    environ = {f"HIGHSTREET_{name.upper()}": text for name, text in given.items()}
    run = CliRunner().invoke(group, ["doctor", "--json"], env=environ)
    assert PASSWORD not in run.output
    (found,) = [each for each in json.loads(run.output)["findings"] if each["check"] == check]
    assert (found["advice"] is None) == (found["level"] == "ok")
    assert found["says"].endswith(".")
    return found["level"], found["says"]


def test_a_mail_server_that_would_take_mail_is_tried_without_sending_any(trusted: Path, tmp_path: Path) -> None:
    with mailroom(trusted, Manner()) as room:
        level, says = told("mail", tmp_path, smtp_url=f"smtp://{CREDENTIALS}127.0.0.1:{room.port}")
    assert (level, says) == (
        "ok",
        f"The mail server 127.0.0.1:{room.port} would take mail, and the login is right.",
    )
    words = [line.split()[0].upper() for line in room.heard]
    assert words == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]


def test_tls_from_the_first_byte_is_tried_too(trusted: Path, tmp_path: Path) -> None:
    with mailroom(trusted, Manner(tls=True)) as room:
        assert told("mail", tmp_path, smtp_url=f"smtps://127.0.0.1:{room.port}")[0] == "ok"
    assert [line.split()[0].upper() for line in room.heard] == ["EHLO", "QUIT"]


@pytest.mark.parametrize(
    ("manner", "url", "says"),
    [
        (Manner(starttls=False), "smtp://{who}127.0.0.1:{port}", "does not offer STARTTLS"),
        (Manner(), "smtp://ann:wrong@127.0.0.1:{port}", "refuses the user or the password (code 535)"),
        (Manner(login=False), "smtp://{who}127.0.0.1:{port}", "does not offer a way to log in that we know"),
        (Manner(banner=b"554 go away"), "smtp://{who}127.0.0.1:{port}", "answers with code 554 instead of going on"),
        (Manner(banner=b"\xff" * 9_000), "smtp://{who}127.0.0.1:{port}", "answers with code"),
        (Manner(banner=b"HTTP/1.1 400"), "smtp://{who}127.0.0.1:{port}", "as a mail server does"),
        (Manner(), "smtps://{who}127.0.0.1:{port}", "does not speak TLS as it should"),
        (Manner(silent=True), "smtp://{who}127.0.0.1:{port}", "said nothing for 0.5 seconds"),
    ],
    ids=lambda each: each if isinstance(each, str) and " " in each else "",
)
def test_what_keeps_mail_from_being_sent_is_told(
    trusted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manner: Manner, url: str, says: str
) -> None:
    monkeypatch.setattr(outside, "_WORD_S", 0.5 if manner.silent else 10.0)
    with mailroom(trusted, manner) as room:
        level, said = told("mail", tmp_path, smtp_url=url.format(who=CREDENTIALS, port=room.port))
    assert level == "fail"
    assert says in said
    if not manner.starttls:
        assert all("AUTH" not in line for line in room.heard)


def test_a_certificate_that_nobody_vouches_for_is_told_and_no_password_is(pem: Path, tmp_path: Path) -> None:
    with mailroom(pem, Manner()) as room:
        level, says = told("mail", tmp_path, smtp_url=f"smtp://{CREDENTIALS}127.0.0.1:{room.port}")
    assert (level, "a certificate that cannot be trusted" in says) == ("fail", True)
    assert all("AUTH" not in line for line in room.heard)


def test_a_mail_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "cannot be reached" in told("mail", tmp_path, smtp_url="smtp://127.0.0.1:1")[1]
    assert "name that is not known" in told("mail", tmp_path, smtp_url="smtp://nowhere.invalid")[1]


def test_that_no_mail_can_be_sent_is_told(tmp_path: Path) -> None:
    level, says = told("mail", tmp_path, env="production")
    assert (level, says) == ("warn", "No mail can be sent: HIGHSTREET_SMTP_URL is not set.")
    assert told("mail", tmp_path)[0] == "ok"


def test_a_server_without_tls_is_used_where_that_is_said(trusted: Path, tmp_path: Path) -> None:
    with mailroom(trusted, Manner(starttls=False)) as room:
        url = f"smtp://{CREDENTIALS}127.0.0.1:{room.port}?starttls=no"
        assert told("mail", tmp_path, smtp_url=url)[0] == "ok"
        assert told("mail", tmp_path, smtp_url=url, env="production")[0] == "warn"


def test_an_address_is_read_with_its_defaults_and_signs_that_are_escaped() -> None:
    address = smtp.parse("smtp://ann%40deals.example:p%2Fw@mail.example")
    assert (address.host, address.port, address.encryption) == ("mail.example", 587, Encryption.STARTTLS)
    assert (address.user, address.password) == ("ann@deals.example", "p/w")
    assert "p/w" not in repr(address)
    assert smtp.parse("smtps://mail.example").port == 465
    with pytest.raises(Unavailable):
        smtp.try_out(smtp.parse("smtp://127.0.0.1:1"), 1.0)


def test_blobs_are_tried_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir(mode=0o700)
    assert told("blobs", tmp_path) == ("ok", f"Blobs can be kept in {tmp_path / 'blobs'}, read and removed.")
    assert list((tmp_path / "blobs").iterdir()) == []


def test_a_directory_of_blobs_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    level, says = told("blobs", tmp_path)
    assert (level, "will be made" in says) == ("ok", True)
    assert not (tmp_path / "blobs").exists()


def test_a_place_that_is_no_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file")
    assert told("blobs", tmp_path)[0] == "fail"


def test_a_directory_of_blobs_is_judged_by_its_rights_and_its_room(tmp_path: Path) -> None:
    room = 10 * 1024**3
    assert outside.judge_directory(tmp_path, 0o40700, room).level is Level.OK
    assert outside.judge_directory(tmp_path, 0o40750, room).level is Level.OK
    assert outside.judge_directory(tmp_path, 0o40770, room).advice == f"run `chmod go-w {tmp_path}`"
    assert outside.judge_directory(tmp_path, 0o40700, 1024).level is Level.FAIL


@pytest.fixture(scope="module")
def endpoint() -> Generator[str]:
    with serve_bucket() as address:
        yield address


KEYS = {"blobs_access_key": USER, "blobs_secret_key": PASSWORD}


def test_a_bucket_is_tried_and_nothing_is_left(endpoint: str, tmp_path: Path) -> None:
    url = f"s3://{BUCKET}/some/where"
    assert told("blobs", tmp_path, blobs_url=url, blobs_endpoint=endpoint, **KEYS) == (
        "ok",
        f"Blobs can be kept in {url}, read and removed.",
    )
    assert "<Contents>" not in httpx.get(f"{endpoint}/{BUCKET}", params={"prefix": "some/where"}).text
    assert told("blobs", tmp_path, blobs_url="s3://no-such-bucket", blobs_endpoint=endpoint, **KEYS)[0] == "fail"


def test_a_collector_is_asked_whether_it_takes_traces(tmp_path: Path) -> None:
    with collecting() as collector:
        url = collector.url.replace("//", f"//{CREDENTIALS}")
        assert told("traces", tmp_path, traces_url=url)[0] == "ok"
        assert (collector.requests, collector.spans) == (1, [])
        assert "does not take traces" in told("traces", tmp_path, traces_url=f"{url}/elsewhere")[1]
    level, says = told("traces", tmp_path, traces_url=url)
    assert (level, "cannot be reached" in says) == ("warn", True)
    assert told("traces", tmp_path)[0] == "ok"


def test_whoever_never_answers_does_not_hold_up_the_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "LOOK_WITHIN_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        assert told("mail", tmp_path, smtp_url=f"smtp://{place}") == ("fail", "Nothing answered within 0 seconds.")
