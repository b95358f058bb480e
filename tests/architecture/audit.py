"""Asks the public advisory service about every locked dependency: `python -m tests.architecture.audit LOCK...`.

Exits 1 for a known vulnerability. A service that cannot be reached fails nothing, and that is said.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_SECONDS = 120


def known_vulnerabilities(lock: str) -> list[str] | None:
    """One line for each advisory that concerns the lock; None when the service did not answer."""
    command = [Path(sys.executable).with_name("pip-audit"), "--requirement", lock, "--disable-pip", "--require-hashes"]
    try:
        asked = subprocess.run(
            [*command, "--format", "json", "--progress-spinner", "off"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        answer: dict[str, Any] = json.loads(asked.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    dependencies: list[dict[str, Any]] = answer["dependencies"]
    if all("skip_reason" in each for each in dependencies):
        return None  # a service that knows none of them is not the service
    return [
        f"{each['name']} {each['version']}: {advisory['id']}, fixed in {advisory['fix_versions'] or 'no version yet'}"
        for each in dependencies
        for advisory in each.get("vulns", [])
    ]


def main(locks: list[str]) -> int:
    """Print what is known about the locks; the exit code."""
    status = 0
    for lock in locks:
        found = known_vulnerabilities(lock)
        if found is None:
            said = f"unknown audit of {lock}: the advisory service did not answer, so nothing was checked"
        elif found:
            said, status = "\n        ".join([f"FAILED  audit of {lock}", *found]), 1
        else:
            said = f"ok      audit of {lock}"
        sys.stdout.write(f"{said}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
