"""A process that makes one segment of several, as the file says that it is given. Started by `merging`."""

import os
import sys
from pathlib import Path
from threading import Thread

from highstreet.discovery.search.store.merging import carry_out
from highstreet.kit.errors import HighstreetError


def main() -> None:
    """Exits 1, with one line that says why, where it cannot be done."""
    Thread(target=_wait_for_end, daemon=True).start()
    try:
        carry_out(Path(sys.argv[1]))
    except HighstreetError as problem:
        sys.exit(str(problem))


def _wait_for_end() -> None:
    """The end of the standard input means that nobody waits for the segment any more."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main()
