"""What a killed test process leaves behind goes with the next run, and nothing else does."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests import scratch

_PROGRAM = """
import sys
from highstreet.kit.postgres.home import make_home
from highstreet.kit.postgres.server import serve
from tests.scratch import scratch_directory

in_memory = sys.argv[1] == "True"
with scratch_directory(in_memory=in_memory) as directory, serve(make_home(directory / "one"), durable=False):
    print(directory, flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("in_memory", [False, True])
def test_the_server_and_the_directory_of_a_killed_process_are_removed(*, in_memory: bool) -> None:
    with (
        scratch.scratch_directory() as ours,
        subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(in_memory)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as killed,
    ):
        assert killed.stdout
        directory = Path(killed.stdout.readline().strip())
        postmaster = psutil.Process(int((directory / "one/cluster/postmaster.pid").read_text().splitlines()[0]))
        scratch.sweep()
        assert directory.exists(), "its process lives"
        killed.kill()
        killed.wait()
        assert postmaster.is_running()
        scratch.sweep()
        assert not directory.exists()
        assert not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE
        assert ours.exists()
