"""Pure rules of the ledger: accounts, entries that balance, and what each happening in the market books."""
