"""What the catalogue does by itself as time goes on."""

from typing import Final

from highstreet.kit.sweeps import Sweep
from highstreet.market.catalog import service as catalog

DUE_DEALS: Final = Sweep("due deals", 1.0, catalog.advance_due)
"""Deals go live when they start, and end when they end."""
