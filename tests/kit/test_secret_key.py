"""There is one secret key for an installation, whoever asks first, and nobody else can read it."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from highstreet.kit.errors import ConfigurationError
from highstreet.kit.secret_key import secret_key
from highstreet.kit.settings import Environment, Secret, Settings


def test_the_operators_key_is_taken_and_none_is_made(tmp_path: Path) -> None:
    theirs = Secret("x" * 32)
    assert secret_key(Settings(secret_key=theirs, data_dir=tmp_path)) == theirs
    assert list(tmp_path.iterdir()) == []


def test_whoever_asks_first_makes_it_and_all_have_the_same(tmp_path: Path) -> None:
    settings = Settings(env=Environment.TEST, data_dir=tmp_path / "fresh")
    with ThreadPoolExecutor(16) as threads:
        keys = set(threads.map(secret_key, [settings] * 64))
    (kept,) = (tmp_path / "fresh").iterdir()
    assert keys == {Secret(kept.read_text())}
    assert len(kept.read_text()) >= 32
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_production_makes_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="HIGHSTREET_SECRET_KEY"):
        secret_key(Settings(data_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be kept"):
        secret_key(Settings(env=Environment.TEST, data_dir=tmp_path / "file"))
