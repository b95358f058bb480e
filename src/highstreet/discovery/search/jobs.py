"""What works behind search: the indexer of a machine."""

from highstreet.discovery.search.store.generations import directory_of
from highstreet.discovery.search.store.indexer import Exchange, Indexer

__all__ = ["Exchange", "Indexer", "directory_of"]
