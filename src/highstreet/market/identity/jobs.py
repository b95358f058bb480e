"""What identity does by itself as time goes on."""

from collections.abc import Sequence
from typing import Final

from highstreet.kit.sweeps import Sweep
from highstreet.market.identity import service as identity

SWEEPS: Final[Sequence[Sweep]] = (
    Sweep("ended logins", 60.0, identity.sweep_logins),
    Sweep("leaked throttles", 60.0, identity.sweep_throttles),
    Sweep("expired tickets", 60.0, identity.sweep_tickets),
)
