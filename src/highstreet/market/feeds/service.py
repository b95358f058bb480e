"""Feeds and their runs: the door of this feature."""

from highstreet.market.feeds.usecases.importing import import_feed
from highstreet.market.feeds.usecases.listing import kept_of_run, refused_rows, run_by_number, run_list
from highstreet.market.feeds.usecases.mappings import load_mapping, shipped_mappings
from highstreet.market.feeds.usecases.undoing import undo

__all__ = [
    "import_feed",
    "kept_of_run",
    "load_mapping",
    "refused_rows",
    "run_by_number",
    "run_list",
    "shipped_mappings",
    "undo",
]
