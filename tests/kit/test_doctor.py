"""The doctor's rules, at their edges; what it finds in a real installation is in `tests/cli/test_doctor.py`."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from highstreet.kit.clock import SystemClock
from highstreet.kit.database import APP_ROLE, SYSTEM_ROLE
from highstreet.kit.doctor import backlog, clocks, configuration, disk, server
from highstreet.kit.doctor.checks import Level, Verdict
from highstreet.kit.outbox_repository import Standing
from highstreet.kit.postgres import home
from highstreet.kit.postgres.server import EmbeddedPostgres
from highstreet.kit.settings import Environment, Secret, Settings
from highstreet.kit.tables import Table

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"
OK, WARN, FAIL = Level.OK, Level.WARN, Level.FAIL


def _table(**told: bool) -> Table:
    usual = {"protected": True, "forced": True, "written": True, "seen_whole": True}
    return Table(schema="kit", name="facts", **{**usual, **told})


def _standing(*, pending: int = 0, dead: int = 0, age_s: float = 0.0) -> Standing:
    oldest = NOW - timedelta(seconds=age_s) if pending or dead else None
    return Standing(subscriber="postman", pending=pending, dead=dead, oldest_at=oldest)


def _settings(**given: object) -> Settings:
    usual = {"secret_key": Secret(KEY), "public_url": "https://deals.example", "trusted_proxies": ("127.0.0.1",)}
    return Settings(**{**usual, **given})  # pyright: ignore[reportArgumentType] -- fields by name, as a test gives them


VERDICTS = [
    (server.judge_version(149_999), FAIL),
    (server.judge_version(150_000), OK),
    (server.judge_roles({}), FAIL),
    (server.judge_roles({APP_ROLE: True}), FAIL),
    (server.judge_roles({APP_ROLE: True, SYSTEM_ROLE: False}), FAIL),
    (server.judge_roles({APP_ROLE: True, SYSTEM_ROLE: True}), OK),
    (server.judge_protection([]), FAIL),
    (server.judge_protection([_table(), _table(protected=False, forced=False)]), FAIL),
    (server.judge_protection([_table(forced=False)]), FAIL),
    (server.judge_protection([_table(forced=False, written=False, seen_whole=False)]), OK),
    (server.judge_protection([_table(seen_whole=False)]), WARN),
    (server.judge_migrations(["0009_later"]), FAIL),
    (server.judge_migrations([]), OK),
    (backlog.judge_letters([_standing(pending=3)]), OK),
    (backlog.judge_letters([_standing(), _standing(dead=1)]), WARN),
    (backlog.judge_backlog([], NOW), OK),
    (backlog.judge_backlog([_standing(pending=1, age_s=60)], NOW), OK),
    (backlog.judge_backlog([_standing(pending=1, age_s=61)], NOW), WARN),
    (backlog.judge_backlog([_standing(pending=1, age_s=3_601)], NOW), FAIL),
    (backlog.judge_backlog([_standing(pending=1, dead=1, age_s=3_601)], NOW), OK),
    (backlog.judge_jobs(0), OK),
    (backlog.judge_jobs(1), WARN),
    (clocks.judge_server_clock(timedelta(seconds=1.9)), OK),
    (clocks.judge_server_clock(timedelta(seconds=-2)), WARN),
    (clocks.judge_server_clock(timedelta(seconds=60)), FAIL),
    (clocks.judge_house_clock(timedelta(milliseconds=3), "-"), OK),
    (clocks.judge_house_clock(timedelta(days=-3), "-"), WARN),
    (disk.judge_space(2 * 1024**3, Path("here")), OK),
    (disk.judge_space(2 * 1024**3 - 1, Path("here")), WARN),
    (disk.judge_space(256 * 1024**2 - 1, Path("here")), FAIL),
    (disk.judge_leftovers([]), OK),
    (disk.judge_leftovers([(Path("there"), 5)] * 7), WARN),
    (configuration.judge_secret_key(_settings()), OK),
    (configuration.judge_secret_key(_settings(secret_key=None)), FAIL),
    (configuration.judge_secret_key(_settings(secret_key=Secret("short"))), FAIL),
    (configuration.judge_secret_key(_settings(secret_key=Secret("ab" * 20))), WARN),
    (configuration.judge_public_url(_settings()), OK),
    (configuration.judge_public_url(_settings(public_url=None)), WARN),
    (configuration.judge_public_url(_settings(public_url="http://deals.example")), WARN),
    (configuration.judge_public_url(_settings(public_url="http://127.0.0.1:8000")), OK),
    (configuration.judge_trusted_proxies(_settings()), OK),
    (configuration.judge_trusted_proxies(_settings(trusted_proxies=())), WARN),
    (configuration.judge_trusted_proxies(_settings(trusted_proxies=("::1", "0.0.0.0/0"))), FAIL),
]


@pytest.mark.parametrize(("verdict", "level"), VERDICTS, ids=lambda each: getattr(each, "says", None))
def test_a_rule_says_how_bad_it_is_in_one_sentence_and_what_to_do(verdict: Verdict, level: Level) -> None:
    assert verdict.level is level
    assert verdict.says.endswith(".")
    assert "\n" not in verdict.says
    assert (verdict.advice is None) == (level is OK)
    assert not (verdict.advice or "").endswith(".")


def test_a_secret_is_not_told() -> None:
    for secret in (Secret("short-and-secret"), Secret("aaab" * 9)):
        assert secret.reveal() not in str(configuration.judge_secret_key(_settings(secret_key=secret)))


@pytest.mark.parametrize(
    "judge", [configuration.judge_secret_key, configuration.judge_public_url, configuration.judge_trusted_proxies]
)
def test_a_demonstration_is_not_held_to_the_rules_of_production(
    judge: Callable[[Settings], Verdict],
) -> None:
    bare = Settings(env=Environment.DEMO)
    assert judge(bare).level is OK


def test_a_cluster_is_abandoned_when_its_data_directory_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "ROOT_BASE", tmp_path / "base")
    (tmp_path / "alive").mkdir()
    for name, data_dir in (("kept", tmp_path / "alive"), ("lost", tmp_path / "gone")):
        (tmp_path / "base" / name).mkdir(parents=True)
        (tmp_path / "base" / name / "data-directory").write_text(f"{data_dir}\n")
    (tmp_path / "base" / "programs-1").mkdir()
    assert home.abandoned() == [tmp_path / "base" / "lost"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps clusters apart from their data directories")
def test_a_cluster_that_somebody_uses_is_never_called_a_leftover(
    tmp_path: Path, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "ROOT_BASE", tmp_path)
    settings = Settings(data_dir=tmp_path / "never made")
    (look,) = [check.look for check in disk.CHECKS if check.name == "leftover databases"]
    for base in (home.base_of(settings.data_dir), tmp_path / "running", tmp_path / "lost"):
        base.mkdir()
        (base / "data-directory").write_text(f"{tmp_path / 'gone'}\n")
    (tmp_path / "running" / "cluster").symlink_to(postgres.home.cluster)
    verdict = look(settings, SystemClock())
    assert verdict.says.startswith("1 embedded databases")
    assert f"remove {tmp_path / 'lost'};" in str(verdict.advice)
