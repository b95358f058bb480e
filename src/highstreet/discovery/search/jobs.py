"""What works behind search: the indexer of a machine, and the merges that it has done aside."""

from highstreet.discovery.search.store.generations import directory_of
from highstreet.discovery.search.store.indexer import Exchange, Indexer
from highstreet.discovery.search.store.merging import carry_out

__all__ = ["Exchange", "Indexer", "carry_out", "directory_of"]
