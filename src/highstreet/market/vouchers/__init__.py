"""Vouchers: what was bought, who may redeem it, and what it is worth at every moment."""
