"""Where an embedded cluster lives and which user runs it.

PostgreSQL refuses to run as root. As root the cluster therefore stands in its own directory under
`/var/lib/highstreet`, which an unprivileged user can reach whatever the modes of the data directory are, and belongs to
that user. What we did not make keeps its owner and its mode.
"""

import hashlib
import os
import pwd
import stat
import tempfile
from pathlib import Path

import msgspec

from highstreet.kit.errors import ConfigurationError

ROOT_BASE = Path("/var/lib/highstreet")
_WHOSE = "data-directory"
"""The file in a home of root's that names the data directory."""
_SOCKET_DIRECTORY_BYTES = 88
"""The kernel takes 107 bytes of path (103 on macOS), and PostgreSQL appends `/.s.PGSQL.5432`."""


class Owner(msgspec.Struct, frozen=True):
    """The user that PostgreSQL runs as. None in its place means ourselves."""

    uid: int
    gid: int


class Home(msgspec.Struct, frozen=True):
    """The directories of one cluster. `base` is ours; `cluster` and `sockets` belong to `owner`."""

    base: Path
    owner: Owner | None
    sockets: Path

    @property
    def cluster(self) -> Path:
        return self.base / "cluster"

    @property
    def log(self) -> Path:
        return self.cluster / "server.log"


def home_of(data_dir: Path) -> Home:
    """The home of the cluster that belongs to a data directory, made if it is missing.

    Raises ConfigurationError when the directories cannot be made or belong to somebody else.
    """
    home = make_home(base_of(data_dir))
    if os.geteuid() == 0:
        # The data directory stands for as long as somebody wants the cluster: see `abandoned`.
        try:
            data_dir.absolute().mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise ConfigurationError(f"HIGHSTREET_DATA_DIR: {data_dir} cannot be made: {problem.strerror}") from None
        (home.base / _WHOSE).write_text(f"{data_dir.absolute()}\n", encoding="utf-8")
    return home


def base_of(data_dir: Path) -> Path:
    """Where the home of a data directory's cluster is or would be. Makes nothing."""
    key = hashlib.sha256(os.fsencode(data_dir.absolute())).hexdigest()[:16]
    return ROOT_BASE / key if os.geteuid() == 0 else data_dir.absolute() / "postgres"


def abandoned() -> list[Path]:
    """As root: the bases of clusters whose data directory is gone, so that nobody will find them again."""
    notes = sorted(ROOT_BASE.glob(f"*/{_WHOSE}"))
    return [note.parent for note in notes if not Path(note.read_text(encoding="utf-8").rstrip("\n")).exists()]


def make_home(base: Path) -> Home:
    """A home at a given base; as root, `base` must be reachable for an unprivileged user."""
    owner = _unprivileged(base / "cluster") if os.geteuid() == 0 else None
    sockets = base / "sockets"
    if len(os.fsencode(sockets)) > _SOCKET_DIRECTORY_BYTES:
        key = hashlib.sha256(os.fsencode(base)).hexdigest()[:16]
        sockets = Path(tempfile.gettempdir()) / f"highstreet-{os.geteuid()}-{key}"
    try:
        make_open_directory(base)
        _private_directory(sockets, owner)
    except OSError as problem:
        raise ConfigurationError(
            f"HIGHSTREET_DATA_DIR: PostgreSQL cannot have a directory at {base}: {problem.strerror}"
        ) from None
    return Home(base=base, owner=owner, sockets=sockets)


def make_open_directory(path: Path) -> None:
    """Make what is missing of `path` such that every user can pass through, whatever the umask says."""
    if path.is_dir():
        return
    make_open_directory(path.parent)
    path.mkdir(exist_ok=True)
    path.chmod(0o755)


def _unprivileged(cluster: Path) -> Owner:
    """Whom an existing cluster belongs to, else `postgres`, else `nobody`."""
    if cluster.exists():
        status = cluster.stat()
        return Owner(status.st_uid, status.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(entry.pw_uid, entry.pw_gid)
    raise ConfigurationError(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it; make one, "
        "start Highstreet as an ordinary user, or set HIGHSTREET_DATABASE_URL"
    )


def _private_directory(path: Path, owner: Owner | None) -> None:
    """Make `path` for the owner alone, or accept one that already is: in a shared directory anybody may come first."""
    uid = owner.uid if owner else os.geteuid()
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != uid or stat.S_IMODE(status.st_mode) & 0o077:
            raise ConfigurationError(f"{path} must be a directory that only PostgreSQL's user can enter") from None
        return
    if owner:
        os.chown(path, owner.uid, owner.gid)
