"""The installation's secret key: the operator's, or outside production one that is made once for a data directory."""

import contextlib
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from highstreet.kit.errors import ConfigurationError
from highstreet.kit.settings import Environment, Secret, Settings

_FILE: Final = "secret_key"
_RANDOM_BYTES: Final = 32


def secret_key(settings: Settings) -> Secret:
    """What signs and encrypts here, the same in every process of the installation.

    Raises ConfigurationError in production without the setting, and where the made one can be neither kept nor read.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    if settings.env is Environment.PRODUCTION:
        raise ConfigurationError("HIGHSTREET_SECRET_KEY is not set and HIGHSTREET_ENV is production")
    try:
        return Secret(_kept(settings.data_dir))
    except OSError as problem:
        raise ConfigurationError(
            f"The secret key in {settings.data_dir} cannot be kept: {problem.strerror}; set HIGHSTREET_SECRET_KEY"
        ) from None


@lru_cache(maxsize=16)
def _kept(data_dir: Path) -> str:
    """The key of this data directory; of processes that start at once, the first to finish its file has made it.

    It is read once: whoever signs in is recognised by it, with every request.
    """
    file = data_dir / _FILE
    with contextlib.suppress(FileNotFoundError):
        return file.read_text(encoding="ascii")
    data_dir.mkdir(parents=True, exist_ok=True)
    beside = data_dir / f"{_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as writing:
            writing.write(secrets.token_hex(_RANDOM_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(beside, file)
    finally:
        beside.unlink()
    return file.read_text(encoding="ascii")
