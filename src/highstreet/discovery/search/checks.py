"""What the doctor asks of search: how long a process takes from its start until it can answer."""

from time import perf_counter
from typing import Final

from highstreet.discovery.search.generations import Builder
from highstreet.kit.database import Transaction
from highstreet.kit.doctor.checks import HouseCheck, Verdict, ok, warn
from highstreet.market.catalog import service as catalog

_SLOW_S: Final = 60.0


def judge_readiness(deals: int, seconds: float) -> Verdict:
    told = f"{deals:,} live deals were read and indexed in {seconds:.1f} seconds."
    if seconds > _SLOW_S:
        return warn(told, "so long no new process answers: see how busy the database is, and the machine")
    return ok(told)


async def _readiness(tx: Transaction) -> Verdict:
    began = perf_counter()
    changes = await catalog.changed_deals(tx, None)
    categories, divisions = await catalog.categories(tx), tuple(await catalog.divisions(tx))
    index = Builder().apply(changes.published, (), categories, divisions)
    return judge_readiness(index.size, perf_counter() - began)


CHECKS: Final = (HouseCheck("search", _readiness),)
