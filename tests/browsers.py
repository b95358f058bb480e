"""Finds the browser that the tests of pages use: `python -m tests.browsers` prints what `DEV_BROWSER` is to be.

`playwright` is Playwright's own Chromium, a path is the system's, and nothing means that there is none. Tried in this
order: what is set already, Playwright's own as installed, the same as downloaded, the system's, the same from apt.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from playwright.sync_api import Error, sync_playwright

OWN = "playwright"
_SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_DOWNLOAD_SECONDS = 300
_ASK_AGAIN_SECONDS = 7 * 24 * 3600


def executable() -> str | None:
    """What Playwright's `executable_path` has to be: None for its own browser.

    Skips the test, which is said loudly at the end, where `./dev test` found no browser at all.
    """
    found = os.environ.get("DEV_BROWSER")
    if found is None:  # pytest was started by hand
        return _system() or None
    if not found:
        pytest.skip("no browser: Playwright's cannot be downloaded, and apt has no chromium")
    return None if found == OWN else found


def find() -> str:
    """The browser to use, downloaded or installed where there is none yet; empty where that is impossible."""
    return os.environ.get("DEV_BROWSER") or _own_installed() or _own_downloaded() or _system() or _from_apt()


def _own_installed() -> str:
    """Playwright's own, if it is there and starts: on a bare machine it lacks libraries."""
    with sync_playwright() as playwright:
        if not Path(playwright.chromium.executable_path).exists():
            return ""
        try:
            playwright.chromium.launch().close()
        except Error:
            return ""
    return OWN


def _own_downloaded() -> str:
    """Download it. A failure is remembered for a week, so that a machine that may not is not asked at each run."""
    failed = Path(sys.prefix) / ".no-browser-download"
    if failed.exists() and time.time() - failed.stat().st_mtime < _ASK_AGAIN_SECONDS:
        return ""
    _say("downloading Playwright's Chromium")
    if _run([sys.executable, "-m", "playwright", "install", "chromium"], _DOWNLOAD_SECONDS) and (
        own := _own_installed()
    ):
        return own
    failed.touch()
    _say("Playwright's Chromium cannot be had here; looking for the system's")
    return ""


def _system() -> str:
    return next((path for name in _SYSTEM if (path := shutil.which(name))), "")


def _from_apt() -> str:
    """Debian's Chromium, as root or where sudo asks for no password."""
    if not shutil.which("apt-get"):
        return ""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    _say("installing Debian's chromium with apt-get")
    _run([*sudo, "apt-get", "update", "-qq"], 300)
    _run([*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], 600)
    return _system()


def _run(command: list[str], seconds: int) -> bool:
    """Whether it came to a good end in time."""
    with tempfile.TemporaryFile() as said:
        try:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=seconds, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return ended.returncode == 0


def _say(what: str) -> None:
    sys.stderr.write(f"dev: {what}\n")


if __name__ == "__main__":
    sys.stdout.write(find())
