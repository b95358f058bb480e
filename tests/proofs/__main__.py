"""`./dev prove [NAME ...] [--seeds N] [--first SEED]`: the promises of buying and redeeming, kept by a real house.

Each proof starts a PostgreSQL, two web processes and an indexer of its own, on this machine alone, and ends them.
"""

import argparse
import asyncio
import logging
import signal
import sys
import time
from collections.abc import Iterator
from typing import Final, NoReturn, cast

import structlog

from tests.proofs.counting import Broken
from tests.proofs.house import open_house
from tests.proofs.street import open_street
from tests.proofs.the_proofs import PROOFS, Proof

_SEED_LIMIT_S: Final = 900.0


def main() -> int:
    """The exit code: 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="./dev prove", description=__doc__, allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PROOFS)}; all where none is named")
    parser.add_argument("--seeds", type=int, metavar="N", help="how many; each proof has its own number")
    parser.add_argument("--first", type=int, default=1, metavar="SEED", help="the first of them; 1")
    asked = parser.parse_args()
    strange = [name for name in asked.names if name not in PROOFS]
    if strange:
        parser.error(f"there is no proof {strange[0]!r}; there are {', '.join(PROOFS)}")
    signal.signal(signal.SIGTERM, _leave)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # that connections were lost is meant
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    broken = [name for name in asked.names or PROOFS if not _prove(name, PROOFS[name], asked.first, asked.seeds)]
    _say(f"broken: {', '.join(broken)}" if broken else "every promise was kept")
    return 1 if broken else 0


def _prove(name: str, proof: Proof, first: int, seeds: int | None) -> bool:
    """Whether the promise was kept by every seed."""
    seeds = proof.seeds if seeds is None else seeds
    _say(f"{name}: {proof.promise}")
    began = time.monotonic()
    try:
        asyncio.run(_seeds(proof, range(first, first + seeds)))
    except (Broken, TimeoutError) as problem:
        _say(f"  BROKEN  {problem or type(problem).__name__}")
        return False
    except ExceptionGroup as group:
        for line in _lines(group):
            _say(f"  BROKEN  {line}")
        return False
    _say(f"  kept by {seeds} seed{'s' if seeds > 1 else ''} in {time.monotonic() - began:.0f} s")
    return True


async def _seeds(proof: Proof, seeds: range) -> None:
    async with open_house() as opened:
        street = await open_street(opened)
        people = await street.people(proof.people)
        for seed in seeds:
            for name, part in proof.parts.items():
                began = time.monotonic()
                async with asyncio.timeout(_SEED_LIMIT_S):
                    told = await part(street, people, seed)
                _say(f"  seed {seed}{name}: {told} ({time.monotonic() - began:.0f} s)")


def _lines(problem: Exception) -> Iterator[str]:
    """What each part of a group of problems says."""
    if isinstance(problem, ExceptionGroup):
        for part in cast("ExceptionGroup[Exception]", problem).exceptions:
            yield from _lines(part)
    else:
        yield f"{type(problem).__name__}: {problem}"


def _leave(_number: int, _frame: object) -> NoReturn:
    """Told to go, as if by an error: what was started is ended on the way."""
    sys.exit(143)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- a command


if __name__ == "__main__":
    sys.exit(main())
