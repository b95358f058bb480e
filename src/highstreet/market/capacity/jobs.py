"""What the capacity guard does by itself as time goes on."""

from typing import Final

from highstreet.kit.sweeps import Sweep
from highstreet.market.capacity import service as capacity

WATCH: Final = Sweep("near capacity", 5.0, capacity.watch)
"""Deals are paused near what their merchants can take, and sold again when that has passed."""
