"""What works behind search: the indexer of a machine, and the sweeps that tell saved searches of deals."""

from highstreet.discovery.search.alerts.percolating import Percolator
from highstreet.discovery.search.store.generations import directory_of
from highstreet.discovery.search.store.indexer import Exchange, Indexer
from highstreet.discovery.search.usecases.alerts import forget_expired
from highstreet.kit.sweeps import Sweep

__all__ = ["Exchange", "Indexer", "alerts", "directory_of"]


def alerts() -> tuple[Sweep, Sweep]:
    """Saved searches are told of deals, and go when their time is over. One pair a process, since it keeps them."""
    return Sweep("saved searches", 0.5, Percolator().step), Sweep("expired searches", 60.0, forget_expired)
