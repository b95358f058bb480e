"""The ledger: every cent that moved, in double entry, and never changed afterwards."""
