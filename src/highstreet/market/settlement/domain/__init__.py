"""Payees, statements and payouts: values and pure rules."""
