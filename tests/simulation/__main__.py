"""`./dev simulate --seeds N [--first SEED] [--steps N] [--minutes N]`: plays the market, and checks every rule.

A seed is a market from its opening until nothing is left to do. Every (state, event) pair that was reached is told, and
those that never were. A seed that breaks says where, and breaks there again.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.simulation.engine import STEPS
from tests.simulation.running import Played, be_quiet, play_alone


def main() -> int:
    """The exit code: 1 when a seed broke."""
    parser = argparse.ArgumentParser(prog="./dev simulate", description=__doc__, allow_abbrev=False)
    parser.add_argument("--seeds", type=int, default=50, metavar="N", help="how many; 50 where nothing is said")
    parser.add_argument("--first", type=int, default=1, metavar="SEED", help="the first of them; 1")
    parser.add_argument("--steps", type=int, default=STEPS, metavar="N", help=f"of each seed; {STEPS}")
    parser.add_argument("--minutes", type=float, metavar="N", help="end after so long, with fewer seeds")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="one for each core")
    asked = parser.parse_args()
    played = _play(asked)
    print(played.coverage.report())  # noqa: T201 -- a command
    pace = played.seeds / max(played.seconds, 0.001)
    print(  # noqa: T201 -- a command
        f"{played.seeds} seeds, {played.coverage.steps} steps, {played.coverage.killed} of them cut off;"
        f" {pace:.2f} seeds a second; {len(played.broken)} broken"
    )
    return 1 if played.broken else 0


def _play(asked: argparse.Namespace) -> Played:
    count = max(1, min(asked.processes, asked.seeds))
    until = asked.first + asked.seeds
    shares = [range(asked.first + number, until, count) for number in range(count)]
    seconds = None if asked.minutes is None else asked.minutes * 60
    together = Played()
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=be_quiet) as pool:
        shared = [pool.submit(play_alone, share, asked.steps, seconds) for share in shares]
        for played in (each.result() for each in shared):
            together.coverage.add([played.coverage])
            together.seeds += played.seeds
            together.seconds = max(together.seconds, played.seconds)
            together.broken += played.broken
    return together


if __name__ == "__main__":
    sys.exit(main())
