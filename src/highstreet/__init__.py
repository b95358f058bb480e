"""Highstreet: a local-deals marketplace with computational marketing at its core."""
