"""Importing a feed file: the door of this feature."""

from highstreet.market.feeds.usecases.importing import import_feed
from highstreet.market.feeds.usecases.mappings import load_mapping, shipped_mappings

__all__ = ["import_feed", "load_mapping", "shipped_mappings"]
