"""What vouchers do by themselves as time goes on."""

from typing import Final

from highstreet.kit.sweeps import Sweep
from highstreet.market.vouchers import service as vouchers

DUE_VOUCHERS: Final = Sweep("due vouchers", 5.0, vouchers.expire_due)
"""What a deal promised ends, and what was paid, where it ends at all. What somebody asks for is right without it."""

FORGOTTEN_GUESSES: Final = Sweep("forgotten guesses", 300.0, vouchers.forget_guesses)
"""What was counted of codes that do not exist goes, once nobody has to wait for it any more."""
