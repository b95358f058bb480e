"""Feeds and their runs: the door of this feature."""

from highstreet.market.feeds.usecases.importing import import_feed
from highstreet.market.feeds.usecases.listing import kept_of_run, proposed_of_run, refused_rows, run_by_number, run_list
from highstreet.market.feeds.usecases.mappings import load_mapping, shipped_mappings
from highstreet.market.feeds.usecases.replaying import replay
from highstreet.market.feeds.usecases.scheduling import (
    add_schedule,
    all_schedules,
    ask_due,
    import_scheduled,
    remove_schedule,
)
from highstreet.market.feeds.usecases.suggesting import Suggestion, Try, suggest
from highstreet.market.feeds.usecases.undoing import undo

__all__ = [
    "Suggestion",
    "Try",
    "add_schedule",
    "all_schedules",
    "ask_due",
    "import_feed",
    "import_scheduled",
    "kept_of_run",
    "load_mapping",
    "proposed_of_run",
    "refused_rows",
    "remove_schedule",
    "replay",
    "run_by_number",
    "run_list",
    "shipped_mappings",
    "suggest",
    "undo",
]
