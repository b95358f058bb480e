"""The port to a payment provider, and an adapter for each one that there is."""
